"""Contracts: what a delivery must look like before anything is computed from it.

A contract speaks of our own column names. The index of a table is the line in the delivered file, so that every failure
can name the row as the analyst sees it.
"""

from __future__ import annotations

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
    return pa.Check(rule, error=error)


_ISO3_LIST = _matches(r"^[A-Z]{3}(;[A-Z]{3})*$", "ISO 3166 alpha-3 codes, several joined by ';'")
_SOURCE_ID = pa.Column(str)
_DATE = pa.Column("datetime64[ns]")


def _mission_register(questions: dict) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(
        {
            "mission_id": pa.Column(str, _matches(r"^\d{4}-[A-Z]{3}-\d{2}$", "like 2025-XAA-01"), unique=True),
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
            _row_rule(lambda t: t["end_on"] >= t["start_on"], "end_on may not be before start_on"),
            _row_rule(lambda t: t["survey_on"] > t["end_on"], "survey_on must be after end_on"),
            _row_rule(
                lambda t: t["mission_id"].str[:4] == t["start_on"].dt.year.astype(str),
                "mission_id must begin with the year of start_on",
            ),
            _row_rule(lambda t: t["independent_sme_n"] <= t["companies_n"], "independent_sme_n exceeds companies_n"),
            _row_rule(
                lambda t: t["organisations_n"] == t["companies_n"] + t["knowledge_institutes_n"],
                "organisations_n must be companies_n + knowledge_institutes_n",
            ),
            _row_rule(lambda t: t["persons_n"] >= t["organisations_n"], "persons_n is below organisations_n"),
            _row_rule(lambda t: t["invited_n"] <= t["companies_n"], "invited_n exceeds companies_n"),
            _row_rule(
                lambda t: (t["mission_type"] == "without_minister") == (t["leader_office"] == "none"),
                "mission_type without_minister goes with leader_office none",
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
            _row_rule(lambda t: ~t["signal"] | t["self_scan"], "a signal needs a completed self-scan"),
            _row_rule(lambda t: ~t["talk"] | t["signal"], "a talk needs a signal"),
            _row_rule(lambda t: ~t["agreement"] | t["talk"], "an agreement needs a talk"),
            _row_rule(lambda t: ~t["excluded"] | t["talk"], "an exclusion needs a talk"),
        ],
        strict=True,
    )


def _record_sources(questions: dict) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(
        {
            "source_id": pa.Column(str, unique=True),
            "title": pa.Column(str),
            "publisher": pa.Column(str),
            "date": pa.Column(str, _matches(r"^\d{4}(-\d{2}){0,2}$", "a year, month or day"), nullable=True),
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
            _row_rule(lambda t: t["period_end"] >= t["period_start"], "period_end may not be before period_start"),
            _row_rule(lambda t: (t["unit"] != "percent") | (t["value"] <= 100), "a percentage may not exceed 100"),
            _row_rule(lambda t: (t["unit"] != "grade_1_10") | t["value"].between(1, 10), "a grade lies between 1 and 10"),
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
            _row_rule(lambda t: t["end_on"] >= t["start_on"], "end_on may not be before start_on"),
            _row_rule(
                lambda t: t["size_value"].isna() == (t["size_qualifier"] == "not found"),
                "a size that is not found has no value, and the other way round",
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
) -> list[Problem]:
    """Every rule of contract `name` that `table` breaks; an empty list when it keeps them all.

    table: our column names; index = line in the delivered file.
    supplier_columns: our column name -> the supplier's, for the message.
    show_values: False for deliveries that are not public; their values stay out of messages.
    """
    try:
        CONTRACTS[name](questions).validate(table, lazy=True)
    except pa.errors.SchemaErrors as error:
        problems = set()
        for case in error.failure_cases.itertuples(index=False):
            is_row_rule = case.schema_context == "DataFrameSchema" and case.check != "multiple_fields_uniqueness"
            rule = _rule_text(str(case.check))
            column = None if is_row_rule else supplier_columns.get(case.column, case.column)
            for ours, theirs in supplier_columns.items() if is_row_rule else ():
                rule = " ".join(theirs if word == ours else word for word in rule.split(" "))
            value = None if is_row_rule or not show_values or pd.isna(case.failure_case) else str(case.failure_case)
            row = None if pd.isna(case.index) else int(case.index)
            problems.add(Problem(file, row, column, rule, value))
        return sorted(problems, key=str)
    return []


def _rule_text(check: str) -> str:
    if check == "not_nullable":
        return "may not be empty"
    if check in ("field_uniqueness", "multiple_fields_uniqueness"):
        return "must be unique"
    if check.startswith("dtype"):
        return f"has the wrong type, expected {check}"
    return check


def validate_together(tables: dict[str, pd.DataFrame], files: dict[str, str]) -> list[Problem]:
    """Rules between deliveries: keys that must exist elsewhere, answers that cannot outnumber those invited."""
    problems = []
    register = tables["mission_register"]
    known = set(register["mission_id"])
    for name in ("survey_answers", "imvo_steps"):
        lost = tables[name].loc[~tables[name]["mission_id"].isin(known), "mission_id"]
        problems += [
            Problem(files[name], row, "mission_id", f"is not in {files['mission_register']}", mission)
            for row, mission in lost.items()
        ]
    answers = tables["survey_answers"].groupby("mission_id").size()
    for row, mission in register[["mission_id", "invited_n"]].iterrows():
        if answers.get(mission["mission_id"], 0) > mission["invited_n"]:
            rule = f"fewer invited than answers in {files['survey_answers']}"
            problems.append(Problem(files["mission_register"], row, "invited_n", rule, str(mission["invited_n"])))
    steps = tables["imvo_steps"].groupby("mission_id").size()
    for row, mission in register[["mission_id", "companies_n"]].iterrows():
        if steps.get(mission["mission_id"], 0) > mission["companies_n"]:
            rule = f"fewer companies than participations in {files['imvo_steps']}"
            problems.append(Problem(files["mission_register"], row, "companies_n", rule, str(mission["companies_n"])))
    sources = set(tables["record_sources"]["source_id"])
    for name in ("record_series", "record_missions", "cbs_effect"):
        lost = tables[name].loc[~tables[name]["source_id"].isin(sources), "source_id"]
        problems += [
            Problem(files[name], row, "source_id", f"is not in {files['record_sources']}", source) for row, source in lost.items()
        ]
    return problems
