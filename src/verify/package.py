"""Runs a package's pipeline with its stages recorded."""

import contextlib
import dataclasses
import functools
import importlib
import inspect
import sys

from answers import with_answers
from picture import picture, same_random_numbers
from seeds import plant_libraries


def run(task, store):
    """Run the pipeline that the task names, in this process."""
    if task["import_from"]:
        sys.path.insert(0, task["import_from"])
    pipeline = task["pipeline"]
    store.at("importing it")
    module = importlib.import_module(pipeline["module"])
    Recorder(task, store).install()
    call_pipeline(functools.reduce(getattr, pipeline["function"].split("."), module), module)


class Recorder:
    """Stands in for the stage functions: calls through and pictures what they return."""

    def __init__(self, task, store):
        self.package = task["pipeline"]["module"].split(".")[0]
        self.task, self.store = task, store
        self.count = len(task["stages"])
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
            stage = entries[min(calls, len(entries) - 1)]
            calls += 1
            self.store.at(f"{stage['function']} ({stage['id'] + 1} of {self.count})")
            plant_libraries()
            value = function(*args, **options)
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
                taken = with_answers(picture(found), found, place, self.task, self.store)
                self.store.keep(place, taken)


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
