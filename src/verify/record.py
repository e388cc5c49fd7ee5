"""Runs one side, a notebook or a package, in this process and records pictures of its values.

    python record.py TASK.json

`supervise.py` writes the task and starts this in a scratch copy of the notebook's folder, once for each
run. Every picture goes to a file of its own as soon as it is taken, and `outcome.json` ends the run, so
that what was recorded survives whatever the notebook does to its process.
"""

import json
import os
import pickle
import sys
from pathlib import Path

HERE = os.path.dirname(os.path.abspath(__file__))
OURS = ("answers", "failure", "notebook", "package", "picture", "scratch", "seeds", "shell")


class Store:
    """The folder into which pictures go, and the outcome of the run."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)
        self.outcome = {"failure": None, "reached": [], "problems": {}, "not_run": []}

    def keep(self, place, taken):
        """Keep the picture taken of a place; a later one replaces it."""
        (self.folder / f"value-{place['id']}.pickle").write_bytes(pickle.dumps(taken))
        self.outcome["problems"].pop(str(place["id"]), None)

    def miss(self, place, why):
        """Remember why there is no picture of a place."""
        path = self.folder / f"value-{place['id']}.pickle"
        if path.exists():
            path.unlink()
        self.outcome["problems"][str(place["id"])] = why

    def at(self, where):
        """Say where the run is."""
        (self.folder / "progress.txt").write_text(where, encoding="utf-8")

    def finish(self, files):
        """Write what a reader looks for first as the last."""
        (self.folder / "files.pickle").write_bytes(pickle.dumps(files))
        (self.folder / "outcome.json").write_text(json.dumps(self.outcome), encoding="utf-8")


def our_modules():
    """Our modules by name. The code that is run must not meet them in place of its own."""
    sys.path[:] = [HERE, *(path for path in sys.path if os.path.abspath(path or ".") != HERE)]
    found = {name: __import__(name) for name in OURS}
    sys.path.remove(HERE)
    for name in OURS:
        del sys.modules[name]
    return found


def main():
    """Run the task that the command line names."""
    task = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    del sys.argv[1:]
    store = Store(task["store"])
    ours = our_modules()
    os.chdir(task["folder"])
    before = ours["scratch"].state(task["root"])
    ours["seeds"].plant(task["seed"])
    try:
        ours[task["side"]].run(task, store)
    except BaseException as error:  # also a SystemExit: `exit()` ends a notebook
        store.outcome["failure"] = ours["failure"].describe(error, task)
    os.chdir(task["folder"])
    changed = [path for path, status in ours["scratch"].state(task["root"]).items() if before.get(path) != status]
    file_picture = ours["picture"].file_picture
    store.finish({path: file_picture(Path(task["root"], path)) for path in sorted(changed)})
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # neither exit handlers nor threads of the notebook hold us up


if __name__ == "__main__":
    main()
