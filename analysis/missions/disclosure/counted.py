"""What the rows of a table count, and what they would print: how the tables of the annexes become cells.

Each function here returns one that makes the cells of a row, from the row and the missions that it is about (`disclosure.draft`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from .cells import Cell, Population, population
from .draft import Cells

NOT_PER_MISSION = "not per mission"
_MEAN_STEP, _SHARE_STEP = 0.1, 1.0


def _number(value: object) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _count(counted: Population, value: object) -> list[Cell]:
    return [] if _number(value) is None else [Cell("count", counted, value=_number(value))]


def _interval(row: pd.Series) -> dict:
    return {"low": _number(row.get("low")), "high": _number(row.get("high"))}


def _invited(answers: pd.DataFrame, question: str, missions: Sequence[str], row: pd.Series) -> list[Cell]:
    """`population_n`: invited by the missions with an answer; of one mission, or of none with an answer, by all."""
    given = set(answers.loc[answers[question].notna(), "mission_id"])
    heard = [mission for mission in missions if mission in given] if len(missions) > 1 else missions
    return _count(population("invited", heard or missions), row["population_n"])


def counts(unit: str = "companies") -> Cells:
    """`n` counts units of the missions."""
    return lambda row, missions: _count(population(unit, missions), row["n"])


def steps(unit: str = "participations") -> Cells:
    """`n` counts participations that reached `step`; where there is a column `of`, `population_n` counts those that it is a share of."""

    def reached(step: str, missions: Sequence[str]) -> Population:
        return population(unit, missions, **({} if step == unit else {step: (True,)}))

    def cells(row: pd.Series, missions: tuple[str, ...]) -> list[Cell]:
        found = _count(reached(row["step"], missions), row["n"])
        return found + (_count(reached(row["of"], missions), row["population_n"]) if "of" in row.index else [])

    return cells


def totals(units: Mapping[str, tuple[str, str]]) -> Cells:
    """Rows by `measure`. units: measure -> unit, and the column of the row that counts it; "share": `value` is its share of companies."""

    def cells(row: pd.Series, missions: tuple[str, ...]) -> list[Cell]:
        unit, column = units[row["measure"]]
        companies = population("companies", missions)
        found = _count(companies, row["n"])
        if column == "share" and _number(row["value"]) is not None:
            return [
                *found,
                Cell("share", population(unit, missions), of=companies, value=_number(row["value"]), step=_SHARE_STEP),
            ]
        return found + ([] if column in ("n", "share") else _count(population(unit, missions), row[column]))

    return cells


def response() -> Cells:
    """`n` counts forms and `population_n` invitations."""
    return lambda row, missions: [
        *_count(population("forms", missions), row["n"]),
        *_count(population("invited", missions), row["population_n"]),
    ]


def means(
    answers: pd.DataFrame,
    scale: tuple[int, int] | Mapping[str, tuple[int, int]],
    question: str = "",
    weights: str = "invited",
    *,
    by_wave: bool = False,
) -> Cells:
    """`value` is a mean of answers, `n` of them out of `population_n` invited.

    question: its column; without it a column `question` of the table names it, and scale is a mapping of them.
    by_wave: the answers of `wave`, on missions with answers in every wave.
    """

    def cells(row: pd.Series, missions: tuple[str, ...]) -> list[Cell]:
        asked = question or row["question"]
        where = {asked: None}
        if by_wave:
            given = answers[answers[asked].notna()]
            waves = given.groupby("mission_id")["wave"].nunique()
            in_every = set(waves.index[waves == given["wave"].nunique()])
            missions, where = tuple(one for one in missions if one in in_every), where | {"wave": (row["wave"],)}
        counted = population("forms", missions, **where)
        ends = scale[asked] if isinstance(scale, Mapping) else scale
        found = _count(counted, row["n"]) + _invited(answers, asked, missions, row)
        if _number(row["value"]) is not None:
            found.append(
                Cell(
                    "mean",
                    counted,
                    question=asked,
                    weights=weights,
                    value=_number(row["value"]),
                    **_interval(row),
                    step=_MEAN_STEP,
                    ends_step=_MEAN_STEP,
                    scale=tuple(map(float, ends)),
                )  # fmt: skip
            )
        return found

    return cells


def bounds(answers: pd.DataFrame, question: str, scale: tuple[int, int]) -> Cells:
    """`low` and `high` hold if all who are silent gave the lowest or highest answer: they tell the sum of those who did not."""

    def cells(row: pd.Series, missions: tuple[str, ...]) -> list[Cell]:
        given = population("forms", missions, **{question: None})
        found = _count(given, row["n"]) + _invited(answers, question, missions, row)
        if _number(row["low"]) is not None and row["n"] > 0:
            chosen = answers["mission_id"].isin(missions) & answers[question].notna()
            mean = float(answers.loc[chosen, question].astype(float).mean())
            step = _MEAN_STEP * float(row["population_n"]) / float(row["n"])
            found.append(
                Cell("mean", given, question=question, weights="answers", value=mean, step=step, scale=tuple(map(float, scale)))
            )
        return found

    return cells


def classes(question: str, values: Mapping[str, Collection[object]]) -> Cells:
    """`n` counts the answers of a class, out of `population_n` answers. values: `answer` of the row -> the answers in that class."""
    return lambda row, missions: [
        *_count(population("forms", missions, **{question: values[row["answer"]]}), row["n"]),
        *_count(population("forms", missions, **{question: None}), row["population_n"]),
    ]


def forms_with(**where: Collection[object]) -> Cells:
    """`n` counts the forms that meet conditions, out of `population_n` forms."""
    return lambda row, missions: [
        *_count(population("forms", missions, **where), row["n"]),
        *_count(population("forms", missions), row["population_n"]),
    ]


def shares(answers: pd.DataFrame, asked: Mapping[str, tuple[Mapping[str, Collection | None], Mapping[str, Collection]]]) -> Cells:
    """`value` is a share in percent, `n` the forms that it is a share of.

    asked: `question` of the row -> (conditions of those forms, conditions that they meet besides).
    """

    def cells(row: pd.Series, missions: tuple[str, ...]) -> list[Cell]:
        of, besides = asked[row["question"]]
        whole, part = population("forms", missions, **of), population("forms", missions, **{**of, **besides})
        found = _count(whole, row["n"])
        if len(of) == 1:  # else `population_n` is estimated, and not shown
            found += _invited(answers, next(iter(of)), missions, row)
        if _number(row["value"]) is not None:
            found.append(
                Cell("share", part, of=whole, weights="invited", value=_number(row["value"]), **_interval(row), step=_SHARE_STEP)
            )
        return found

    return cells


def rests_on(*questions: str, unit: str = "forms", n: bool = False) -> Cells:
    """A figure of a model, a comparison or a test: only what it rests on is known.

    questions: all answers to each. n: whether `n` counts the forms with all of them.
    """

    def cells(row: pd.Series, missions: tuple[str, ...]) -> list[Cell]:
        found = [Cell("rests_on", population(unit, missions, **{question: None})) for question in questions]
        found = found or [Cell("rests_on", population(unit, missions))]
        together = population(unit, missions, **dict.fromkeys(questions))
        return found + (_count(together, row["n"]) if n else [])

    return cells


def between_regimes(register: pd.DataFrame, unit: str = "participations") -> Cells:
    """A comparison of IMVO regimes in how many of those at `of` reached `step`: it rests on the counts of each regime."""

    def cells(row: pd.Series, missions: tuple[str, ...]) -> list[Cell]:
        return [
            Cell(
                "rests_on", population(unit, set(part["mission_id"]) & set(missions), **({} if step == unit else {step: (True,)}))
            )
            for _, part in register.groupby("imvo_regime")
            for step in (row["step"], row["of"])
        ]

    return cells
