"""A second edition of a whole world that differs by one form or one company: what the first one told of it is kept."""

import pytest

from missions.disclosure.audit import audit
from missions.disclosure.decision import decide
from missions.disclosure.pattern import Pattern
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
