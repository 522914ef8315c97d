"""What comes in after a first edition: a form that is late, an answer that is corrected, a company that withdraws.

Each strikes the mission of the reporting year with the fewest answers of those that may be told of: there one answer moves a mean
most. All else stays as it was, so that two worlds of one seed are two editions of one year.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

_TOLD_FROM = 10  # answers
_CORRECTED_FROM, _CORRECTED_TO = 8, 5


def _of_struck_mission(everybody: pd.DataFrame) -> np.ndarray:
    """Whether each participant was on the mission that is struck."""
    of_year = everybody[everybody["year"] == everybody["year"].max()]
    answers_n = of_year.groupby("mission_id")["has_answered"].sum()
    return (everybody["mission_id"] == answers_n[answers_n >= _TOLD_FROM].idxmin()).to_numpy()


def with_late_form(answers: pd.DataFrame, everybody: pd.DataFrame, forms: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One who was silent answers after all. answers: with `person`, the row of everybody; forms: in the order of everybody."""
    silent = everybody["is_invited"].to_numpy() & ~everybody["has_answered"].to_numpy()
    person = int(np.flatnonzero(_of_struck_mission(everybody) & silent)[0])
    late = forms.iloc[[person]].assign(person=person, wave="reminder", answer_id=answers["answer_id"].max() + 1)
    told = everybody.assign(has_answered=everybody["has_answered"].to_numpy() | (np.arange(len(everybody)) == person))
    return pd.concat([answers, late[answers.columns]], ignore_index=True), told


def with_corrected_answer(answers: pd.DataFrame, everybody: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One grade turns out to be lower than it was typed."""
    of_mission = _of_struck_mission(everybody)[answers["person"]]
    row = int(np.flatnonzero(of_mission & (pd.to_numeric(answers["grade"], errors="coerce") >= _CORRECTED_FROM))[0])
    answers, everybody = answers.copy(), everybody.copy()
    answers.iloc[row, answers.columns.get_loc("grade")] = str(_CORRECTED_TO)
    everybody.iloc[answers["person"].iloc[row], everybody.columns.get_loc("grade")] = _CORRECTED_TO
    return answers, everybody


def without_company(tables: dict[str, pd.DataFrame], everybody: pd.DataFrame) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """One company that answered takes back that it took part. The trade panel, which nobody can join with this, stays."""
    went = tables["participations"]
    # Of one that went again later, the count of earlier missions would be wrong.
    is_last = everybody["participation_id"].isin(went.loc[~went.duplicated("firm", keep="last"), "participation_id"])
    person = int(np.flatnonzero(_of_struck_mission(everybody) & everybody["has_answered"] & is_last)[0])
    participation, mission = everybody.loc[person, ["participation_id", "mission_id"]]
    of_company = went[went["participation_id"] == participation].iloc[0]
    register = tables["mission_register"].copy()
    fewer = ["companies_n", "invited_n", "responses_n", "organisations_n", "persons_n"]
    fewer += ["independent_sme_n"] * bool(of_company["is_independent_sme"]) + ["large_n"] * (of_company["size_class"] == "large")
    register.loc[register["mission_id"] == mission, fewer] -= 1
    answers, steps = tables["survey_answers"], tables["imvo_steps"]
    left = {
        "mission_register": register,
        "participations": went[went["participation_id"] != participation],
        "survey_answers": answers[answers["person"] != person],
        "imvo_steps": steps[steps["participation_id"] != participation],
    }
    return tables | left, everybody.drop(index=person)
