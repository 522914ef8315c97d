"""The steps of responsible business conduct that a participation went through."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from .truth import Truth


def imvo_steps(rng: np.random.Generator, truth: Truth, participations: pd.DataFrame, missions: pd.DataFrame) -> pd.DataFrame:
    """One row per participation of the given missions; each step needs the one before."""
    went = participations[~participations["has_cancelled"] & participations["mission_id"].isin(missions["mission_id"])]
    extra = went["mission_id"].isin(missions.loc[missions["imvo_regime"] == "extra_attention", "mission_id"]).to_numpy()
    steps = went[["participation_id", "mission_id"]].reset_index(drop=True)
    mission = pd.Index(missions["mission_id"]).get_indexer(steps["mission_id"])
    n = len(steps)

    def taken(share: float | np.ndarray, between: float = 0.0) -> np.ndarray:
        effect = rng.normal(0, between, len(missions))[mission]
        return rng.random(n) < expit(logit(share) + effect)

    between = truth.imvo_between_missions_sd
    steps["self_scan"] = taken(truth.self_scan_share, between)
    steps["signal"] = steps["self_scan"] & taken(np.where(extra, truth.signal_share_extra, truth.signal_share), between)
    steps["talk"] = steps["signal"] & taken(np.where(extra, truth.talk_share_extra, truth.talk_share), between)
    with_whom = np.where(taken(0.7), "rvo", "ministry")
    steps["talk_with"] = pd.Series(with_whom, dtype="str").where(steps["talk"])
    steps["agreement"] = steps["talk"] & taken(truth.agreement_share)
    steps["followed_up"] = steps["agreement"] & taken(truth.followed_up_share)
    steps["excluded"] = False
    return steps
