"""How often a judging sentence is wrong: each part of each claim is tried, and the published table says what came of it."""

from __future__ import annotations

import csv

import false_alarms
import light
import numpy as np
import pytest
from false_alarms import CLAIMS, FALLS, LETTER, LOWER, ROWS

from missions.declared.claims import declared_claims

OF_RECORD = ("below", "above")  # tests of figures that chance could bring about; the others are about figures as published
FOLLOWS = {("valuation_again_lower", "year_against_earlier")}  # lower than a year that is lower than all before it


def test_every_part_of_every_claim_is_tried():
    tried = {(row.claim, part) for row in ROWS for part in row.null.partition(":")[0].split(", ") if row.null}
    parts = {
        (key, name)
        for key, claim in declared_claims().items()
        for name, part in claim["parts"].items()
        if part["test"] in OF_RECORD
    }
    assert {key for key, _ in parts} == set(CLAIMS)
    assert tried - {(LETTER, "alles")} == parts - FOLLOWS
    assert {row.claim for row in ROWS if not row.null} == set(CLAIMS)  # and each has a row for its power


def test_worlds_of_rows_are_not_the_same_worlds():
    draws = [light.generator(f"{row.claim} {row.null} {shock}", 1).uniform() for row in ROWS for shock in row.shocks]
    assert len(set(draws)) == len(draws)


def test_a_light_world_has_what_is_planted():
    planted = light.Planted(levels=(3.6,) * 3 + (3.0,) * 4, grade_shares=(0.15, 0.5), by_size=0.1)
    worlds = [light.made("a test", number, planted).everybody for number in range(5)]
    means = np.mean([one.groupby("year")[light.VALUE].mean() for one in worlds], axis=0)
    assert means == pytest.approx([3.6] * 3 + [3.0] * 4, abs=0.15)
    shares = np.mean([[one["grade"].le(5).mean(), one["grade"].ge(7).mean()] for one in worlds], axis=0)
    assert shares == pytest.approx([0.15, 0.5], abs=0.03)
    by_size = [one.groupby("size_class")["grade"].mean().reindex(light.SIZES).is_monotonic_increasing for one in worlds]
    answered = [one.groupby("size_class")["has_answered"].mean().reindex(light.SIZES).is_monotonic_increasing for one in worlds]
    assert all(by_size) and all(answered)


def test_trend_sentences_seldom_cry_wolf():
    """A small run of the table: no claim in more worlds than its level allows, and two standard errors."""
    numbers = [at for at, row in enumerate(ROWS) if row.claim in (FALLS, LOWER) and row.null]
    found = false_alarms.counted(15, numbers)
    assert found["carried"].sum() <= false_alarms.allowed(int(found["worlds"].sum()))


def test_what_is_there_is_seen():
    number = next(at for at, row in enumerate(ROWS) if row.claim == FALLS and not row.null)
    found = false_alarms.counted(12, [number])
    assert (found["carried"] > 6).all()


def test_the_words_of_a_bound_by_hand():
    # None of 60: 1 - 0.05^(1/60) = 4.87%.
    assert false_alarms.at_most(0, 60) == pytest.approx(4.87, abs=0.01) and false_alarms.at_most(60, 60) == 100


def test_the_published_table_holds_for_all_its_worlds():
    with false_alarms.TABLE.open(encoding="utf-8", newline="") as file:
        headings, *lines = csv.reader(file)
    assert tuple(headings) == false_alarms.HEADINGS
    cases = [(row, shock) for row in ROWS for shock in row.shocks]
    assert len(lines) == len(cases)
    for (row, shock), line in zip(cases, lines, strict=True):
        assert line[:3] == [*false_alarms._words(row.claim, row.null), f"{shock:.1f}".replace(".", ",")]
        worlds, carried = int(line[3]), int(line[4])
        if row.null and row.claim != LETTER:
            # A sentence is wrong in at most 5% of worlds in which a part of it is not there, shocks included.
            assert carried <= false_alarms.allowed(worlds, 0.05), line
