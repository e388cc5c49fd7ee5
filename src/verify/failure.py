"""What went wrong in a side, in parts that can be told to a person."""

import importlib
import importlib.util
import os
import re
import site
import sys
import sysconfig
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
CELL = re.compile(r"<cell (\d+)>")
# How libraries ask for another one that is not installed.
OPTIONAL = re.compile(r"[Mm]issing optional dependency ['\"]([\w.-]+)['\"]|No module named ['\"]([\w.]+)['\"]")
LONGEST_MESSAGE = 2000


def describe(error, task):
    """A failure: its reason ("module", "file", "input" or "error"), message, place and frames."""
    found = {"reason": "error", "message": one_line(error), "frames": frames(error, task)}
    found.update(missing_module(error) or missing_file(error) or {})
    if isinstance(error, EOFError) and "EOF when reading a line" in str(error):
        found["reason"] = "input"
    if isinstance(error, SyntaxError) and CELL.fullmatch(error.filename or ""):
        found["frames"].append(frame(error.filename, error.lineno or 1, "<module>", error.text or "", task))
    return found


def one_line(error):
    """An exception as Python's last line of a traceback has it."""
    kind = type(error)
    name = kind.__name__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__name__}"
    text = error.msg if isinstance(error, SyntaxError) else str(error)[:LONGEST_MESSAGE].strip()
    return f"{name}: {text}" if text else name


def frames(error, task):
    """The frames of a traceback without those of this program."""
    found = []
    for entry in traceback.extract_tb(error.__traceback__):
        if os.path.dirname(os.path.abspath(entry.filename)) == HERE or entry.filename.startswith("<frozen"):
            continue
        if entry.filename == importlib.__file__:
            continue
        found.append(frame(entry.filename, entry.lineno, entry.name, entry.line or "", task))
    return found


def frame(filename, line, function, text, task):
    """A frame: a cell's has `position`, a library's `library`, all others a path that tells people something."""
    found = {"line": line, "function": function, "text": text.strip()}
    cell = CELL.fullmatch(filename)
    if cell:
        return {"position": int(cell.group(1)), **found}
    inside = below(filename, task["root"])
    if inside:
        return {"path": inside, **found}
    source = below(filename, task["import_from"]) if task["import_from"] else None
    if source:
        return {"package": source, **found}
    for folder in libraries():
        if below(filename, folder):
            return {"library": below(filename, folder), **found}
    return {"path": filename, **found}


def below(path, folder):
    """A path relative to a folder, with `/`; None where it is not below it."""
    path, folder = os.path.realpath(path), os.path.realpath(folder)
    return os.path.relpath(path, folder).replace(os.sep, "/") if path.startswith(folder + os.sep) else None


def libraries():
    """Where installed modules are."""
    yield from site.getsitepackages() if hasattr(site, "getsitepackages") else ()
    yield site.getusersitepackages() if hasattr(site, "getusersitepackages") else sys.prefix
    yield from (sysconfig.get_paths()[name] for name in ("purelib", "platlib", "stdlib"))


def chain(error):
    """An exception and those that led to it, the first cause last."""
    seen = []
    while error is not None and error not in seen:
        seen.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return seen


def missing_module(error):
    """The module that is not installed, where that is what is wrong."""
    if not isinstance(error, ImportError):
        return None
    for cause in chain(error):
        name = cause.name if isinstance(cause, ModuleNotFoundError) else None
        if name is None and isinstance(cause, ImportError):
            asked = OPTIONAL.search(str(cause))
            name = asked and (asked.group(1) or asked.group(2))
        if name:
            return {"reason": "module", "module": name, "parent_installed": is_installed(name.partition(".")[0])}
    return None


def is_installed(name):
    """Whether a module of that name can be found."""
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError, AttributeError):
        return False


def missing_file(error):
    """The file that does not exist, where that is what is wrong."""
    for cause in chain(error):
        if isinstance(cause, FileNotFoundError) and isinstance(cause.filename, (str, bytes)):
            path = os.fsdecode(cause.filename)
            folder = os.path.dirname(path)
            return {"reason": "file", "path": path, "folder_exists": os.path.isdir(folder or ".")}
        if isinstance(cause, OSError):
            directory = re.search(r"non-existent directory: '(.+)'", str(cause))
            if directory:
                return {"reason": "file", "path": directory.group(1), "folder_exists": False}
    return None
