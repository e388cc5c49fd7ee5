"""Runs a notebook's cells, statement by statement, and records values where the lock has them."""

import __future__

import ast
import asyncio
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

from answers import with_answers
from failure import one_line
from picture import picture, same_random_numbers
from seeds import plant_libraries
from shell import fresh_main

FUTURE_FLAGS = functools.reduce(
    lambda flags, name: flags | getattr(__future__, name).compiler_flag, __future__.all_feature_names, 0
)
FORK_SECONDS = 30


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
                plant_libraries()
                flags = run_statement(statement, shown, name, flags, namespace)
                for place in watched.get((cell["index"], number), ()):
                    store.outcome["reached"].append(place["id"])
                    with same_random_numbers():
                        record_place(place, namespace, task, store)
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


def record_place(place, namespace, task, store):
    """Picture the value of a place or expression in the notebook."""
    try:
        tree = ast.parse(place["expression"].strip(), mode="eval")
        code = compile(tree, "<nb2pkg.lock>", "eval")
        if any(isinstance(node, (ast.Call, ast.comprehension, ast.NamedExpr)) for node in ast.walk(tree)):
            taken = in_a_copy(lambda: picture(eval(code, namespace)))
        else:
            value = eval(code, namespace)
            taken = with_answers(picture(value), value, place, task, store, namespace)
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
