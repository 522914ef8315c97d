"""Tables small enough for sums by hand: a register, answers, and a delivery of which only the origin matters."""

from __future__ import annotations

import numpy as np
import pandas as pd

GRADE = (1, 10)  # lowest and highest grade


def register_of(invited: dict[str, int], years: dict[str, int] | None = None) -> pd.DataFrame:
    starts = [pd.Timestamp(year=(years or {}).get(mission, 2025), month=3, day=1) for mission in invited]
    return pd.DataFrame(
        {
            "mission_id": list(invited),
            "companies_n": pd.array(list(invited.values()), "Int64"),
            "invited_n": pd.array(list(invited.values()), "Int64"),
            "start_on": pd.Series(starts, dtype="datetime64[ns]"),
        }
    )


def answers_of(given_answers: dict[str, list[int | None]]) -> pd.DataFrame:
    rows = [(mission, answer) for mission, answers in given_answers.items() for answer in answers]
    return pd.DataFrame(rows, columns=["mission_id", "grade"]).astype({"grade": "Int64"})


def delivery(name: str = "x", synthetic: bool = True, sensitivity: str = "public") -> pd.DataFrame:
    table = pd.DataFrame()
    table.attrs["origin"] = {
        "delivery": name,
        "file": f"{name}.csv",
        "producer": "p",
        "title": "t",
        "received_on": "2026-01-01",
        "sensitivity": sensitivity,
        "sha256": "0" * 64,
        "synthetic": synthetic,
    }
    return table


def outwards(table: pd.DataFrame, step: float) -> pd.DataFrame:
    """The table with its intervals on multiples of a step, as print has them: short numbers for examples by hand."""
    # 1e-9: a bound that is a multiple of the step up to rounding error stays where it is.
    low, high = np.floor(table["low"] / step + 1e-9) * step, np.ceil(table["high"] / step - 1e-9) * step
    return table.assign(low=low.astype(float).round(6), high=high.astype(float).round(6))
