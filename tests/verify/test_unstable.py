"""What differs between two runs of a notebook says nothing about its package (`compare.py`)."""

from compare import mark_unstable
from picture import picture


class Run:
    """A run with these values by place; no files."""

    files = {}

    def __init__(self, *values):
        self.values = values

    def value(self, place):
        return picture(self.values[place["id"]])


def verdicts(once, again, before):
    """After the second run, for a stage that returns `X` and one that returns `score` and `other`."""
    stages = [{"id": 0, "params": []}, {"id": 1, "params": ["X"]}]
    names = [("X", 0), ("score", 1), ("other", 1)]
    places = [{"id": i, "name": name, "stage": stage} for i, (name, stage) in enumerate(names)]
    rows = [{"id": i, "verdict": verdict} for i, verdict in enumerate(before)]
    mark_unstable({"rtol": 1e-6, "seed": None, "stages": stages, "places": places}, rows, [], Run(*once), Run(*again))
    return [row["verdict"] for row in rows]


def test_a_difference_that_stays_is_one():
    before = ["equal", "different", "missing"]
    assert verdicts([1, 2, 3], [1, 2, 3], before) == before


def test_what_differs_each_time_is_unstable():
    assert verdicts([1, 2, 3], [1, 5, 3], ["equal", "different", "equal"]) == ["equal", "unstable", "equal"]


def test_what_follows_from_it_is_unstable_too():
    before = ["different", "different", "equal"]
    assert verdicts([1, 2, 3], [9, 2, 3], before) == ["unstable", "unstable", "equal"]
    assert verdicts([1, 2, 3], [1, 2, 3], before) == before
