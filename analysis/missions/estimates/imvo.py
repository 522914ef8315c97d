"""The IMVO chain: how many participating companies reached each step. A census, so no sampling interval."""

from __future__ import annotations

import numpy as np
import pandas as pd

STEPS = ("participations", "self_scan", "signal", "talk", "agreement", "excluded")
TOTAL = "total"


def chain(steps: pd.DataFrame, register: pd.DataFrame) -> pd.DataFrame:
    """Participations that reached each step, per IMVO regime and in total.

    steps: mission_id and one true/false column per step after "participations". register: mission_id, imvo_regime.
    Returns regime, step, value and n (participations that reached the step), population_n (all participations of the regime);
    low and high empty. Counts of participations, not of companies: a company on two missions counts twice.
    """
    counted = steps.merge(register[["mission_id", "imvo_regime"]], on="mission_id", validate="many_to_one")
    counted["participations"] = True
    rows = []
    for regime, part in [*counted.groupby("imvo_regime"), (TOTAL, counted)]:
        for step in STEPS:
            n = int(part[step].sum())
            rows.append({"regime": regime, "step": step, "value": float(n), "n": n, "population_n": len(part)})
    return pd.DataFrame(rows).assign(low=np.nan, high=np.nan)[["regime", "step", "value", "low", "high", "n", "population_n"]]
