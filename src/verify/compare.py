#!/usr/bin/env python3
"""Does a package compute what its notebook computes?

    compare.py --package DIR [--notebook NB] [--root DIR] [--import-from DIR] [--out report.json]

Reads DIR/nb2pkg.lock, runs the notebook statement by statement and the package's pipeline, each in a
process of its own and in a fresh copy of the notebook's folder, and compares every value that the lock
lists and every file that both sides wrote. Where something differs, the notebook runs once more, to
tell what is not stable even there.

Exit code: 0 all is equal or close, 1 a value differs or is missing or a file differs, 2 could not run.
"""

import argparse
import hashlib
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path, PurePosixPath

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True  # this folder may be part of a checkout
from difference import SAME, compare, parts  # noqa: E402

SCHEMA = "nb2pkg.verify/1"
WRONG = ("different", "missing")
LEFT_BEHIND = ("__pycache__", ".ipynb_checkpoints", ".git", ".venv", "venv", "node_modules")


class Stopped(Exception):
    """A side ("lock", "notebook" or "package") could not be read or run."""

    def __init__(self, side, why):
        super().__init__(why)
        self.side, self.why = side, why


# ---- the lock


def read_lock(package):
    """The lock's pipeline, stages, places to compare and artefacts.

    Stages of a second notebook keep their turn in the order of calls but have no places: only the
    first notebook is run.
    """
    try:
        lock = parse_toml((package / "nb2pkg.lock").read_text(encoding="utf-8"))
        stages = [{**stage, "id": i} for i, stage in enumerate(lock.get("stage", []))]
        places = [place for stage in stages if stage.get("notebook", 0) == 0 for place in places_of(stage)]
        places += [place for result in lock.get("result", []) for place in place_of(result, stages)]
        return {
            "notebook": lock.get("notebook", [{}])[0],
            "pipeline": {"module": lock["pipeline"]["module"], "function": lock["pipeline"]["function"]},
            "stages": [{key: stage[key] for key in ("id", "module", "function")} for stage in stages],
            "places": [{**place, "id": i} for i, place in enumerate(places)],
            "replaces": {old: new["path"] for new in lock.get("artefact", []) for old in new.get("replaces", [])},
            "skipped": sum(stage.get("notebook", 0) != 0 for stage in stages),
        }
    except (ImportError, OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise Stopped("lock", f"{package / 'nb2pkg.lock'}: {type(error).__name__}: {error}") from error


def parse_toml(text):
    """The values in a TOML text."""
    try:
        import tomllib
    except ImportError:  # before Python 3.11
        import tomli as tomllib
    return tomllib.loads(text)


def places_of(stage):
    """One place for each of a stage's `returns`: where the notebook and where the stage has it."""
    returns, at, fields = stage["returns"], stage["at"], stage.get("fields")
    spots = at if at and isinstance(at[0], list) else [at] * len(returns)
    fields = [None] * len(returns) if fields is None else fields
    if not len(returns) == len(spots) == len(fields):
        raise ValueError(f"stage {stage['function']}: `at` and `fields` need one entry for each of `returns`")
    for name, spot, field in zip(returns, spots, fields):
        cell, statement = spot
        yield {"name": name, "expression": name, "at": [cell, statement], "stage": stage["id"], "field": field}


def place_of(result, stages):
    """The place of a `[[result]]`, in the last of the stages that has its stage's name."""
    named = [s for s in stages if result["stage"] in (s["function"], f"{s['module']}.{s['function']}")]
    if not named:
        raise ValueError(f"result {result['name']}: there is no stage {result['stage']}")
    if named[-1].get("notebook", 0) == 0:
        cell, statement = result["at"]
        place = {"name": result["name"], "expression": result["expression"], "at": [cell, statement]}
        yield {**place, "stage": named[-1]["id"], "field": str(result.get("field", ""))}


def code_sha256(notebook):
    """The hash by which the lock knows a notebook's code."""
    cells = json.loads(notebook.read_text(encoding="utf-8-sig")).get("cells", [])
    sources = [cell.get("source", "") for cell in cells if cell.get("cell_type") == "code"]
    texts = [source if isinstance(source, str) else "".join(source) for source in sources]
    return hashlib.sha256("\n\n".join(texts).encode()).hexdigest()


# ---- running the two sides


class Side:
    """What a run left: its outcome, and pictures by place and by file."""

    def __init__(self, store):
        self.store = store
        self.outcome = json.loads((store / "outcome.json").read_text(encoding="utf-8"))
        self.files = pickle.loads((store / "files.pickle").read_bytes())

    def value(self, place):
        """The picture of a place, None where there is none."""
        path = self.store / f"value-{place['id']}.pickle"
        return pickle.loads(path.read_bytes()) if path.exists() else None

    def why_missing(self, place, otherwise):
        """Why there is no picture of a place."""
        return self.outcome["problems"].get(str(place["id"]), otherwise)


class Bench:
    """Runs the sides one after the other, all in the same scratch folder: paths look alike to both."""

    def __init__(self, lock, notebook, package, options, work):
        self.lock, self.notebook, self.package, self.options = lock, notebook, package, options
        self.root = (options.root or notebook.parent).resolve()
        if not notebook.is_relative_to(self.root):
            raise Stopped("notebook", f"{notebook} is not below {self.root}")
        self.work, self.runs = work, 0

    def run(self, side):
        """Run the "notebook" or the "package" in a fresh copy of the folder."""
        self.runs += 1
        here = self.work / f"{self.runs}-{side}"
        copy = self.work / "root"
        shutil.rmtree(here, ignore_errors=True)
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.root, copy, ignore=self._left_behind, ignore_dangling_symlinks=True)
        here.mkdir(parents=True)
        source = self.package / "src" if (self.package / "src").is_dir() else self.package
        task = {
            "side": side,
            "root": str(copy),
            "folder": str(copy / self.notebook.parent.relative_to(self.root)),
            "store": str(here / "store"),
            "notebook": str(self.notebook),
            "order": self.lock["notebook"].get("cells", []),
            "import_from": str((self.options.import_from or source).resolve()),
            **{key: self.lock[key] for key in ("pipeline", "stages", "places")},
        }
        (here / "task.json").write_text(json.dumps(task), encoding="utf-8")
        status = self._process(side, here, Path(task["folder"]))
        shutil.rmtree(copy, ignore_errors=True)
        if not (here / "store" / "outcome.json").exists():
            tail = (here / "log.txt").read_text(encoding="utf-8", errors="replace")[-3000:]
            raise Stopped(side, f"the process ended with exit code {status}; its last output:\n{tail}")
        return Side(here / "store")

    def _left_behind(self, folder, names):
        """Not copied: what tools fill, and the package itself where it lies in the notebook's folder."""
        return [n for n in names if n in LEFT_BEHIND or Path(folder, n).resolve() == self.package]

    def _process(self, side, here, folder):
        environment = {**os.environ, "MPLBACKEND": "Agg", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        environment.update(PLOTLY_RENDERER="json", PYTHONIOENCODING="utf-8")
        for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            environment.setdefault(threads, "1")  # sums of floats depend on their number
        command = [sys.executable, str(HERE / "record.py"), str(here / "task.json")]
        with (here / "log.txt").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                return process.wait(self.options.timeout)
            except subprocess.TimeoutExpired:
                raise Stopped(side, f"not finished after {self.options.timeout:g} seconds") from None
            finally:
                end_group(process)


def end_group(process):
    """End a process that was started here, and what it has started and left running."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)  # its own session, so its own group
        else:
            process.kill()
    except (ProcessLookupError, PermissionError):
        pass  # all have ended
    process.wait()


# ---- comparing


def compare_values(lock, notebook, package, rtol):
    """One row for each place that the lock lists."""
    rows = []
    for place in lock["places"]:
        stage = lock["stages"][place["stage"]]
        name = f"{stage['module']}.{stage['function']}"
        row = {"id": place["id"], "stage": name, "name": place["name"], "at": place["at"]}
        left, right = notebook.value(place), package.value(place)
        if left is None:
            reached = place["id"] in notebook.outcome["reached"]
            why = notebook.why_missing(place, "no value" if reached else "there is no such statement")
            row.update(verdict="missing", why=f"in the notebook: {why}")
        elif right is None:
            ended = (
                "the package stopped before" if package.outcome["error"] else "the pipeline does not call this stage"
            )
            row.update(verdict="missing", why=f"in the package: {package.why_missing(place, ended)}")
        else:
            row.update(compare(left, right, rtol))
        rows.append(row)
    return rows


def compare_files(lock, notebook, package, inside, rtol):
    """One row for each file that either side wrote."""
    rows, taken = [], set()
    for path, left in notebook.files.items():
        other, replaced = counterpart(path, lock, notebook, package, inside)
        row = {"path": path}
        if other is None:
            row.update(verdict="only in the notebook")
        else:
            taken.add(other)
            row.update((compare_replaced if replaced else compare_file)(left, package.files[other], rtol))
            if other != path:
                row["package_path"] = other
        rows.append(row)
    extra = [path for path in package.files if path not in taken]
    return rows + [{"path": path, "verdict": "only in the package"} for path in extra]


def counterpart(path, lock, notebook, package, inside):
    """`(path, replaced)` of the package's file for one of the notebook's: the artefact that the lock
    says replaces it, else the same path, else the only file of that name."""
    for old, new in lock["replaces"].items():
        if path in (join(inside, old), find_name(old, notebook.files)):
            target = join(inside, new) if join(inside, new) in package.files else find_name(new, package.files)
            if target is not None:
                return target, True
    return (path if path in package.files else find_name(path, package.files)), False


def join(inside, path):
    """A path relative to the notebook's folder, as one relative to the root."""
    return PurePosixPath(os.path.normpath(PurePosixPath(inside, path))).as_posix()


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


def mark_unstable(report, lock, once, again, rtol):
    """What differs between two runs of the notebook says nothing about the package."""
    for row in report["values"]:
        if row["verdict"] == "different":
            place = lock["places"][row["id"]]
            left, right = once.value(place), again.value(place)
            if right is None or compare(left, right, rtol)["verdict"] == "different":
                row["verdict"] = "unstable"
    for row in report["files"]:
        if row["verdict"] == "different":
            left, right = once.files[row["path"]], again.files.get(row["path"])
            if right is None or compare_file(left, right, rtol)["verdict"] == "different":
                row["verdict"] = "unstable"


# ---- the report


def verify(options, work):
    """Run both sides and compare them: the report, without its summary."""
    report = {
        "schema": SCHEMA,
        "package": str(options.package),
        "stopped": None,
        "notes": [],
        "values": [],
        "files": [],
    }
    try:
        package = options.package.resolve()
        lock = read_lock(package)
        notebook = (options.notebook or package / lock["notebook"].get("path", "")).resolve()
        report["notebook"] = str(options.notebook or lock["notebook"].get("path"))
        if not notebook.is_file():
            raise Stopped("notebook", f"{notebook} is not a file")
        report["notes"] = notes(lock, notebook)
        bench = Bench(lock, notebook, package, options, work)
        inside = notebook.parent.relative_to(bench.root).as_posix()
        once = bench.run("notebook")
        if once.outcome["error"]:
            if any(place["id"] not in once.outcome["reached"] for place in lock["places"]):
                raise Stopped("notebook", once.outcome["error"])
            last = once.outcome["error"].strip().splitlines()[-1]
            report["notes"].append(f"the notebook stopped after the last stage: {last}")
        made = bench.run("package")
        report["values"] = compare_values(lock, once, made, options.rtol)
        report["files"] = compare_files(lock, once, made, inside, options.rtol)
        if made.outcome["error"]:
            raise Stopped("package", made.outcome["error"])
        differs = any(row["verdict"] == "different" for row in report["values"] + report["files"])
        if differs and not options.once:
            mark_unstable(report, lock, once, bench.run("notebook"), options.rtol)
    except Stopped as stopped:
        report["stopped"] = {"side": stopped.side, "why": stopped.why}
    return report


def notes(lock, notebook):
    """What a reader of the report should know besides."""
    found = []
    known = lock["notebook"].get("code_sha256")
    if known and known != code_sha256(notebook):
        found.append("the notebook's code has changed since the package was made")
    if lock["skipped"]:
        found.append(f"{lock['skipped']} stages of other notebooks are not compared")
    return found


def summary(rows):
    """How many rows have which verdict; `compared` are those that tell something about the package."""
    counts = {}
    for row in rows:
        counts[row["verdict"]] = counts.get(row["verdict"], 0) + 1
    same = sum(counts.get(verdict, 0) for verdict in SAME)
    compared = same + sum(counts.get(verdict, 0) for verdict in WRONG)
    return {"compared": compared, "same": same, "verdicts": dict(sorted(counts.items()))}


def exit_code(report):
    """0 all equal or close, 1 some differ or are missing, 2 could not run."""
    if report["stopped"]:
        return 2
    return int(any(row["verdict"] in WRONG for row in report["values"] + report["files"]))


def as_text(report):
    """The report for people."""
    lines = [f"note: {note}" for note in report["notes"]]
    for row in report["values"]:
        lines.append(f"{row['verdict']:10} {row['stage']}: {row['name']}")
        lines += details(row)
    for row in report["files"]:
        moved = f" (there {row['package_path']})" if "package_path" in row else ""
        lines.append(f"{row['verdict']:10} file {row['path']}{moved}")
        lines += details(row)
    if report["stopped"]:
        lines.append(f"the {report['stopped']['side']} stopped the comparison:")
        lines += ["    " + line for line in report["stopped"]["why"].strip().splitlines()[-25:]]
    for name in ("values", "files"):
        counts = report["summary"][name]
        lines.append(f"{name}: {counts['same']} of {counts['compared']} compared are equal or close")
    return "\n".join(lines)


def details(row):
    """Where a row differs, and why it is as it is."""
    if "where" in row:
        yield f"           at {row['where']}: {row['notebook']} in the notebook, {row['package']} in the package"
    if "why" in row:
        yield f"           {row['why']}"


def parse_arguments(arguments):
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", type=Path, required=True, help="the folder with nb2pkg.lock")
    parser.add_argument("--notebook", type=Path, help="default: the one that the lock names")
    parser.add_argument("--root", type=Path, help="folder to copy for each run (default: the notebook's)")
    parser.add_argument("--import-from", type=Path, help="where to import the package from (default: its src)")
    parser.add_argument("--out", type=Path, help="write the report here as JSON")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="what goes to standard output")
    parser.add_argument("--work", type=Path, help="keep scratch files here (default: a temporary folder)")
    parser.add_argument("--timeout", type=float, default=600, help="most seconds for one run")
    parser.add_argument("--rtol", type=float, default=1e-6, help="relative difference that counts as close")
    parser.add_argument("--once", action="store_true", help="never run the notebook a second time")
    return parser.parse_args(arguments)


def main(arguments=None):
    """The program; returns its exit code."""
    options = parse_arguments(arguments)
    with tempfile.TemporaryDirectory(prefix="nb2pkg-verify-") as scratch:
        work = (options.work or Path(scratch)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        report = verify(options, work)
    report["summary"] = {name: summary(report[name]) for name in ("values", "files")}
    document = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    if options.out:
        options.out.write_text(document, encoding="utf-8")
    sys.stdout.write(as_text(report) + "\n" if options.format == "text" else document)
    return exit_code(report)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Exception:  # not Python's own exit code for that, 1, which here means a difference
        traceback.print_exc()
        sys.exit(2)
