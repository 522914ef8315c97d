"""The exit for tables: nothing small leaves, nothing can be found by subtraction, nothing synthetic passes for real."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions.disclosure import PUBLISHED, SUPPRESSED, Released, release, release_public
from support.small_tables import delivery

DETERMINISTIC = settings(max_examples=60, deadline=None, derandomize=True)
TEN = 10
TOTAL = {"part": "total"}


def estimates(counts: dict[str, list[int]], with_total: bool = False) -> pd.DataFrame:
    """Rows per block ("year" in real tables) and part, with result columns of several types."""
    rows = []
    for block, parts in counts.items():
        named = [(f"p{number}", n) for number, n in enumerate(parts)] + ([("total", sum(parts))] if with_total else [])
        rows += [
            {"block": block, "part": part, "value": n / 7, "low": 1.0, "kind": "t", "n": n, "population_n": 200}
            for part, n in named
        ]
    return pd.DataFrame(rows)


def statuses(counts: list[int], threshold: int = TEN, **rules) -> list[str]:
    table = estimates({"b": counts}, with_total="total" in rules)
    released = release(table, groups=["block", "part"], inputs=[delivery()], threshold=threshold, **rules)
    return ["x" if status == SUPPRESSED else "." for status in released.table["status"]]


@pytest.mark.parametrize(
    ("counts", "rules", "expected"),
    [
        ([9, 10, 0], {}, "x.x"),  # the threshold itself is enough
        ([3, 20, 60], {"adds_up_within": []}, "xx."),  # 3 alone would be the total less 80: the smallest other goes too
        ([60, 20, 3], {"adds_up_within": []}, ".xx"),
        ([6, 7, 50, 60], {"adds_up_within": []}, "xx.."),  # two together 13: enough
        ([4, 5, 50, 60], {"adds_up_within": []}, "xxx."),  # together 9, a small count of its own: one more
        ([0, 0, 30], {"adds_up_within": []}, "xxx"),
        ([20, 30], {"adds_up_within": []}, ".."),
        ([3, 20, 60], {"adds_up_within": [], "total": TOTAL}, "xx.."),  # the total, 83, is judged on its own size
        ([4, 5], {"adds_up_within": [], "total": TOTAL}, "xxx"),  # total 9
    ],
)
def test_worked_examples(counts, rules, expected):
    assert "".join(statuses(counts, **rules)) == expected


def test_parts_add_up_within_their_own_block():
    table = estimates({"a": [3, 20, 60], "b": [11, 30]})
    rules = {"groups": ["block", "part"], "inputs": [delivery()], "threshold": TEN}
    within = release(table, adds_up_within=["block"], **rules).table["status"]
    assert (within == SUPPRESSED).tolist() == [True, True, False, False, False]
    across = release(table, adds_up_within=[], **rules).table["status"]  # as one sum, 11 is the smallest other
    assert (across == SUPPRESSED).tolist() == [True, False, False, True, False]


def test_an_unknown_count_is_not_published():
    table = estimates({"b": [20, 30]}).assign(n=pd.array([None, 30], "Int64"))
    released = release(table, groups=["block", "part"], inputs=[delivery()], threshold=TEN)
    assert released.table["status"].tolist() == [SUPPRESSED, PUBLISHED]


def test_release_leaves_its_input_alone_and_counts_whole():
    table = estimates({"b": [3, 20]})
    before = table.copy(deep=True)
    released = release(table, groups=["block", "part"], inputs=[delivery()], threshold=TEN)
    pd.testing.assert_frame_equal(table, before)
    assert str(released.table.loc[1, "n"]) == "20"  # not 20.0 because another count was emptied


some_counts = st.lists(st.integers(0, 40) | st.integers(0, 3), min_size=1, max_size=6)
counts_by_block = st.dictionaries(st.sampled_from(["a", "b", "c"]), some_counts, min_size=1)


@DETERMINISTIC
@given(counts_by_block, st.integers(2, 15), st.booleans())
def test_properties_of_every_released_table(counts, threshold, with_total):
    table = estimates(counts, with_total)
    released = release(
        table, groups=["block", "part"], inputs=[delivery()], threshold=threshold, adds_up_within=["block"],
        total=TOTAL if with_total else None, public_population=True,
    ).table  # fmt: skip
    n, hidden, is_total = table["n"], released["status"] == SUPPRESSED, table["part"] == "total"
    small = n < threshold
    assert released.index.equals(table.index)
    assert hidden[small].all()  # nothing small is published
    assert (hidden == small)[is_total].all()  # a total is judged on its own size only
    results = table.columns.difference(["block", "part", "population_n"])
    assert released.loc[hidden, results].isna().all(axis=None)
    kept = ["block", "part", "population_n"]
    pd.testing.assert_frame_equal(released[kept], table[kept])
    pd.testing.assert_frame_equal(released.loc[~hidden, results], table.loc[~hidden, results], check_dtype=False)
    for _, block in table[~is_total].groupby("block"):
        inside = hidden[block.index]
        some = block["n"] > 0
        if not small[block.index].any():
            assert not inside.any()  # nothing is withheld without need
        else:
            enough = inside.sum() >= 2 and block["n"][inside].sum() >= threshold
            assert enough or inside[some].all()  # unless nothing else is left to withhold
            assert inside[~some].all()


def possible_tables(shown: list[int | None], total: int | None, threshold: int, limit: int):
    """Every table that fits what a reader sees, who knows the threshold."""
    choices = [[n] if n is not None else range(limit + 1) for n in shown]
    for parts in itertools.product(*choices):
        hidden = [n for n, seen in zip(parts, shown, strict=True) if seen is None]
        fits_total = sum(parts) == total if total is not None else sum(parts) < threshold
        # Something is withheld only where something is small.
        if fits_total and (not hidden or min(hidden) < threshold):
            yield parts


def test_an_attacker_cannot_find_a_withheld_count():
    """All tables of three counts from 0 to 7 and their total, threshold 5: a withheld count may be several numbers.

    The attacker tries every table by brute force, and knows the threshold but not the order in which rows are withheld.
    """
    threshold, seen = 5, {}
    for counts in itertools.product(range(8), repeat=3):
        table = estimates({"b": list(counts)}, with_total=True)
        released = release(
            table, groups=["block", "part"], inputs=[delivery()], threshold=threshold, adds_up_within=[], total=TOTAL,
        ).table  # fmt: skip
        *shown, total = [None if pd.isna(n) else int(n) for n in released["n"]]
        seen.setdefault((tuple(shown), total), []).append(counts)
    assert sum(None in shown for shown, _ in seen) > 50  # the attacker had work to do
    for (shown, total), real in seen.items():
        possible = list(possible_tables(list(shown), total, threshold, limit=21))
        assert set(real) <= set(possible)  # the attacker reasons rightly
        for position, n in enumerate(shown):
            assert n is not None or len({parts[position] for parts in possible}) > 1, (shown, total, possible)


def test_an_input_without_origin_is_an_error():
    table = estimates({"b": [20]})
    for inputs, message in (([delivery(), pd.DataFrame()], "origin is not known"), ([], "name the tables")):
        with pytest.raises(ValueError, match=message):
            release(table, groups=["block", "part"], inputs=inputs, threshold=TEN)
        with pytest.raises(ValueError, match=message):
            release_public(table, groups=["block", "part"], inputs=inputs)


def test_only_real_public_records_pass_without_threshold():
    table = estimates({"b": [3]})
    record = delivery("record", synthetic=False)
    released = release_public(table, groups=["block", "part"], inputs=[record])
    assert released.table["n"].tolist() == [3] and released.table["status"].tolist() == [PUBLISHED]
    for other in (delivery(synthetic=True), delivery(synthetic=False, sensitivity="confidential")):
        for inputs in ([other], [record, other]):
            with pytest.raises(ValueError, match="x is not a public record"):
                release_public(table, groups=["block", "part"], inputs=inputs)


def test_one_synthetic_input_makes_a_table_synthetic():
    def released(*inputs: pd.DataFrame) -> Released:
        return release(estimates({"b": [20]}), groups=["block", "part"], inputs=inputs, threshold=TEN)

    real, sample = delivery("b", synthetic=False), delivery("a", synthetic=True)
    assert released(real, sample).synthetic and released(sample).synthetic
    assert not released(real).synthetic
    assert [origin["delivery"] for origin in released(real, sample, real).inputs] == ["a", "b"]  # each once, by name


def test_a_selection_stays_released():
    table = estimates({"a": [3, 20, 30], "b": [40, 50]})
    released = release(table, groups=["block", "part"], inputs=[delivery()], threshold=TEN, adds_up_within=["block"])
    of_a = released.where(block="a")
    assert isinstance(of_a, Released) and of_a.inputs == released.inputs and of_a.groups == released.groups
    # Taken from the protected table: the 20 that was withheld to protect the 3 does not come back.
    assert of_a.table["status"].tolist() == [SUPPRESSED, SUPPRESSED, PUBLISHED]
    assert of_a.table["n"].isna().tolist() == [True, True, False]
    assert of_a.where(part="p2").table["n"].tolist() == [30]
    assert of_a.synthetic and len(released.where(block="nowhere").table) == 0
    assert len(released.table) == 5  # a selection changes nothing in the whole
