"""Contracts: what a delivery must look like before anything is computed from it.

A contract speaks of our own column names. The index of a table is the line in the delivered file, so that every failure
can name the row as the analyst sees it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd
import pandera.pandas as pa

MISSION_TYPES = ("own", "alongside_visit", "incoming", "without_minister")
LEADER_OFFICES = ("minister", "state_secretary", "prime_minister", "none")
DESTINATION_GROUPS = ("oecd", "brics", "developing", "other")
IMVO_REGIMES = ("standard", "extra_attention")
QUALIFIERS = ("exact", "about", "over", "under", "as of Feb 2017", "as of Oct 2017", "two thirds on average", "not found")
SIZE_UNITS = ("companies", "companies and institutes", "participants", "organisations")
IMVO_CHAIN = ("self_scan", "signal", "talk", "agreement", "excluded")
_GROUP_KINDS = {
    "total": "total",
    "independent_sme": "firm_size",
    "large": "firm_size",
    "oecd": "destination",
    "brics": "destination",
    "developing": "destination",
}
NO_ANSWER = ("not_applicable", "do_not_know", "blank")


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong in a delivery, in the words of the file that was delivered."""

    file: str
    row: int | None
    column: str | None
    rule: str
    value: str | None = None

    def __str__(self) -> str:
        place = [self.file]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(f"column {self.column}")
        found = "" if self.value is None else f" (found: {self.value})"
        return f"{', '.join(place)}: {self.rule}{found}"


class DeliveryError(ValueError):
    """Deliveries that broke a rule; `problems` holds all of them, not just the first."""

    def __init__(self, problems: list[Problem]):
        self.problems = sorted(problems, key=lambda p: (p.file, p.row or 0, p.column or "", p.rule))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def _at_least(low: float) -> pa.Check:
    return pa.Check.ge(low, error=f"must be at least {low:g}")


def _between(low: float, high: float) -> pa.Check:
    return pa.Check.in_range(low, high, error=f"must lie between {low:g} and {high:g}")


def _one_of(values: tuple[str, ...]) -> pa.Check:
    return pa.Check.isin(list(values), error=f"must be one of: {', '.join(values)}")


def _matches(pattern: str, meaning: str) -> pa.Check:
    return pa.Check.str_matches(pattern, error=f"must be {meaning}")


def _count(nullable: bool = False) -> pa.Column:
    return pa.Column("Int64", _at_least(0), nullable=nullable)


def _row_rule(rule, error: str) -> pa.Check:
    """A rule between columns; {name} in `error` stands for a column. A row with an empty cell there is not judged."""
    return pa.Check(lambda t: rule(t).fillna(False).astype(bool) | t[_columns_of(error)].isna().any(axis=1), error=error)


_ISO3_LIST = [
    _matches(r"^[A-Z]{3}(;[A-Z]{3})*$", "ISO 3166 alpha-3 codes, several joined by ';'"),
    pa.Check(lambda code: len(set(code.split(";"))) == len(code.split(";")), element_wise=True, error="names a country twice"),
]
_YEAR_MONTH_OR_DAY = r"^[0-9]{4}(-(0[1-9]|1[0-2])(-[0-3][0-9])?)?$"
_SOURCE_ID = pa.Column(str)
_DATE = pa.Column("datetime64[ns]")


def _mission_register(questions: dict) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(
        {
            "mission_id": pa.Column(str, _matches(r"^\d{4}-[A-Z]{3}-\d{2}$", "like 2025-KEN-01"), unique=True),
            "countries_iso3": pa.Column(str, _ISO3_LIST),
            "start_on": _DATE,
            "end_on": _DATE,
            "mission_type": pa.Column(str, _one_of(MISSION_TYPES)),
            "leader_office": pa.Column(str, _one_of(LEADER_OFFICES)),
            "destination_group": pa.Column(str, _one_of(DESTINATION_GROUPS)),
            "sectors": pa.Column(str),
            "companies_n": _count(),
            "knowledge_institutes_n": _count(),
            "organisations_n": _count(),
            "persons_n": _count(),
            "independent_sme_n": _count(),
            "imvo_regime": pa.Column(str, _one_of(IMVO_REGIMES)),
            "survey_on": _DATE,
            "invited_n": _count(),
            "synthetic": pa.Column(bool),
        },
        checks=[
            _row_rule(lambda t: t["end_on"] >= t["start_on"], "{end_on} may not be before {start_on}"),
            _row_rule(lambda t: t["survey_on"] > t["end_on"], "{survey_on} must be after {end_on}"),
            _row_rule(
                lambda t: t["mission_id"].str[:4] == t["start_on"].dt.strftime("%Y"),
                "{mission_id} must begin with the year of {start_on}",
            ),
            _row_rule(
                lambda t: t["mission_id"].str[5:8] == t["countries_iso3"].str[:3],
                "{mission_id} must name the first country of {countries_iso3}",
            ),
            _row_rule(lambda t: t["independent_sme_n"] <= t["companies_n"], "{independent_sme_n} exceeds {companies_n}"),
            _row_rule(
                lambda t: t["organisations_n"] == t["companies_n"] + t["knowledge_institutes_n"],
                "{organisations_n} must be {companies_n} plus {knowledge_institutes_n}",
            ),
            _row_rule(lambda t: t["persons_n"] >= t["organisations_n"], "{persons_n} is below {organisations_n}"),
            _row_rule(lambda t: t["invited_n"] <= t["companies_n"], "{invited_n} exceeds {companies_n}"),
            _row_rule(
                lambda t: (t["mission_type"] == "without_minister") == (t["leader_office"] == "none"),
                "{mission_type} and {leader_office} disagree on whether a member of government leads",
            ),
        ],
        strict=True,
    )


def _survey_answers(questions: dict) -> pa.DataFrameSchema:
    columns = {
        "answer_id": pa.Column("Int64", _at_least(1), unique=True),
        "mission_id": pa.Column(str),
        "synthetic": pa.Column(bool),
    }
    for question, (low, high) in questions.items():
        columns[question] = pa.Column("Int64", _between(low, high), nullable=True)
        columns[f"{question}_no_answer"] = pa.Column(str, _one_of(NO_ANSWER), nullable=True)
    return pa.DataFrameSchema(columns, strict=True)


def _imvo_steps(questions: dict) -> pa.DataFrameSchema:
    columns = {
        "participation_id": pa.Column("Int64", _at_least(1), unique=True),
        "mission_id": pa.Column(str),
        "synthetic": pa.Column(bool),
    }
    columns |= {step: pa.Column(bool) for step in IMVO_CHAIN}
    return pa.DataFrameSchema(
        columns,
        # Each step needs the one before; agreement and exclusion both need a talk.
        checks=[
            _row_rule(lambda t: ~t["signal"] | t["self_scan"], "{signal} needs {self_scan}"),
            _row_rule(lambda t: ~t["talk"] | t["signal"], "{talk} needs {signal}"),
            _row_rule(lambda t: ~t["agreement"] | t["talk"], "{agreement} needs {talk}"),
            _row_rule(lambda t: ~t["excluded"] | t["talk"], "{excluded} needs {talk}"),
        ],
        strict=True,
    )


def _record_sources(questions: dict) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(
        {
            "source_id": pa.Column(str, unique=True),
            "title": pa.Column(str),
            "publisher": pa.Column(str),
            "date": pa.Column(
                str, _matches(r"^[0-9]{4}(-(0[1-9]|1[0-2])(-[0-3][0-9])?)?$", "a year, month or day"), nullable=True
            ),
            "address": pa.Column(str, nullable=True),
        },
        strict=True,
    )


def _record_series(questions: dict) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(
        {
            "indicator": pa.Column(str),
            "period_start": pa.Column("Int64", _between(2000, 2100)),
            "period_end": pa.Column("Int64", _between(2000, 2100)),
            "value": pa.Column(float, _at_least(0)),
            "qualifier": pa.Column(str, _one_of(QUALIFIERS)),
            "unit": pa.Column(str, _one_of(("count", "percent", "EUR", "grade_1_10"))),
            "population": pa.Column(str),
            "source_id": _SOURCE_ID,
        },
        checks=[
            _row_rule(lambda t: t["period_end"] >= t["period_start"], "{period_end} may not be before {period_start}"),
            _row_rule(
                lambda t: (t["unit"] != "percent") | (t["value"] <= 100),
                "{value} may not exceed 100 when {unit} is percent",
            ),
            _row_rule(
                lambda t: (t["unit"] != "grade_1_10") | t["value"].between(1, 10),
                "{value} must lie between 1 and 10 when {unit} is grade_1_10",
            ),
        ],
        unique=["indicator", "period_start", "period_end", "qualifier"],
        strict=True,
    )


def _record_missions(questions: dict) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(
        {
            "mission_id": pa.Column(str, _matches(r"^\d{4}-[A-Z]{3}-\d{2}$", "like 2025-KEN-01"), unique=True),
            "countries_iso3": pa.Column(str, _ISO3_LIST),
            "start_on": _DATE,
            "end_on": _DATE,
            "date_precision": pa.Column(str, _one_of(("day", "month"))),
            "leader_names_public": pa.Column(str, nullable=True),
            "leader_office": pa.Column(str, nullable=True),
            "royal_visit": pa.Column(bool),
            "size_value": _count(nullable=True),
            "size_qualifier": pa.Column(str, _one_of(QUALIFIERS)),
            "size_unit": pa.Column(str, _one_of(SIZE_UNITS), nullable=True),
            "note": pa.Column(str, nullable=True),
            "source_id": _SOURCE_ID,
        },
        checks=[
            _row_rule(lambda t: t["end_on"] >= t["start_on"], "{end_on} may not be before {start_on}"),
            # Here an empty cell is what is judged.
            pa.Check(
                lambda t: t["size_value"].isna() == (t["size_qualifier"] == "not found"),
                error="{size_value} must be empty when {size_qualifier} is not found, and only then",
            ),
        ],
        strict=True,
    )


def _cbs_effect(questions: dict) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(
        {
            "outcome": pa.Column(str, _one_of(("start_trade", "start_fdi"))),
            "group_kind": pa.Column(str, _one_of(("total", "firm_size", "destination"))),
            "group": pa.Column(str, _one_of(("total", "independent_sme", "large", "oecd", "brics", "developing"))),
            "effect": pa.Column(float, _between(-100, 100)),
            "unit": pa.Column(str, _one_of(("percent_as_published",))),
            "missions_period": pa.Column(str, _matches(r"^\d{4}-\d{4}$", "a period like 2008-2022")),
            "horizon_years": pa.Column("Int64", _at_least(1)),
            "source_id": _SOURCE_ID,
        },
        checks=[
            _row_rule(
                lambda t: t["group_kind"] == t["group"].map(_GROUP_KINDS), "{group} is no group of the kind in {group_kind}"
            ),
            _row_rule(
                lambda t: t["missions_period"].str[:4] <= t["missions_period"].str[-4:], "{missions_period} ends before it begins"
            ),
        ],
        unique=["outcome", "group"],
        strict=True,
    )


CONTRACTS = {
    "record_sources": _record_sources,
    "record_series": _record_series,
    "record_missions": _record_missions,
    "cbs_effect": _cbs_effect,
    "mission_register": _mission_register,
    "survey_answers": _survey_answers,
    "imvo_steps": _imvo_steps,
}


def validate(
    name: str,
    table: pd.DataFrame,
    *,
    file: str,
    supplier_columns: dict[str, str],
    questions: dict[str, tuple[int, int]],
    show_values: bool,
    unread: set[tuple[int, str]] = frozenset(),
) -> list[Problem]:
    """Every rule of contract `name` that `table` breaks; an empty list when it keeps them all.

    table: our column names; index = line in the delivered file.
    supplier_columns: our column name -> the supplier's, for the message.
    show_values: False for deliveries that are not public; their values stay out of messages.
    unread: (row, our column) of cells that could not be read; what follows from those is not told again.
    """
    try:
        CONTRACTS[name](questions).validate(table, lazy=True)
    except pa.errors.SchemaErrors as error:
        problems, wrong_cells = set(), set(unread)
        cases = sorted(error.failure_cases.itertuples(index=False), key=_is_row_rule)  # cells first, then rows
        for case in cases:
            row = None if pd.isna(case.index) else int(case.index)
            columns = _columns_of(case.check) if _is_row_rule(case) else [case.column]
            if any((row, column) in (wrong_cells if _is_row_rule(case) else unread) for column in columns):
                continue
            problems.add(_problem(case, row, file, supplier_columns, show_values))
            wrong_cells |= {(row, column) for column in columns} if not _is_row_rule(case) else set()
        return sorted(problems, key=str)
    return []


def _columns_of(check: str) -> list[str]:
    return re.findall(r"\{(\w+)\}", str(check))


def _is_row_rule(case) -> bool:
    return case.schema_context == "DataFrameSchema" and bool(_columns_of(case.check))


def _problem(case, row: int | None, file: str, supplier_columns: dict[str, str], show_values: bool) -> Problem:
    """A failure of pandera in the words of the file that was delivered."""
    check = str(case.check)
    if check == "multiple_fields_uniqueness":
        return Problem(file, row, None, "the key of this row stands in another row too")
    if _is_row_rule(case):
        return Problem(file, row, None, check.format_map({c: supplier_columns.get(c, c) for c in _columns_of(check)}))
    if check in ("column_in_schema", "column_in_dataframe"):
        return Problem(file, row, str(case.failure_case), "is not a question of this year (see questions in the year file)")
    value = None if not show_values or pd.isna(case.failure_case) else f"{case.failure_case}".removesuffix(".0")
    return Problem(file, row, supplier_columns.get(case.column, case.column), _rule_text(check), value)


def _rule_text(check: str) -> str:
    if check == "not_nullable":
        return "may not be empty"
    if check == "field_uniqueness":
        return "must be unique"
    if check.startswith("dtype"):
        return f"has the wrong type, expected {check}"
    return check


def validate_together(
    tables: dict[str, pd.DataFrame],
    files: dict[str, str],
    supplier_columns: dict[str, dict[str, str]],
    show_values: dict[str, bool],
) -> list[Problem]:
    """Rules between deliveries: keys that must exist elsewhere, answers that cannot outnumber those invited.

    supplier_columns: per delivery our column name -> the supplier's. show_values: per delivery whether messages may show values.
    """

    def problem(name: str, row: int, column: str, rule: str, value: object) -> Problem:
        shown = str(value) if show_values[name] else None
        return Problem(files[name], row, supplier_columns[name][column], rule, shown)

    problems = []
    for name, column, target in (
        ("survey_answers", "mission_id", "mission_register"),
        ("imvo_steps", "mission_id", "mission_register"),
        ("record_series", "source_id", "record_sources"),
        ("record_missions", "source_id", "record_sources"),
        ("cbs_effect", "source_id", "record_sources"),
    ):
        lost = tables[name].loc[~tables[name][column].isin(tables[target][column]), column]
        problems += [problem(name, row, column, f"is not in {files[target]}", value) for row, value in lost.items()]
    register = tables["mission_register"]
    for name, column, rule in (
        ("survey_answers", "invited_n", "fewer invited than answers in"),
        ("imvo_steps", "companies_n", "fewer companies than participations in"),
    ):
        counted = register["mission_id"].map(tables[name].groupby("mission_id").size()).fillna(0)
        for row, value in register.loc[counted > register[column], column].items():
            problems.append(problem("mission_register", row, column, f"{rule} {files[name]}", value))
    return problems
