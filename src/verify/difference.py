"""How two pictures (see picture.py) relate: equal, close, different, or unclear."""

import math
import re
from itertools import zip_longest

SAME = ("equal", "close")
# Numbers near zero are close when they differ by less than this part of the relative tolerance.
ABSOLUTE_TO_RELATIVE = 1e-3
# Parts of an estimator's picture that only group others.
GROUPS = (("mapping", "params"), ("mapping", "fitted"), ("mapping", "answers"))


class Difference(Exception):
    """The first place in which two pictures differ."""

    def __init__(self, where, left, right):
        super().__init__(where)
        self.where, self.left, self.right = where, left, right


def compare(left, right, rtol):
    """The verdict on a notebook's and a package's picture, as a row for the report.

    "close" is equal but for rounding (`rtol`); "unclear" means that nothing inside can be compared:
    an iterator, a drawing, a function whose code was written differently.
    """
    comparison = Comparison(rtol)
    try:
        comparison.compare(left, right, "")
    except Difference as found:
        return {
            "verdict": "different",
            "where": found.where.lstrip(" .,"),
            "notebook": found.left,
            "package": found.right,
        }
    row = {"verdict": "close" if comparison.rounded else "equal"}
    if comparison.unseen and not comparison.compared:
        row["verdict"] = "unclear"
    if comparison.unseen:
        row["why"] = f"not compared: {', '.join(comparison.unseen[:3])}"
        more = len(comparison.unseen) - 3
        row["why"] += f" and {more} more parts" if more > 0 else ""
    return row


class Comparison:
    """One walk through two pictures; raises `Difference` at the first place that differs."""

    def __init__(self, rtol):
        self.rtol, self.atol = rtol, rtol * ABSOLUTE_TO_RELATIVE
        self.rounded = False
        self.compared = 0
        self.unseen = []

    def compare(self, left, right, where):
        """Compare two pictures that were found at `where` in the value."""
        if left is right:  # one process took both, as when a value is compared with itself
            self.compared += 1
            return
        if "opaque" in (left[0], right[0]):
            self._opaque(left, right, where)
        elif left[0] != right[0]:
            raise Difference(where, short(left), short(right))
        else:
            getattr(self, "_" + left[0])(left, right, where)

    def _opaque(self, left, right, where):
        if left[1] != right[1]:
            raise Difference(where, short(left), short(right))
        why = left[2] if left[0] == "opaque" else right[2]
        self.unseen.append(f"{where or 'the value'} ({why})")

    def _value(self, left, right, where):
        self._plain(left[2], right[2], where)

    def _plain(self, left, right, where):
        self.compared += 1
        numbers = isinstance(left, (int, float, complex)) and isinstance(right, (int, float, complex))
        if numbers and isinstance(left, bool) == isinstance(right, bool):
            if left == right or (left != left and right != right):
                return
            if self._near(left, right):
                self.rounded = True
                return
        elif type(left) is type(right) and left == right:
            return
        if isinstance(left, str) and isinstance(right, str) and "\n" in left + right:
            for number, (a, b) in enumerate(zip_longest(left.split("\n"), right.split("\n")), 1):
                if a != b:
                    raise Difference(f"{where}, line {number}", shorten(repr(a)), shorten(repr(b)))
        raise Difference(where, shorten(repr(left)), shorten(repr(right)))

    def _near(self, left, right):
        if isinstance(left, int) and isinstance(right, int):
            return False
        if isinstance(left, complex) or isinstance(right, complex):
            return abs(left - right) <= max(self.atol, self.rtol * max(abs(left), abs(right)))
        return math.isclose(left, right, rel_tol=self.rtol, abs_tol=self.atol)

    def _text(self, left, right, where):
        self.compared += 1
        if left[1:] != right[1:]:
            raise Difference(where, shorten(left[2]), shorten(right[2]))

    def _code(self, left, right, where):
        renamed = left[1] == "class" and left[2][0] != right[2][0]
        if left[1] != right[1] or renamed:
            raise Difference(where, short(left), short(right))
        if left[2][1] == right[2][1]:
            self.compared += 1
        else:
            self.unseen.append(f"{where or 'the value'} (a {left[1]} whose code is written differently)")

    def _array(self, left, right, where):
        import numpy as np

        self.compared += 1
        a, b = left[2], right[2]
        if left[1] != right[1] or a.shape != b.shape:
            raise Difference(where, short(left), short(right))
        if left[1] in "fc":
            differ = ~((a == b) | (np.isnan(a) & np.isnan(b)))
            if not differ.any():
                return
            differ &= ~np.isclose(a, b, rtol=self.rtol, atol=self.atol, equal_nan=True)
        elif left[1] in "mM":
            differ = (a != b) & ~(np.isnat(a) & np.isnat(b))
        else:
            differ = np.asarray(a != b)
        if not differ.any():
            self.rounded = self.rounded or left[1] in "fc"
            return
        first = tuple(int(i) for i in np.argwhere(differ)[0])
        place = f"{where}[{', '.join(map(str, first))}]" if first else where
        count = f" ({int(differ.sum())} of {differ.size} values differ)"
        raise Difference(place + count, shorten(repr(a[first].item())), shorten(repr(b[first].item())))

    def _objects(self, left, right, where):
        """Arrays of Python objects."""
        (shape, a), (other_shape, b) = left[2], right[2]
        if shape != other_shape:
            raise Difference(where, short(left), short(right))
        self.compared += not a
        for i, (x, y) in enumerate(zip(a, b)):
            if left[1] == right[1] == "plain":
                self._plain(x, y, f"{where}[{i}]")
            else:
                self.compare(as_picture(x, left), as_picture(y, right), f"{where}[{i}]")

    def _frame(self, left, right, where):
        if left[2][0] != right[2][0]:
            raise Difference(where, short(left), short(right))
        _, columns, index, labels, values = left[2]
        _, other_columns, other_index, _, other_values = right[2]
        self.compare(columns, other_columns, f"{where}.columns")
        self.compare(index, other_index, f"{where}.index")
        for label, value, other in zip(labels, values, other_values):
            column = f"{where}, column {label}"
            try:
                self.compare(value, other, column)
            except Difference as found:
                row = re.sub(r"^(\.values)?\[(\d+)\]", r", row \2", found.where[len(column) :])
                raise Difference(column + row, found.left, found.right) from None

    def _sequence(self, left, right, where):
        if left[1] != right[1] or len(left[2]) != len(right[2]):
            raise Difference(where, short(left), short(right))
        self.compared += not left[2]
        form = {"rows": "{}, row {}", "lines": "{}, line {}"}.get(left[1])
        for i, (a, b) in enumerate(zip(left[2], right[2])):
            place = form.format(where, i + 1) if form else f"{where}[{i}]"
            try:
                self.compare(a, b, place)
            except Difference as found:
                if left[1] != "rows":
                    raise
                raise Difference(
                    place + in_column(found.where[len(place) :], left[2]), found.left, found.right
                ) from None

    def _mapping(self, left, right, where):
        if left[1] != right[1]:
            raise Difference(where, short(left), short(right))
        form = {"params": "{}, parameter {}", "fitted": "{}.{}", "answers": "{}, {}"}.get(left[1], "{}[{}]")
        self._parts(left[2], right[2], where, form)

    def _object(self, left, right, where):
        if left[1] != right[1]:
            raise Difference(where, short(left), short(right))
        self._parts(left[2], right[2], where, "{}.{}")

    def _parts(self, left, right, where, form):
        absent = "nothing"
        for name in [*left, *(name for name in right if name not in left)]:
            inner = left.get(name, right.get(name))
            place = where if inner[:2] in GROUPS else form.format(where, name)
            if name not in right:
                raise Difference(place, short(left[name]), absent)
            if name not in left:
                raise Difference(place, absent, short(right[name]))
            self.compare(left[name], right[name], place)
        self.compared += not left


def in_column(where, rows):
    """The place in a row of a CSV file, by the name that its first row has for it."""
    index = re.fullmatch(r"\[(\d+)\]", where)
    names = [picture[2] for picture in rows[0][2]]
    return f", column {names[int(index.group(1))]}" if index and int(index.group(1)) < len(names) else where


def as_picture(item, array):
    """An item of an array of objects: plain ones are kept as they are."""
    return ("value", type(item).__name__, item) if array[1] == "plain" else item


def parts(picture):
    """The pictures directly inside of one: what an artefact that bundles several objects holds."""
    kind, _, content = picture
    if kind in ("mapping", "object"):
        return list(content.items())
    if kind == "sequence":
        return [(str(i), part) for i, part in enumerate(content[:100])]
    return []


def shorten(text, limit=80):
    """One line of at most `limit` characters."""
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def short(picture):
    """A picture in a few words."""
    kind, name, content = picture
    if kind == "value":
        return shorten(repr(content))
    if kind == "text":
        return shorten(content)
    if kind == "array":
        return f"array of {content.dtype}, shape {content.shape}"
    if kind == "objects":
        return f"array of objects, shape {content[0]}"
    if kind == "frame":
        return f"table of {content[0][0]} rows and {content[0][1]} columns"
    if kind == "code":
        return f"{name} {content[0]}"
    if kind in ("sequence", "mapping"):
        return f"{name} of {len(content)}"
    return name
