"""The door: what is read is noted, what is noted has a state, and what may not be read is refused by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions.declared import door

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
CONTENTS = st.dictionaries(st.text(min_size=1, max_size=4), VALUES, min_size=1, max_size=4)


def _or_error(shelf: door.Shelf, key: str) -> object:
    try:
        return shelf[key]
    except KeyError:
        return "KeyError"


METHODS = {
    "[key]": lambda shelf, key: _or_error(shelf, key),
    "get": lambda shelf, key: shelf.get(key),
    "in": lambda shelf, key: key in shelf,
    "list": lambda shelf, key: list(shelf),
    "len": lambda shelf, key: len(shelf),
    "values": lambda shelf, key: list(shelf.values()),
    "items": lambda shelf, key: dict(shelf.items()),
    "bool": lambda shelf, key: bool(shelf),
}


@pytest.fixture(autouse=True)
def nobody_else():
    """Shelves of other tests stay as they are."""
    before = dict(door._shelves)
    with door.apart():
        yield
    door._shelves.clear()
    door._shelves.update(before)
    door.open_anew()


@given(CONTENTS, CONTENTS, st.sampled_from(sorted(METHODS)), st.data())
def test_whatever_the_way_of_reading_other_content_has_another_state_and_the_same_has_the_same(before, after, method, data):
    """The property that keeps pages and annexes fresh: what a reading gave is a function of the states that it noted."""
    key = data.draw(st.sampled_from(sorted({*before, *after, "nowhere"})))
    content = before
    shelf = door.Shelf("tried", lambda: content)

    def reading() -> tuple[object, dict]:
        door.open_anew()
        door.begin()
        given = METHODS[method](shelf, key)
        return given, {item: door.state(*item) for item in door.noted()}

    first, noted = reading()
    assert noted, "no way of reading goes unnoticed"
    content = after
    second, _ = reading()
    now = {item: door.state(*item) for item in noted}
    if door.digest(first) != door.digest(second):
        assert now != noted, "a reading that gives something else must show in what it noted"
    content = dict(before)
    door.open_anew()
    assert {item: door.state(*item) for item in noted} == noted


def test_what_is_not_there_is_noted_too_and_shows_when_it_comes():
    content: dict = {}
    shelf = door.Shelf("tried", lambda: content)
    door.begin()
    assert shelf.get("grade") is None
    assert door.noted() == [("tried", "grade")] and door.state("tried", "grade") is None
    content["grade"] = None
    door.open_anew()
    assert door.state("tried", "grade") is not None, "there, with no value, is not the same as not there"


def test_looking_after_states_notes_nothing():
    shelf = door.Shelf("tried", lambda: {"grade": 8})
    door.begin()
    door.state("tried", "grade"), shelf.content()
    assert door.noted() == []


def test_a_process_that_was_handed_contents_reads_these_and_no_file():
    def opened():
        raise AssertionError("a file is opened")

    shelf = door.Shelf("tried", opened)
    door.hand_over(door.packed({"tried": {"grade": 8}}))
    try:
        assert shelf["grade"] == 8
    finally:
        door._given.clear()
        door.open_anew()


def test_what_was_not_noted_before_is_refused_by_kind_and_key():
    shelf = door.Shelf("tried", lambda: {"grade": 8, "score": 4})
    door.close_to([("tried", "grade")])
    assert shelf["grade"] == 8
    with pytest.raises(door.NotNoted, match="tried 'score' is asked for, and was not when the text was read"):
        shelf["score"]
    with door.apart() as noted:
        assert shelf["score"] == 4
    assert noted == {("tried", "score")} and ("tried", "score") not in door.noted()
