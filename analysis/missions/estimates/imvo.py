"""The IMVO chain: how many participating companies reached each step. A census, so no sampling interval."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from . import RESULT, multiple
from .trend import outwards

STEPS = ("participations", "self_scan", "signal", "talk", "agreement", "excluded")
TOTAL = "total"
# step -> the step that it needs; agreement and exclusion both come out of a talk.
NEEDS = {"self_scan": "participations", "signal": "self_scan", "talk": "signal", "agreement": "talk", "excluded": "talk"}
INTERVAL_KIND = "newcombe"


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
    chain_table: pd.DataFrame,
    first: str = "extra_attention",
    second: str = "standard",
    confidence: float = 0.95,
    step_size: float = 0.1,
) -> pd.DataFrame:
    """Do two regimes differ in how many go on from one step to the next? First minus second, per step.

    chain_table: as `chain` returns it; a step with an empty count is left out.
    Returns step, of and RESULT: value in percentage points, low, high (rounded outwards to `step_size`), n (reached the step) and
    population_n (reached `of`) of both regimes together; beside them first_n, first_of_n, second_n, second_of_n, p_value
    and stands_out: "yes" where that p-value, adjusted for all steps together (Benjamini-Hochberg), is below 1 - confidence; an
    exploration, because no step was named beforehand.

    Formula: Fisher's exact test, two-sided; interval for the difference from the score intervals of both rates (Newcombe's method
    10). Where Fisher does not reject, the interval is stretched to zero: text and test must not contradict each other.
    The counts are complete, so this asks how easily chance alone would deal them out so unevenly; it does not say that firms
    differ. Talks are held where the risk is higher: more of them in a regime is policy. Not valid for the total against a part.
    Empty where nobody reached `of` in one of the regimes, or nobody the step in either.
    Source: Fisher (1935); Newcombe, Statistics in Medicine 17 (1998), 873-890.
    """
    reached = chain_table.set_index(["regime", "step"])["n"]
    rows = []
    for step, of in NEEDS.items():
        counts = [reached.get((regime, name), 0) for regime in (first, second) for name in (step, of)]
        if pd.isna(counts).any():
            continue
        counts = [int(count) for count in counts]
        first_n, first_of_n, second_n, second_of_n = counts
        row = dict(zip(("first_n", "first_of_n", "second_n", "second_of_n"), counts, strict=True))
        row |= {"step": step, "of": of, "n": first_n + second_n, "population_n": first_of_n + second_of_n}
        if min(first_of_n, second_of_n) > 0 and first_n + second_n > 0:
            p = stats.fisher_exact([[first_n, first_of_n - first_n], [second_n, second_of_n - second_n]]).pvalue
            value, low, high = _newcombe(*counts, confidence)
            if p >= 1 - confidence:
                low, high = min(low, 0.0), max(high, 0.0)
            low, high = np.clip(outwards(100 * low, 100 * high, step_size), -100, 100)
            row |= {"value": 100 * value, "low": low, "high": high, "p_value": float(p)}
        rows.append(row)
    result = [*RESULT, "first_n", "first_of_n", "second_n", "second_of_n", "p_value", "stands_out"]
    table = pd.DataFrame(rows, columns=["step", "of", *result]).assign(interval_kind=INTERVAL_KIND, interval_level=confidence)
    adjusted = pd.Series(multiple.benjamini_hochberg(table["p_value"].astype(float)), index=table.index)
    table["stands_out"] = adjusted.lt(1 - confidence).map({True: "yes", False: "no"})
    return table.reindex(columns=["step", "of", *result]).astype({name: float for name in ("value", "low", "high", "p_value")})


def _newcombe(n1: int, of1: int, n2: int, of2: int, confidence: float) -> tuple[float, float, float]:
    """Difference of two rates (-1 to 1), low and high."""
    z = stats.norm.ppf((1 + confidence) / 2)
    p1, p2 = n1 / of1, n2 / of2
    bounds = []
    for p, of in ((p1, of1), (p2, of2)):
        half = z * np.sqrt(p * (1 - p) / of + z**2 / (4 * of**2))
        bounds += [(p + z**2 / (2 * of) - half) / (1 + z**2 / of), (p + z**2 / (2 * of) + half) / (1 + z**2 / of)]
    low1, high1, low2, high2 = bounds
    below, above = np.hypot(p1 - low1, high2 - p2), np.hypot(high1 - p1, p2 - low2)
    return p1 - p2, float(p1 - p2 - below), float(p1 - p2 + above)


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
