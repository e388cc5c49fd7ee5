"""Compares what the two sides left: every value that the lock lists, and every file that they wrote."""

import json
import os
import pickle
import re
from pathlib import Path, PurePosixPath

from difference import SAME, compare, parts



class Side:
    """What a run left in its store: its outcome, and pictures by place and by file."""

    def __init__(self, store):
        self.store = Path(store)
        self.outcome = json.loads((self.store / "outcome.json").read_text(encoding="utf-8"))
        self.files = pickle.loads((self.store / "files.pickle").read_bytes())

    def value(self, place):
        """The picture of a place, None where there is none."""
        path = self.store / f"value-{place['id']}.pickle"
        return pickle.loads(path.read_bytes()) if path.exists() else None

    def reached(self, place):
        """Whether the notebook came to a place's statement."""
        return place["id"] in self.outcome["reached"]

    def why_missing(self, place, otherwise):
        """Why there is no picture of a place."""
        return self.outcome["problems"].get(str(place["id"]), otherwise)


def compare_values(task, notebook, package):
    """One row for each place that the lock lists."""
    rows = []
    for place in task["places"]:
        row = {"id": place["id"]}
        left, right = notebook.value(place), package.value(place)
        if left is None:
            why = notebook.why_missing(place, "no value" if notebook.reached(place) else "there is no such statement")
            row.update(verdict="missing", why=f"in the notebook: {why}")
        elif right is None:
            ended = package.outcome["failure"]
            why = "the package stopped before" if ended else "the pipeline does not call this stage"
            row.update(verdict="missing", why=f"in the package: {package.why_missing(place, why)}")
        else:
            row.update(compare(left, right, task["rtol"]))
        rows.append(row)
    return rows


def compare_files(task, notebook, package):
    """One row for each file that either side wrote."""
    rows, taken = [], set()
    for path, left in notebook.files.items():
        other, replaced = counterpart(path, task, notebook, package)
        row = {"path": path}
        if other is None:
            row.update(verdict="only in the notebook")
        else:
            taken.add(other)
            row.update((compare_replaced if replaced else compare_file)(left, package.files[other], task["rtol"]))
            if other != path:
                row["package_path"] = other
        rows.append(row)
    extra = [path for path in package.files if path not in taken]
    return rows + [{"path": path, "verdict": "only in the package"} for path in extra]


def counterpart(path, task, notebook, package):
    """`(path, replaced)` of the package's file for one of the notebook's: the artefact that the lock
    says replaces it, else the same path, else the only file of that name."""
    for old, new in task["replaces"].items():
        if path in (join(task["folder"], old), find_name(old, notebook.files)):
            inside = join(task["folder"], new)
            target = inside if inside in package.files else find_name(new, package.files)
            if target is not None:
                return target, True
    return (path if path in package.files else find_name(path, package.files)), False


def join(inside, path):
    """A path relative to the notebook's folder, as one relative to the root."""
    return PurePosixPath(os.path.normpath(str(PurePosixPath(inside, path)))).as_posix()


def find_name(path, files):
    """The only one of the files that has a path's name."""
    named = [file for file in files if PurePosixPath(file).name == PurePosixPath(path).name]
    return named[0] if len(named) == 1 else None


def compare_file(left, right, rtol):
    """A file by its bytes, else by what they mean."""
    if left[0] == right[0]:
        return {"verdict": "equal"}
    if left[1] is None or right[1] is None:
        return {"verdict": "different", "where": "its bytes", "notebook": left[0][:12], "package": right[0][:12]}
    return compare(left[1], right[1], rtol)


def compare_replaced(left, right, rtol):
    """A file against the artefact that replaces it: that whole, or something that it holds."""
    if left[0] == right[0] or left[1] is None or right[1] is None:
        return compare_file(left, right, rtol)
    alike = []
    for name, part in [("", right[1]), *parts(right[1])]:
        row = compare(left[1], part, rtol)
        if row["verdict"] in SAME:
            return {**row, "why": f"as its {name}"} if name else row
        if part[:2] == left[1][:2] and part[0] == "object":
            alike.append(row)
    return alike[0] if alike else {"verdict": "unclear", "why": "nothing like it in the artefact"}


def mark_unstable(task, values, files, once, again):
    """What differs between two runs of the notebook says nothing about the package."""
    why = "two runs of the notebook differ here" + (", which had two seeds" if task["seed"] is not None else "")
    for row in values:
        if row["verdict"] == "different":
            place = task["places"][row["id"]]
            left, right = once.value(place), again.value(place)
            if right is None or compare(left, right, task["rtol"])["verdict"] == "different":
                row.update(verdict="unstable", why=why)
    mark_what_follows(task, values)
    for row in files:
        if row["verdict"] == "different":
            left, right = once.files[row["path"]], again.files.get(row["path"])
            if right is None or compare_file(left, right, task["rtol"])["verdict"] == "different":
                row.update(verdict="unstable", why=why)


def mark_what_follows(task, values):
    """A stage that is given an unstable value computes another one each time, even where it is rounded
    so much that two runs of the notebook happen to agree."""
    rows = {}
    for row in values:
        rows.setdefault(task["places"][row["id"]]["stage"], []).append(row)
    unstable = set()
    for stage in task["stages"]:
        given = sorted(unstable & {variable(name) for name in stage["params"]})
        for row in rows.get(stage["id"], []):
            if row["verdict"] == "different" and given:
                row.update(verdict="unstable", why=f"computed from {', '.join(given)}, which is not stable")
        for row in rows.get(stage["id"], []):
            name = variable(task["places"][row["id"]]["name"])
            (unstable.add if row["verdict"] == "unstable" else unstable.discard)(name)


def variable(place):
    """The variable of a place such as `models["rf"]` or `self.model`."""
    return re.split(r"[.\[]", place, maxsplit=1)[0]
