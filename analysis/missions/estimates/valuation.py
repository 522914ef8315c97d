"""What goes together with the valuation of the role of the bewindspersoon. Association only: the same person answers both."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from . import RESULT

INTERVAL_KIND = "t_clustered_by_mission"


def goes_with(answers: pd.DataFrame, register: pd.DataFrame, question: str, other: str, confidence: float = 0.95) -> pd.DataFrame:
    """How much higher the answer to `question` is of a participant that answers `other` one point higher, within a mission.

    answers: mission_id, <question>, <other>; only rows with both. register: mission_id of the missions that count.
    Returns one row: value (points per point), low, high, n (answers), population_n (missions).

    Formula: least squares with an intercept per mission; covariance clustered on missions, times G / (G - 1) * (N - 1) /
    (N - G - 1), interval with t(G - 1) for G missions and N answers. With fewer than 3 missions or no spread within any: empty.
    Not valid as an effect: who is content answers high on both (the same person, the same moment).
    Source: Cameron & Miller, Journal of Human Resources 50 (2015), 317-372, section II.
    """
    both = answers.loc[answers["mission_id"].isin(register["mission_id"]), ["mission_id", question, other]].dropna()
    mission, both = both["mission_id"], both[[question, other]].astype(float)
    within = both - both.groupby(mission).transform("mean")
    y, x = within[question].to_numpy(), within[other].to_numpy()
    n, missions_n, spread = len(both), mission.nunique(), (x**2).sum()
    row = dict.fromkeys(("value", "low", "high"), np.nan) | {"n": n, "population_n": missions_n}
    if missions_n >= 3 and spread > 0 and n > missions_n + 1:
        slope = (x * y).sum() / spread
        scores = pd.Series(x * (y - slope * x)).groupby(mission.to_numpy()).sum()
        correction = missions_n / (missions_n - 1) * (n - 1) / (n - missions_n - 1)
        error = np.sqrt(correction * (scores**2).sum()) / spread
        half = stats.t.ppf((1 + confidence) / 2, missions_n - 1) * error
        row |= {"value": slope, "low": slope - half, "high": slope + half}
    row |= {"interval_kind": INTERVAL_KIND, "interval_level": confidence}
    return pd.DataFrame([row])[RESULT]
