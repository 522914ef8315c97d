"""Is it really lower? A trend over missions, because people on the same mission share what happened to it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from . import RESULT


def yearly_change(mission_means: pd.DataFrame, confidence: float = 0.95, power: float = 0.8, step: float = 0.01) -> pd.DataFrame:
    """Change per year in the mean of a mission of this programme.

    mission_means: year, value (one row per mission).
    Returns one row: value (scale points per year), low, high (rounded outwards to `step`), detectable (the smallest true change
    per year that this many missions would show with the given power), n (missions), population_n (missions).

    Formula: least squares of mission means on year, each mission counting once; interval with t(missions - 2);
    detectable = (t(1 - alpha/2) + t(power)) * standard error.
    Not valid across a change of question, scale or moment of asking, nor when something strikes all missions of a year at once
    (another minister, another questionnaire): a shock with half the spread of missions makes 1 in 5 null trends look real.
    With fewer than 3 years or 4 missions there is no trend: all results are empty.
    Source: Draper & Smith, Applied Regression Analysis (1998), chapter 1; false alarms 5% where a test per respondent gives
    17 to 38%, because missions and not respondents are the independent units.
    """
    year = mission_means["year"].to_numpy(float)
    value = mission_means["value"].to_numpy(float)
    n = len(value)
    row = {"value": np.nan, "low": np.nan, "high": np.nan, "detectable": np.nan, "n": n, "population_n": n}
    if n >= 4 and len(np.unique(year)) >= 3:
        centred = year - year.mean()
        slope = (centred * value).sum() / (centred**2).sum()
        residuals = value - value.mean() - slope * centred
        error = np.sqrt((residuals**2).sum() / (n - 2) / (centred**2).sum())
        quantile = stats.t.ppf((1 + confidence) / 2, n - 2)
        # 1e-9: a bound that is a multiple of the step up to rounding error stays where it is.
        low = np.floor((slope - quantile * error) / step + 1e-9) * step
        high = np.ceil((slope + quantile * error) / step - 1e-9) * step
        row |= {"value": slope, "low": round(low, 6), "high": round(high, 6)}
        row["detectable"] = (quantile + stats.t.ppf(power, n - 2)) * error
    row |= {"interval_kind": "t_between_missions", "interval_level": confidence}
    return pd.DataFrame([row])[[*RESULT, "detectable"]]
