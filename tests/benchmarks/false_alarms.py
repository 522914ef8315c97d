"""How often the data carry a judging sentence that is not true, and how often one that is: a table for the page on claims.

.venv/bin/python tests/benchmarks/false_alarms.py --write (300 worlds per row: nine minutes on two cores; --worlds 2000 at night)

For each claim and each part of it there is a world in which that part is null while the others hold strongly: the hardest case
for a sentence of which all parts must hold. Worlds are those of light.py; each row has worlds of its own. Rows with a shock have
years that differ by chance: a fall over a series is then not planted; whether one year is lower than another is judged with the
shock included. The first part of valuation_again_lower follows from the others, so it has no world of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace

import light
import numpy as np
import pandas as pd
from light import KNOWN, NAMED, PARTS, VALUE, YEAR, Light, Planted
from published import PROCESSES, as_csv, command, dutch
from scipy import stats

from missions.declared.claims import declared_claims, declared_wordings
from missions.estimates import effect, fall, role, survey
from missions.estimates.claim_tests import SUPPORTED
from missions.paths import ROOT
from missions.present.words import label
from missions.verdicts import verdict_rows

WORLDS = 300
TABLE = ROOT / "book" / "method" / "false_alarms.csv"
HEADINGS = ("Uitspraak", "Wat er niet is", "Schok per jaar", "Werelden", "Gedragen", "Deel (%)", "Ten hoogste (%)")
LETTER = "de hele brief: een of meer van deze uitspraken"
SHOCKS = (0.0, 0.1, 0.2)
NOMINAL = 0.025  # one-sided, of an interval of 95%

FALLS, LOWER, AGAIN = "valuation_falls_over_series", "valuation_lower_than_before", "valuation_again_lower"
TOGETHER, OFTEN = "valuation_fall_goes_with_unknown_role", "role_often_little_known"
POSITIVE, LOWEST = "effect_mostly_positive", "effect_two_points_lowest"
CLAIMS = (POSITIVE, LOWEST, FALLS, LOWER, AGAIN, TOGETHER, OFTEN)

_FLAT = Planted()
_STEEP, _KNOWN_STEEP = (4.6, 4.4, 4.2, 4.0, 3.8, 3.6, 3.4), (3.9, 3.7, 3.5, 3.3, 3.1, 2.9, 2.7)
_LOW_POINTS = replace(_FLAT, named=(2.6,) * 3, parts=(3.6,) * 3)


@dataclass(frozen=True)
class Row:
    """claim: or LETTER; null: the part that is null (empty: none, the row is power); planted; shocks: of which there is a row."""

    claim: str
    null: str
    planted: Planted
    shocks: tuple[float, ...] = (0.0,)


ROWS = (
    Row(POSITIVE, "share_high", replace(_FLAT, grade_shares=(0.02, 0.5))),
    Row(POSITIVE, "share_low", replace(_FLAT, grade_shares=(0.15, 0.8))),
    *(
        Row(LOWEST, f"differences: {one}", replace(_LOW_POINTS, named=(*((2.6,) * at), 3.6, *((2.6,) * (2 - at)))))
        for at, one in enumerate(NAMED)
    ),
    Row(FALLS, "slope_over_missions, slope_over_years", _FLAT, SHOCKS),
    Row(LOWER, "all_before", _FLAT, SHOCKS),
    Row(AGAIN, "year_against_year_before", replace(_FLAT, levels=(4.2,) * 5 + (3.2, 3.2)), SHOCKS),
    Row(AGAIN, "year_before_against_earlier", replace(_FLAT, levels=(4.2,) * 6 + (3.2,)), SHOCKS),
    Row(TOGETHER, "slope_over_missions, slope_over_years", replace(_FLAT, known=_KNOWN_STEEP, link=0.7), SHOCKS),
    Row(TOGETHER, "other_over_missions, other_over_years", replace(_FLAT, levels=_STEEP, link=0.7), SHOCKS),
    Row(TOGETHER, "slope_shared", replace(_FLAT, levels=_STEEP, known=_KNOWN_STEEP), SHOCKS),
    Row(OFTEN, "share_below_middle", replace(_FLAT, known_shares=(0.5, 0.45))),
    Row(OFTEN, "mean", replace(_FLAT, known_shares=(0.64, 0.04))),
    Row(LETTER, "alles", replace(_FLAT, known_shares=(0.5, 0.25)), SHOCKS),
    # What is there: the chance to see it, at a size of which the page says that it is seen.
    Row(POSITIVE, "", replace(_FLAT, grade_shares=(0.09, 0.73))),
    Row(LOWEST, "", replace(_FLAT, named=(3.0,) * 3, parts=(3.5,) * 3)),
    Row(FALLS, "", replace(_FLAT, levels=tuple(3.9 - 0.1 * at for at in range(7))), (0.0, 0.1)),
    Row(LOWER, "", replace(_FLAT, levels=(4.0,) * 6 + (3.6,))),
    Row(AGAIN, "", replace(_FLAT, levels=(4.3,) * 5 + (3.8, 3.3))),
    Row(TOGETHER, "", replace(_FLAT, levels=_STEEP, known=_KNOWN_STEEP, link=0.8)),
    Row(OFTEN, "", replace(_FLAT, known_shares=(0.62, 0.25))),
)


def rows_of(claim: str, one: Light) -> pd.DataFrame:
    """What the annex judges a claim on, in one world."""
    if claim == POSITIVE:
        return effect.high_and_low(one.answers, one.participations, one.register, "grade", (1, 10), YEAR, 3.0)
    if claim == LOWEST:
        return survey.differences_of_year(one.answers, one.register, NAMED, PARTS, (1, 5), YEAR)
    if claim == OFTEN:
        return role.often_low(one.answers, one.register, KNOWN, (1, 5), YEAR)
    if claim == TOGETHER:
        return fall.falls_together(one.answers, one.register, VALUE, KNOWN, resamples=500)
    means = survey.mission_means(one.answers, one.register, VALUE, (1, 5))
    if claim == FALLS:
        return fall.slopes(means)
    against = fall.against_before(means, YEAR)
    return against[against["name"] == fall.YEAR_BELOW_EARLIER] if claim == LOWER else against


def is_carried(claim: str, one: Light) -> bool:
    return verdict_rows(claim, rows_of(claim, one))["altogether"].iloc[0] == SUPPORTED


def is_true(claim: str, planted: Planted, one: Light) -> bool:
    """Whether a sentence about participants or about single years holds in this world, by chance or by a shock of the year.

    Sentences about the series speak of missions of this kind: what was planted for them decides, and there it is not true.
    """
    if claim in (LOWER, AGAIN):
        levels = np.array(planted.levels) + one.shocks[0]
        weight = np.array(light.PER_YEAR, float)
        before = levels[-1] < np.average(levels[:-1], weights=weight[:-1])
        again = levels[-1] < levels[-2] < np.average(levels[:-2], weights=weight[:-2])
        return bool(before and (claim == LOWER or again))
    people = one.everybody[one.everybody["year"] == YEAR]
    if claim == POSITIVE:
        return bool(people["grade"].ge(7).mean() > 0.5 and people["grade"].le(5).mean() < 0.15)
    if claim == OFTEN:
        return bool(people[KNOWN].lt(3).mean() > 0.5 and people[KNOWN].mean() < 3)
    means = people[[*NAMED, *PARTS]].mean()
    return claim == LOWEST and bool(means[list(NAMED)].max() < means[list(PARTS)].min())


def judged(task: tuple[int, float, int]) -> bool:
    """Whether one world carries the sentence of a row: wrongly, where a part of it is null."""
    number, shock, world = task
    row = ROWS[number]
    planted = replace(row.planted, shock=shock)
    claims = CLAIMS if row.claim == LETTER else (row.claim,)
    # Of one year only where the sentence is about one year: the others would cost the most and be looked at by nobody.
    years = 1 if set(claims) <= {POSITIVE, LOWEST, OFTEN} else len(light.PER_YEAR)
    one = light.made(f"{row.claim} {row.null} {shock}", world, planted, years)
    return any(is_carried(claim, one) and not (row.null and is_true(claim, planted, one)) for claim in claims)


def counted(worlds_n: int, numbers: Iterable[int] | None = None) -> pd.DataFrame:
    """Per row and shock: claim, null, shock, worlds and carried."""
    chosen = range(len(ROWS)) if numbers is None else numbers
    cases = [(number, shock) for number in chosen for shock in ROWS[number].shocks]
    tasks = [(*case, world) for case in cases for world in range(worlds_n)]
    with ProcessPoolExecutor(2, mp_context=PROCESSES) as pool:
        found = np.array(list(pool.map(judged, tasks, chunksize=20))).reshape(len(cases), worlds_n)
    about = [{"claim": ROWS[number].claim, "null": ROWS[number].null, "shock": shock} for number, shock in cases]
    return pd.DataFrame(about).assign(worlds=worlds_n, carried=found.sum(axis=1))


def at_most(carried: int, worlds_n: int) -> float:
    """The largest chance, in percent, that is compatible with so many worlds at 95% (Clopper & Pearson, one-sided)."""
    return 100.0 if carried == worlds_n else 100 * float(stats.beta.ppf(0.95, carried + 1, worlds_n - carried))


def allowed(worlds_n: int, chance: float = NOMINAL) -> float:
    """How many worlds of so many may carry a sentence that is wrong with that chance: two standard errors on top of it."""
    return worlds_n * chance + 2 * (worlds_n * chance * (1 - chance)) ** 0.5


def _words(claim: str, null: str) -> tuple[str, str]:
    if claim == LETTER:
        return LETTER, "niets van alles is er"
    parts = declared_claims()[claim]["parts"]
    named = null.partition(":")[0].split(", ")
    said = " en ".join(parts[name]["says"] for name in named) if null else "alles is er: de kans dat het wordt gezien"
    which = f" ({label(null.partition(': ')[2])})" if ":" in null else ""
    return declared_wordings()[claim][0]["supported"], said + which


def table(measured: pd.DataFrame) -> str:
    rows = [HEADINGS]
    for row in measured.to_dict("records"):
        share, most = 100 * row["carried"] / row["worlds"], at_most(row["carried"], row["worlds"])
        words = [*_words(row["claim"], row["null"]), dutch(row["shock"]), row["worlds"], row["carried"]]
        rows.append([*words, dutch(share), dutch(most) if row["null"] else ""])
    return as_csv(rows)


if __name__ == "__main__":
    command(__doc__, TABLE, "--worlds", WORLDS, lambda worlds: table(counted(worlds)))
