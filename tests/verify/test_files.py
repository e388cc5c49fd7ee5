"""How written files are pictured, and how a scratch copy is made and made fresh again."""

import os
import pickle
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from difference import compare
from picture import file_picture
from scratch import NoSpace, Scratch, state

RTOL = 1e-6


def row(left, right):
    return compare(file_picture(left)[1], file_picture(right)[1], RTOL)


def test_tables_are_compared_by_their_numbers(tmp_path):
    left, right = tmp_path / "left.csv", tmp_path / "right.csv"
    pd.DataFrame({"name": ["a", "b"], "price": [1.0, 2.0]}).to_csv(left, index=False)
    pd.DataFrame({"name": ["a", "b"], "price": [1.0, 2.0 + 1e-9]}).to_csv(right, index=False)
    assert file_picture(left)[0] != file_picture(right)[0]
    assert row(left, right)["verdict"] == "close"
    pd.DataFrame({"name": ["a", "b"], "price": [1.0, 3.0]}).to_csv(right, index=False)
    assert row(left, right)["where"] == "row 3, column price"


def test_other_files(tmp_path):
    for name, one, two in [
        ("a.json", b'{"score": 1.0}', b'{"score": 2.0}'),
        ("a.txt", b"first\nsecond", b"first\nother"),
        ("a.pkl", pickle.dumps([1, 2]), pickle.dumps([1, 3])),
    ]:
        left, right = tmp_path / f"left-{name}", tmp_path / f"right-{name}"
        left.write_bytes(one)
        right.write_bytes(two)
        assert row(left, left)["verdict"] == "equal"
        assert row(left, right)["verdict"] == "different"
    np.savez(tmp_path / "a.npz", x=np.arange(3))
    np.savez(tmp_path / "b.npz", x=np.arange(4))
    assert row(tmp_path / "a.npz", tmp_path / "b.npz")["where"] == "['x']"
    broken = tmp_path / "broken.json"
    broken.write_bytes(b"{")
    assert file_picture(broken)[1] is None


def project(tmp_path):
    root = tmp_path / "project"
    for path in ["data/a.csv", ".git/config", "env/pyvenv.cfg", "env/lib/x.py", "package/nb2pkg.lock", "b.txt"]:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)
    return root


def copied(scratch):
    return sorted(path.relative_to(scratch.root).as_posix() for path in scratch.root.rglob("*") if path.is_file())


def test_what_is_not_the_authors_is_not_copied(tmp_path):
    root = project(tmp_path)
    (root / "above").symlink_to(root)
    (root / "dangling").symlink_to(root / "nothing")
    scratch = Scratch(root, tmp_path / "copy", [str(root / "package")])
    assert scratch.measure() == len("data/a.csv") + len("b.txt")
    scratch.make()
    assert copied(scratch) == ["b.txt", "data/a.csv"]
    assert scratch.root.name == "project"


def test_a_copy_that_does_not_fit_is_not_begun(tmp_path, monkeypatch):
    scratch = Scratch(project(tmp_path), tmp_path / "copy", [])
    scratch.measure()
    monkeypatch.setattr("scratch.shutil.disk_usage", lambda path: SimpleNamespace(free=scratch.bytes - 1))
    with pytest.raises(NoSpace):
        scratch.make()
    assert copied(scratch) == []


def test_a_copy_can_be_made_fresh_again(tmp_path):
    root = project(tmp_path)
    os.chmod(root / "b.txt", 0o400)
    scratch = Scratch(root, tmp_path / "copy", [])
    scratch.measure()
    scratch.make()
    before = copied(scratch)
    (scratch.root / "b.txt").write_text("changed")  # although the original may not be written to
    (scratch.root / "data/a.csv").unlink()
    (scratch.root / "data").rmdir()
    (scratch.root / "new/deep").mkdir(parents=True)
    (scratch.root / "new/deep/c.txt").write_text("c")
    (scratch.root / "../beside.txt").write_text("beside")
    (scratch.root / "link").symlink_to(root)
    changed = {path for path in state(scratch.root) if scratch.fresh.get(path) != state(scratch.root)[path]}
    assert changed == {"b.txt", "new/deep/c.txt", "../beside.txt"}
    scratch.restore()
    assert copied(scratch) == before
    assert (scratch.root / "b.txt").read_text() == "b.txt"
    assert not (scratch.root / "new").exists()
    assert not (scratch.root / "link").exists()
    assert not (scratch.root / "../beside.txt").exists()
    assert (root / "b.txt").read_text() == "b.txt"
