"""A copy of a folder in which code may do what it likes, and which can be made fresh again.

The copy is made once: after a run only what the run has changed is copied again. Files are cloned where
the file system can do that (they then cost neither time nor space), else copied; never linked, as code
that writes into a file would reach the original through a link.
"""

import contextlib
import os
import shutil
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None

# Folders that tools fill, not the notebook's author.
TOOL_FOLDERS = {
    "__pycache__",
    ".ipynb_checkpoints",
    ".git",
    ".hg",
    ".svn",
    ".ruff_cache",
    ".mypy_cache",
    ".pytest_cache",
}
TOOL_FOLDERS |= {".venv", "venv", ".tox", ".nox", "node_modules", "catboost_info", ".ipython", ".virtual_documents"}
# What an environment has in its folder, whatever its name is.
ENVIRONMENT_MARKS = ("pyvenv.cfg", "conda-meta")
CLONE = 0x40049409  # the ioctl FICLONE of Linux


class NoSpace(Exception):
    """The copy would not fit."""


class Scratch:
    """A copy of the folder `root`, one folder below `place`, without the folders `leave_out`.

    Code in it that writes to `..` stays below `place`: what it writes there is seen, too.
    """

    def __init__(self, root, place, leave_out):
        self.original = Path(root)
        self.place = Path(place)
        self.root = self.place / (self.original.name or "root")
        self.leave_out = {os.path.realpath(folder) for folder in leave_out}
        self.sources = {}
        self.folders = []
        self.skipped = []
        self.bytes = 0

    def measure(self):
        """Find what has to be copied: its number of bytes is in `bytes` afterwards."""
        pending, seen = [self.original], set()
        while pending:
            folder = pending.pop()
            real = os.path.realpath(folder)
            if real in seen:  # a link to a folder above
                continue
            seen.add(real)
            self.folders.append(folder.relative_to(self.original))
            try:
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            except OSError as error:
                self.skipped.append(f"{folder}: {error.strerror}")
                continue
            for entry in entries:
                path = Path(entry.path)
                if entry.is_dir():
                    if not self._is_left_out(path):
                        pending.append(path)
                elif entry.is_file():  # no socket, no dangling link
                    self.sources[path.relative_to(self.original)] = path
                    self.bytes += entry.stat().st_size
        return self.bytes

    def _is_left_out(self, folder):
        if folder.name in TOOL_FOLDERS or os.path.realpath(folder) in self.leave_out:
            return True
        return any((folder / mark).exists() for mark in ENVIRONMENT_MARKS)

    def make(self):
        """Copy everything; raises `NoSpace` where it would not fit."""
        self.place.mkdir(parents=True)
        if self.bytes > shutil.disk_usage(str(self.place)).free:
            raise NoSpace
        for folder in self.folders:
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        for path in self.sources:
            self._copy(path)
        self.fresh = state(self.root)

    def _copy(self, path):
        source, target = self.sources[path], self.root / path
        try:
            clone(source, target)
            shutil.copystat(str(source), str(target))
            os.chmod(str(target), os.stat(str(target)).st_mode | 0o600)  # the original may be read-only
        except OSError as error:
            with contextlib.suppress(OSError):
                target.unlink()
            self.skipped.append(f"{path}: {error.strerror}")

    def restore(self):
        """Make the copy fresh again."""
        kept = {self.root / folder for folder in self.folders} | {self.place}
        for folder, folders, files in os.walk(str(self.place), topdown=False):
            for name in files:
                path = Path(folder, name)
                inside = Path(os.path.relpath(str(path), str(self.root)))
                if inside not in self.sources:
                    path.unlink()
            for name in folders:
                path = Path(folder, name)
                if path not in kept:
                    path.unlink() if path.is_symlink() else shutil.rmtree(str(path), ignore_errors=True)
        for folder in self.folders:
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        now = state(self.root)
        for path in self.sources:
            if now.get(path.as_posix()) != self.fresh.get(path.as_posix()):
                with contextlib.suppress(OSError):
                    (self.root / path).unlink()
                self._copy(path)
        self.fresh = state(self.root)


def state(root):
    """`{path relative to `root`: (size, time)}` of every file in it and beside it, in `..`."""
    found = {}
    for folder, folders, files in os.walk(os.path.dirname(str(root))):
        folders[:] = [name for name in folders if name not in TOOL_FOLDERS]
        for name in files:
            path = os.path.join(folder, name)
            with contextlib.suppress(OSError):
                status = os.stat(path)
                found[Path(os.path.relpath(path, str(root))).as_posix()] = (status.st_size, status.st_mtime_ns)
    return found


def clone(source, target):
    """Copy a file, without copying its content where the file system can share it."""
    with open(str(source), "rb") as reading, open(str(target), "wb") as writing:
        if fcntl is not None:
            with contextlib.suppress(OSError):
                fcntl.ioctl(writing.fileno(), CLONE, reading.fileno())
                return
        shutil.copyfileobj(reading, writing, 1 << 20)
