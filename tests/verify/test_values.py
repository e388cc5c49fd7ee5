"""How pictures of values are taken (`picture.py`) and compared (`difference.py`)."""

import datetime
import random
import types
from collections import OrderedDict

import numpy as np
import pandas as pd
import pytest
from difference import compare
from picture import picture, same_random_numbers
from scipy import sparse

RTOL = 1e-6


def verdict(left, right):
    return row(left, right)["verdict"]


def row(left, right):
    return compare(picture(left), picture(right), RTOL)


FRAME = pd.DataFrame({"name": ["a", "b", None], "price": [1.5, np.nan, 3.0], "kind": pd.Categorical(["x", "y", "x"])})

EQUAL = [
    (1, 1),
    (float("nan"), float("nan")),
    (np.float64(2.5), np.float64(2.5)),
    ("text", "text"),
    ([1, [2, {"a": 3}]], [1, [2, {"a": 3}]]),
    ({3, 1, 2}, {1, 2, 3}),
    (OrderedDict(a=1), OrderedDict(a=1)),
    (np.arange(6).reshape(2, 3), np.arange(6).reshape(2, 3)),
    (np.array([1, np.nan]), np.array([1, np.nan])),
    (np.array(["NaT", "2020-01-01"], dtype="datetime64[D]"), np.array(["NaT", "2020-01-01"], dtype="datetime64[D]")),
    (np.array([1, "a", None], dtype=object), np.array([1, "a", None], dtype=object)),
    (FRAME, FRAME.copy()),
    (FRAME.groupby("kind", observed=True), FRAME.copy().groupby("kind", observed=True)),
    (sparse.csr_matrix([[0, 1], [2, 0]]), sparse.csc_matrix([[0, 1], [2, 0]])),
    (datetime.date(2020, 1, 1), datetime.date(2020, 1, 1)),
    ({"fit_time": 1.0, "score": 2.0}, {"fit_time": 9.0, "score": 2.0}),
]

CLOSE = [
    (1.0, 1.0 + 1e-9),
    (np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-8])),
    (FRAME, FRAME.assign(price=FRAME["price"] * (1 + 1e-9))),
    (sparse.csr_matrix([[0, 1.0]]), sparse.csr_matrix([[0, 1.0 + 1e-9]])),
]

DIFFERENT = [
    (1, 2, ""),
    (1, True, ""),
    (1, "1", ""),
    (1.0, 1.001, ""),
    ("a\nb\nc", "a\nB\nc", "line 2"),
    ([1, 2, 3], [1, 2], ""),
    ([1, {"a": [5]}], [1, {"a": [6]}], "[1]['a'][0]"),
    ({"a": 1}, {"b": 1}, "['a']"),
    ([1], (1,), ""),
    (np.zeros((2, 2)), np.zeros(4), ""),
    (np.array([[1, 2], [3, 4]]), np.array([[1, 2], [3, 5]]), "[1, 1] (1 of 4 values differ)"),
    (np.array([1, 2]), np.array([1.0, 2.0]), ""),
    (np.array([1, np.nan]), np.array([1, 2.0]), "[1] (1 of 2 values differ)"),
    (FRAME, FRAME.assign(price=[1.5, 2.0, 3.0]), "column 'price', row 1 (1 of 3 values differ)"),
    (FRAME, FRAME.assign(name=["a", "c", None]), "column 'name', row 1"),
    (FRAME, FRAME.rename(columns={"price": "cost"}), "columns.values[1]"),
    (FRAME, FRAME.iloc[:2], ""),
    (FRAME, FRAME.set_axis([2, 1, 0]), "index.values[0] (2 of 3 values differ)"),
    (FRAME["price"], FRAME["price"].rename("cost"), "name"),
    (sparse.csr_matrix([[0, 1]]), sparse.csr_matrix([[1, 0]]), "indices[0] (1 of 1 values differ)"),
]


@pytest.mark.parametrize("left, right", EQUAL)
def test_equal(left, right):
    assert row(left, right) == {"verdict": "equal"}


@pytest.mark.parametrize("left, right", CLOSE)
def test_close(left, right):
    assert verdict(left, right) == "close"
    assert verdict(left, left) == "equal"


@pytest.mark.parametrize("left, right, where", DIFFERENT)
def test_different(left, right, where):
    found = row(left, right)
    assert (found["verdict"], found["where"]) == ("different", where)
    assert found["notebook"] != found["package"] or isinstance(left, (list, np.ndarray))
    assert verdict(right, left) == "different"


def test_what_cannot_be_compared_is_unclear():
    assert verdict((i for i in "ab"), (i for i in "ab")) == "unclear"
    assert verdict(lambda: 1, lambda: 2) == "unclear"
    assert row([1, lambda: 1], [1, lambda: 2])["why"].startswith("not compared: [1]")


def test_a_class_of_the_notebook_is_that_of_the_package():
    def model(module, weight):
        kind = type("Model", (), {"__module__": module})
        made = kind()
        made.weight = np.array([weight])
        return made

    assert verdict(model("__main__", 1.0), model("churn.train", 1.0)) == "equal"
    found = row(model("__main__", 1.0), model("churn.train", 2.0))
    assert found["where"] == "weight[0] (1 of 1 values differ)"


def test_estimators():
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X = np.random.default_rng(0).normal(size=(40, 3))
    y = (X[:, 0] > 0).astype(int)
    fitted = make_pipeline(StandardScaler(), LogisticRegression(C=2.0)).fit(X, y)
    again = make_pipeline(StandardScaler(), LogisticRegression(C=2.0, n_jobs=1)).fit(X, y)
    assert verdict(fitted, again) == "equal"
    other = make_pipeline(StandardScaler(), LogisticRegression(C=3.0)).fit(X, y)
    assert row(fitted, other)["where"].endswith("parameter C")
    shifted = make_pipeline(StandardScaler(), LogisticRegression(C=2.0)).fit(X + [0, 0, 1], y)
    assert "mean_[2]" in row(fitted, shifted)["where"]
    assert verdict(LogisticRegression(), LogisticRegression().fit(X, y)) == "different"
    assert verdict(LogisticRegression(), StandardScaler()) == "different"


def test_a_picture_keeps_its_moment():
    frame = FRAME.copy()
    before = picture(frame)
    frame.loc[0, "price"] = 100.0
    assert compare(before, picture(FRAME), RTOL)["verdict"] == "equal"
    assert compare(before, picture(frame), RTOL)["verdict"] == "different"


def test_looking_draws_no_random_numbers():
    random.seed(1)
    np.random.seed(1)
    expected = (random.random(), np.random.random())
    random.seed(1)
    np.random.seed(1)
    with same_random_numbers():
        random.random()
        np.random.random()
    assert (random.random(), np.random.random()) == expected


def test_networks_without_their_library(monkeypatch):
    """Weights of torch modules and Keras models are compared; the libraries themselves are not needed here."""

    class Keras:
        def __init__(self, weight):
            self.weight = weight

        def get_weights(self):
            return [np.array([self.weight])]

        def predict(self, x):
            return x

    assert verdict(Keras(1.0), Keras(1.0)) == "equal"
    assert row(Keras(1.0), Keras(2.0))["where"] == "weights[0][0] (1 of 1 values differ)"

    monkeypatch.setitem(__import__("sys").modules, "torch", types.ModuleType("torch"))

    class Torch:
        training = False

        def __init__(self, weight):
            self.weight = weight

        def state_dict(self):
            return {"layer.weight": np.array([self.weight])}

        def forward(self, x):
            return x

        def __repr__(self):
            return "Torch(layer)"

    assert verdict(Torch(1.0), Torch(1.0)) == "equal"
    assert row(Torch(1.0), Torch(2.0))["where"] == "state['layer.weight'][0] (1 of 1 values differ)"


def test_anything_may_happen_when_looking():
    class Trap:
        def __getattribute__(self, name):
            raise RuntimeError(name)

    loop = []
    loop.append(loop)
    assert verdict(loop, loop) == "unclear"
    assert picture(Trap())[0] == "opaque"
