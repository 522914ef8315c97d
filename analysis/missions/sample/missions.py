"""The missions: what is known of each before anybody has travelled, and the register as it is kept afterwards."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd

from .truth import COUNTRIES, FIRST_MISSION_YEAR, LOWER_GROUPS, SECTORS, UPPER_GROUPS, Truth


def _groups(rng: np.random.Generator, truth: Truth, n: int, passed: float) -> np.ndarray:
    """Groups of destination of one year. A quota, not a draw: a shift in the mix should not hang on luck."""
    share = truth.lower_group_share_first + (truth.lower_group_share_last - truth.lower_group_share_first) * passed
    lower_n = round(share * n)
    lower, upper = (rng.choice(list(groups), n, p=list(groups.values())) for groups in (LOWER_GROUPS, UPPER_GROUPS))
    return rng.permutation(np.concatenate([lower[:lower_n], upper[lower_n:]]))


def _destinations(rng: np.random.Generator, group: str) -> str:
    known = [country for country, of_group in COUNTRIES.items() if of_group == group]
    return ";".join(rng.permutation(known)[: 2 if rng.random() < 0.15 else 1])


def _sectors(rng: np.random.Generator) -> str:
    return ";".join(sorted(rng.choice(SECTORS, int(rng.choice([1, 2, 3, 4], p=[0.5, 0.25, 0.15, 0.1])), replace=False)))


def _sizes(rng: np.random.Generator, truth: Truth, n: int, is_last: bool) -> tuple[np.ndarray, np.ndarray]:
    """Companies of each mission of a year and whether it is under extra attention.

    The reporting year has small missions, of which little may be told, and large ones, the first under extra attention.
    """
    companies = np.clip(rng.lognormal(3.85, 0.45, n), 27, 165).astype(int)
    is_extra = np.zeros(n, bool)
    order, more = rng.permutation(n), rng.integers(0, 25, n)
    if is_last:
        small = order[: len(truth.small_missions)]
        companies[small] = truth.small_missions
        large = order[::-1][: truth.large_missions_n]
        companies[large] = np.maximum(companies[large], truth.large_mission_companies_min + more[large])
        is_extra[order[::-1][: truth.extra_attention_missions_n]] = True
    return companies, is_extra


def _days(rng: np.random.Generator, year: int, n: int) -> pd.DataFrame:
    # All of a year is over, the survey too, before the deliveries are received on 1 January.
    start = [datetime.date(year, 1, 10) + datetime.timedelta(days=int(day)) for day in np.sort(rng.integers(0, 285, n))]
    end = [day + datetime.timedelta(days=int(more)) for day, more in zip(start, rng.integers(1, 7, n), strict=True)]
    survey = [day + datetime.timedelta(days=int(more)) for day, more in zip(end, rng.integers(21, 57, n), strict=True)]
    days = {"start_on": start, "end_on": end, "survey_on": survey}
    return pd.DataFrame({name: [day.isoformat() for day in column] for name, column in days.items()})


def _leaders(rng: np.random.Generator, truth: Truth, n: int, smallest: int | None) -> pd.DataFrame:
    """Kind and leader of each mission of a year; smallest: the one that goes without a minister before all others, if any."""
    turn = rng.permutation(n)
    if smallest is not None:
        turn[[smallest, turn.argmin()]] = turn[[turn.argmin(), smallest]]
    without = turn < round(truth.without_minister_share * n)
    kind = rng.choice(("own", "alongside_visit", "incoming"), n, p=(0.6, 0.3, 0.1))
    office = rng.choice(("minister", "state_secretary", "prime_minister"), n, p=(0.6, 0.34, 0.06))
    return pd.DataFrame(
        {"mission_type": np.where(without, "without_minister", kind), "leader_office": np.where(without, "none", office)}
    )


def _missions_of_year(rng: np.random.Generator, truth: Truth, year: int, reporting_year: int) -> pd.DataFrame:
    n = int(rng.integers(*truth.missions_in.get(year, truth.missions_per_year)))
    passed = (year - FIRST_MISSION_YEAR) / max(reporting_year - FIRST_MISSION_YEAR, 1)
    groups = _groups(rng, truth, n, passed)
    companies, is_extra = _sizes(rng, truth, n, year == reporting_year)
    smallest = companies.argmin() if truth.is_small_without_minister and year == reporting_year else None
    missions = pd.DataFrame({"year": year, "destination_group": groups})
    missions["countries_iso3"] = [_destinations(rng, group) for group in groups]
    missions = missions.join(_days(rng, year, n)).join(_leaders(rng, truth, n, smallest))
    # A cabinet that has fallen stays in office until the end of the year.
    fallen_on = datetime.date(year, int(rng.integers(3, 12)), 1).isoformat() if rng.random() < 0.4 else "9999"
    missions["is_caretaker_cabinet"] = missions["start_on"] >= fallen_on
    missions["sectors"] = [_sectors(rng) for _ in range(n)]
    missions["sector_scope"] = np.where(missions["sectors"].str.contains(";"), "broad", "narrow")
    missions["companies_n"] = companies
    missions["imvo_regime"] = np.where(is_extra, "extra_attention", "standard")
    # Of some missions an address or two is missing.
    missing = np.where((companies >= 27) & (rng.random(n) < 0.2), rng.integers(1, 3, n), 0)
    missions["invited_n"] = companies - missing
    first = missions["countries_iso3"].str[:3]
    number = missions.groupby(first).cumcount() + 1
    missions.insert(0, "mission_id", [f"{year}-{country}-{nth:02d}" for country, nth in zip(first, number, strict=True)])
    return missions


def planned_missions(rng: np.random.Generator, truth: Truth, reporting_year: int) -> pd.DataFrame:
    """One row per mission, by day of departure, with what does not follow from who went and who answered."""
    years = range(FIRST_MISSION_YEAR, reporting_year + 1)
    return pd.concat([_missions_of_year(rng, truth, year, reporting_year) for year in years], ignore_index=True)


def _some_empty(rng: np.random.Generator, values: np.ndarray, share: float) -> pd.Series:
    empty = rng.random(len(values)) < share
    kind = "Int64" if np.issubdtype(values.dtype, np.integer) else "Float64"
    return pd.Series(values).astype(kind).mask(empty)


def _results(rng: np.random.Generator, companies: np.ndarray) -> pd.DataFrame:
    n = len(companies)
    return pd.DataFrame(
        {
            "women_pct": _some_empty(rng, np.round(rng.normal(31, 6, n).clip(8, 60), 1), 0.08),
            "matchmaking_talks_n": _some_empty(rng, rng.poisson(3.5 * companies), 0.06),
            "contracts_n": _some_empty(rng, rng.poisson(1.8, n), 0.12),
            "mous_n": _some_empty(rng, rng.poisson(1.4, n), 0.12),
            "letters_of_intent_n": _some_empty(rng, rng.poisson(0.8, n), 0.15),
            "estimated_revenue_eur": _some_empty(rng, np.rint(rng.lognormal(15.6, 1.1, n)).astype(np.int64), 0.25),
        }
    )


def mission_register(
    rng: np.random.Generator, missions: pd.DataFrame, participations: pd.DataFrame, answers: pd.DataFrame
) -> pd.DataFrame:
    """The register as it is kept after the survey: planned missions with what followed from who went and who answered."""
    went = participations[~participations["has_cancelled"]]

    def count(rows: pd.DataFrame) -> pd.Series:
        return missions["mission_id"].map(rows.groupby("mission_id").size()).fillna(0).astype(int)

    n = len(missions)
    institutes = rng.integers(1, 9, n)
    organisations = missions["companies_n"] + institutes
    return missions.assign(
        knowledge_institutes_n=institutes,
        organisations_n=organisations,
        persons_n=organisations + (missions["companies_n"] * rng.uniform(0.2, 0.7, n)).astype(int),
        independent_sme_n=count(went[went["is_independent_sme"]]),
        large_n=count(went[went["size_class"] == "large"]),
        responses_n=count(answers),
    ).join(_results(rng, missions["companies_n"].to_numpy()))
