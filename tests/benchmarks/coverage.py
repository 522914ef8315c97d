"""How often intervals hold the truth, in synthetic worlds in which it is known: a table for the pages on methods.

.venv/bin/python tests/benchmarks/coverage.py --seeds 200 --write (half an hour)

The truth is what all invited participants would have answered, the silent included. Rounding outwards helps an interval, so it is
kept out of the first percentage and stands in the second one. Where nobody differs (scenario same_grade) or nobody answers there
is nothing to measure; scenarios about trade leave the answers as they are in base.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from unittest import mock

import numpy as np
import pandas as pd
from published import PROCESSES, as_csv, command, dutch

from missions import sample
from missions.estimates import nonresponse, shares, survey, trend, weights
from missions.estimates.register import led_by_minister
from missions.paths import ROOT
from missions.sample import answers as forms
from missions.sample import generator

YEAR, SEEDS, FINE = 2025, 200, 1e-4
TABLE = ROOT / "book" / "method" / "coverage.csv"
GRADE, FIVE_POINTS = (1, 10), (1, 5)
GOAL, LEADS, MINISTER = "goal_reached", "serious_leads_n", "minister_added_value"
# Worlds in which the silent are like those who answer, and one in which they would have graded lower.
ALIKE, LOWER = ("base", "null", "mix_shift", "tiny_mission"), ("silent_lower",)
_LOWER_POINTS = f"{-sample.SCENARIOS['silent_lower'].grade_of_silent:.1f}".replace(".", ",")
DATA = {ALIKE: "hetzelfde", LOWER: f"{_LOWER_POINTS} punt lager"}

# kind of interval -> its words for a reader, and the step to which it is rounded in print
KINDS = {
    "mission_mean": ("Gemiddeld cijfer van een missie (punten)", 0.1),
    "year_mean": ("Gemiddeld cijfer van een jaar, naar deelnemers (punten)", 0.1),
    "year_mean_missions": ("Gemiddeld cijfer van een jaar, elke missie één keer (punten)", 0.1),
    "year_mean_weighted": ("Gemiddeld cijfer van een jaar, gewogen naar missie en grootteklasse (punten)", 0.1),
    "mission_share": ("Aandeel dat het doel bereikte, per missie (procent)", 1),
    "year_share": ("Aandeel dat het doel bereikte, per jaar (procent)", 1),
    "year_total": ("Aantal serieuze kansen van alle deelnemers, per jaar (aantal)", 1),
    "late_minus_early": ("Cijfer na een herinnering min cijfer in de eerste ronde, per jaar (punten)", 0.01),
    "trend_grade": ("Verandering van het cijfer per jaar, over missies (punten)", 0.01),
    "trend_minister": ("Verandering van de meerwaarde van de bewindspersoon per jaar, over missies (punten)", 0.01),
}
NOMINAL = ("trend_grade", "trend_minister")  # one t interval; all others are the wider of two, or exact, and may hold more
TOUCHED = ("mission_mean", "year_mean", "year_mean_missions", "year_mean_weighted", "mission_share", "year_share")
HEADINGS = ("Interval", "Wie zwijgt, oordeelt", "Aantal", "Raak (%)", "Afgerond (%)", "Breedte", "Afwijking")


@dataclass(frozen=True)
class World:
    """answers, register, participations: as they come from the store; everybody: the form of each participant, silent or not."""

    answers: pd.DataFrame
    register: pd.DataFrame
    participations: pd.DataFrame
    everybody: pd.DataFrame
    planted: dict[str, float]


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """Answers as the store has them: numbers are numbers, and what is no answer is empty."""
    numeric = {name: pd.to_numeric(table[name], errors="coerce") for name in ("grade", LEADS, MINISTER)}
    texts = {name: table[name].where(~table[name].isin(["n.v.t.", "weet niet", ""])) for name in (GOAL, "size_class")}
    return table.assign(**numeric, **texts)


def world(seed: int, scenario: str) -> World:
    """One synthetic world. The generator keeps the answers of the silent to itself: they are caught on their way."""
    caught = {}

    def answers_of_everybody(*arguments):
        caught["forms"], grade = forms.answers_of_everybody(*arguments)
        return caught["forms"].copy(), grade

    def sample_survey(*arguments):
        answers, caught["everybody"] = survey_of_sample(*arguments)
        return answers, caught["everybody"]

    survey_of_sample = generator.survey
    with (
        mock.patch("missions.sample.survey.answers_of_everybody", answers_of_everybody),
        mock.patch("missions.sample.generator.survey", sample_survey),
    ):
        made = sample.generate(seed, YEAR, scenario)
    register = made.tables["mission_register"]
    register = register.assign(start_on=pd.to_datetime(register["start_on"]), invited_n=pd.to_numeric(register["invited_n"]))
    # TRAP: a grade that somebody would have left open still is that person's grade, so it is the one without gaps.
    known = caught["everybody"].reset_index(drop=True)
    everybody = known.join(_typed(caught["forms"]).reset_index(drop=True)[[GOAL, LEADS]])
    return World(_typed(made.tables["survey_answers"]), register, made.tables["participations"], everybody, made.truth["planted"])


def _measured(kind: str, table: pd.DataFrame, truth: np.ndarray | pd.Series | float) -> dict:
    """How many intervals hold the truth; table: value, low, high."""
    step = KINDS[kind][1]
    table = table.assign(truth=np.asarray(truth, dtype=float)).dropna(subset=["value", "low", "truth"])
    value, low, high, true = (table[name].to_numpy(float) for name in ("value", "low", "high", "truth"))
    printed_low, printed_high = np.floor(low / step + 1e-9) * step, np.ceil(high / step - 1e-9) * step
    return {
        "kind": kind,
        "n": len(table),
        "held": int(((low <= true + 1e-9) & (true - 1e-9 <= high)).sum()),
        "held_in_print": int(((printed_low <= true + 1e-9) & (true - 1e-9 <= printed_high)).sum()),
        "width": float((high - low).sum()),
        "error": float((value - true).sum()),
    }


def _of_missions(one: World) -> Iterator[dict]:
    invited = one.everybody[one.everybody["is_invited"]]
    means = survey.mission_means(one.answers, one.register, "grade", GRADE)
    yield _measured("mission_mean", means, means["mission_id"].map(invited.groupby("mission_id")["grade"].mean()))
    with_goal = invited.dropna(subset=[GOAL])
    reached = 100 * with_goal[GOAL].eq("yes").groupby(with_goal["mission_id"]).mean()
    table = shares.mission_shares(one.answers, one.register, GOAL, ("yes",))
    yield _measured("mission_share", table, table["mission_id"].map(reached))
    led = led_by_minister(one.register)
    change = trend.yearly_change(means)
    yield _measured("trend_grade", change, one.planted["grade_per_year_within_group"] + one.planted["grade_per_year_from_mix"])
    change = trend.yearly_change(survey.mission_means(one.answers, led, MINISTER, FIVE_POINTS))
    yield _measured("trend_minister", change, one.planted["minister_added_value_per_year"])


def _of_year(one: World, year: int) -> Iterator[dict]:
    register = one.register[one.register["start_on"].dt.year == year]
    answers = one.answers[one.answers["mission_id"].isin(register["mission_id"])]
    everybody = one.everybody[one.everybody["year"] == year]

    def heard(question: str) -> pd.DataFrame:
        """Everybody on the missions with an answer to the question: the population that estimates speak of."""
        return everybody[everybody["mission_id"].isin(answers.loc[answers[question].notna(), "mission_id"])]

    all_grades = heard("grade")
    invited = all_grades[all_grades["is_invited"]]
    yield _measured("year_mean", survey.year_means(answers, register, "grade", GRADE), invited["grade"].mean())
    ways = nonresponse.two_ways(answers, register, "grade", GRADE, year)
    per_mission = invited.groupby("mission_id")["grade"].mean()
    yield _measured("year_mean_missions", ways[ways["counts_once"] == "missions"], per_mission.mean())
    table = weights.weighted_year_mean(answers, one.participations, register, "grade", GRADE, year)
    yield _measured("year_mean_weighted", table, all_grades["grade"].mean())
    waves = nonresponse.by_wave(answers, register, "grade", GRADE, year)
    yield _measured("late_minus_early", waves[waves["wave"] == nonresponse.DIFFERENCE], 0.0)
    with_goal = heard(GOAL).dropna(subset=[GOAL])
    with_goal = with_goal[with_goal["is_invited"]]
    table = shares.year_shares(answers, register, {GOAL: (GOAL, ("yes",))}, year)
    yield _measured("year_share", table, 100 * with_goal[GOAL].eq("yes").mean())
    leads = heard(LEADS)
    leads = leads[leads["is_invited"]]
    # Who would have left the question open counts with the mean of the mission, as in the estimate.
    total = leads[LEADS].fillna(leads.groupby("mission_id")[LEADS].transform("mean")).sum()
    yield _measured("year_total", shares.year_totals(answers, register, LEADS, year), total)


def measure(seed_and_scenario: tuple[int, str]) -> pd.DataFrame:
    """kind, n, held, held_in_print, width and error (sums), seed and scenario of one world."""
    seed, scenario = seed_and_scenario
    one = world(seed, scenario)
    rows = list(_of_missions(one))
    for year in sorted(one.everybody["year"].unique()):
        rows += _of_year(one, int(year))
    return pd.DataFrame(rows).groupby("kind", as_index=False).sum().assign(seed=seed, scenario=scenario)


def run(seeds: Iterable[int], scenarios: Iterable[str]) -> pd.DataFrame:
    """`measure` of every seed in every scenario, in that order."""
    with ProcessPoolExecutor(2, mp_context=PROCESSES) as pool:
        return pd.concat(pool.map(measure, product(seeds, scenarios), chunksize=4), ignore_index=True)


def coverage(measured: pd.DataFrame) -> pd.DataFrame:
    """Per kind: n, held_pct, held_in_print_pct, width, error (means), and error_of_95_pct.

    The last is the standard error of held_pct when 95% is right. Intervals of one seed are one cluster, because the same answers
    are in all of them: the squares of held - 95% of n, added up per seed.
    """
    by_seed = measured.groupby(["kind", "seed"])[["n", "held"]].sum()
    squares = ((by_seed["held"] - 0.95 * by_seed["n"]) ** 2).groupby("kind").sum()
    table = measured.groupby("kind")[["n", "held", "held_in_print", "width", "error"]].sum()
    return pd.DataFrame(
        {
            "n": table["n"],
            "held_pct": 100 * table["held"] / table["n"],
            "held_in_print_pct": 100 * table["held_in_print"] / table["n"],
            "width": table["width"] / table["n"],
            "error": table["error"] / table["n"],
            "error_of_95_pct": 100 * np.sqrt(squares) / table["n"],
        }
    ).loc[[kind for kind in KINDS if kind in table.index]]


def written(measured: pd.DataFrame) -> str:
    rows = [HEADINGS]
    for scenarios, silent in DATA.items():
        for kind, row in coverage(measured[measured["scenario"].isin(scenarios)]).iterrows():
            if scenarios == LOWER and kind not in TOUCHED:
                continue
            decimals = 2 if KINDS[kind][1] < 1 else 1
            figures = [dutch(row["held_pct"]), dutch(row["held_in_print_pct"])]
            figures += [dutch(row[name], decimals) for name in ("width", "error")]
            rows.append([KINDS[kind][0], silent, int(row["n"]), *figures])
    return as_csv(rows)


if __name__ == "__main__":
    command(__doc__, TABLE, "--seeds", SEEDS, lambda seeds: written(run(range(1, seeds + 1), [*ALIKE, *LOWER])))
