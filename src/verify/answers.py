"""What a fitted model answers to the notebook's own inputs.

Attributes do not tell everything about a model: some keep what they have learned outside of Python. The
first run of the notebook chooses inputs among its variables and keeps them; all runs answer the same ones.
"""

import pickle
import random
import sys
import warnings
from pathlib import Path

from picture import picture, same_random_numbers

METHODS = ("predict", "predict_proba", "transform")
MOST_ROWS = 100
MOST_INPUTS = 2
SEED = 0


def with_answers(taken, value, place, task, store, namespace=None):
    """The picture of a fitted estimator with its answers; any other picture as it is."""
    if taken[0] != "object" or not isinstance(taken[2], dict) or not {"params", "fitted"} <= set(taken[2]):
        return taken
    if not taken[2]["fitted"][2]:  # not fitted yet
        return taken
    inputs = kept_inputs(place, task)
    if inputs is None and namespace is not None:
        inputs = choose(value, namespace)
        keep_inputs(inputs, place, store)
    answers = {}
    for name, given in inputs or []:
        answers.update({f"{method}({name})": picture(found) for method, found in ask(value, given).items()})
    if not answers:
        return taken
    return (taken[0], taken[1], {**taken[2], "answers": ("mapping", "answers", answers)})


def kept_inputs(place, task):
    """The inputs that the notebook's first run has chosen, None where it has not."""
    path = Path(task["inputs"], f"inputs-{place['id']}.pickle") if task["inputs"] else None
    if path is None or not path.exists():
        return None
    try:
        return pickle.loads(path.read_bytes())
    except Exception:  # of a class that only the notebook has
        return []


def keep_inputs(inputs, place, store):
    """Keep what was chosen for the other runs."""
    try:
        (store.folder / f"inputs-{place['id']}.pickle").write_bytes(pickle.dumps(inputs))
    except Exception:  # not everything can be pickled
        inputs.clear()


def choose(model, namespace):
    """`(name, first rows)` of variables that the model takes, those of a test set first."""
    found = []
    names = [name for name in namespace if not name.startswith("_")]
    for name in sorted(names, key=lambda name: ("test" not in name.lower(), name)):
        given = head(namespace[name])
        if given is not None and fits(model, given) and ask(model, given):
            found.append((name, given))
            if len(found) == MOST_INPUTS:
                break
    return found


def head(value):
    """The first rows of a table, matrix or series of texts; None for everything else."""
    if type(value).__module__.split(".")[0] not in ("numpy", "pandas", "scipy"):
        return None
    shape = getattr(value, "shape", ())
    if len(shape) not in (1, 2) or not hasattr(value, "dtype") and not hasattr(value, "dtypes"):
        return None
    if len(shape) == 1 and value.dtype != object:  # labels, mostly
        return None
    rows = value.iloc[:MOST_ROWS] if hasattr(value, "iloc") else value[:MOST_ROWS]
    return rows.copy()


def fits(model, given):
    """Whether an input has the columns that a model has seen."""
    try:
        names, number = getattr(model, "feature_names_in_", None), getattr(model, "n_features_in_", None)
    except Exception:  # a pipeline asks its first step
        names = number = None
    columns = getattr(given, "columns", None)
    if names is not None and columns is not None:
        return list(names) == list(columns)
    return number is None or (len(given.shape) == 2 and given.shape[1] == number)


def ask(model, given):
    """What a model's methods return, without those that fail."""
    found = {}
    with same_random_numbers(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for method in METHODS:
            random.seed(SEED)
            if "numpy" in sys.modules:
                sys.modules["numpy"].random.seed(SEED)
            try:
                found[method] = getattr(model, method)(given.copy())
            except Exception:  # the wrong input, or no such method
                continue
    return found
