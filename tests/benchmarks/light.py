"""Small worlds with a planted truth, made in milliseconds: what the tables on false alarms and coverage need by the thousand.

The generator of the sample plants the same things with all that real deliveries have; these worlds have missions, people with a
halo, rounded answers and silence, so that thousands of them fit in minutes. Seeds are never shared between scenarios.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

YEAR, FIRST = 2025, 2019
PER_YEAR = (6, 7, 5, 6, 7, 6, 12)  # missions led by a minister
SIZES, SIZE_SHARES = ("micro", "small", "medium", "large"), (0.3, 0.35, 0.2, 0.15)
VALUE, KNOWN = "minister_added_value", "minister_role_known"
NAMED = ("matchmaking_quality", "networking_enough", "networking_effective")
PARTS = ("imvo_information_useful", "organisation", "preparation")


@dataclass(frozen=True)
class Planted:
    """levels: of the value per year, on its scale of 1-5; known: the same of how known the role is.

    link: correlation of both between missions of a year. shock: standard deviation of what strikes a year, on each by itself.
    named, parts: levels of the points that are named and of the others.
    """

    levels: tuple[float, ...] = (3.4,) * len(PER_YEAR)
    known: tuple[float, ...] = (3.0,) * len(PER_YEAR)
    link: float = 0.0
    shock: float = 0.0
    between: float = 0.3
    within: float = 1.0
    halo: float = 0.5
    named: tuple[float, ...] = (3.4,) * len(NAMED)
    parts: tuple[float, ...] = (3.4,) * len(PARTS)
    grade_shares: tuple[float, float] = (0.15, 0.5)  # of 5 and lower, of 7 and higher
    known_shares: tuple[float, float] | None = None  # below the middle, on it; in the last year
    answer_share: float = 0.55
    answer_by_size: float = 0.09  # more of larger companies
    by_size: float = 0.0  # chance of a higher grade, per class of size


@dataclass(frozen=True)
class Light:
    """answers, register, participations: as estimates take them; everybody: the answers of the silent too; shocks: per year."""

    answers: pd.DataFrame
    register: pd.DataFrame
    participations: pd.DataFrame
    everybody: pd.DataFrame
    shocks: np.ndarray = field(default_factory=lambda: np.zeros(len(PER_YEAR)))


def generator(scenario: str, world: int) -> np.random.Generator:
    """The draws of a world of a scenario: another name has other draws."""
    return np.random.Generator(np.random.PCG64([zlib.crc32(scenario.encode()), world]))


def _scored(latent: np.ndarray, scale: tuple[int, int]) -> np.ndarray:
    return np.clip(np.rint(latent), *scale)


def made(scenario: str, world: int, planted: Planted, years: int = len(PER_YEAR)) -> Light:
    """One world; years: how many of the last ones."""
    draw = generator(scenario, world)
    year = np.repeat(np.arange(FIRST, FIRST + len(PER_YEAR)), PER_YEAR)
    kept = year > YEAR - years
    size = draw.integers(18, 75, len(year))
    shocks = planted.shock * draw.normal(0, 1, (2, len(PER_YEAR)))
    of_known, own = draw.normal(0, planted.between, (2, len(year)))
    of_value = planted.link * of_known + np.sqrt(1 - planted.link**2) * own
    at = year - FIRST
    level = np.array(planted.levels)[at] + shocks[0][at] + of_value
    known = np.array(planted.known)[at] + shocks[1][at] + of_known
    mission = np.repeat(np.arange(len(year))[kept], size[kept])
    n = len(mission)
    person, others = draw.normal(0, planted.halo, n), draw.normal(0, planted.between / 2, (len(NAMED + PARTS), len(year)))
    spread = np.sqrt(max(planted.within**2 - planted.halo**2, 0.01))
    everybody = pd.DataFrame({"mission_id": np.char.add("m", mission.astype(str)), "year": year[mission]})
    everybody["size_class"] = draw.choice(SIZES, n, p=SIZE_SHARES)
    everybody[VALUE] = _scored(level[mission] + person + draw.normal(0, spread, n), (1, 5))
    everybody[KNOWN] = _scored(known[mission] + person + draw.normal(0, spread, n), (1, 5))
    if planted.known_shares is not None:
        below, middle = planted.known_shares
        everybody[KNOWN] = draw.choice([2.0, 3.0, 5.0], n, p=[below, middle, 1 - below - middle])
    for place, (name, mean) in enumerate(zip(NAMED + PARTS, planted.named + planted.parts, strict=True)):
        everybody[name] = _scored(mean + others[place][mission] + person + draw.normal(0, spread, n), (1, 5))
    low, high = planted.grade_shares
    rank = everybody["size_class"].map(SIZES.index).to_numpy(float)
    shift = planted.by_size * (rank - rank.mean())
    classes = np.digitize(draw.uniform(size=n) + shift, [low, 1 - high])
    everybody["grade"] = np.array([5.0, 6.0, 8.0])[classes] + np.where(classes == 2, draw.integers(-1, 2, n), 0)
    answered = draw.uniform(size=n) < planted.answer_share + planted.answer_by_size * (rank - rank.mean())
    everybody["has_answered"] = answered
    names = np.char.add("m", np.arange(len(year)).astype(str))
    register = pd.DataFrame(
        {
            "mission_id": names,
            "invited_n": size,
            "companies_n": size,
            "start_on": pd.to_datetime(pd.Series(year).astype(str) + "-03-01"),
            "destination_group": draw.choice(["a", "b", "c"], len(year)),
            "leader_office": draw.choice(["minister", "state_secretary"], len(year)),
        }
    )[kept].reset_index(drop=True)
    went = everybody[["mission_id", "size_class"]].assign(has_cancelled=False)
    answers = everybody[answered].drop(columns=["year", "has_answered"]).reset_index(drop=True)
    return Light(answers, register, went, everybody, shocks)
