"""Pictures of live values: plain data that tells what a value was at one moment.

A picture is a tuple `(kind, type name, content)` of plain Python data and numpy arrays. It is taken
deep enough that later changes of the value do not reach it, and it can be pickled and compared in a
process where the classes of the value do not exist: a notebook's `__main__.Model` and a package's
`churn.train.Model` have equal pictures when they hold the same. Libraries are only looked up in
`sys.modules`: a value of a library that nobody imported cannot occur.
"""

import contextlib
import csv
import enum
import hashlib
import json
import pickle
import random
import re
import sys
import types
import warnings
from collections import deque
from pathlib import Path

MAX_DEPTH = 8
MAX_ITEMS = 200_000
PLAIN = (bool, int, float, complex, str, bytes, type(None))
# How long something took is never the same twice.
TIMING = re.compile(r"(mean_|std_)?(fit|score|refit)_time_?")
# Modules whose values tell everything by their repr.
TOLD_BY_REPR = {"datetime", "decimal", "fractions", "ipaddress", "pathlib", "re", "uuid", "zoneinfo"}
# Parameters that change how an estimator works, never what it computes.
WITHOUT_EFFECT = {"n_jobs", "verbose", "verbosity"}
# The rest of a decision tree is memory that scikit-learn leaves uninitialised at its leaves.
TREE = ("children_left", "children_right", "feature", "threshold", "n_node_samples", "value")

LARGEST_FILE = 100_000_000
IMAGES = {".eps", ".gif", ".jpeg", ".jpg", ".pdf", ".png", ".svg", ".webp"}


def picture(value):
    """The picture of a value. Never raises: what cannot be looked at becomes "opaque"."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Camera().take(value, 0)


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


def type_name(value):
    """The name that a notebook's class and its copy in the package share."""
    return type(value).__name__


class Camera:
    """Takes one picture; remembers what it has already seen on the way."""

    def __init__(self):
        self.items = 0
        self.open = set()
        self.seen = {}

    def take(self, value, depth):
        """The picture of a value found `depth` levels down."""
        if type(value) in PLAIN:
            return ("value", type_name(value), value)
        key = (id(value), depth)
        if key in self.seen:
            return self.seen[key][0]
        self.items += 1
        if depth > MAX_DEPTH or self.items > MAX_ITEMS:
            return ("opaque", type_name(value), "too deep" if depth > MAX_DEPTH else "too large")
        if id(value) in self.open:
            return ("opaque", type_name(value), "contains itself")
        self.open.add(id(value))
        try:
            found = self._look(value, depth)
        except Exception as error:  # anything may happen in other people's classes
            found = ("opaque", type_name(value), f"{type(error).__name__} when looking at it")
        finally:
            self.open.discard(id(value))
        self.seen[key] = (found, value)  # keeps the value alive, so that its id stays its own
        return found

    def _look(self, value, depth):
        ways = (self._numpy, self._pandas, self._sparse, self._tensor, self._container, self._code,
                self._told, self._estimator, self._network)  # fmt: skip
        for way in ways:
            found = way(value, depth)
            if found is not None:
                return found
        return self._object(value, depth)

    def _named(self, pairs, depth):
        return {name: self.take(value, depth + 1) for name, value in pairs}

    # ---- arrays and tables

    def _numpy(self, value, depth):
        np = sys.modules.get("numpy")
        if np is None:
            return None
        if isinstance(value, np.generic) and value.dtype.kind in "biufcSU":
            return ("value", value.dtype.name, value.item())
        if isinstance(value, (np.generic, np.dtype)):
            return ("text", type_name(value), str(value))
        if isinstance(value, np.ma.MaskedArray):
            parts = {"data": np.ma.getdata(value), "mask": np.ma.getmaskarray(value)}
            return ("object", "MaskedArray", self._named(parts.items(), depth))
        if isinstance(value, np.ndarray):
            return self._array(value, depth)
        if value is getattr(np.random.mtrand, "_rand", None):
            return ("text", "RandomState", "the global one")  # unseeded, it is another one in every process
        if isinstance(value, np.random.RandomState):
            return ("object", "RandomState", {"state": self.take(value.get_state(False), depth + 1)})
        if isinstance(value, np.random.Generator):
            state = value.bit_generator.state
            return ("object", "Generator", {"state": self.take(state, depth + 1)})
        return None

    def _array(self, array, depth):
        np = sys.modules["numpy"]
        if array.dtype.names:
            fields = [(name, array[name]) for name in array.dtype.names]
            return ("object", "structured array", self._named(fields, depth))
        if not array.dtype.hasobject:
            return ("array", array.dtype.kind, np.array(array, copy=True, subok=False))
        items = np.asarray(array).reshape(-1).tolist()
        plain = all(type(item) in PLAIN for item in items)
        content = items if plain else [self.take(item, depth + 1) for item in items]
        return ("objects", "plain" if plain else "any", (array.shape, content))

    def _pandas(self, value, depth):
        pd = sys.modules.get("pandas")
        if pd is None or not hasattr(pd, "DataFrame"):
            return None
        if isinstance(value, pd.DataFrame):
            frame = value.copy(deep=False)  # reading columns fills a cache of the frame
            columns = [self._frame_column(frame, i, depth) for i in range(frame.shape[1])]
            content = (frame.shape, self._index(frame.columns, depth), self._index(frame.index, depth))
            return ("frame", "DataFrame", (*content, [repr(label) for label in frame.columns], columns))
        if isinstance(value, pd.Series):
            parts = {"name": self.take(value.name, depth + 1), "index": self._index(value.index, depth)}
            return ("object", "Series", {**parts, "values": self._column(value, depth)})
        if isinstance(value, pd.Index):
            return self._index(value, depth)
        if isinstance(value, pd.api.extensions.ExtensionArray):
            return self._column(pd.Series(value), depth)
        if value is pd.NaT or value is pd.NA:
            return ("text", "missing value", str(value))
        if isinstance(value, (pd.Timestamp, pd.Timedelta, pd.Period, pd.Interval, pd.offsets.BaseOffset)):
            return ("text", type_name(value), repr(value))
        if type(value).__module__.startswith("pandas.core.groupby"):
            parts = {"obj": value.obj, "keys": value.keys}
            return ("object", type_name(value), self._named(parts.items(), depth))
        return None

    def _frame_column(self, frame, i, depth):
        if isinstance(frame.columns[i], str) and TIMING.fullmatch(frame.columns[i]):
            return ("opaque", "times", "how long something took")
        return self._column(frame.iloc[:, i], depth)

    def _column(self, series, depth):
        np, pd = sys.modules["numpy"], sys.modules["pandas"]
        kind = series.dtype
        if isinstance(kind, pd.CategoricalDtype):
            parts = {"ordered": self.take(bool(kind.ordered), depth + 1)}
            parts["categories"] = self._column(pd.Series(kind.categories.array), depth)
            parts["codes"] = self._array(series.cat.codes.to_numpy(), depth)
            return ("object", "categorical", parts)
        if isinstance(kind, np.dtype):
            return self._array(series.to_numpy(), depth)
        values = self._array(np.asarray(series.astype(object)), depth)
        return ("object", f"column of {kind}", {"values": values})

    def _index(self, index, depth):
        pd = sys.modules["pandas"]
        levels = [index.get_level_values(i) for i in range(index.nlevels)]
        parts = {"names": self.take(list(index.names), depth + 1)}
        for i, level in enumerate(levels):
            name = "values" if len(levels) == 1 else f"level {i}"
            parts[name] = self._column(pd.Series(level.array), depth)
        return ("object", "Index", parts)

    def _sparse(self, value, depth):
        sparse = sys.modules.get("scipy.sparse")
        if sparse is None or not sparse.issparse(value):
            return None
        matrix = value.tocsr().copy()
        matrix.sum_duplicates()
        matrix.sort_indices()
        parts = {"shape": matrix.shape, "indptr": matrix.indptr, "indices": matrix.indices}
        return ("object", "sparse", self._named({**parts, "data": matrix.data}.items(), depth))

    def _tensor(self, value, depth):
        if type(value).__module__.split(".")[0] not in ("torch", "tensorflow", "jax", "jaxlib"):
            return None
        if hasattr(value, "detach"):
            value = value.detach().cpu()
        if not hasattr(value, "numpy") and not hasattr(value, "__array__"):
            return None
        array = value.numpy() if hasattr(value, "numpy") else sys.modules["numpy"].asarray(value)
        return ("object", "tensor", {"values": self.take(array, depth + 1)})

    # ---- containers

    def _container(self, value, depth):
        if isinstance(value, dict):
            pairs = [(key, item) for key, item in dict.items(value) if not self._is_timing(key)]
            return ("mapping", type_name(value), self._named(((repr(k), v) for k, v in pairs), depth))
        if isinstance(value, (list, tuple, deque)):
            return ("sequence", type_name(value), [self.take(item, depth + 1) for item in value])
        if isinstance(value, (set, frozenset)):
            members = sorted((self.take(item, depth + 1) for item in value), key=repr)
            return ("sequence", type_name(value), members)
        if isinstance(value, (range, slice, type(...), type(NotImplemented))):
            return ("text", type_name(value), repr(value))
        if isinstance(value, bytearray):
            return ("value", "bytes", bytes(value))
        base = next((kind for kind in PLAIN if isinstance(value, kind)), None)
        if base is not None and not isinstance(value, enum.Enum):
            return ("value", base.__name__, base(value))
        return None

    @staticmethod
    def _is_timing(key):
        return isinstance(key, str) and TIMING.fullmatch(key) is not None

    # ---- code, and values that tell everything by a text

    def _code(self, value, depth):
        if isinstance(value, types.ModuleType):
            return ("text", "module", value.__name__)
        if isinstance(value, types.FunctionType):
            return ("code", "function", (value.__name__, code_digest(value.__code__, value.__doc__)))
        if isinstance(value, types.MethodType):
            parts = {"self": value.__self__, "function": value.__func__}
            return ("object", "method", self._named(parts.items(), depth))
        if isinstance(value, (types.BuiltinFunctionType, types.MethodDescriptorType)):
            return ("text", "built-in", value.__qualname__)
        if isinstance(value, type):
            methods = [
                (name, item) for name, item in sorted(vars(value).items()) if isinstance(item, types.FunctionType)
            ]
            digests = [(name, code_digest(item.__code__, item.__doc__)) for name, item in methods]
            return ("code", "class", (value.__name__, repr(digests)))
        return None

    def _told(self, value, depth):
        del depth
        if isinstance(value, enum.Enum):
            return ("text", type_name(value), value.name)
        if type(value).__module__ in TOLD_BY_REPR:
            return ("text", type_name(value), repr(value))
        if (type(value).__module__ or "").split(".")[0] == "matplotlib":
            return ("opaque", type_name(value), "a drawing")
        return None

    # ---- models and all other objects

    def _estimator(self, value, depth):
        del depth
        kind = type(value)
        if not (hasattr(kind, "get_params") and hasattr(kind, "fit")):
            return None
        params = {k: v for k, v in value.get_params(deep=False).items() if k not in WITHOUT_EFFECT}
        state = {k: v for k, v in attributes(value).items() if k not in params and not self._is_timing(k)}
        fitted = {k: v for k, v in state.items() if k.endswith("_") and not k.startswith("_")}
        if not fitted:  # not the library's way of naming: everything that is not a parameter
            fitted = {k: v for k, v in state.items() if k not in WITHOUT_EFFECT and not k.startswith("_")}
        fitted.update({k: v for k, v in state.items() if self._is_learned(v)})
        boosted = booster_bytes(value)
        if boosted is not None:
            fitted["<booster>"] = boosted
        # Pipelines of transformers of pipelines: a part of a model counts its depth afresh.
        parts = {"params": ("mapping", "params", self._named(params.items(), 0))}
        parts["fitted"] = ("mapping", "fitted", self._named(sorted(fitted.items()), 0))
        return ("object", kind.__name__, parts)

    @staticmethod
    def _is_learned(value):
        """Private attributes hold what neighbours, histogram and kernel models have learned; those that
        are numbers, texts and dictionaries are mostly caches and settings."""
        np = sys.modules.get("numpy")
        inner = hasattr(type(value), "get_params") and hasattr(type(value), "fit")
        return inner or isinstance(value, (list, tuple)) or (np is not None and isinstance(value, np.ndarray))

    def _network(self, value, depth):
        if "torch" in sys.modules and hasattr(value, "state_dict") and hasattr(value, "forward"):
            parts = {"layers": str(value), "training": value.training, "state": dict(value.state_dict())}
            return ("object", type_name(value), self._named(parts.items(), depth))
        if hasattr(type(value), "get_weights") and hasattr(type(value), "predict"):
            parts = {"weights": value.get_weights()}
            return ("object", type_name(value), self._named(parts.items(), depth))
        return None

    def _object(self, value, depth):
        kind = type(value)
        if kind.__module__ == "sklearn.tree._tree" and hasattr(value, "children_left"):
            return ("object", kind.__name__, self._named(((n, getattr(value, n)) for n in TREE), depth))
        state = own_state(value) or attributes(value)
        if state:
            kept = sorted(((str(k), v) for k, v in state.items() if "cache" not in str(k)), key=lambda pair: pair[0])
            return ("object", kind.__name__, self._named(kept, depth))
        if hasattr(value, "__dict__") and kind.__reduce__ is object.__reduce__:
            return ("object", kind.__name__, {})
        return self._reduced(value, depth)

    def _reduced(self, value, depth):
        """A C object by what pickle would keep of it: this consumes no iterator."""
        reduced = value.__reduce_ex__(4)
        if isinstance(reduced, str):
            return ("text", type_name(value), reduced)
        parts = {"arguments": reduced[1], "state": reduced[2] if len(reduced) > 2 else None}
        return ("object", type_name(value), self._named(parts.items(), depth))


def code_digest(code, doc=None):
    """What a function does, as a short text: its code without places in files and its docstring."""
    kept = [constant for constant in code.co_consts if constant is not None and constant != doc]
    constants = [code_digest(c) if isinstance(c, types.CodeType) else repr(c) for c in kept]
    told = (code.co_code.hex(), code.co_names, code.co_varnames, constants)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def attributes(value):
    """An object's own attributes: its `__dict__` and its slots."""
    found = dict(getattr(value, "__dict__", {}))
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                found[name] = getattr(value, name)
    return found


def own_state(value):
    """What a class that defines `__getstate__` itself says its state is, such as a booster's bytes.

    None where it says it by position, as a dataclass with slots does: its attributes tell more.
    """
    if not any("__getstate__" in kind.__dict__ for kind in type(value).__mro__ if kind is not object):
        return None
    try:
        state = value.__getstate__()
    except Exception:  # not everything that has a state can give it
        return None
    return state if isinstance(state, dict) else None


def booster_bytes(model):
    """A gradient-boosting library's own form of a fitted model, which lives outside of Python."""
    ways = (
        lambda: bytes(model.get_booster().save_raw("json")),
        lambda: model.booster_.model_to_string(),
        lambda: model._serialize_model(),
    )
    if type(model).__module__.split(".")[0] not in ("xgboost", "lightgbm", "catboost"):
        return None
    for way in ways:
        try:
            return way()
        except Exception:  # not this library, or not fitted
            continue
    return None


# ---- files


def file_picture(path):
    """The picture of a written file: `(digest of its bytes, picture of what they mean or None)`."""
    path = Path(path)
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    if path.stat().st_size > LARGEST_FILE:
        return digest.hexdigest(), None
    try:
        return digest.hexdigest(), file_content(path)
    except Exception:  # not what its name says: its bytes have to do
        return digest.hexdigest(), None


def file_content(path):
    """The picture of what a file means, None where only its bytes say that."""
    kind = path.suffix.lower()
    if kind in IMAGES:
        return ("opaque", "image", "an image")
    if kind in (".csv", ".tsv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file, delimiter="\t" if kind == ".tsv" else ",")
            return ("sequence", "rows", [("sequence", "row", [cell(text) for text in row]) for row in rows])
    if kind in (".json", ".geojson"):
        return picture(json.loads(path.read_text(encoding="utf-8")))
    if kind in (".pkl", ".pickle", ".p", ".sav", ".joblib", ".model"):
        return picture(unpickle(path))
    if kind in (".npy", ".npz"):
        import numpy as np

        loaded = np.load(path, allow_pickle=True)
        return picture(dict(loaded) if kind == ".npz" else loaded)
    if kind in (".parquet", ".feather", ".xlsx", ".xls"):
        import pandas as pd

        readers = {".parquet": pd.read_parquet, ".feather": pd.read_feather}
        return picture(readers[kind](path) if kind in readers else pd.read_excel(path, sheet_name=None))
    lines = path.read_text(encoding="utf-8").splitlines()
    return ("sequence", "lines", [("value", "str", line) for line in lines])


def cell(text):
    """A cell of a CSV file: a number if it reads like one."""
    try:
        number = float(text)
    except ValueError:
        return ("value", "str", text)
    return ("value", "float", number)


def unpickle(path):
    """What a pickle file holds, be it written by pickle or by joblib."""
    try:
        with path.open("rb") as file:
            return pickle.load(file)
    except Exception:  # joblib's own format is a pickle with arrays in between
        import joblib

        return joblib.load(path)
