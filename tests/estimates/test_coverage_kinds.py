"""Every kind of interval that a page prints has its coverage published; a small run of it."""

from __future__ import annotations

import csv

import coverage_kinds
import pytest
from coverage_kinds import ALIKE, FEW, KINDS, PLAIN, SHOCK, SIZE, plain_grade

from missions.declared.labels import read_labels

MISSES = {(plain_grade, SIZE), (coverage_kinds.slope, SHOCK), (coverage_kinds.importance, FEW)}  # what pages warn of
QUICK = [at for at, kind in enumerate(KINDS) if kind.years == 1 and kind.world in (PLAIN, ALIKE)]


def test_every_printed_kind_has_a_row():
    assert {kind.kind for kind in KINDS} == coverage_kinds.printed_kinds()


def test_rows_have_worlds_of_their_own():
    assert len({(kind.of, kind.world) for kind in KINDS}) == len(KINDS)


def test_intervals_of_a_year_hold_the_truth_often_enough():
    found = coverage_kinds.run(6, QUICK)
    share = (found["held_pct"] / 100).mean()
    # Fourteen kinds in six worlds: 84 worlds at 95%, three standard errors.
    assert share >= 0.95 - 3 * (0.95 * 0.05 / (6 * len(QUICK))) ** 0.5


def test_the_published_table_holds_its_promise():
    with coverage_kinds.TABLE.open(encoding="utf-8", newline="") as file:
        headings, *lines = csv.reader(file)
    assert tuple(headings) == coverage_kinds.HEADINGS
    said = [[read_labels()[f"interval_{kind.kind}"], kind.of, kind.world] for kind in KINDS]
    assert [line[:3] for line in lines] == said
    for kind, line in zip(KINDS, lines, strict=True):
        held, error = (float(cell.replace(",", ".")) for cell in line[4:6])
        if (kind.measured, kind.world) not in MISSES:
            assert held >= 93 - 2 * max(error, 100 * (0.95 * 0.05 / int(line[3])) ** 0.5), line


@pytest.mark.parametrize("measured", [plain_grade])
def test_the_run_notices_an_interval_that_misses(measured):
    at = next(number for number, kind in enumerate(KINDS) if kind.measured is measured)
    weighted = next(number for number, kind in enumerate(KINDS) if kind.world == SIZE and number != at)
    found = coverage_kinds.run(40, [at, weighted]).set_index("row")
    assert found.loc[at, "held_pct"] < found.loc[weighted, "held_pct"]
    assert abs(found.loc[weighted, "error"]) < abs(found.loc[at, "error"])
