"""What was kept under a key comes back whole or not at all, and the oldest of it is forgotten."""

from __future__ import annotations

import os

import pytest

from missions.machine import cache
from support.house import rooted_at


@pytest.fixture
def kept(tmp_path, monkeypatch):
    rooted_at(monkeypatch, tmp_path)
    return tmp_path / ".state" / "cache"


def test_what_was_kept_comes_back_and_what_was_not_does_not(kept):
    cache.put("annexes", "key", b"page")
    assert cache.get("annexes", "key") == b"page"
    assert cache.get("annexes", "other") is None
    assert cache.get("facts", "key") is None


@pytest.mark.parametrize(
    "damage", [lambda text: text[:-1], lambda text: text[:40], lambda text: b"", lambda text: text[:-1] + b"?"]
)
def test_a_damaged_entry_is_not_used(kept, damage):
    cache.put("annexes", "key", b"the page of an annex")
    path = kept / "annexes" / "key"
    path.write_bytes(damage(path.read_bytes()))
    assert cache.get("annexes", "key") is None
    cache.put("annexes", "key", b"the page of an annex")
    assert cache.get("annexes", "key") == b"the page of an annex"


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_nothing_half(tmp_path, monkeypatch):
    path = tmp_path / "facts.json"
    cache.write_whole(path, b"old")

    def full(*ignored):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        cache.write_whole(path, b"new")
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_entries_that_were_not_used_for_longest_are_forgotten(kept, monkeypatch):
    monkeypatch.setattr(cache, "KEPT", 2)
    for second, key in enumerate(("first", "second", "third")):
        cache.put("annexes", key, b"page")
        os.utime(kept / "annexes" / key, (second, second))
    (kept / "annexes" / ".half-written").touch()
    cache.get("annexes", "first")  # a use counts
    cache.prune()
    assert {path.name for path in (kept / "annexes").iterdir()} == {"first", "third"}
