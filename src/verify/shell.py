"""Stands in for IPython: what a cell can ask of it, and what of that is done here."""

import builtins
import os
import runpy
import shlex
import sys
import types


class Shell:
    """IPython's shell for a notebook that nobody watches.

    Magics that the code after them may rely on do their work; those that only show, time or set up something
    do nothing. Shell lines are not run, as they could reach anything of the user's; `mkdir` alone is done.
    """

    def __init__(self, namespace, store):
        self.user_ns, self.store = namespace, store

    def run_line_magic(self, name, line="", *args, **options):
        """Do what a line magic does, if that is one of a few."""
        done = getattr(self, f"_{name}_magic", None)
        return done(line) if done else None

    def run_cell_magic(self, name, line, cell):
        """`%%writefile` writes its file; other cell magics are not run."""
        if name in ("writefile", "file"):
            words = shlex.split(line)
            with open(words[-1], "a" if words[0] == "-a" else "w", encoding="utf-8") as file:
                file.write(cell)
        else:
            self.store.outcome["not_run"].append(f"%%{name} {line}".strip())

    def system(self, command, *args, **options):
        """A shell line."""
        words = command.split()
        if words[:1] == ["mkdir"] and not set(command) & set("$`;&|<>*{}"):
            for folder in [word for word in shlex.split(command)[1:] if not word.startswith("-")]:
                os.makedirs(folder, exist_ok=True)
        else:
            self.store.outcome["not_run"].append(f"!{command}".strip())

    def getoutput(self, command, *args, **options):
        """A shell line that is not run has no output."""
        self.system(command)
        return []

    def _time_magic(self, line):
        return eval(compile(line, "<%time>", "eval"), self.user_ns) if line.strip() else None

    def _cd_magic(self, line):
        os.chdir(os.path.expanduser(line.strip().strip("\"'")))

    def _env_magic(self, line):
        name, separator, value = line.partition("=" if "=" in line else " ")
        if separator:
            os.environ[name.strip()] = value.strip()
            return None
        return os.environ.get(name.strip())

    _set_env_magic = _env_magic

    def _mkdir_magic(self, line):
        self.system(f"mkdir {line}")

    def _run_magic(self, line):
        words = shlex.split(line)
        script = words[-1] if words else ""
        if script.endswith(".py"):
            self.user_ns.update(runpy.run_path(script, run_name="__main__"))
        else:
            self.store.outcome["not_run"].append(f"%run {line}")

    def __getattr__(self, name):
        if name.startswith("_"):
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
