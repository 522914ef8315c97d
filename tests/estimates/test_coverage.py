"""Intervals hold the truth as often as they say: a small run of what tests/benchmarks/coverage.py publishes."""

from __future__ import annotations

import csv

import coverage
import numpy as np
import pandas as pd
import pytest

from missions import sample

SEEDS_IN_TESTS = range(501, 513)  # none of the published run
WIDER = ("mission_mean", "mission_share", "year_share")  # exact, or the wider of two where one mission is small


@pytest.fixture(scope="module")
def measured() -> pd.DataFrame:
    return coverage.run(SEEDS_IN_TESTS, ["base"])


def test_every_kind_of_interval_holds_the_truth_often_enough(measured):
    table = coverage.coverage(measured)
    assert list(table.index) == list(coverage.KINDS)
    for kind, row in table.iterrows():
        # Three standard errors; never less than those of independent intervals, as few clusters can seem alike by chance.
        error = max(row["error_of_95_pct"], 100 * np.sqrt(0.95 * 0.05 / row["n"]))
        if kind in WIDER:
            assert row["held_pct"] >= 93, kind
        else:
            assert abs(row["held_pct"] - 95) <= 3 * error, kind
        assert row["held_in_print_pct"] >= row["held_pct"], kind


def test_estimates_are_right_on_average(measured):
    """Four standard errors of the mean over seeds, and for the minister what the ends of the scale take off (0.005)."""
    by_seed = measured.assign(mean=measured["error"] / measured["n"]).groupby("kind")["mean"]
    bias, error = by_seed.mean(), by_seed.std() / np.sqrt(len(SEEDS_IN_TESTS))
    off = bias.abs() > 4 * error + np.where(bias.index == "trend_minister", 0.005, 0.0)
    assert not off.any(), bias[off]


def test_no_interval_holds_the_truth_when_the_silent_think_otherwise():
    """The run is able to notice a wrong interval; and it is what the page on non-response warns of."""
    table = coverage.coverage(coverage.run(range(501, 503), ["silent_lower"]))
    assert table.loc["year_mean", "held_pct"] < 20 and table.loc["year_mean_weighted", "held_pct"] < 20
    assert table.loc["mission_mean", "held_pct"] < 80


def test_the_world_is_that_of_the_sample():
    """What is caught on the way is the whole population of which the answers are a part."""
    one, made = coverage.world(501, "tiny_mission"), sample.generate(501, coverage.YEAR, "tiny_mission")
    assert one.answers["answer_id"].equals(made.tables["survey_answers"]["answer_id"])
    answered = one.everybody[one.everybody["has_answered"]]
    for question in (coverage.GOAL, coverage.LEADS):
        ours, theirs = (
            table.groupby("mission_id")[question].agg(list).map(lambda v: sorted(map(str, v)))
            for table in (answered, one.answers)
        )
        pd.testing.assert_series_equal(ours, theirs)
    means = one.everybody[one.everybody["is_invited"]].groupby("mission_id")["grade"].mean()
    known = {mission: of["mean_grade_invited"] for mission, of in made.truth["missions"].items()}
    assert means.to_dict() == pytest.approx(known)


def test_what_is_measured_by_hand():
    table = pd.DataFrame({"value": [7.0, 7.0, 7.0, np.nan], "low": [6.62, 6.95, 6.0, 6], "high": [7.4, 7.4, 8.0, 8]})
    row = coverage._measured("mission_mean", table, [7.4, 6.91, 9.0, 7.0])
    # Held: the first, whose end it is. In print 6.95 is 6.9, which lets in 6.91. The fourth is no estimate.
    assert (row["n"], row["held"], row["held_in_print"]) == (3, 1, 2)
    assert row["width"] == pytest.approx(0.78 + 0.45 + 2) and row["error"] == pytest.approx(21 - 23.31)


def test_intervals_of_one_seed_are_one_witness():
    rows = [("mission_mean", seed, 10, held, held, 5.0, 0.0) for seed, held in ((1, 10), (2, 8))]
    measured = pd.DataFrame(rows, columns=["kind", "seed", "n", "held", "held_in_print", "width", "error"])
    row = coverage.coverage(measured).loc["mission_mean"]
    # 18 of 20; each seed expects 9.5: sqrt(0.5^2 + 1.5^2) / 20 = 7.9%.
    assert row["held_pct"] == 90 and row["error_of_95_pct"] == pytest.approx(7.906, abs=0.001)


def test_the_published_table_holds_its_promise():
    with coverage.TABLE.open(encoding="utf-8", newline="") as file:
        headings, *lines = csv.reader(file)
    assert tuple(headings) == coverage.HEADINGS
    alike = [line for line in lines if line[1] == coverage.DATA[coverage.ALIKE]]
    assert [line[0] for line in alike] == [words for words, _ in coverage.KINDS.values()]
    worlds_n = coverage.SEEDS * len(coverage.ALIKE)
    for line in alike:
        held, in_print = (float(cell.replace(",", ".")) for cell in line[3:5])
        assert int(line[2]) >= worlds_n and 93 <= held <= in_print, line[0]
    assert [int(line[2]) for line in alike[-2:]] == [worlds_n, worlds_n]  # one trend per world
