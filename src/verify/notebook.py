"""Runs a notebook's cells, statement by statement, and records values where the lock has them."""

import __future__

import ast
import asyncio
import builtins
import contextlib
import functools
import inspect
import linecache
import os
import pickle
import select
import signal
import sys
import time
import types

from failure import one_line
from picture import picture, same_random_numbers

FUTURE_FLAGS = functools.reduce(
    lambda flags, name: flags | getattr(__future__, name).compiler_flag, __future__.all_feature_names, 0
)
FORK_SECONDS = 30


class Shell:
    """Stands in for IPython's shell: magics and shell lines do nothing, `%time` runs what it times."""

    def __init__(self, namespace, store):
        self.user_ns, self.store = namespace, store

    def run_line_magic(self, name, line, *args, **options):
        """`x = %time f()` is x = f(); all other magics do nothing."""
        if name == "time" and line.strip():
            return eval(compile(line, "<%time>", "eval"), self.user_ns)
        return None

    def system(self, command, *args, **options):
        """A shell line is not run: it could reach anything of the user's."""
        self.store.outcome["not_run"].append(command)

    def getoutput(self, command, *args, **options):
        """A shell line that is not run has no output."""
        self.system(command)
        return []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **options: None


def fresh_main(store):
    """A new `__main__`, as a kernel has it: pickle finds the notebook's classes there."""
    module = types.ModuleType("__main__")
    module.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = module
    shell = Shell(module.__dict__, store)
    builtins.get_ipython = lambda: shell
    builtins.display = lambda *values, **options: None

    def remember(value):
        if value is not None:
            builtins._ = value

    sys.displayhook = remember
    return module.__dict__


def run_statement(statement, shown, name, flags, namespace):
    """Run one top-level statement; return the flags for the ones after it."""
    tree = ast.Interactive([statement]) if shown else ast.Module([statement], [])
    code = compile(tree, name, "single" if shown else "exec", flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, True)
    if code.co_flags & inspect.CO_COROUTINE:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(eval(code, namespace))
        loop.close()
    else:
        exec(code, namespace)
    return flags | (code.co_flags & FUTURE_FLAGS)


def run(task, store):
    """Run the cells in the task's order; record each place right after its statement."""
    watched = {}
    for place in task["places"]:
        watched.setdefault(tuple(place["at"]), []).append(place)
    sys.path.insert(0, os.getcwd())
    namespace, flags = fresh_main(store), 0
    for turn, cell in enumerate(task["cells"]):
        store.at(f"cell {cell['position']} ({turn + 1} of {len(task['cells'])})")
        name = f"<cell {cell['position']}>"
        lines = [line + "\n" for line in cell["text"].split("\n")]
        linecache.cache[name] = (len(cell["text"]), None, lines, name)
        try:
            body = compile(cell["text"], name, "exec", flags | ast.PyCF_ONLY_AST, True).body
            for number, statement in enumerate(body):
                shown = number == len(body) - 1 and isinstance(statement, ast.Expr)
                flags = run_statement(statement, shown, name, flags, namespace)
                for place in watched.get((cell["index"], number), ()):
                    store.outcome["reached"].append(place["id"])
                    with same_random_numbers():
                        record_place(place, namespace, store)
        except Exception:
            if not cell["may_fail"]:
                raise
        finally:
            close_figures()


def close_figures():
    """A kernel shows and closes the figures of a cell when it ends."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")


def record_place(place, namespace, store):
    """Picture the value of a place or expression in the notebook."""
    try:
        tree = ast.parse(place["expression"].strip(), mode="eval")
        code = compile(tree, "<nb2pkg.lock>", "eval")
        acts = any(isinstance(node, (ast.Call, ast.comprehension, ast.NamedExpr)) for node in ast.walk(tree))
        taken = in_a_copy(lambda: picture(eval(code, namespace))) if acts else picture(eval(code, namespace))
    except Exception as error:
        store.miss(place, one_line(error)[:600])
    else:
        store.keep(place, taken)


def in_a_copy(compute):
    """What `compute` returns, found by a copy of this process: an expression that calls something may
    change what it is called on. Some thread pools hang in a copy: then it is computed here after all."""
    if not hasattr(os, "fork"):
        return compute()
    sys.stdout.flush()
    here, there = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            answer = pickle.dumps((True, compute()))
        except BaseException as error:
            answer = pickle.dumps((False, one_line(error)))
        with contextlib.suppress(BaseException), os.fdopen(there, "wb") as pipe:
            pipe.write(answer)
        os._exit(0)
    os.close(there)
    answer = read_until(here, time.monotonic() + FORK_SECONDS)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    if answer is None:
        return compute()
    done, found = pickle.loads(answer)
    if not done:
        raise ValueError(found)
    return found


def read_until(pipe, deadline):
    """All bytes of a pipe, or None where it does not end in time, or ends without any."""
    blocks = []
    with os.fdopen(pipe, "rb", 0) as file:
        while select.select([file], [], [], max(0.0, deadline - time.monotonic()))[0]:
            block = file.read(1 << 16)
            if not block:
                return b"".join(blocks) or None
            blocks.append(block)
    return None
