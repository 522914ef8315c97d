"""Who registered for which mission, and who cancelled."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd

_SECTOR_PULL = 4.0  # a firm joins a mission for its own sector so many times as readily


def _registrations(rng: np.random.Generator, mission, firms: pd.DataFrame, cancelled_share: float) -> pd.DataFrame:
    """The firms of one mission, each once, in no order that means anything."""
    in_sector = firms["sector"].isin(mission.sectors.split(";"))
    weight = (firms["eagerness"] * np.where(in_sector, _SECTOR_PULL, 1.0)).to_numpy()
    registered_n = mission.companies_n + int(rng.binomial(mission.companies_n, cancelled_share))
    chosen = rng.choice(len(firms), registered_n, replace=False, p=weight / weight.sum())
    start = datetime.date.fromisoformat(mission.start_on)
    days = rng.integers(14, 150, registered_n)
    return pd.DataFrame(
        {
            "mission_id": mission.mission_id,
            "firm": chosen,
            "registered_on": [(start - datetime.timedelta(days=int(day))).isoformat() for day in days],
            "has_cancelled": rng.permutation(registered_n) >= mission.companies_n,
        }
    )


def participations(rng: np.random.Generator, missions: pd.DataFrame, firms: pd.DataFrame, cancelled_share: float) -> pd.DataFrame:
    """One row per registration; missions in order of departure, so that earlier missions of a firm can be counted."""
    rows = [_registrations(rng, mission, firms, cancelled_share) for mission in missions.itertuples()]
    table = pd.concat(rows, ignore_index=True)
    table = table.join(firms, on="firm")
    went = (~table["has_cancelled"]).astype(int)
    # A mission that a firm cancelled is no earlier mission of that firm.
    table["earlier_participations_n"] = table["earlier_missions_n"] + went.groupby(table["firm"]).cumsum() - went
    table["participation_id"] = np.arange(1, len(table) + 1)
    return table
