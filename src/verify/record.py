"""Runs one side, a notebook or a package, in this process and records pictures of its values.

    python record.py TASK.json

`compare.py` writes the task and starts this in a scratch copy of the notebook's folder, once for each
side. Every picture goes to a file of its own as soon as it is taken, and `outcome.json` ends the run,
so that what was recorded survives whatever the notebook does to its process.
"""

import __future__

import ast
import asyncio
import builtins
import contextlib
import dataclasses
import functools
import importlib
import inspect
import json
import linecache
import os
import pickle
import random
import re
import select
import signal
import sys
import time
import traceback
import types
from pathlib import Path

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [HERE, *(path for path in sys.path if os.path.abspath(path or ".") != HERE)]
from picture import file_picture, picture  # noqa: E402

# The notebook and the package must not meet our modules in place of their own.
sys.path.remove(HERE)
del sys.modules["picture"]

# Cell magics whose body counts, and runs, as if they were not there.
TRANSPARENT = {"time", "capture", "prun", "memit", "mprun", "notify"}
TRANSPARENT_LINE = re.compile(r"^([ \t]*)%(?:time|memit)[ \t]+(?=\S)", re.MULTILINE)
# What IPython takes for a magic without its %, when it is alone in a cell.
AUTOMAGIC = re.compile(r"(cat|cd|conda|cp|ls|ll|man|mkdir|more|mv|pip|rm|rmdir)([ \t]+[^\s=(.,].*)?")
NO_OP = "get_ipython().run_line_magic('pass', '')"
# Folders that tools fill, not the notebook's author.
TOOL_FOLDERS = {"__pycache__", ".ipynb_checkpoints", ".git", ".ruff_cache", ".mypy_cache", ".pytest_cache"}
TOOL_FOLDERS |= {".venv", "venv", "node_modules", "catboost_info"}
FUTURE_FLAGS = functools.reduce(
    lambda flags, name: flags | getattr(__future__, name).compiler_flag, __future__.all_feature_names, 0
)
FORK_SECONDS = 30


class Store:
    """The folder into which pictures go, and the outcome of the run."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)
        self.outcome = {"error": None, "reached": [], "problems": {}, "calls": {}}

    def keep(self, place, taken):
        """Keep the picture taken of a place; a later one replaces it."""
        (self.folder / f"value-{place['id']}.pickle").write_bytes(pickle.dumps(taken))
        self.outcome["problems"].pop(str(place["id"]), None)

    def miss(self, place, why):
        """Remember why there is no picture of a place."""
        (self.folder / f"value-{place['id']}.pickle").unlink(missing_ok=True)
        self.outcome["problems"][str(place["id"])] = why

    def finish(self, files):
        """Write what a reader looks for first as the last."""
        (self.folder / "files.pickle").write_bytes(pickle.dumps(files))
        (self.folder / "outcome.json").write_text(json.dumps(self.outcome), encoding="utf-8")


@contextlib.contextmanager
def same_random_numbers():
    """Looking at values must not draw from the random numbers of the code that is looked at."""
    np = sys.modules.get("numpy")
    state = random.getstate()
    np_state = np.random.get_state() if np is not None else None
    try:
        yield
    finally:
        random.setstate(state)
        if np_state is not None:
            np.random.set_state(np_state)


def describe(error):
    """An exception in one line."""
    return f"{type(error).__name__}: {error}"[:600]


# ---- the notebook: from cells to statements


def code_cells(path):
    """`(source, tags)` of each code cell."""
    notebook = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    sheets = notebook.get("worksheets", [])
    cells = notebook["cells"] if "cells" in notebook else [cell for sheet in sheets for cell in sheet["cells"]]
    for cell in cells:
        if cell.get("cell_type") == "code":
            source = cell.get("source", cell.get("input", ""))
            text = source if isinstance(source, str) else "".join(source)
            yield text, cell.get("metadata", {}).get("tags", [])


def statements(source):
    """`(Python text, its top-level statements)` of a cell, counted as in IPython."""
    text = NO_OP if AUTOMAGIC.fullmatch(source.strip()) else plain_python(source)
    return text, ast.parse(text).body


def plain_python(source):
    """A cell's text after IPython's transformation, on the same lines as before."""
    lines = source.split("\n")
    skipped = 0
    while lines:
        magic = re.match(r"%%(\w+)", lines[0])
        if lines[0].strip() and not (magic and magic.group(1) in TRANSPARENT):
            break
        lines.pop(0)
        skipped += 1
    body = TRANSPARENT_LINE.sub(r"\1", "\n".join(lines))
    return "\n" * skipped + (transformer()(body) if body.strip() else "")


@functools.cache
def transformer():
    """IPython's own transformation where it is installed."""
    try:
        from IPython.core.inputtransformer2 import TransformerManager
    except ImportError:
        return transform_without_ipython
    return TransformerManager().transform_cell


def transform_without_ipython(text):
    """What most notebooks need of IPython's transformation: magics and shell lines become no-ops."""
    if text.startswith("%%"):
        return NO_OP
    lines = text.split("\n")
    indents = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    lines = [line[min(indents) :] for line in lines] if indents else lines
    out, continued = [], False
    for line in lines:
        bare = line.lstrip()
        if continued:  # the rest of a shell line that ends in a backslash
            continued = line.rstrip().endswith("\\")
            out.append("")
        elif bare.startswith(("%", "!", "?")) or (bare.endswith("?") and not bare.startswith("#")):
            continued = bare.endswith("\\")
            out.append(line[: len(line) - len(bare)] + NO_OP)
        else:
            out.append(re.sub(r"^(\s*[\w.,\s]+=\s*)[%!].*", rf"\1{NO_OP}", line))
    return "\n".join(out) + "\n"


# ---- the notebook: running it


class Shell:
    """Stands in for IPython's shell: magics and shell lines do nothing, `%time` runs what it times."""

    def __init__(self, namespace):
        self.user_ns = namespace

    def run_line_magic(self, name, line, *args, **options):
        """`x = %time f()` is x = f(); all other magics do nothing."""
        if name == "time" and line.strip():
            return eval(compile(line, "<%time>", "eval"), self.user_ns)
        return None

    def getoutput(self, *args, **options):
        """A shell line's output has no lines."""
        return []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **options: None


def fresh_main():
    """A new `__main__`, as a kernel has it: pickle finds the notebook's classes there."""
    module = types.ModuleType("__main__")
    module.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = module
    shell = Shell(module.__dict__)
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


def run_notebook(task, store):
    """Run the notebook statement by statement; record each place right after its statement."""
    watched = {}
    for place in task["places"]:
        watched.setdefault(tuple(place["at"]), []).append(place)
    sys.path.insert(0, os.getcwd())
    namespace, flags = fresh_main(), 0
    cells = list(code_cells(task["notebook"]))
    for index in task["order"] or range(len(cells)):
        source, tags = cells[index]
        name = f"<cell {index}>"
        try:
            text, body = statements(source)
            lines = [line + "\n" for line in text.split("\n")]
            linecache.cache[name] = (len(text), None, lines, name)
            for number, statement in enumerate(body):
                shown = number == len(body) - 1 and isinstance(statement, ast.Expr)
                flags = run_statement(statement, shown, name, flags, namespace)
                for place in watched.get((index, number), ()):
                    store.outcome["reached"].append(place["id"])
                    with same_random_numbers():
                        record_place(place, namespace, store)
        except BaseException as error:  # also a SystemExit: `exit()` ends a notebook
            if "raises-exception" not in tags:
                store.outcome["error"] = f"code cell {index}:\n{trimmed_traceback(error)}"
                return
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
        store.miss(place, describe(error))
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
            answer = pickle.dumps((False, describe(error)))
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


# ---- the package


class Recorder:
    """Stands in for the stage functions: calls through and pictures what they return."""

    def __init__(self, task, store):
        self.package = task["pipeline"]["module"].split(".")[0]
        self.store = store
        self.stages = {}
        for stage in task["stages"]:
            self.stages.setdefault((stage["module"], stage["function"]), []).append(stage)
        self.places = {}
        for place in task["places"]:
            self.places.setdefault(place["stage"], []).append(place)

    def install(self):
        """Replace every stage function wherever the package's modules bind it."""
        for (module_name, function_name), entries in self.stages.items():
            module = importlib.import_module(module_name)
            *path, last = function_name.split(".")
            owner = functools.reduce(getattr, path, module)
            function = getattr(owner, last)
            replacement = self.wrap(function, entries)
            setattr(owner, last, replacement)
            for other in list(sys.modules.values()):
                if (getattr(other, "__name__", None) or "").split(".")[0] == self.package:
                    for name in [name for name, value in vars(other).items() if value is function]:
                        setattr(other, name, replacement)

    def wrap(self, function, entries):
        """A stage that the lock lists once is pictured at its last call, one that it lists several
        times at each call in turn."""
        calls = 0

        @functools.wraps(function)
        def recording(*args, **options):
            nonlocal calls
            value = function(*args, **options)
            stage = entries[min(calls, len(entries) - 1)]
            calls += 1
            self.store.outcome["calls"][str(stage["id"])] = calls
            with same_random_numbers():
                self.record(stage, value)
            return value

        return recording

    def record(self, stage, value):
        """Picture each place of a stage in what the stage returned."""
        places = self.places.get(stage["id"], [])
        by_order = [place for place in places if place["field"] is None]
        names = [place["expression"] for place in by_order]
        for place in places:
            try:
                if place["field"] is None:
                    found = spread(value, names, self.package)[by_order.index(place)]
                else:
                    found = dig(value, place["field"])
            except LookupError as error:
                self.store.miss(place, str(error))
            else:
                self.store.keep(place, picture(found))


def spread(value, names, package):
    """What a stage returned, as one value for each of `names`."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    elif isinstance(value, tuple):
        labels = getattr(value, "_fields", None)
        fields = dict(zip(labels, value)) if labels else dict(enumerate(value))
    else:
        fields = None
    if fields is not None and all(name in fields for name in names):
        return [fields[name] for name in names]
    if len(names) == 1:
        bundle = fields is not None and type(value).__module__.split(".")[0] == package and len(fields) == 1
        return list(fields.values()) if bundle else [value]
    if fields is None:
        raise LookupError(f"the stage returned one {type(value).__name__}, the lock lists {len(names)} values")
    if len(fields) != len(names):
        raise LookupError(f"the stage returned {len(fields)} values, the lock lists {len(names)}")
    return list(fields.values())


def dig(value, field):
    """The part of a value at a dotted path of keys, attributes and indexes; "" is the value itself."""
    if field == "":
        return value
    with contextlib.suppress(Exception):
        return value[field]  # a key may have dots in it
    step, _, rest = field.partition(".")
    for reach in (lambda: value[step], lambda: getattr(value, step), lambda: value[int(step)]):
        try:
            found = reach()
        except Exception:  # whatever the value's own lookup raises
            continue
        return dig(found, rest)
    raise LookupError(f"there is no {field!r} in the {type(value).__name__} that the stage returned")


def run_package(task, store):
    """Run the package's pipeline with its stages recorded."""
    sys.path.insert(0, task["import_from"])
    pipeline = task["pipeline"]
    try:
        module = importlib.import_module(pipeline["module"])
        Recorder(task, store).install()
        run = functools.reduce(getattr, pipeline["function"].split("."), module)
        call_pipeline(run, module)
    except BaseException as error:  # also a SystemExit: a pipeline must not end its process
        store.outcome["error"] = trimmed_traceback(error)


def call_pipeline(run, module):
    """Call `run()`, with the package's default configuration where it wants one."""
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = inspect.signature(run).parameters.values()
    needed = [p for p in parameters if p.default is p.empty and p.kind not in kinds]
    if not needed:
        return run()
    if len(needed) > 1:
        raise TypeError(f"the pipeline needs {len(needed)} arguments; it can be given a configuration only")
    package = module.__name__.rpartition(".")[0]
    config = importlib.import_module(f"{package}.config" if package else "config")
    value = config.load_config() if hasattr(config, "load_config") else config.Config()
    return run(**{needed[0].name: value}) if needed[0].kind is inspect.Parameter.KEYWORD_ONLY else run(value)


# ---- both


def trimmed_traceback(error):
    """A traceback without the frames of this program."""
    ours = (os.path.abspath(__file__), importlib.__file__)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename not in ours]
    frames = [frame for frame in frames if not frame.filename.startswith("<frozen importlib")]
    return "".join(traceback.format_list(frames) + traceback.format_exception_only(type(error), error))[-6000:]


def written(root):
    """`{path: (size, time)}` of every file below a folder."""
    found = {}
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in TOOL_FOLDERS]
        for name in files:
            path = os.path.join(folder, name)
            with contextlib.suppress(OSError):
                status = os.stat(path)
                found[Path(path).relative_to(root).as_posix()] = (status.st_size, status.st_mtime_ns)
    return found


def main():
    """Run the task that the command line names."""
    task = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    del sys.argv[1:]
    store = Store(task["store"])
    os.chdir(task["folder"])
    before = written(task["root"])
    (run_notebook if task["side"] == "notebook" else run_package)(task, store)
    os.chdir(task["folder"])
    close_figures()
    changed = [path for path, status in written(task["root"]).items() if before.get(path) != status]
    store.finish({path: file_picture(Path(task["root"], path)) for path in sorted(changed)})
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # neither exit handlers nor threads of the notebook hold us up


if __name__ == "__main__":
    main()
