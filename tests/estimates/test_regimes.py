"""Two IMVO regimes, compared over missions: counted by hand, and how often missions that merely differ seem to."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from missions.estimates import imvo


def steps_of(*missions: tuple[str, int, int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(regime, participations, signals) per mission; everybody filled in a self-scan and nobody got further."""
    rows = [(f"m{place:02}", at < signals) for place, (_, n, signals) in enumerate(missions) for at in range(n)]
    steps = pd.DataFrame(rows, columns=["mission_id", "signal"]).assign(
        self_scan=True, talk=False, agreement=False, excluded=False
    )
    names = [f"m{place:02}" for place in range(len(missions))]
    return steps, pd.DataFrame({"mission_id": names, "imvo_regime": [regime for regime, _, _ in missions]})


def compared(*missions, **options) -> pd.Series:
    return imvo.compare(*steps_of(*missions), **options).set_index("step").loc["signal"]


EXTRA, STANDARD = "extra_attention", "standard"


def test_all_divisions_are_counted():
    row = compared(*[(EXTRA, 10, n) for n in (5, 6, 7, 8)], *[(STANDARD, 10, n) for n in (1, 2, 3, 4)])
    # 26 of 40 against 10 of 40. Of the 70 ways to pick four missions only this one and its mirror differ so much: 2 / 70.
    assert row["value"] == pytest.approx(40) and row["p_value"] == pytest.approx(2 / 70)
    # Residuals 5 - 6.5 ... on both sides: variance 5/3; those of all missions from the rate 0.45: n - 4.5, variance 6. The wider:
    # error sqrt(2 * 6 / 4) / 10 = 0.173205; t(6): 2.446912 and 0.905703.
    # The test rejects, and yet the interval holds zero: it is as wide as if the regimes were one.
    assert row["high"] == pytest.approx(40 + 100 * 2.446912 * 0.1732051, abs=1e-3)
    assert row["detectable"] == pytest.approx(100 * (2.446912 + 0.905703) * 0.1732051, abs=1e-3)
    assert (row["first_missions_n"], row["second_missions_n"], row["n"], row["population_n"]) == (4, 4, 36, 80)


def test_two_missions_are_no_test():
    """Two against eleven: the smallest p-value that there is, 1 / 78, is about which two missions they were."""
    row = compared((EXTRA, 65, 30), (EXTRA, 65, 31), *[(STANDARD, 52, 9)] * 11)
    assert row["value"] == pytest.approx(100 * (61 / 130 - 9 / 52)) and row["stands_out"] == "too_few_missions"
    assert row[["low", "high", "p_value", "detectable"]].isna().all()


def test_three_are_too_few_as_well_and_a_mission_without_anybody_at_the_step_before_is_none():
    row = compared(*[(EXTRA, 10, 5)] * 3, *[(STANDARD, 10, 2)] * 8)
    assert row["stands_out"] == "too_few_missions"
    table = imvo.compare(*steps_of(*[(EXTRA, 10, 0)] * 4, (STANDARD, 10, 3), *[(STANDARD, 10, 0)] * 5)).set_index("step")
    assert table.loc["signal", "second_missions_n"] == 6 and table.loc["talk", "second_missions_n"] == 1
    assert np.isnan(table.loc["agreement", "value"]) and table.loc["talk", "stands_out"] == "too_few_missions"


def test_no_difference_stands_beside_what_would_have_been_seen():
    row = compared(*[(EXTRA, 20, n) for n in (4, 6, 5, 5)], *[(STANDARD, 20, n) for n in (3, 6, 4, 5, 7)])
    assert row["stands_out"] == "no" and row["low"] <= 0 <= row["high"] and row["detectable"] > row["high"]


def test_many_divisions_are_drawn_and_the_draw_is_fixed():
    all_of_them, complete = imvo.divisions(8, 4, 10, 1)
    assert complete and len(all_of_them) == math.comb(8, 4) == len(np.unique(all_of_them, axis=0))
    drawn, complete = imvo.divisions(40, 15, 500, 1)
    assert not complete and drawn.shape == (500, 40) and (drawn.sum(axis=1) == 15).all()
    assert (drawn == imvo.divisions(40, 15, 500, 1)[0]).all() and (drawn != imvo.divisions(40, 15, 500, 2)[0]).any()
    missions = [*[(EXTRA, 30, 12)] * 14, *[(STANDARD, 30, 6)] * 16]
    assert compared(*missions, draws=499)["p_value"] == 1 / 500  # a draw never gives zero


def missions_that_differ(seed: int, spread: float, difference: float = 0.0) -> list[tuple[str, int, int]]:
    draw = np.random.default_rng(seed)
    size, logit = draw.integers(25, 100, 12), math.log(0.25) + draw.normal(0, spread, 12)
    logit[:4] += difference
    signals = draw.binomial(size, 1 / (1 + np.exp(-logit)))
    return list(zip([EXTRA] * 4 + [STANDARD] * 8, size.tolist(), signals.tolist(), strict=True))


@pytest.mark.parametrize("spread", [0.0, 0.5, 0.8])
def test_missions_that_differ_are_no_regimes_that_differ(spread):
    """A test per company would be wrong in 15 to 45% here. 5%, and two standard errors of 200 worlds (1.5%)."""
    p = [compared(*missions_that_differ(seed, spread))["p_value"] for seed in range(200)]
    assert np.mean(np.array(p) < 0.05) <= 0.05 + 2 * 0.0154


def test_regimes_that_differ_are_found():
    p = [compared(*missions_that_differ(seed, 0.3, difference=1.5))["p_value"] for seed in range(40)]
    assert np.mean(np.array(p) < 0.05) > 0.8
