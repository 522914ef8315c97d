"""Steps of responsible business conduct: rates with their counts, and records that contradict themselves.

R: version 4.2.2 (fisher.test; prop.test without correction for the two score intervals). R is not needed to run this.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from missions.estimates import imvo
from support.worlds import SEEDS, generated


def chain_of(**regimes: tuple[int, ...]) -> pd.DataFrame:
    """A chain with these counts of STEPS per regime."""
    rows = [
        {"regime": regime, "step": step, "value": float(n), "n": n, "population_n": counts[0], "low": np.nan, "high": np.nan}
        for regime, counts in regimes.items()
        for step, n in zip(imvo.STEPS, counts, strict=True)
    ]
    return pd.DataFrame(rows)


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


def test_a_year_without_extra_attention_has_no_such_regime():
    """An annex that names both would end in a fault."""
    steps = pd.DataFrame({"mission_id": ["a", "b"], **{step: [True, False] for step in imvo.STEPS[1:]}})
    both = pd.DataFrame({"mission_id": ["a", "b"], "imvo_regime": ["extra_attention", "standard"]})
    assert imvo.regimes(imvo.chain(steps, both)) == ["standard", "extra_attention", "total"]
    assert imvo.regimes(imvo.chain(steps, both.assign(imvo_regime="standard"))) == ["standard", "total"]
