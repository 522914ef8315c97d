"""Who registered for which mission, and who cancelled."""

from __future__ import annotations

import numpy as np
import pandas as pd

_SECTOR_PULL = 4.0  # a firm joins a mission for its own sector so many times as readily


def _registrations(rng: np.random.Generator, mission, firms: dict[str, np.ndarray], cancelled_share: float) -> dict:
    """The firms of one mission, each once, in no order that means anything."""
    in_sector = np.isin(firms["sector"], mission.sectors.split(";"))
    weight = firms["eagerness"] * np.where(in_sector, _SECTOR_PULL, 1.0)
    registered_n = mission.companies_n + int(rng.binomial(mission.companies_n, cancelled_share))
    chosen = rng.choice(len(weight), registered_n, replace=False, p=weight / weight.sum())
    days = rng.integers(14, 150, registered_n)
    return {
        "mission_id": np.full(registered_n, mission.mission_id),
        "firm": chosen,
        "registered_on": (np.datetime64(mission.start_on) - days).astype(str),
        "has_cancelled": rng.permutation(registered_n) >= mission.companies_n,
    }


def participations(rng: np.random.Generator, missions: pd.DataFrame, firms: pd.DataFrame, cancelled_share: float) -> pd.DataFrame:
    """One row per registration; missions in order of departure, so that earlier missions of a firm can be counted."""
    known = {name: firms[name].to_numpy() for name in ("sector", "eagerness")}
    parts = [_registrations(rng, mission, known, cancelled_share) for mission in missions.itertuples()]
    table = pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
    table = table.join(firms, on="firm")
    went = (~table["has_cancelled"]).astype(int)
    # A mission that a firm cancelled is no earlier mission of that firm.
    table["earlier_participations_n"] = table["earlier_missions_n"] + went.groupby(table["firm"]).cumsum() - went
    table["participation_id"] = np.arange(1, len(table) + 1)
    return table
