"""The IMVO chain: how many participating companies reached each step. A census, so no sampling interval."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.random import PCG64, Generator
from scipy import stats

from . import RESULT, multiple

STEPS = ("participations", "self_scan", "signal", "talk", "agreement", "excluded")
TOTAL = "total"
STANDARD = "standard"
# step -> the step that it needs; agreement and exclusion both come out of a talk.
NEEDS = {"self_scan": "participations", "signal": "self_scan", "talk": "signal", "agreement": "talk", "excluded": "talk"}
INTERVAL_KIND = "welch_of_missions"
FEWEST_MISSIONS = 4  # in each regime: of 2 and 11 missions even the most extreme division has a p-value of 0.013
_ALL_DIVISIONS = 20_000


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


def regimes(chain_table: pd.DataFrame) -> list[str]:
    """The regimes that missions had, the standard one first, and the total; chain_table: as `chain` returns it."""
    found = list(dict.fromkeys(chain_table["regime"]))
    return sorted(found, key=lambda regime: (regime == TOTAL, regime != STANDARD, regime))


def rates(chain_table: pd.DataFrame) -> pd.DataFrame:
    """How many of those at the step before, and of all participations, went on to a step: "n of N".

    chain_table: as `chain` returns it; where a count is empty, so is what rests on it.
    Returns regime, step, of (the step that it is a share of), value in percent, n (reached step), population_n (reached of);
    low and high empty: a full count. Of all participations only where that is not the step before.
    Zero is a count, not a rate: "0 of N" has no value, because 0% would promise that it does not happen.
    """
    rows = []
    for regime, part in chain_table.groupby("regime", sort=False):
        reached = part.set_index("step")["n"].astype("Int64")
        for step, before in NEEDS.items():
            for of in dict.fromkeys((before, "participations")):
                rows.append({"regime": regime, "step": step, "of": of, "n": reached[step], "population_n": reached[of]})
    table = pd.DataFrame(rows, columns=["regime", "step", "of", "n", "population_n"])
    table = table.astype({"n": "Int64", "population_n": "Int64"})
    share = 100 * table["n"].astype(float) / table["population_n"].astype(float).where(table["population_n"] > 0)
    table = table.assign(value=share.where(table["n"] > 0), low=np.nan, high=np.nan)
    return table[["regime", "step", "of", "value", "low", "high", "n", "population_n"]]


def compare(
    steps: pd.DataFrame,
    register: pd.DataFrame,
    first: str = "extra_attention",
    second: str = "standard",
    confidence: float = 0.95,
    power: float = 0.8,
    draws: int = 9999,
    seed: int = 1,
) -> pd.DataFrame:
    """Do missions of two regimes differ in how many go on from one step to the next? First minus second, per step.

    steps, register: as `chain`. Returns step, of and RESULT: value, low, high in percentage points, n (reached the step) and
    population_n (reached `of`) of both regimes together; beside them first_missions_n, second_missions_n (with anybody at `of`),
    detectable (percentage points: the smallest true difference that would be seen with the given power), p_value and stands_out:
    "yes" where that p-value, adjusted for all steps together (Benjamini-Hochberg), is below 1 - confidence, "no" where it is not,
    and "too_few_missions" without a test: with fewer than FEWEST_MISSIONS in a regime no p-value could be small, and there is no
    interval either. An exploration, because no step was named beforehand.

    Formula: difference of sum reached / sum of. The regime is given to missions, so the p-value counts in how many divisions of
    the missions over the regimes the difference is at least as large: all of them, or `draws` at random (seeded) where there are
    more than 20,000. Interval: t with Welch's degrees of freedom; variance of each ratio from the residuals
    reached - rate * of of its missions, or from those of all missions, the wider. Where the test does not reject, the interval is
    stretched to zero: text and test must not contradict each other.
    The counts are complete, so this asks how easily chance alone would deal missions out so unevenly. Missions with extra
    attention were chosen because the risk is higher: more talks there are policy, and no judgement of companies.
    Source: Fisher, The Design of Experiments (1935), section 21; Ernst, Statistical Science 19 (2004), 676-685; Cochran, Sampling
    Techniques (1977), section 6.3 (variance of a ratio); a test per company is wrong in 15 to 45% where missions differ.
    """
    counted = steps.assign(participations=True).groupby("mission_id")[list(STEPS)].sum().reset_index()
    counted = counted.merge(register[["mission_id", "imvo_regime"]], on="mission_id", validate="one_to_one")
    counted = counted[counted["imvo_regime"].isin([first, second])].sort_values("mission_id", ignore_index=True)
    rows = []
    for step, of in NEEDS.items():
        part = counted[counted[of] > 0]
        is_first = (part["imvo_regime"] == first).to_numpy()
        reached, base = part[step].to_numpy(float), part[of].to_numpy(float)
        row = {"step": step, "of": of, "n": int(counted[step].sum()), "population_n": int(counted[of].sum())}
        row |= {"first_missions_n": int(is_first.sum()), "second_missions_n": int((~is_first).sum())}
        if is_first.any() and not is_first.all() and reached.any():
            row["value"] = 100 * float(_differences(reached, base, is_first[None, :])[0])
            if min(row["first_missions_n"], row["second_missions_n"]) >= FEWEST_MISSIONS:
                row |= _tested(reached, base, is_first, confidence, power, draws, seed)
        rows.append(row)
    result = [*RESULT, "first_missions_n", "second_missions_n", "detectable", "p_value"]
    table = pd.DataFrame(rows, columns=["step", "of", *result]).assign(interval_kind=INTERVAL_KIND, interval_level=confidence)
    table = table.astype({name: float for name in ("value", "low", "high", "detectable", "p_value")})
    adjusted = pd.Series(multiple.benjamini_hochberg(table["p_value"]), index=table.index)
    told = adjusted.lt(1 - confidence).map({True: "yes", False: "no"})
    return table.assign(stands_out=told.where(table["p_value"].notna(), "too_few_missions"))


def _differences(reached: np.ndarray, base: np.ndarray, is_first: np.ndarray) -> np.ndarray:
    """Rate of the first regime minus that of the second, for each division of the missions (a row of is_first)."""
    chosen = is_first.astype(float)
    in_first, of_first = chosen @ reached, chosen @ base
    return in_first / of_first - (reached.sum() - in_first) / (base.sum() - of_first)


def divisions(missions_n: int, first_n: int, draws: int, seed: int) -> tuple[np.ndarray, bool]:
    """Ways to give `first_n` of the missions the first regime, a row each, and whether these are all of them."""
    if missions_n <= 20 and math.comb(missions_n, first_n) <= _ALL_DIVISIONS:
        bits = np.arange(2**missions_n, dtype=np.int64)[:, None] >> np.arange(missions_n) & 1
        return bits[bits.sum(axis=1) == first_n].astype(bool), True
    places = Generator(PCG64(seed)).permuted(np.tile(np.arange(missions_n), (draws, 1)), axis=1)
    return places < first_n, False


def _tested(
    reached: np.ndarray, base: np.ndarray, is_first: np.ndarray, confidence: float, power: float, draws: int, seed: int
) -> dict[str, float]:
    """Bounds, detectable difference (percentage points) and p-value of one step."""
    value = float(_differences(reached, base, is_first[None, :])[0])
    dealt, complete = divisions(len(base), int(is_first.sum()), draws, seed)
    # 1e-12: a division that is the same up to rounding error is at least as large.
    as_large = np.abs(_differences(reached, base, dealt)) >= abs(value) - 1e-12
    p = as_large.mean() if complete else (1 + as_large.sum()) / (1 + len(dealt))
    parts, counts = [], []
    for side in (is_first, ~is_first):
        own, everybody = (
            (reached[of] - reached[of].sum() / base[of].sum() * base[of]).var(ddof=1) for of in (side, np.ones_like(side))
        )
        counts.append(int(side.sum()))
        parts.append(max(own, everybody) / counts[-1] / base[side].mean() ** 2)
    parts = np.array(parts)
    row = {"p_value": float(p)}
    if parts.sum() > 0:
        freedom = parts.sum() ** 2 / (parts**2 / (np.array(counts) - 1)).sum()
        error = np.sqrt(parts.sum())
        half = stats.t.ppf((1 + confidence) / 2, freedom) * error
        low, high = max(value - half, -1.0), min(value + half, 1.0)
        if p >= 1 - confidence:
            low, high = min(low, 0.0), max(high, 0.0)
        row |= {"low": 100 * low, "high": 100 * high}
        row["detectable"] = min(100 * float(half + stats.t.ppf(power, freedom) * error), 100.0)
    return row


def consistency(steps: pd.DataFrame, register: pd.DataFrame) -> list[str]:
    """The rules that the records break, each with the number of participations; empty when they are consistent.

    steps: participation_id, mission_id and one true/false column per step. Rules: each step needs the one before (`NEEDS`), also
    agreement and exclusion a talk; a participation stands once; each talk, and each participation, has a mission in the register.
    A message names no participation and no mission, but a small number in it is still one of companies: not for publication.
    """
    reached = steps.assign(participations=True)
    reached[list(NEEDS)] = reached[list(NEEDS)].astype(bool)
    homeless = ~steps["mission_id"].isin(register["mission_id"].dropna())
    broken = {f"{step} without {before}": reached[step] & ~reached[before] for step, before in NEEDS.items()}
    broken["participation more than once"] = steps["participation_id"].duplicated()
    broken["talk without a mission"] = reached["talk"] & homeless
    broken["participation without a mission"] = homeless
    return [f"{rule}: {int(which.sum())}" for rule, which in broken.items() if which.any()]
