"""Rates, clusters and pooled effects, against published figures and sums by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from missions.estimates import design


@pytest.mark.parametrize(
    ("yes_n", "n", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 5 (Clopper-Pearson).
    [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)],
)
def test_rates_of_newcombe(yes_n, n, low, high):
    row = design.rate(yes_n, n).iloc[0]
    assert row["value"] == pytest.approx(100 * yes_n / n) and (row["n"], row["interval_kind"]) == (n, "clopper_pearson")
    assert (row["low"], row["high"]) == (pytest.approx(100 * low, abs=0.006), pytest.approx(100 * high, abs=0.006))


def test_a_rate_of_nobody_is_anything_and_of_more_than_all_is_refused():
    row = design.rate(0, 0).iloc[0]
    assert np.isnan(row["value"]) and (row["low"], row["high"]) == (0, 100)
    with pytest.raises(ValueError, match="0 <= yes_n <= n"):
        design.rate(3, 2)


def drawn(**columns) -> pd.DataFrame:
    return pd.DataFrame({"weight": 1.0, "stratum": "s"} | columns)


def test_clusters_by_hand():
    row = design.clustered_mean(drawn(value=[1.0, 3, 4, 6, 8, 8], cluster=list("aabbcc"))).iloc[0]
    # Means 2, 5, 8 of clusters of two: 5. z: -6/6, 0, 6/6; variance of z 1; 3 clusters: variance 3 * 1 = 3. t(2) = 4.302653.
    assert row["value"] == 5 and (row["n"], row["clusters_n"], row["population_n"]) == (6, 3, 6)
    assert row["high"] - 5 == pytest.approx(4.302653 * 3**0.5, abs=1e-5)
    # Of six clusters: half of it is known.
    half = design.clustered_mean(drawn(value=[1.0, 3, 4, 6, 8, 8], cluster=list("aabbcc"), of_clusters=6)).iloc[0]
    assert half["high"] - 5 == pytest.approx(4.302653 * 1.5**0.5, abs=1e-5)


def test_strata_and_weights_by_hand():
    rows = drawn(value=[2.0, 4, 9, 7], weight=[1.0, 1, 3, 3], stratum=list("ssuu"), cluster=list("abcd"))
    row = design.clustered_mean(rows).iloc[0]
    # (2 + 4 + 27 + 21) / 8 = 6.75. z: s -4.75/8, -2.75/8; u 3 * 2.25/8, 3 * 0.25/8. Twice the variance of two: the squared
    # difference: (2/8)^2 + (6/8)^2 = 0.625. t(4 - 2).
    assert row["value"] == 6.75 and row["high"] - 6.75 == pytest.approx(4.302653 * 0.625**0.5, abs=1e-5)
    assert np.isnan(design.clustered_mean(rows.head(3))["low"].iloc[0])  # one cluster in a stratum
    every = design.clustered_mean(rows.assign(of_clusters=2)).iloc[0]
    assert (every["low"], every["high"]) == (6.75, 6.75)
    assert np.isnan(design.clustered_mean(rows.head(0))["value"].iloc[0])


def test_clusters_that_are_alike_inside_make_a_mean_less_sure():
    draw, held = np.random.default_rng(1), {"clustered": 0, "alone": 0}
    for _ in range(200):
        cluster = np.repeat(np.arange(20), 10)
        rows = drawn(value=draw.normal(0, 1, 20)[cluster] + draw.normal(0, 1, 200), cluster=cluster)
        for name, table in (("clustered", rows), ("alone", rows.assign(cluster=np.arange(200)))):
            row = design.clustered_mean(table).iloc[0]
            held[name] += row["low"] <= 0 <= row["high"]
    assert held["clustered"] >= 0.95 * 200 - 2 * 3.1 and held["alone"] < 0.7 * 200


# Colditz et al. (1994), the vaccine against tuberculosis: log risk ratios and their variances, as metafor has them (dat.bcg).
BCG = pd.DataFrame(
    {
        "value": [
            *(-0.8893113339, -1.5853886572, -1.3480731483, -1.4415511900, -0.2175473222, -0.7861155858, -1.6208982236),
            *(0.0119523335, -0.4694176487, -1.3713448035, -0.3393588283, 0.4459134006, -0.0173139482),
        ],
        "variance": [
            *(0.3255847650, 0.1945811214, 0.4153679654, 0.0200100319, 0.0512101722, 0.0069056185, 0.2230172476),
            *(0.0039615793, 0.0564342105, 0.0730247936, 0.0124122140, 0.5325058452, 0.0714046597),
        ],
    }
)


def test_the_vaccine_is_that_of_metafor():
    row = design.pooled(BCG).iloc[0]
    # rma(yi, vi): tau2 0.3132, I2 92.22%, -0.7145.
    assert row["heterogeneity_sd"] ** 2 == pytest.approx(0.3132, abs=1e-4) and row["i2_pct"] == pytest.approx(92.22, abs=0.01)
    assert row["value"] == pytest.approx(-0.7145, abs=1e-4)
    # Knapp and Hartung: the variance of a weighted constant as a fit by least squares has it, with t(12) = 2.178813.
    root = 1 / np.sqrt(BCG["variance"] + row["heterogeneity_sd"] ** 2)
    variance = np.polyfit(np.zeros(13), BCG["value"], 0, w=root, cov=True)[1][0, 0]
    assert row["high"] - row["value"] == pytest.approx(2.178813 * variance**0.5, abs=1e-6)
    assert design.pooled(BCG, method="dl")["heterogeneity_sd"].iloc[0] ** 2 == pytest.approx(0.3088, abs=1e-4)
    assert row["next_low"] < row["low"] and row["next_high"] > 0


def test_studies_that_agree_have_no_heterogeneity_and_two_are_too_few():
    alike = design.pooled(pd.DataFrame({"value": [1.0, 1.01, 0.99], "variance": 0.04})).iloc[0]
    assert alike["heterogeneity_sd"] == 0 and alike["i2_pct"] == 0
    assert design.pooled(BCG.head(2))["value"].isna().all()
