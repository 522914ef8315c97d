"""Steps of responsible business conduct: rates with their counts, two regimes compared, and records that contradict themselves.

R: version 4.2.2 (fisher.test; prop.test without correction for the two score intervals). R is not needed to run this.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions.estimates import imvo
from support.worlds import SEEDS, generated

DETERMINISTIC = settings(max_examples=60, deadline=None, derandomize=True)


def chain_of(**regimes: tuple[int, ...]) -> pd.DataFrame:
    """A chain with these counts of STEPS per regime."""
    rows = [
        {"regime": regime, "step": step, "value": float(n), "n": n, "population_n": counts[0], "low": np.nan, "high": np.nan}
        for regime, counts in regimes.items()
        for step, n in zip(imvo.STEPS, counts, strict=True)
    ]
    return pd.DataFrame(rows)


def compared(first: tuple[int, ...], second: tuple[int, ...], **options: float) -> pd.DataFrame:
    return imvo.compare(chain_of(extra_attention=first, standard=second), **options).set_index("step")


# --- rates ------------------------------------------------------------------------------------------------------------
def test_rates_stand_with_both_counts():
    table = imvo.rates(chain_of(standard=(50, 40, 10, 5, 2, 1))).set_index(["step", "of"])
    # Signals: 10 of 40 self-scans, 10 of 50 participations. Agreements and exclusions both come out of the 5 talks.
    expected = {
        ("self_scan", "participations"): (80, 40, 50),
        ("signal", "self_scan"): (25, 10, 40),
        ("signal", "participations"): (20, 10, 50),
        ("talk", "signal"): (50, 5, 10),
        ("talk", "participations"): (10, 5, 50),
        ("agreement", "talk"): (40, 2, 5),
        ("agreement", "participations"): (4, 2, 50),
        ("excluded", "talk"): (20, 1, 5),
        ("excluded", "participations"): (2, 1, 50),
    }
    assert list(table.index) == list(expected) and (table["regime"] == "standard").all()
    for key, numbers in expected.items():
        assert table.loc[key, ["value", "n", "population_n"]].tolist() == pytest.approx(numbers)
    assert table[["low", "high"]].isna().all(axis=None)


def test_zero_is_a_count_and_no_rate():
    table = imvo.rates(chain_of(standard=(50, 40, 0, 0, 0, 0))).set_index(["step", "of"])
    assert np.isnan(table.loc[("signal", "self_scan"), "value"])
    assert table.loc[("signal", "self_scan"), ["n", "population_n"]].tolist() == [0, 40]
    assert np.isnan(table.loc[("talk", "signal"), "value"]) and table.loc[("talk", "signal"), "population_n"] == 0


def test_rates_follow_the_chain_of_the_sample_for_every_regime_and_the_total():
    tables = generated(SEEDS[0]).tables
    table = imvo.rates(imvo.chain(tables["imvo_steps"], tables["mission_register"]))
    assert table["regime"].unique().tolist() == ["extra_attention", "standard", imvo.TOTAL]
    counts = table.pivot(index=["step", "of"], columns="regime", values=["n", "population_n"])
    for column in ("n", "population_n"):
        assert (counts[column]["extra_attention"] + counts[column]["standard"] == counts[column][imvo.TOTAL]).all()


# --- two regimes ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("counts", "p", "value", "low", "high"),
    [
        # The first two are Newcombe (1998), table II, method 10: 0.0524 to 0.3339 and 0.1705 to 0.8090.
        ((56, 70, 48, 80), 0.01252112975, 20.0, 5.24314724, 33.38726540),
        ((9, 10, 3, 10), 0.0197666111, 60.0, 17.05227239, 80.90179735),
        ((10, 50, 25, 60), 0.02309977976, -21.66666667, -37.01477077, -4.21440203),
        ((61, 130, 103, 572), 3.376041279e-11, 28.91608392, 19.90011852, 37.94874574),
        # Fisher does not reject, so the interval (-68.73 to -3.84) is stretched to zero.
        ((0, 10, 4, 10), 0.0866873065, -40.0, -68.73262303, 0.0),
        # Fisher does not reject, and zero is inside as it is.
        ((5, 10, 1, 10), 0.1408668731, 40.0, -0.2356109392, 67.5912153305),
    ],
)
def test_the_difference_is_that_of_r(counts, p, value, low, high):
    n1, of1, n2, of2 = counts
    row = compared((of1, of1, n1, 0, 0, 0), (of2, of2, n2, 0, 0, 0), step_size=1e-6).loc["signal"]
    assert row["p_value"] == pytest.approx(p, rel=1e-7)
    assert row[["value", "low", "high"]].astype(float).tolist() == pytest.approx([value, low, high], abs=2e-6)
    assert row[["first_n", "first_of_n", "second_n", "second_of_n"]].tolist() == list(counts)
    assert (row["of"], row["n"], row["population_n"]) == ("self_scan", n1 + n2, of1 + of2)


def test_the_tea_of_fisher():
    # 3 of 4 against 1 of 4: tables as likely or less: 16 + 16 + 1 + 1 of 70, p = 34/70 = 0.4857 (Agresti 2013, section 3.5).
    assert compared((4, 4, 3, 0, 0, 0), (4, 4, 1, 0, 0, 0)).loc["signal", "p_value"] == pytest.approx(34 / 70)


def test_bounds_are_rounded_outwards():
    row = compared((70, 70, 56, 0, 0, 0), (80, 80, 48, 0, 0, 0)).loc["signal"]
    assert row[["low", "high"]].tolist() == [5.2, 33.4]


def test_without_anybody_at_the_step_before_there_is_nothing_to_compare():
    table = compared((40, 30, 0, 0, 0, 0), (60, 50, 10, 4, 0, 0))
    assert table.loc[["talk", "agreement", "excluded"], ["value", "low", "high", "p_value"]].isna().all(axis=None)
    assert table.loc["signal", ["first_n", "second_n"]].tolist() == [0, 10] and table.loc["signal", "value"] == -20
    assert table.loc["talk", ["first_of_n", "second_of_n"]].tolist() == [0, 10]
    alone = imvo.compare(chain_of(standard=(60, 50, 10, 4, 0, 0)))
    assert alone["value"].isna().all() and (alone["first_of_n"] == 0).all()


@DETERMINISTIC
@given(st.integers(1, 80), st.integers(1, 80), st.data())
def test_text_and_test_agree_and_regimes_can_be_swapped(of1, of2, data):
    n1, n2 = data.draw(st.integers(0, of1)), data.draw(st.integers(0, of2))
    one = compared((of1, of1, n1, 0, 0, 0), (of2, of2, n2, 0, 0, 0), step_size=1e-6).loc["signal"]
    other = compared((of2, of2, n2, 0, 0, 0), (of1, of1, n1, 0, 0, 0), step_size=1e-6).loc["signal"]
    if n1 + n2 == 0:
        assert np.isnan(one["value"])
        return
    assert one["low"] <= one["value"] <= one["high"] and one["low"] >= -100 and one["high"] <= 100
    assert (one["p_value"] < 0.05) == (one["low"] > 0 or one["high"] < 0)
    turned = [-other["value"], -other["high"], -other["low"], other["p_value"]]
    assert one[["value", "low", "high", "p_value"]].astype(float).tolist() == pytest.approx(turned, abs=1e-5)


def test_planted_differences_between_regimes_are_found():
    """Planted: a signal after 16% of self-scans, after 36% where there is extra attention; self-scans the same everywhere."""
    chains = [generated(seed).tables for seed in SEEDS[:3]]
    differences = [imvo.compare(imvo.chain(one["imvo_steps"], one["mission_register"])).set_index("step") for one in chains]
    for table in differences:
        assert table.loc["signal", "low"] <= 20 <= table.loc["signal", "high"] and table.loc["signal", "p_value"] < 0.001
        assert table.loc["self_scan", "low"] <= 0 <= table.loc["self_scan", "high"]
        assert np.isnan(table.loc["excluded", "value"])  # nobody is excluded in the sample


# --- records that contradict themselves -------------------------------------------------------------------------------
def records() -> tuple[pd.DataFrame, pd.DataFrame]:
    steps = pd.DataFrame({"participation_id": [1, 2, 3], "mission_id": ["a", "a", "b"]})
    reached = {"self_scan": [1, 1, 0], "signal": [1, 1, 0], "talk": [1, 0, 0], "agreement": [1, 0, 0], "excluded": [0, 0, 0]}
    return steps.assign(**{step: np.array(of, bool) for step, of in reached.items()}), pd.DataFrame({"mission_id": ["a", "b"]})


def test_good_records_break_no_rule():
    assert imvo.consistency(*records()) == []
    for seed in SEEDS[:3]:
        tables = generated(seed).tables
        assert imvo.consistency(tables["imvo_steps"], tables["mission_register"]) == []
    steps, register = records()
    assert imvo.consistency(steps.head(0), register) == []


@pytest.mark.parametrize(
    ("row", "column", "value", "broken"),
    [
        (2, "signal", True, ["signal without self_scan: 1"]),
        (1, "agreement", True, ["agreement without talk: 1"]),
        (1, "excluded", True, ["excluded without talk: 1"]),
        (2, "talk", True, ["talk without signal: 1"]),
        (0, "self_scan", False, ["signal without self_scan: 1"]),
        (2, "participation_id", 1, ["participation more than once: 1"]),
        (0, "mission_id", "elsewhere", ["talk without a mission: 1", "participation without a mission: 1"]),
        (2, "mission_id", None, ["participation without a mission: 1"]),
    ],
)
def test_a_broken_rule_is_named_and_counted(row, column, value, broken):
    steps, register = records()
    steps.loc[row, column] = value
    assert imvo.consistency(steps, register) == broken


def test_several_rules_are_all_named():
    steps, register = records()
    steps.loc[[1, 2], "agreement"] = True
    steps.loc[2, "participation_id"] = 2
    assert imvo.consistency(steps, register) == ["agreement without talk: 2", "participation more than once: 1"]


@pytest.mark.parametrize(("first_n", "p", "stands_out"), [(18, 0.0055, "yes"), (21, 0.034, "no")])
def test_a_step_that_differs_on_its_own_need_not_stand_out_among_all(first_n, p, stands_out):
    # Four steps of which the others are alike (p near 1): 0.0055 becomes 4 * 0.0055 = 0.022, and 0.034 becomes 0.136.
    table = compared((40, first_n, 10, 5, 2, 0), (40, 31, 16, 7, 3, 0))
    assert table.loc["self_scan", "p_value"] == pytest.approx(p, abs=5e-5)
    assert table.loc["self_scan", "stands_out"] == stands_out
    assert set(table["stands_out"].drop("self_scan")) == {"no"}
