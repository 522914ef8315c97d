"""What must run: keys that hold all that a step depends on, and nothing else."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions.choice import Choice
from missions.declared.year_file import YearError, YearFile, load_year
from missions.edition import plan as plan_module
from missions.edition.plan import Plan, Step, as_record, in_words, make_plan, tables_read, why
from missions.edition.tables import Tables
from missions.machine import snapshot
from missions.machine.imports import code_behind
from missions.paths import ROOT

YEAR = load_year(2025, "sample")
CHOICE = Choice(2025)
SOURCES = snapshot.sources("sample")
ENVIRONMENT = {"Python": "3.11", "pandas": "3.1.1"}
MISSIONS = ("2025-XAA-01", "2025-XAB-01")
FACTSHEETS = {f"annex factsheet-{mission}" for mission in MISSIONS}
EFFECT, ROLE = {"annex effect", "annex effect_programme"}, {"annex minister_valuation", "annex minister_drivers"}
ANNEXES = {"annex overview", *EFFECT, "annex effect_cbs", *ROLE, "annex imvo", *FACTSHEETS}
PAGES = {f"page {name.removeprefix('annex ')}" for name in ANNEXES}
DELIVERIES = {f"delivery {name}" for name in YEAR.deliveries}
PDFS = {f"pdf {name}" for name in ("kamerbrief", "beslisnota", "bijlage-overzicht", "bijlage-effectmeting", "publicatie")}
PDFS |= {"pdf bijlage-waardering-bewindspersoon", "pdf bijlage-imvo"}
PDFS |= {f"pdf factsheet-{mission.lower()}" for mission in MISSIONS}
BOOK = {"site", *PDFS}
TABLES = {name: f"table {name}" for name in YEAR.deliveries}


def tables_of(deliveries: dict[str, Step]) -> Tables:
    """As if all deliveries had been read: the register says which missions there are."""
    assert set(deliveries) == set(YEAR.deliveries)
    return Tables(TABLES, list(MISSIONS))


def plan_with(
    changed: dict[str, str] | None = None,
    environment: dict[str, str] = ENVIRONMENT,
    tables: dict[str, str] | None = None,
    year: YearFile = YEAR,
    choice: Choice = CHOICE,
) -> Plan:
    """changed: file -> another hash. tables: delivery -> another table."""
    found = Tables(TABLES | (tables or {}), list(MISSIONS))
    return make_plan(choice, year, SOURCES | (changed or {}), environment, lambda deliveries: found)


BEFORE = plan_with()
INPUTS = {step.name: step.inputs for step in BEFORE.steps}


def changed_between(before: Plan, after: Plan) -> set[str]:
    old = {step.name: step.key for step in before.steps}
    return {step.name for step in after.steps if old[step.name] != step.key}


def changed_steps(after: Plan) -> set[str]:
    return changed_between(BEFORE, after)


@pytest.mark.parametrize(
    ("file", "steps"),
    [
        # An annex: itself. What is made from it follows when it was made: its page tells (test_what_is_made_from_an_annex_...).
        ("analysis/annexes/imvo.py", {"annex imvo", *BOOK}),  # which names the line of what is wrong in it
        # A delivery is read anew; an annex is made anew when its table is another one.
        ("data/sample/2025/synthetisch_effectmeting.csv", {"delivery survey_answers"}),
        ("data/raw/2025/cbs_effect_2024.source.yml", {"delivery cbs_effect"}),
        ("analysis/missions/sources/cells.py", DELIVERIES),
        ("analysis/missions/sources/columns/survey_answers.csv", DELIVERIES),
        ("analysis/missions/edition/deliveries.py", DELIVERIES),
        ("analysis/missions/estimates/imvo.py", {"annex imvo"}),
        ("analysis/missions/estimates/drivers.py", ROLE),
        ("analysis/missions/estimates/survey.py", {*EFFECT, *ROLE, *FACTSHEETS}),
        ("analysis/missions/edition/annex.py", ANNEXES),
        ("analysis/missions/edition/pages.py", PAGES),
        ("analysis/missions/disclosure/decision.py", {"decision"}),
        ("analysis/missions/present/drawing.py", {*ANNEXES, *PAGES} - {"annex effect_cbs"}),  # which has no chart
        ("analysis/missions/present/tables.py", {*ANNEXES, *PAGES}),
        # Small files are read item by item: no annex and no delivery rests on one as a whole. Pages look for themselves.
        ("analysis/years/2025.yml", {"facts", *BOOK, "edition"}),
        ("analysis/assumptions.yml", BOOK),
        ("book/labels.yml", {"facts", *BOOK}),
        ("book/facts.yml", {"facts", *BOOK}),
        ("book/claims.yml", {"facts", *BOOK}),
        # Prose of one document: other pages and PDFs may show its title and numbers.
        ("book/letter.md", BOOK),
        ("book/method/survey.md", BOOK),
        ("book/_ext/missions_book/pdf/builder.py", BOOK),
        ("book/_static/publication.css", BOOK),
        ("_toc.yml", BOOK),
        ("CITATION.cff", {*BOOK, "edition"}),
        ("analysis/missions/edition/record.py", {"edition"}),
        ("analysis/missions/edition/results.py", {"edition"}),
        # Neither the sample's own code nor a year that is not built is input of anything, nor what a person does at a desk.
        ("analysis/missions/sample/truth.py", set()),
        ("analysis/missions/edition/watch.py", set()),
        ("analysis/missions/desk/report.py", set()),
    ],
)
def test_a_changed_file_changes_exactly_the_steps_that_depend_on_it(file, steps):
    assert file in SOURCES
    assert changed_steps(plan_with({file: "another hash"})) == steps


@pytest.mark.parametrize(
    ("table", "annexes"),
    [
        ("survey_answers", {*EFFECT, *ROLE, *FACTSHEETS, "decision"}),
        ("cbs_effect", {"annex effect_cbs"}),
        ("trade_panel", set()),  # it is checked, and no annex uses it yet
    ],
)
def test_another_table_changes_the_annexes_that_read_it(table, annexes):
    assert changed_steps(plan_with(tables={table: "another table"})) == annexes


def test_where_no_table_is_known_an_annex_rests_on_the_step_that_will_make_it():
    plan = make_plan(CHOICE, YEAR, SOURCES, ENVIRONMENT, lambda deliveries: None)
    assert plan.annexes["imvo"].inputs["table imvo_steps"] == plan.deliveries["imvo_steps"].key
    assert not FACTSHEETS & {step.name for step in plan.steps}, "only the register knows the missions"


def complete(plan: Plan, page: str = "page", facts: str = "facts") -> Plan:
    decided = plan.with_ledgers(dict.fromkeys(plan.annexes, "ledger"), 10, {})
    shown = decided.with_decision(dict.fromkeys(plan.annexes, "draft"), dict.fromkeys(plan.annexes, "nothing"), {})
    return shown.with_pages(dict.fromkeys(plan.annexes, page)).with_facts(facts)


def test_what_is_made_from_an_annex_follows_its_page_and_not_the_reason_why_it_was_made():
    before, same = complete(BEFORE), complete(plan_with({"analysis/missions/estimates/imvo.py": "another"}))
    assert changed_between(before, same) == {"annex imvo", "edition"}, "other code that gives the same page"
    other = before.with_pages(dict.fromkeys(BEFORE.annexes, "page") | {"imvo": "another page"}).with_facts("facts")
    assert changed_between(before, other) == {"facts", *BOOK, "edition"}
    assert changed_between(before, complete(BEFORE, facts="other facts")) == {*BOOK, "edition"}


def test_other_programs_change_everything():
    after = plan_with(environment=ENVIRONMENT | {"pandas": "3.1.2"})
    assert changed_steps(after) == {step.name for step in BEFORE.steps}


def test_parameters_year_data_and_edition_are_inputs():
    year = load_year(2025, "sample")
    year.annexes["effect"]["first_year"] = 2022
    assert changed_steps(plan_with(year=year)) == {"annex effect"}
    assert changed_steps(plan_with(choice=CHOICE._replace(edition="internal"))) == {"facts", *BOOK}
    # A preview may show what an edition refuses.
    assert changed_steps(plan_with(choice=CHOICE._replace(preview=True))) == {"facts"}


def test_of_the_year_file_a_delivery_rests_on_the_questions_that_it_answers_and_an_annex_on_nothing():
    year = load_year(2025, "sample")
    changed = dataclasses.replace(
        year, questions=year.questions | {"grade": dataclasses.replace(year.questions["grade"], since=2022)}
    )
    assert changed_steps(plan_with(year=changed)) == {"delivery survey_answers"}
    day = datetime.date(2026, 5, 2)
    assert changed_steps(plan_with(year=dataclasses.replace(year, dates=year.dates | {"parliament_on": day}))) == set()


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(SOURCES)), st.text(min_size=1))
def test_whoever_depends_on_a_file_changes_with_it_and_changes_back(file, content):
    old = {step.name: step.key for step in BEFORE.steps}
    for step in plan_with({file: content}).steps:
        if file in INPUTS[step.name]:
            assert step.key != old[step.name]
    back = make_plan(CHOICE, YEAR, dict(reversed(SOURCES.items())), ENVIRONMENT, tables_of)
    assert {step.name: step.key for step in back.steps} == old


def test_why_names_the_file_that_changed_first_and_an_item_by_its_name():
    record = copy.deepcopy(as_record(complete(BEFORE)))
    after = plan_with({"analysis/missions/estimates/imvo.py": "another hash"}, tables={"imvo_steps": "another"})
    assert why(after.annexes["imvo"], record) == "analysis/missions/estimates/imvo.py changed, table imvo_steps changed"
    assert why(complete(BEFORE, page="other").facts, record).startswith("page of annex overview changed")
    assert why(after.facts, None) == "never made before"
    read = BEFORE.annexes["imvo"].having_read({"label grade": "1"})
    assert why(read, {read.name: {"inputs": read.inputs | {"label grade": "2"}}}) == "label grade changed"
    del record["annex imvo"]["inputs"]["analysis/annexes/imvo.py"]
    assert why(BEFORE.annexes["imvo"], record) == "analysis/annexes/imvo.py is new"
    many = [f"{name} changed" for name in "abcde"]
    assert in_words(many) == "a changed, b changed, c changed, and 2 more"


def test_the_deliveries_of_an_annex_are_read_from_its_calls():
    text = 'a = store.read("survey_answers", year, data)\nb = f(store.read("cbs_effect", year, data))\nc = store.read(name, 1)\n'
    assert tables_read(text) == ("cbs_effect", "survey_answers")
    assert tables_read("a = (") == ()


def test_code_is_followed_through_packages_and_relative_imports(tmp_path):
    for name, text in {
        "missions/__init__.py": "",
        "missions/near/__init__.py": "from .deep import thing\n",
        "missions/near/deep.py": "from .. import far\nREADS = ('book/x.yml',)\nBEHIND_THE_DOOR = ('book/y.yml',)\nthing = 1\n",
        "missions/far.py": "import yaml, os\n",
        "missions/other.py": "import pandas\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    code = code_behind("def f():\n    from missions.near import thing\n", (tmp_path,))
    found = {path.relative_to(tmp_path).as_posix() for path in code.files}
    assert found == {"missions/__init__.py", "missions/near/__init__.py", "missions/near/deep.py", "missions/far.py"}
    assert code.reads == {"book/x.yml"} and code.behind_the_door == {"book/y.yml"}
    assert code.libraries == {"yaml"}


def test_what_annexes_read_besides_their_own_files_is_declared_by_the_modules_that_read_it():
    """That nothing else is read the guard sees to, while they run (tests/machine/test_guard.py)."""
    inputs = set(BEFORE.annexes["effect"].inputs)
    # These are handed over, item by item (missions.declared.door).
    small = {"book/facts.yml", "book/labels.yml", "book/claims.yml", "analysis/years/2025.yml", "analysis/assumptions.yml"}
    assert not small & inputs and small <= set(BEFORE.site.inputs)
    assert {"analysis/missions/dictionary/survey_answers.csv", "analysis/missions/dictionary/countries.csv"} <= inputs
    assert "table survey_answers" in inputs
    assert "book/_static/fonts/FiraSans_400Regular.ttf" in BEFORE.pages["effect"].inputs
    assert "table imvo_steps" not in inputs


def test_a_delivery_outside_the_folders_of_data_is_refused(tmp_path, monkeypatch):
    """Its content would be in no key."""
    path = ROOT / "docs" / "engine.md"
    year = load_year(2025, "sample")
    year.deliveries["cbs_effect"] = path
    with pytest.raises(YearError, match=r"deliveries, cbs_effect: must lie in one of data/corrections, data/raw"):
        plan_with(year=year)


def test_the_fixed_environment_of_all_runs_is_an_input(monkeypatch):
    monkeypatch.setattr(plan_module, "told_environment", lambda root: {"OMP_NUM_THREADS": "2"})
    assert changed_steps(plan_with()) == {step.name for step in BEFORE.steps}


def test_the_environment_names_every_locked_library_that_belongs_here():
    known = snapshot.environment(str(ROOT))
    assert known["papermill"] == "2.7.0" and known["jupyter-book"] == "1.0.4.post1"
    assert known["Python"] == sys.version
    assert "appnope" not in known, "its line in the lock is for macOS"


@pytest.mark.parametrize(("marker", "holds"), [("python_version >= '3.11'", True), ("implementation_name == 'pypy'", False)])
def test_a_library_whose_line_is_for_other_machines_is_no_input(tmp_path, marker, holds):
    """Installing it must run nothing: no build uses it."""
    (tmp_path / "requirements.txt").write_text(
        f"pandas==3.1.1\ncffi==2.1.1 ; {marker} \\\n    --hash=sha256:00\n", encoding="utf-8"
    )
    assert ("cffi" in snapshot.environment(str(tmp_path))) == holds


def test_files_that_a_build_does_not_read_are_no_sources():
    assert not [name for name in SOURCES if name.startswith(("tests/", "book/annexes/", "data/confidential", "data/validated"))]
    assert not [name for name in SOURCES if "__pycache__" in name or "/." in name]
