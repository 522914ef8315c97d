"""A second edition of a whole world that differs by one form or one company: what the first one told of it is kept."""

import pytest

from missions.disclosure.audit import audit
from missions.disclosure.decision import decide
from missions.disclosure.editions import changes
from missions.disclosure.pattern import Pattern
from missions.disclosure.world import build
from support.ledger import THRESHOLD, Ledger, ledger

SEED, PATIENT = 7, 300.0


@pytest.fixture(scope="module")
def first() -> tuple[Ledger, Pattern]:
    made = ledger(SEED, "base")
    return made, decide(made.rows, made.tables, THRESHOLD, seconds=PATIENT)


@pytest.mark.long
@pytest.mark.parametrize("scenario", ["late_form", "withdrawn_company"])
def test_rows_that_one_form_or_company_would_move_keep_what_was_told(first, scenario):
    before, shown = first
    after = ledger(SEED, scenario)
    pattern = decide(after.rows, after.tables, THRESHOLD, [(before.rows, shown)], seconds=PATIENT)
    forms = [made.tables["survey_answers"]["mission_id"].value_counts() for made in (before, after)]
    (struck,) = [mission for mission, n in forms[0].items() if n != forms[1].get(mission, 0)]
    told = {row.key for row in before.rows if row.key.endswith(f"/{struck}") and shown.shows_row(row.key)}
    moved = {row.key for row in after.rows if row.key in told and pattern.shows_row(row.key)}
    assert moved and moved <= set(pattern.frozen) | {key for key in moved if key.startswith("register/")}
    assert audit(after.rows, after.tables, pattern, THRESHOLD).findings == []


def test_a_corrected_answer_changes_no_count_and_yet_keeps_what_was_told():
    """Only who has the answers behind both editions can see it: the counts are the same."""
    before, after = ledger(SEED, "base"), ledger(SEED, "corrected_answer")
    shown, world = Pattern(frozenset(), frozenset(), frozenset()), build(after.rows, after.tables)
    by_counts = changes(after.rows, after.tables, world, THRESHOLD, [(before.rows, shown)])
    by_answers = changes(after.rows, after.tables, world, THRESHOLD, [(before.rows, shown, before.tables)])
    assert not by_counts.frozen and {"effect/grade/2025", "effect/worst_case"} <= by_answers.frozen
    (mission,) = [key.rpartition("/")[2] for key in by_answers.frozen if key.startswith("mission/grade/")]
    sums = []
    for made in (before, after):
        answers = made.tables["survey_answers"]
        sums.append(answers.loc[answers["mission_id"] == mission, "grade"].astype(float).sum())
    assert sums[1] < sums[0], "the mission of the answer that was corrected downwards"
