"""Runs a notebook and its package, each in a process of its own, and compares what they compute.

    python supervise.py TASK.json

`nb2pkg verify` writes the task, reads events from standard output (one JSON value a line, `report` the
last), and keeps standard input open as long as somebody waits for the answer. When that ends, by Ctrl-C
or otherwise, so do the processes started here, and their files are removed.
"""

import _thread
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

HERE = os.path.dirname(os.path.abspath(__file__))
OLDEST = (3, 9)
POLL_SECONDS = 0.2
GRACE_SECONDS = 10
SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Stopped(Exception):
    """A side ("notebook" or "package") could not be run: what is known about that."""

    def __init__(self, side, reason, message, **details):
        super().__init__(message)
        self.failure = {"side": side, "reason": reason, "message": message, **details}


def tell(event, **details):
    """Write an event."""
    sys.stdout.write(json.dumps({"event": event, **details}) + "\n")
    sys.stdout.flush()


class Bench:
    """Runs the sides one after the other in the same place: paths look alike to both."""

    def __init__(self, task, scratch):
        self.task, self.scratch = task, scratch
        self.work = Path(task["scratch"])
        self.runs = 0
        self.process = None

    def run(self, side):
        """Run a side in a fresh copy of the folder; return the folder of what it left."""
        if self.runs:
            self.scratch.restore()
        self.runs += 1
        here = self.work / f"{self.runs}-{side}"
        here.mkdir(parents=True)
        task = {
            "side": side,
            "root": str(self.scratch.root),
            "folder": str(self.scratch.root / self.task["folder"]),
            "store": str(here / "store"),
            "inputs": str(self.work / "1-notebook" / "store") if self.runs > 1 else None,
            "seed": self._seed(),
            **{key: self.task[key] for key in ("cells", "import_from", "pipeline", "stages", "places")},
        }
        (here / "task.json").write_text(json.dumps(task), encoding="utf-8")
        tell("run", side=side, number=self.runs)
        started = time.monotonic()
        status = self._process(side, here, task["folder"], started)
        store = here / "store"
        if not (store / "outcome.json").exists():
            tail = (here / "log.txt").read_text(encoding="utf-8", errors="replace")[-2000:]
            raise Stopped(side, "crash", how_it_ended(status), at=read_progress(store), log=tail.strip())
        tell("ran", side=side, number=self.runs, seconds=time.monotonic() - started)
        return store

    def _seed(self):
        """The seed of a run. The notebook's second one gets another: what differs then depends on chance."""
        seed = self.task["seed"]
        return seed if seed is None else seed + (self.runs > 2)

    def _process(self, side, here, folder, started):
        environment = {**os.environ, "MPLBACKEND": "Agg", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        environment.update(PLOTLY_RENDERER="json", PYTHONIOENCODING="utf-8", QT_QPA_PLATFORM="offscreen")
        for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            environment.setdefault(threads, "1")  # sums of floats depend on their number
        command = [sys.executable, os.path.join(HERE, "record.py"), str(here / "task.json")]
        limit, at = self.task["timeout"], ""
        with (here / "log.txt").open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                while True:
                    try:
                        return self.process.wait(POLL_SECONDS)
                    except subprocess.TimeoutExpired:
                        passed = time.monotonic() - started
                        at = read_progress(here / "store") or at
                        if passed > limit:
                            message = f"not finished after {limit:g} seconds"
                            raise Stopped(side, "timeout", message, at=at) from None
                        tell("progress", side=side, seconds=passed, at=at)
            finally:
                self.end()

    def end(self):
        """End the process that was started here, and what it has started and left running."""
        process, self.process = self.process, None
        if process is None:
            return
        try:
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)  # its own session, so its own group
            else:
                process.kill()
        except (ProcessLookupError, PermissionError):
            pass  # all have ended
        process.wait()


def how_it_ended(status):
    """An exit status in words."""
    if status is not None and status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        memory = " (out of memory, perhaps)" if name == "SIGKILL" else ""
        return f"its process was ended by {name}{memory}"
    return f"its process ended with exit code {status}"


def read_progress(store):
    """Where a run is, as it says itself."""
    try:
        return (store / "progress.txt").read_text(encoding="utf-8")
    except OSError:
        return ""


def verify(task):
    """Run both sides and compare them: the report."""
    from scratch import NoSpace, Scratch

    report = {"stopped": None, "notes": [], "values": [], "files": []}
    scratch = Scratch(task["root"], os.path.join(task["scratch"], "copy"), task["leave_out"])
    tell("copy", bytes=scratch.measure(), files=len(scratch.sources))
    bench = Bench(task, scratch)
    watch_the_one_who_waits(bench, task)
    try:
        scratch.make()
        compare_sides(task, bench, report)
    except NoSpace:
        room = shutil.disk_usage(str(scratch.place)).free
        report["stopped"] = {"side": "copy", "reason": "space", "message": "", "needed": scratch.bytes, "free": room}
    except Stopped as stopped:
        report["stopped"] = stopped.failure
    report["notes"] += [f"not copied: {why}" for why in scratch.skipped[:5]]
    return report


def compare_sides(task, bench, report):
    """Fill the report; raises `Stopped`."""
    from compare import Side, compare_files, compare_values, mark_unstable

    once = Side(bench.run("notebook"))
    failure = once.outcome["failure"]
    if failure:
        if not all(once.reached(place) for place in task["places"]):
            raise Stopped("notebook", not_run=once.outcome["not_run"][:3], **failure)
        report["notes"].append(f"the notebook stopped after the last value: {failure['message']}")
    not_run = once.outcome["not_run"]
    if not_run:
        more = f" and {len(not_run) - 3} more" if len(not_run) > 3 else ""
        report["notes"].append(f"not run in the notebook: {', '.join(not_run[:3])}{more}")
    made = Side(bench.run("package"))
    report["values"] = compare_values(task, once, made)
    report["files"] = compare_files(task, once, made)
    if made.outcome["failure"]:
        raise Stopped("package", **made.outcome["failure"])
    differs = any(row["verdict"] == "different" for row in report["values"] + report["files"])
    if differs and not task["once"]:
        again = Side(bench.run("notebook"))
        mark_unstable(task, report["values"], report["files"], once, again)


def watch_the_one_who_waits(bench, task):
    """End everything when standard input ends: nobody waits for the answer any more."""

    def watch():
        while sys.stdin.buffer.raw.read(1024):
            pass
        bench.end()
        _thread.interrupt_main()  # it may be copying
        time.sleep(GRACE_SECONDS)
        clean(task)
        os._exit(130)

    threading.Thread(target=watch, daemon=True).start()


def stop(number, frame):
    """The handler of signals: unwinds once, and lets nothing interrupt that."""
    del number, frame
    for name in SIGNALS:
        signal.signal(name, signal.SIG_IGN)
    raise KeyboardInterrupt


def clean(task):
    """Remove everything that was made for this comparison, this program too."""
    if not task["keep"]:
        shutil.rmtree(task["scratch"], ignore_errors=True)


def main():
    """The program."""
    task = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for name in SIGNALS:
        signal.signal(name, stop)
    try:
        version = platform.python_version()
        tell("python", version=version, executable=sys.executable, too_old=sys.version_info < OLDEST)
        if sys.version_info >= OLDEST:
            sys.path.insert(0, HERE)
            tell("report", report=verify(task))
    except KeyboardInterrupt:
        pass
    except Exception:
        tell("report", report={"bug": traceback.format_exc()})
    finally:
        clean(task)
        sys.stdout.flush()
        os._exit(0)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
