"""What the rows of a table count, and what they would print: how the tables of the annexes become cells.

Each function here returns one that makes the cells of a row, from the row and the missions that it is about (`disclosure.draft`).
A row without cells has nothing to show: it rests on no answer at all. A column that the table does not have is no cell.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from ..declared.units import printed_ends
from .cells import Cell, Population, population
from .draft import Cells

NOT_PER_MISSION = "not per mission"
_MEAN_STEP, _SHARE_STEP = 0.1, 1.0
_MEAN_DECIMALS, _SHARE_DECIMALS = 1, 0
Scale = tuple[int, int]


def _number(row: pd.Series, column: str) -> float | None:
    value = row.get(column)
    return None if value is None or pd.isna(value) else float(value)


def _nearest(row: pd.Series, column: str) -> float | None:
    value = _number(row, column)
    return None if value is None else math.floor(value / _MEAN_STEP + 0.5 + 1e-9) * _MEAN_STEP


def _ends(row: pd.Series, decimals: int) -> dict[str, float | None]:
    """The ends of an interval as they are printed; none in a census."""
    low, high = _number(row, "low"), _number(row, "high")
    printed = None if low is None or high is None else printed_ends(low, high, decimals)
    return dict(zip(("low", "high"), printed or (None, None), strict=True))


def _count(counted: Population, row: pd.Series, column: str) -> list[Cell]:
    value = _number(row, column)
    return [] if value is None else [Cell("count", counted, value=value, column=column)]


def _invited(answers: pd.DataFrame, question: str, missions: Collection[str], row: pd.Series) -> list[Cell]:
    """`population_n`: invited by the missions with an answer; of one mission, or of none with an answer, by all."""
    given = set(answers.loc[answers[question].notna(), "mission_id"])
    heard = [mission for mission in missions if mission in given] if len(missions) > 1 else missions
    return _count(population("invited", heard or missions), row, "population_n")


def _mean(row: pd.Series, of: Population, question: str, weights: str, scale: Scale) -> list[Cell]:
    value, ends = _number(row, "value"), tuple(map(float, scale))
    if value is None:
        return []
    printed = {"value": value, **_ends(row, _MEAN_DECIMALS)}
    return [Cell("mean", of, question=question, weights=weights, **printed, step=_MEAN_STEP, ends_step=_MEAN_STEP, scale=ends)]


def _share(row: pd.Series, part: Population, of: Population, weights: str = "answers") -> list[Cell]:
    printed = {"value": _number(row, "value"), **_ends(row, _SHARE_DECIMALS)}
    return [] if printed["value"] is None else [Cell("share", part, of=of, weights=weights, **printed, step=_SHARE_STEP)]


def counts(unit: str = "companies") -> Cells:
    """`n` counts units of the missions."""
    return lambda row, missions: _count(population(unit, missions), row, "n")


def totals(units: Mapping[str, tuple[str, str]]) -> Cells:
    """Rows by `measure`. units: measure -> its unit, and the column that counts it ("share": `value` is that of companies)."""

    def cells(row: pd.Series, missions: tuple[str, ...]) -> list[Cell]:
        unit, column = units[row["measure"]]
        companies, counted = population("companies", missions), population(unit, missions)
        more = _share(row, counted, companies) if column == "share" else _count(counted, row, column)
        return list(dict.fromkeys([*_count(companies, row, "n"), *more]))

    return cells


def steps(unit: str = "participations") -> Cells:
    """`n` counts participations that reached `step`; `population_n` those at `of`, where the table has that column."""

    def cells(row: pd.Series, missions: tuple[str, ...]) -> list[Cell]:
        found = _count(_reached(unit, row["step"], missions), row, "n")
        return found + (_count(_reached(unit, row["of"], missions), row, "population_n") if "of" in row.index else [])

    return cells


def between_regimes(register: pd.DataFrame, unit: str = "participations") -> Cells:
    """A comparison of IMVO regimes in how many of those at `of` reached `step`: it rests on the counts of each regime."""
    regimes = [set(part["mission_id"]) for _, part in register.groupby("imvo_regime")]
    return lambda row, missions: [
        Cell("rests_on", _reached(unit, step, regime & set(missions))) for regime in regimes for step in (row["step"], row["of"])
    ]


def _reached(unit: str, step: str, missions: Collection[str]) -> Population:
    return population(unit, missions, **({} if step == unit else {step: (True,)}))


def response() -> Cells:
    """`n` counts forms and `population_n` invitations; `value` is the share."""

    def cells(row: pd.Series, missions: tuple[str, ...]) -> list[Cell]:
        if not row["n"]:
            return []
        forms, invited = population("forms", missions), population("invited", missions)
        return [*_count(forms, row, "n"), *_count(invited, row, "population_n"), *_share(row, forms, invited)]

    return cells


def means(
    answers: pd.DataFrame,
    scale: Scale | Mapping[str, Scale],
    question: str = "",
    weights: str | Mapping[str, str] = "invited",
    *,
    by_wave: bool = False,
) -> Cells:
    """`value` is a mean of answers, `n` of them out of `population_n` invited.

    question: its column; without it a column `question` of the table names it, and scale is a mapping of them.
    weights: how missions count, or that by the `way` of a row. by_wave: answers of `wave`, on missions with some in every wave.
    """

    def cells(row: pd.Series, missions: tuple[str, ...]) -> list[Cell]:
        asked = question or row["question"]
        where = {asked: None}
        if by_wave:
            given = answers[answers[asked].notna()]
            waves = given.groupby("mission_id")["wave"].nunique()
            in_every = set(waves.index[waves == given["wave"].nunique()])
            missions, where = tuple(one for one in missions if one in in_every), where | {"wave": (row["wave"],)}
        if _number(row, "n") == 0:
            return []
        counted = population("forms", missions, **where)
        about = _count(counted, row, "n") + _invited(answers, asked, missions, row)
        counts_by = weights if isinstance(weights, str) else weights[row["way"]]
        return about + _mean(row, counted, asked, counts_by, scale[asked] if isinstance(scale, Mapping) else scale)

    return cells


def bounds(question: str, scale: Scale) -> Cells:
    """`low` and `high` hold if all who are silent gave the lowest or highest answer: they tell the sum of those who did not, and
    how many they are."""

    def cells(row: pd.Series, missions: tuple[str, ...]) -> list[Cell]:
        if not row["n"]:
            return []
        given = population("forms", missions, **{question: None})
        # A bound is a figure of its own, rounded to nearest.
        ends = {"low": _nearest(row, "low"), "high": _nearest(row, "high"), "ends_step": _MEAN_STEP, "ends": "possible"}
        about = _count(given, row, "n") + _count(population("companies", missions), row, "population_n")
        return [*about, Cell("mean", given, question=question, **ends, scale=tuple(map(float, scale)))]

    return cells


def classes(question: str, values: Mapping[str, Collection[object]] | None = None) -> Cells:
    """`n` counts the answers of a class, out of `population_n`.

    values: `answer` of the row -> the answers in that class; without it the class is that answer.
    """

    def cells(row: pd.Series, missions: tuple[str, ...]) -> list[Cell]:
        within = [row["answer"]] if values is None else values[row["answer"]]
        if not row["population_n"]:
            return []
        part, whole = population("forms", missions, **{question: within}), population("forms", missions, **{question: None})
        return [*_count(part, row, "n"), *_count(whole, row, "population_n")]

    return cells


def forms_with(**where: Collection[object]) -> Cells:
    """`n` counts the forms that meet conditions, out of `population_n` forms."""

    def cells(row: pd.Series, missions: tuple[str, ...]) -> list[Cell]:
        if not row["population_n"]:
            return []
        met, forms = population("forms", missions, **where), population("forms", missions)
        return [*_count(met, row, "n"), *_count(forms, row, "population_n")]

    return cells


def shares(answers: pd.DataFrame, asked: Mapping[str, tuple[Mapping[str, Collection | None], Mapping[str, Collection]]]) -> Cells:
    """`value` is a share in percent, `n` the forms that it is a share of.

    asked: `question` of the row -> (conditions of those forms, conditions that they meet besides).
    """

    def cells(row: pd.Series, missions: tuple[str, ...]) -> list[Cell]:
        of, besides = asked[row["question"]]
        if not row["n"]:
            return []
        whole, part = population("forms", missions, **of), population("forms", missions, **{**of, **besides})
        # Of a part of the participants `population_n` is an estimate, and not shown.
        about = _invited(answers, next(iter(of)), missions, row) if len(of) == 1 else []
        return [*_count(whole, row, "n"), *about, *_share(row, part, whole, "invited")]

    return cells


def rests_on(*questions: str, columns: Sequence[str] = (), unit: str = "forms", n: bool = False) -> Cells:
    """A figure of a model, a comparison or a test: only what it rests on is known.

    questions: all answers to each. columns: of the row, that name more of them. n: whether `n` counts the forms with all of them.
    """
    always = questions

    def cells(row: pd.Series, missions: tuple[str, ...]) -> list[Cell]:
        questions = (*always, *(row[column] for column in columns))
        found = [Cell("rests_on", population(unit, missions, **{question: None})) for question in questions]
        found = found or [Cell("rests_on", population(unit, missions))]
        return found + (_count(population(unit, missions, **dict.fromkeys(questions)), row, "n") if n else [])

    return cells
