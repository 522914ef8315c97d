"""How often each kind of interval that a page prints holds the truth: a table for the pages on methods.

.venv/bin/python tests/benchmarks/coverage_kinds.py --write (200 worlds per row: two minutes on two cores)

Worlds are those of light.py, each row with worlds of its own; unrounded intervals, of which print shows a little more. The truth
is what all participants would have answered, or what was planted for missions of this kind; the links between answers that a
world of its kind has are taken from one very large one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache

import light
import numpy as np
import pandas as pd
from light import KNOWN, NAMED, PARTS, VALUE, YEAR, Light, Planted
from published import PROCESSES, as_csv, command, dutch

from missions.declared.labels import read_labels
from missions.estimates import drivers, fall, imvo, mix, nonresponse, ordinal, shares, survey, trend, valuation, weights
from missions.paths import ROOT

WORLDS = 200
TABLE = ROOT / "book" / "method" / "coverage_kinds.csv"
HEADINGS = ("Soort interval", "Waarvan", "Wereld", "Werelden", "Raak (%)", "Fout door toeval (%)", "Breedte", "Afwijking")
PLAIN, SHOCK, FEW, ALIKE = "gewoon", "jaren verschillen (0,1)", "zes missies", "niemand verschilt"
SIZE = "cijfer en respons hangen af van grootte"
FIVE, TEN = (1, 5), (1, 10)
GOOD = (7, 8, 9, 10)
Measured = Iterator[tuple[float, float, float, float]]  # value, low, high, truth


@dataclass(frozen=True)
class Kind:
    """kind: as estimates name it; of: what was estimated, in words; measured: the intervals of a world; planted; years of it."""

    kind: str
    of: str
    measured: Callable[[Light], Measured]
    world: str = PLAIN
    planted: Planted = field(default_factory=Planted)
    years: int = 7


def _told(table: pd.DataFrame, truth: float) -> Measured:
    for row in table.dropna(subset=["value", "low"]).to_dict("records"):
        yield row["value"], row["low"], row["high"], truth


def _of_year(one: Light, column: str) -> pd.Series:
    return one.everybody.loc[one.everybody["year"] == YEAR, column]


def year_mean(one: Light) -> Measured:
    table = survey.year_means(one.answers, one.register, VALUE, FIVE)
    return _told(table[table["year"] == YEAR], _of_year(one, VALUE).mean())


def mission_means(one: Light) -> Measured:
    truth = one.everybody.groupby("mission_id")[VALUE].mean()
    for row in survey.mission_means(one.answers, one.register, VALUE, FIVE).to_dict("records"):
        yield row["value"], row["low"], row["high"], truth[row["mission_id"]]


def differences(one: Light) -> Measured:
    for row in survey.differences_of_year(one.answers, one.register, NAMED[:1], PARTS[:1], FIVE, YEAR).to_dict("records"):
        yield row["value"], row["low"], row["high"], (_of_year(one, NAMED[0]) - _of_year(one, PARTS[0])).mean()


def mission_shares(one: Light) -> Measured:
    truth = one.everybody["grade"].isin(GOOD).groupby(one.everybody["mission_id"]).mean()
    for row in shares.mission_shares(one.answers, one.register, "grade", GOOD).to_dict("records"):
        yield row["value"], row["low"], row["high"], 100 * truth[row["mission_id"]]


def year_share(one: Light) -> Measured:
    table = shares.year_shares(one.answers, one.register, {"good": ("grade", GOOD)}, YEAR)
    return _told(table, 100 * _of_year(one, "grade").isin(GOOD).mean())


def domain(one: Light) -> Measured:
    table = shares.domain_share(one.answers, one.register, "grade", GOOD, one.answers[KNOWN] <= 2, YEAR)
    return _told(table, 100 * _of_year(one, "grade")[_of_year(one, KNOWN) <= 2].isin(GOOD).mean())


def weighted(one: Light) -> Measured:
    table = weights.weighted_year_mean(one.answers, one.participations, one.register, "grade", TEN, YEAR)
    return _told(table, _of_year(one, "grade").mean())


def plain_grade(one: Light) -> Measured:
    return _told(survey.year_means(one.answers, one.register, "grade", TEN), _of_year(one, "grade").mean())


def weighted_share(one: Light) -> Measured:
    between = {"good": (7, 10)}
    table = weights.weighted_year_shares(one.answers, one.participations, one.register, "grade", between, YEAR)
    return _told(table, 100 * _of_year(one, "grade").ge(7).mean())


def waves(one: Light) -> Measured:
    turn = np.where(np.arange(len(one.answers)) % 3 == 2, nonresponse.LATE, nonresponse.EARLY)
    table = nonresponse.by_wave(one.answers.assign(wave=turn), one.register, VALUE, FIVE, YEAR)
    return _told(table[table["wave"] == nonresponse.DIFFERENCE], 0.0)


def worst_case(one: Light) -> Measured:
    table = nonresponse.worst_case(one.answers, one.register, VALUE, FIVE)
    return _told(table[table["year"] == YEAR], _of_year(one, VALUE).mean())


def _means(one: Light) -> pd.DataFrame:
    return survey.mission_means(one.answers, one.register, VALUE, FIVE)


def slope(one: Light) -> Measured:
    return _told(trend.yearly_change(_means(one)), 0.0)


def slope_of_years(one: Light) -> Measured:
    table = fall.slopes(_means(one))
    return _told(table[table["name"] == fall.OVER_YEARS], 0.0)


def within_groups(one: Light) -> Measured:
    table = mix.with_group(_means(one), one.register, ["destination_group"])
    return _told(mix.yearly_change_within(table, "group"), 0.0)


def knapp_hartung(one: Light) -> Measured:
    return _told(trend.knapp_hartung(trend.means_with_variance(one.answers, one.register, VALUE)), 0.0)


def against_before(one: Light) -> Measured:
    return _told(fall.against_before(_means(one), YEAR).head(1), 0.0)


def shared(one: Light) -> Measured:
    paired = fall.paired_means(one.answers, one.register, VALUE, KNOWN)
    return _told(fall.shared_slope(paired, resamples=500), 0.0)


def regimes(one: Light) -> Measured:
    """The missions of the last year, of which the first five get another name."""
    register = one.register[one.register["start_on"].dt.year == YEAR].reset_index(drop=True)
    register["imvo_regime"] = np.where(register.index < 5, "extra_attention", "standard")
    people = one.everybody[one.everybody["year"] == YEAR]
    steps = pd.DataFrame({"mission_id": people["mission_id"], "self_scan": True, "signal": people[VALUE] <= 2})
    steps = steps.assign(talk=False, agreement=False, excluded=False)
    table = imvo.compare(steps, register, draws=499)
    return _told(table[table["step"] == "signal"], 0.0)


def importance(one: Light) -> Measured:
    """Three drivers that are alike but for chance: a third each."""
    return _told(drivers.importance(one.answers, one.register, VALUE, list(NAMED), resamples=300).head(1), 100 / 3)


def _link(one: Light) -> float:
    return valuation.goes_with(one.answers, one.register, VALUE, KNOWN)["value"].iloc[0]


def _share_high(one: Light) -> pd.DataFrame:
    return ordinal.share_high_by(one.answers, one.register, VALUE, {KNOWN: FIVE}, 4).query("answer == 'high_answers'")


@cache
def in_a_large_world(what: Callable[[Light], float | pd.DataFrame]) -> float:
    """A figure of a world in which thirty times as many missions went, all of whom answered."""
    worlds = [light.made("large", number, Planted(answer_share=1.0)) for number in range(30)]
    answers = [one.answers.assign(mission_id=f"{at}-" + one.answers["mission_id"]) for at, one in enumerate(worlds)]
    register = [one.register.assign(mission_id=f"{at}-" + one.register["mission_id"]) for at, one in enumerate(worlds)]
    found = what(
        replace(worlds[0], answers=pd.concat(answers, ignore_index=True), register=pd.concat(register, ignore_index=True))
    )
    return float(found if not isinstance(found, pd.DataFrame) else found["value"].iloc[0])


def link(one: Light) -> Measured:
    return _told(valuation.goes_with(one.answers, one.register, VALUE, KNOWN), in_a_large_world(_link))


def share_high(one: Light) -> Measured:
    return _told(_share_high(one), in_a_large_world(_share_high))


def between(one: Light) -> Measured:
    """Missions of a year share nothing and people no halo: planted is no link."""
    return _told(drivers.within_between(one.answers, one.register, VALUE, KNOWN).tail(1), 0.0)


_SHOCKED, _NO_HALO = Planted(shock=0.1), Planted(halo=0.0)
_BY_SIZE = Planted(by_size=0.12)
_SAME = Planted(between=0.0, within=0.1, halo=0.0, levels=(3.0,) * 7, grade_shares=(0.0, 1.0))
KINDS = (
    Kind("t_finite_population", "gemiddelde van een missie", mission_means, years=1),
    Kind("t_finite_population", "gemiddelde van een jaar", year_mean, years=1),
    Kind("t_finite_population", "gemiddelde van een jaar", year_mean, ALIKE, _SAME, 1),
    Kind("t_finite_population", "verschil tussen twee vragen", differences, years=1),
    Kind("hypergeometric", "aandeel van een missie", mission_shares, years=1),
    Kind("hypergeometric_effective_n", "aandeel van een jaar", year_share, years=1),
    Kind("hypergeometric_effective_n", "aandeel van een jaar", year_share, ALIKE, _SAME, 1),
    Kind("ratio_effective_n", "aandeel binnen een deel van de deelnemers", domain, years=1),
    Kind("t_raked", "gewogen gemiddelde van een jaar", weighted, years=1),
    Kind("t_raked", "gewogen aandeel van een jaar", weighted_share, years=1),
    Kind("t_raked", "gewogen gemiddelde van een jaar", weighted, SIZE, _BY_SIZE, 1),
    Kind("t_finite_population", "ongewogen gemiddelde van een jaar", plain_grade, SIZE, _BY_SIZE, 1),
    Kind("t_two_waves", "verschil tussen twee rondes", waves, years=1),
    Kind("worst_case", "grenzen zonder aanname", worst_case, years=1),
    Kind("t_between_missions", "verandering per jaar, over missies", slope),
    Kind("t_between_missions", "verandering per jaar, over missies", slope, SHOCK, _SHOCKED),
    Kind("t_between_missions", "verandering per jaar, binnen landengroepen", within_groups),
    Kind("t_between_years", "verandering per jaar, over jaargemiddelden", slope_of_years),
    Kind("t_between_years", "verandering per jaar, over jaargemiddelden", slope_of_years, SHOCK, _SHOCKED),
    Kind("knapp_hartung", "verandering per jaar, naar antwoorden", knapp_hartung),
    Kind("welch_between_missions", "verslagjaar min eerdere jaren", against_before),
    Kind("bootstrap_within_years", "deel van een daling dat samengaat met een andere", shared),
    Kind("welch_of_missions", "verschil tussen regimes", regimes, years=1),
    Kind("percentile_bootstrap_of_missions", "belang van een onderdeel", importance),
    Kind("percentile_bootstrap_of_missions", "belang van een onderdeel", importance, FEW, years=1),
    Kind("t_clustered_by_mission", "samenhang binnen missies", link),
    Kind("t_clustered_by_mission", "samenhang tussen missies, bij gelijk jaar", between, planted=_NO_HALO),
    Kind("t_clustered_by_mission", "aandeel met een hoge waardering, naar een antwoord", share_high),
)


def printed_kinds() -> set[str]:
    """The kinds of interval for which a page has words."""
    return {name.removeprefix("interval_") for name in read_labels() if name.startswith("interval_")}


def measured(task: tuple[int, int]) -> dict[str, float]:
    """n, held, width and error (sums) of one world of a row."""
    number, world = task
    kind = KINDS[number]
    one = light.made(f"{kind.of} {kind.world}", world, kind.planted, kind.years)
    if kind.world == FEW:
        few = one.register.head(6)
        one = replace(one, register=few, answers=one.answers[one.answers["mission_id"].isin(few["mission_id"])])
    found = np.array(list(kind.measured(one))).reshape(-1, 4)
    value, low, high, truth = found.T
    # 1e-9: an end of the possible that is the truth itself differs from it by rounding error.
    held = (low - 1e-9 <= truth) & (truth <= high + 1e-9)
    return {"n": len(found), "held": held.sum(), "width": (high - low).sum(), "error": (value - truth).sum()}


def run(worlds_n: int, numbers: range | None = None) -> pd.DataFrame:
    """Per row: worlds, held_pct, its standard error over worlds, width and error (means)."""
    chosen = list(range(len(KINDS)) if numbers is None else numbers)
    tasks = [(number, world) for number in chosen for world in range(worlds_n)]
    with ProcessPoolExecutor(2, mp_context=PROCESSES) as pool:
        found = pd.DataFrame(list(pool.map(measured, tasks, chunksize=25))).assign(row=[number for number, _ in tasks])
    rows = []
    for number, of in found.groupby("row"):
        share = of["held"].sum() / of["n"].sum()
        # Intervals of one world share their answers: worlds are the independent units.
        error = np.sqrt(((of["held"] - share * of["n"]) ** 2).sum()) / of["n"].sum()
        row = {"row": number, "worlds": int((of["n"] > 0).sum()), "held_pct": 100 * share, "error_pct": 100 * error}
        rows.append(row | {"width": of["width"].sum() / of["n"].sum(), "error": of["error"].sum() / of["n"].sum()})
    return pd.DataFrame(rows)


def written(table: pd.DataFrame) -> str:
    rows = [HEADINGS]
    for row in table.to_dict("records"):
        kind = KINDS[row["row"]]
        figures = [dutch(row["held_pct"]), dutch(row["error_pct"]), dutch(row["width"], 2), dutch(row["error"], 2)]
        rows.append([read_labels()[f"interval_{kind.kind}"], kind.of, kind.world, row["worlds"], *figures])
    return as_csv(rows)


if __name__ == "__main__":
    command(__doc__, TABLE, "--worlds", WORLDS, lambda worlds: written(run(worlds)))
