"""Is it really lower? A trend over missions, because missions differ more than the people who answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from .survey import RESULT


def yearly_change(mission_means: pd.DataFrame, confidence: float = 0.95, power: float = 0.8) -> pd.DataFrame:
    """Change per year in the mean of a mission of this programme.

    mission_means: year, value (one row per mission).
    Returns one row: value (scale points per year), low, high, detectable (the smallest true change per year that this many
    missions would show with the given power), n (missions), population_n (missions).

    Formula: least squares of mission means on year, each mission counting once; interval with t(missions - 2);
    detectable = (t(1 - alpha/2) + t(power)) * standard error.
    Not valid across a change of question, scale or moment of asking. With fewer than 3 years or 4 missions there is no trend:
    all results are empty.
    Source: Draper & Smith, Applied Regression Analysis (1998), chapter 1; false alarms 5% where a test per respondent gives
    17 to 38%, because missions and not respondents are the independent units.
    """
    year = mission_means["year"].to_numpy(float)
    value = mission_means["value"].to_numpy(float)
    n = len(value)
    row = {"value": np.nan, "low": np.nan, "high": np.nan, "detectable": np.nan, "n": n, "population_n": n}
    if n >= 4 and len(np.unique(year)) >= 3:
        fit = stats.linregress(year, value)
        freedom = n - 2
        half = stats.t.ppf((1 + confidence) / 2, freedom) * fit.stderr
        detectable = (stats.t.ppf((1 + confidence) / 2, freedom) + stats.t.ppf(power, freedom)) * fit.stderr
        row |= {"value": fit.slope, "low": fit.slope - half, "high": fit.slope + half, "detectable": detectable}
    row |= {"interval_kind": "t_between_missions", "interval_level": confidence}
    return pd.DataFrame([row])[[*RESULT, "detectable"]]
