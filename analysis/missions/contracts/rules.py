"""The rules of one delivery: types and values from the dictionary, and what columns must agree on.

A contract speaks of our own column names. The index of a table is the row in the delivered file, so that every failure can name
the row as the analyst sees it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pandas as pd

from ..dictionary import QUESTIONS, Variable, deliveries, keys, variables
from .problems import Problem

IMVO_CHAIN = ("self_scan", "signal", "talk", "agreement", "excluded")
# Why a question has no answer; never a zero. The last two are ours: the question was not put, or on another scale.
NO_ANSWER = ("not_applicable", "do_not_know", "blank", "not_asked", "other_scale")
_CBS_GROUP_KINDS = {
    "total": "total",
    "independent_sme": "firm_size",
    "large": "firm_size",
    "oecd": "destination",
    "brics": "destination",
    "developing": "destination",
}
_PATTERNS = {
    "mission_id": (r"^\d{4}-[A-Z]{3}-\d{2}$", "like 2025-KEN-01"),
    "company_id": (r"^([0-9]{8}|SYN[0-9]{6})$", "a number of the Kamer van Koophandel (8 digits)"),
    "pseudonym": (r"^[A-Za-z0-9]{4,64}$", "a code of 4 to 64 letters and digits"),
    "source_id": (r"^\S+$", "a key without spaces"),
    "period": (r"^\d{4}-\d{4}$", "a period like 2008-2022"),
    "year_month_or_day": (r"^[0-9]{4}(-(0[1-9]|1[0-2])(-[0-3][0-9])?)?$", "a year, month or day"),
}
_COUNTRY = (r"^[A-Z]{3}$", "an ISO 3166 alpha-3 code")
_COUNTRIES = (r"^[A-Z]{3}(;[A-Z]{3})*$", "ISO 3166 alpha-3 codes, several joined by ';'")


@dataclass(frozen=True)
class _Rule:
    """What must hold: of the cells of a column, or of the rows of a table. An empty cell is judged elsewhere."""

    holds: Callable[[pd.Series | pd.DataFrame], pd.Series]
    error: str


@dataclass(frozen=True)
class _Column:
    """A column of a table: its pandas type, its rules, and whether a cell may be empty."""

    dtype: str
    rules: tuple[_Rule, ...] = ()
    nullable: bool = False

    def is_of_its_type(self, values: pd.Series) -> bool:
        return values.dtype == self.dtype

    def is_kept_by(self, values: pd.Series) -> bool:
        """Whether all cells keep all rules. One that does not fit the type is not kept: it is left to pandera to tell of it."""
        try:
            return (self.nullable or not values.hasnans) and all(rule.holds(values).all() for rule in self.rules)
        except TypeError:  # a question that is declared otherwise than it is read: answers that are compared with a number
            return False


def _cell_rule(holds: Callable[[pd.Series], pd.Series], error: str) -> _Rule:
    return _Rule(lambda values: holds(values).fillna(True).astype(bool) | values.isna(), error)


def _between(low: float | None, high: float | None) -> _Rule:
    if high is None:
        return _cell_rule(lambda values: values >= low, f"must be at least {low:g}")
    return _cell_rule(lambda values: values.between(low, high), f"must lie between {low:g} and {high:g}")


def _one_of(values: tuple[str, ...]) -> _Rule:
    return _cell_rule(lambda cells: cells.isin(values), f"must be one of: {', '.join(values)}")


def _matches(pattern: str, meaning: str) -> _Rule:
    return _cell_rule(lambda values: values.str.match(pattern), f"must be {meaning}")


def _each_once(name: str) -> _Rule:
    def once(codes: str) -> bool:
        return len(set(codes.split(";"))) == len(codes.split(";"))

    return _cell_rule(lambda values: values.map(once, na_action="ignore"), f"names a {name} twice")


def _columns(variable: Variable, questions: dict) -> dict[str, _Column]:
    """The column or columns of a variable in a table."""
    name, nullable, values = variable.name, variable.may_be_empty, variable.values
    if variable.type in QUESTIONS:
        question = questions.get(name)
        allowed = () if question is None else (_one_of(question.answers) if question.answers else _between(*question.range),)
        return {
            name: _Column("str" if variable.type == "choice" else "Int64", allowed, nullable=True),
            f"{name}_no_answer": _Column("str", (_one_of(NO_ANSWER),), nullable=True),
        }
    if variable.type == "remark":
        return {f"has_{name}": _Column("bool")}  # PRIVACY: the words themselves never come this far
    if variable.type in ("integer", "decimal"):
        rules = (_between(*values),) if values else ()
        return {name: _Column("Int64" if variable.type == "integer" else "float64", rules, nullable)}
    if variable.type == "category":
        return {name: _Column("str", (_one_of(values),), nullable)}
    if variable.type == "categories":
        return {name: _Column("str", (_each_once(name.removesuffix("s")),), nullable)}
    if variable.type == "codes":
        return {name: _Column("str", (_matches(*_COUNTRIES), _each_once("country")), nullable)}
    if variable.type == "code":
        pattern = _COUNTRY if values == ("country",) else _PATTERNS[values[0]]
        return {name: _Column("str", (_matches(*pattern),), nullable)}
    dtype = {"text": "str", "date": "datetime64[ns]", "yes_no": "boolean" if nullable else "bool"}[variable.type]
    return {name: _Column(dtype, (), nullable)}


def _row_rule(rule, error: str) -> _Rule:
    """A rule between columns; {name} in `error` stands for a column. A row with an empty cell there is not judged."""
    return _Rule(lambda t: rule(t).fillna(False).astype(bool) | t[columns_of(error)].isna().any(axis=1), error)


def _fill_rule(rule, error: str) -> _Rule:
    """A rule on which cells are empty."""
    return _Rule(rule, error)


_DATES_IN_ORDER = _row_rule(lambda t: t["end_on"] >= t["start_on"], "{end_on} may not be before {start_on}")
_ROW_RULES = {
    "mission_register": [
        _DATES_IN_ORDER,
        _row_rule(lambda t: t["survey_on"] > t["end_on"], "{survey_on} must be after {end_on}"),
        _row_rule(
            lambda t: t["mission_id"].str[:4] == t["start_on"].dt.strftime("%Y"),
            "{mission_id} must begin with the year of {start_on}",
        ),
        _row_rule(
            lambda t: t["mission_id"].str[5:8] == t["countries_iso3"].str[:3],
            "{mission_id} must name the first country of {countries_iso3}",
        ),
        _row_rule(
            lambda t: t["independent_sme_n"] + t["large_n"] <= t["companies_n"],
            "{independent_sme_n} plus {large_n} exceeds {companies_n}",
        ),
        _row_rule(
            lambda t: t["organisations_n"] == t["companies_n"] + t["knowledge_institutes_n"],
            "{organisations_n} must be {companies_n} plus {knowledge_institutes_n}",
        ),
        _row_rule(lambda t: t["persons_n"] >= t["organisations_n"], "{persons_n} is below {organisations_n}"),
        _row_rule(lambda t: t["invited_n"] <= t["companies_n"], "{invited_n} exceeds {companies_n}"),
        _row_rule(lambda t: t["responses_n"] <= t["invited_n"], "{responses_n} exceeds {invited_n}"),
        _fill_rule(
            lambda t: t["survey_on"].notna() | ~(t["invited_n"] > 0).fillna(False),
            "{survey_on} is empty but {invited_n} is not 0",
        ),
        _row_rule(
            lambda t: (t["mission_type"] == "without_minister") == (t["leader_office"] == "none"),
            "{mission_type} and {leader_office} disagree on whether a member of government leads",
        ),
        _row_rule(
            lambda t: (t["sector_scope"] == "broad") | ~t["sectors"].str.contains(";"), "{sector_scope} and {sectors} disagree"
        ),
    ],
    "participations": [
        _row_rule(
            lambda t: ~(t["is_independent_sme"] & (t["size_class"] == "large")), "{is_independent_sme} and {size_class} disagree"
        )
    ],
    "survey_answers": [
        _row_rule(
            lambda t: t["contract_signed"] == "yes",
            "{contract_owed_to_mission} is answered, but {contract_signed} does not say yes",
        )
    ],
    "imvo_steps": [
        # Each step needs the one before; agreement and exclusion both need a talk.
        *(
            _row_rule(lambda t, step=step, before=before: ~t[step] | t[before], f"{{{step}}} needs {{{before}}}")
            for step, before in (
                ("signal", "self_scan"),
                ("talk", "signal"),
                ("agreement", "talk"),
                ("excluded", "talk"),
                ("followed_up", "agreement"),
            )
        ),
        _fill_rule(lambda t: t["talk_with"].notna() == t["talk"], "{talk_with} must be filled when {talk} is yes, and only then"),
    ],
    "trade_panel": [
        _fill_rule(
            lambda t: t["first_mission_year"].isna() == t["is_with_minister"].isna(),
            "{is_with_minister} must be filled when {first_mission_year} is, and only then",
        ),
        # PRIVACY: what leaves CBS is keyed by numbers without a meaning outside its walls.
        _row_rule(
            lambda t: ~t["company_id"].str.fullmatch(r"[0-9]{8}"),
            "{company_id} looks like a number of the Kamer van Koophandel; a panel has numbers without meaning",
        ),
    ],
    "record_series": [
        _row_rule(lambda t: t["period_end"] >= t["period_start"], "{period_end} may not be before {period_start}"),
        _row_rule(lambda t: (t["unit"] != "percent") | (t["value"] <= 100), "{value} may not exceed 100 when {unit} is percent"),
        _row_rule(
            lambda t: (t["unit"] != "grade_1_10") | t["value"].between(1, 10),
            "{value} must lie between 1 and 10 when {unit} is grade_1_10",
        ),
    ],
    "record_missions": [
        _DATES_IN_ORDER,
        _fill_rule(
            lambda t: t["size_value"].isna() == (t["size_qualifier"] == "not found"),
            "{size_value} must be empty when {size_qualifier} is not found, and only then",
        ),
    ],
    "cbs_effect": [
        _row_rule(
            lambda t: t["group_kind"] == t["group"].map(_CBS_GROUP_KINDS), "{group} is no group of the kind in {group_kind}"
        ),
        _row_rule(
            lambda t: t["missions_period"].str[:4] <= t["missions_period"].str[-4:], "{missions_period} ends before it begins"
        ),
    ],
}


@dataclass(frozen=True)
class GroupRule:
    """A rule on all rows that have the same values in `within`; broken by the groups for which the SQL condition holds."""

    within: tuple[str, ...]
    broken_when: str
    error: str
    is_key: bool = False


_GROUP_RULES = {
    "participations": [GroupRule(("mission_id", "company_id"), "count(*) > 1", "the same company is in this mission twice")],
    "trade_panel": [
        GroupRule(
            ("company_id", "country_iso3"),
            "max(year) - min(year) + 1 > count(DISTINCT year)",
            "a year between the first and the last of this company and country is missing",
        ),
        GroupRule(
            ("company_id", "country_iso3"),
            "count(DISTINCT first_mission_year) > 1 OR count(first_mission_year) NOT IN (0, count(*))",
            "the first mission of this company to this country is not the same in all years",
        ),
    ],
}


def group_rules(name: str) -> list[GroupRule]:
    """The rules of a delivery that no single row can break; the first is that its key stands once."""
    key = tuple(keys(name))
    twice = "must be unique" if len(key) == 1 else "the key of this row stands in another row too"
    return [GroupRule(key, "count(*) > 1", twice, is_key=True), *_GROUP_RULES.get(name, [])]


def _columns_of_table(name: str, questions: dict) -> dict[str, _Column]:
    columns = {}
    for variable in variables(name):
        columns |= _columns(variable, questions)
    return columns | ({"synthetic": _Column("bool")} if deliveries()[name].is_microdata else {})


def _failures(name: str, table: pd.DataFrame, questions: dict) -> pd.DataFrame | None:
    """Every cell and row that breaks a rule, as pandera tells of them; None when all keep them.

    Only what does not keep its rules is put to pandera: to judge a part of a large delivery with it, or the many small ones of
    a check, takes longer than all other reading.
    """
    columns, rules = _columns_of_table(name, questions), _ROW_RULES.get(name, [])
    wrong = columns
    if set(columns) == set(table.columns) and all(column.is_of_its_type(table[of]) for of, column in columns.items()):
        wrong = {of: column for of, column in columns.items() if not column.is_kept_by(table[of])}
        rules = [rule for rule in rules if not rule.holds(table).all()]
        if not wrong and not rules:
            return None
    import pandera.pandas as pa  # here: it takes longer to import than most deliveries to read

    def checks(of: Iterable[_Rule]) -> list[pa.Check]:
        return [pa.Check(rule.holds, error=rule.error) for rule in of]

    told = {of: pa.Column(column.dtype, checks(column.rules), nullable=column.nullable) for of, column in wrong.items()}
    try:
        pa.DataFrameSchema(told, checks=checks(rules), strict=wrong is columns).validate(table, lazy=True)
    except pa.errors.SchemaErrors as error:
        return error.failure_cases
    return None


def validate(
    name: str,
    table: pd.DataFrame,
    *,
    file: str,
    supplier_columns: dict[str, str],
    questions: dict,
    show_values: bool,
    unread: set[tuple[int, str]] = frozenset(),
) -> list[Problem]:
    """Every rule of contract `name` that a row of `table` breaks; an empty list when all keep them.

    table: our column names; index = row in the delivered file. supplier_columns: our column name -> the supplier's.
    questions: survey question -> missions.year.Question, as the year file declares them.
    show_values: False for deliveries that are not public; their values stay out of messages.
    unread: (row, our column) of cells that could not be read; what follows from those is not told again.
    """
    failures = _failures(name, table, questions)
    if failures is None:
        return []
    problems, wrong_cells = set(), set(unread)
    for case in sorted(failures.itertuples(index=False), key=_is_row_rule):  # cells first, then rows
        row = None if pd.isna(case.index) else int(case.index)
        columns = columns_of(case.check) if _is_row_rule(case) else [case.column]
        if any((row, column) in (wrong_cells if _is_row_rule(case) else unread) for column in columns):
            continue
        problems.add(_problem(case, row, file, supplier_columns, show_values))
        wrong_cells |= {(row, column) for column in columns} if not _is_row_rule(case) else set()
    return sorted(problems, key=str)


def columns_of(check: str) -> list[str]:
    """The columns that a message names."""
    return re.findall(r"\{(\w+)\}", str(check))


def _is_row_rule(case) -> bool:
    return case.schema_context == "DataFrameSchema" and bool(columns_of(case.check))


def _problem(case, row: int | None, file: str, supplier_columns: dict[str, str], show_values: bool) -> Problem:
    """A failure of pandera in the words of the file that was delivered."""
    check = str(case.check)
    if _is_row_rule(case):
        return Problem(file, row, None, check.format_map({c: supplier_columns.get(c, c) for c in columns_of(check)}))
    rule = "may not be empty" if check == "not_nullable" else check
    if check.startswith(("dtype", "column_in")):
        # Not a fault of the supplier: reading and contract disagree.
        raise TypeError(f"{file}: column {case.column}: {check} ({case.failure_case})")
    value = None if not show_values or pd.isna(case.failure_case) else f"{case.failure_case}".removesuffix(".0")
    return Problem(file, row, supplier_columns.get(case.column, case.column), rule, value)
