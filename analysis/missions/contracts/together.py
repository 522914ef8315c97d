"""Rules between deliveries: keys that must exist elsewhere, and counts that must be the same wherever they are told."""

from __future__ import annotations

import pandas as pd

from .problems import Problem

# delivery, column -> delivery in which that key must stand
_KEYS_ELSEWHERE = (
    ("survey_answers", "mission_id", "mission_register"),
    ("participations", "mission_id", "mission_register"),
    ("imvo_steps", "mission_id", "mission_register"),
    ("imvo_steps", "participation_id", "participations"),
    ("record_series", "source_id", "record_sources"),
    ("record_missions", "source_id", "record_sources"),
    ("cbs_effect", "source_id", "record_sources"),
)
NEEDED = {
    "mission_register": ["mission_id", "invited_n", "responses_n", "companies_n", "independent_sme_n", "large_n"],
    "survey_answers": ["mission_id"],
    "participations": ["participation_id", "mission_id", "is_independent_sme", "size_class", "has_cancelled"],
    "imvo_steps": ["participation_id", "mission_id"],
    "record_sources": ["source_id"],
    "record_series": ["source_id"],
    "record_missions": ["source_id"],
    "cbs_effect": ["source_id"],
}  # delivery -> the columns that these rules look at


def validate_together(
    tables: dict[str, pd.DataFrame],
    files: dict[str, str],
    supplier_columns: dict[str, dict[str, str]],
    show_values: dict[str, bool],
) -> list[Problem]:
    """Every rule between deliveries that is broken. A delivery that is not there is not judged.

    tables: index = row in the file, at least the columns in NEEDED. supplier_columns: per delivery our column name -> the
    supplier's. show_values: per delivery whether messages may show values.
    """

    def problem(name: str, row: int, column: str, rule: str, value: object) -> Problem:
        return Problem(files[name], row, supplier_columns[name][column], rule, str(value) if show_values[name] else None)

    problems = []
    for name, column, target in _KEYS_ELSEWHERE:
        if name in tables and target in tables:
            lost = tables[name].loc[~tables[name][column].isin(tables[target][column]), column]
            problems += [problem(name, row, column, f"is not in {files[target]}", value) for row, value in lost.items()]
    for column, holds, rule, other in _register_counts(tables):
        for row, value in tables["mission_register"].loc[~holds, column].items():
            problems.append(problem("mission_register", row, column, rule.format(file=files[other]), value))
    if {"imvo_steps", "participations"} <= set(tables):
        steps, joined = tables["imvo_steps"], tables["participations"].drop_duplicates("participation_id")
        joined = steps["participation_id"].map(joined.set_index("participation_id")["mission_id"])
        for row, value in steps.loc[joined.notna() & (joined != steps["mission_id"]), "mission_id"].items():
            rule = f"is another mission than in {files['participations']}"
            problems.append(problem("imvo_steps", row, "mission_id", rule, value))
    return problems


def _register_counts(tables: dict[str, pd.DataFrame]) -> list[tuple[str, pd.Series, str, str]]:
    """Per count in the register: column, per mission whether it holds, the rule with {file}, and the delivery in that file."""
    if "mission_register" not in tables:
        return []
    register, checks = tables["mission_register"], []

    def counted(rows: pd.DataFrame) -> pd.Series:
        return register["mission_id"].map(rows.groupby("mission_id").size()).fillna(0)

    def covered(rows: pd.DataFrame) -> pd.Series:
        """The missions of the years that a delivery is about: a register may go back further."""
        return register["mission_id"].str[:4].isin(rows["mission_id"].str[:4].unique())

    if "survey_answers" in tables:
        answers = tables["survey_answers"]
        checks.append(
            ("invited_n", counted(answers) <= register["invited_n"], "fewer invited than answers in {file}", "survey_answers")
        )
        same = (counted(answers) == register["responses_n"]) | ~covered(answers)
        checks.append(("responses_n", same, "is not the number of answers in {file}", "survey_answers"))
    if "imvo_steps" in tables:
        enough = counted(tables["imvo_steps"]) <= register["companies_n"]
        checks.append(("companies_n", enough, "fewer companies than participations in {file}", "imvo_steps"))
    if "participations" in tables:
        went = tables["participations"][~tables["participations"]["has_cancelled"]]
        for column, rows in (
            ("companies_n", went),
            ("independent_sme_n", went[went["is_independent_sme"]]),
            ("large_n", went[went["size_class"] == "large"]),
        ):
            same = (counted(rows) == register[column]) | ~covered(tables["participations"])
            checks.append((column, same, "is not the number of participations in {file}", "participations"))
    return checks
