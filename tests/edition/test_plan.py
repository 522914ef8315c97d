"""What must run: keys that hold all that a step depends on, and nothing else."""

from __future__ import annotations

import copy
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions.declared.year_file import YearError, load_year
from missions.edition import plan as plan_module
from missions.edition.plan import Plan, as_record, make_plan, tables_read, why
from missions.machine import snapshot
from missions.machine.imports import code_behind
from missions.paths import ROOT

YEAR = load_year(2025, "sample")
SOURCES = snapshot.sources("sample")
ENVIRONMENT = {"Python": "3.11", "pandas": "3.1.1"}
MISSIONS = ("2025-XAA-01", "2025-XAB-01")
FACTSHEETS = {f"annex factsheet-{mission}" for mission in MISSIONS}
EFFECT, ROLE = {"annex effect", "annex effect_programme"}, {"annex minister_valuation", "annex minister_drivers"}
ANNEXES = {"annex overview", *EFFECT, "annex effect_cbs", *ROLE, "annex imvo", *FACTSHEETS}
DELIVERIES = {f"delivery {name}" for name in YEAR.deliveries}
PDFS = {f"pdf {name}" for name in ("kamerbrief", "beslisnota", "bijlage-overzicht", "bijlage-effectmeting", "publicatie")}
PDFS |= {"pdf bijlage-waardering-bewindspersoon", "pdf bijlage-imvo"}
PDFS |= {f"pdf factsheet-{mission.lower()}" for mission in MISSIONS}
BOOK = {"site", *PDFS}


def missions_of(delivery_keys: dict[str, str]) -> tuple[str, ...]:
    """As the register says, whose key is given."""
    assert set(delivery_keys) == set(YEAR.deliveries)
    return MISSIONS


def plan_with(changed: dict[str, str] | None = None, environment: dict[str, str] = ENVIRONMENT) -> Plan:
    return make_plan(YEAR, "sample", "public", SOURCES | (changed or {}), environment, missions_of)


BEFORE = plan_with()
INPUTS = {step.name: step.inputs for step in BEFORE.steps}


def changed_steps(after: Plan) -> set[str]:
    old = {step.name: step.key for step in BEFORE.steps}
    return {step.name for step in after.steps if old[step.name] != step.key}


@pytest.mark.parametrize(
    ("file", "steps"),
    [
        # An annex: itself, what is made from all facts, and the PDF that holds its page.
        ("analysis/annexes/imvo.py", {"annex imvo", "facts", *BOOK}),
        # The survey: overview, CBS study and IMVO chain do not read it.
        (
            "data/sample/2025/synthetisch_effectmeting.csv",
            {"delivery survey_answers", *EFFECT, *ROLE, *FACTSHEETS, "facts", *BOOK},
        ),
        # A sidecar says where a delivery came from, which every fact repeats.
        ("data/raw/2025/cbs_effect_2024.source.yml", {"delivery cbs_effect", "annex effect_cbs", "facts", *BOOK}),
        # The panel is checked, and no annex uses it yet.
        ("data/sample/2025/synthetisch_handelspanel.parquet", {"delivery trade_panel"}),
        ("analysis/missions/estimates/imvo.py", {"annex imvo", "facts", *BOOK}),
        ("analysis/missions/estimates/drivers.py", {*ROLE, "facts", *BOOK}),
        ("analysis/missions/estimates/survey.py", {*EFFECT, *ROLE, *FACTSHEETS, "facts", *BOOK}),
        ("analysis/missions/sources/cells.py", {*DELIVERIES, *ANNEXES, "facts", *BOOK}),
        ("analysis/missions/sources/columns/survey_answers.csv", {*DELIVERIES, *ANNEXES, "facts", *BOOK}),
        ("analysis/assumptions.yml", {*ANNEXES, "facts", *BOOK} - {"annex effect_cbs"}),
        ("book/labels.yml", {*ANNEXES, "facts", *BOOK}),
        ("analysis/missions/present/drawing.py", {*ANNEXES, *BOOK} | {"facts"}),
        # Prose of one document: other pages and PDFs may show its title and numbers.
        ("book/letter.md", BOOK),
        ("book/method/survey.md", BOOK),
        ("book/_ext/missions_book/pdf/builder.py", BOOK),
        ("book/_static/publication.css", BOOK),
        ("_toc.yml", BOOK),
        ("CITATION.cff", BOOK),
        ("analysis/missions/edition/record.py", {"edition"}),
        ("analysis/missions/edition/results.py", {"edition"}),
        # Neither the sample's own code nor a year that is not built is input of anything.
        ("analysis/missions/sample/truth.py", set()),
        ("analysis/missions/edition/watch.py", set()),
    ],
)
def test_a_changed_file_changes_exactly_the_steps_that_depend_on_it(file, steps):
    assert file in SOURCES
    # Whatever changes, the edition as a whole is another one.
    assert changed_steps(plan_with({file: "another hash"})) == (steps | {"edition"} if steps else set())


def test_other_programs_change_everything():
    after = plan_with(environment=ENVIRONMENT | {"pandas": "3.1.2"})
    assert changed_steps(after) == {step.name for step in BEFORE.steps}


def test_parameters_year_world_and_edition_are_inputs():
    year = load_year(2025, "sample")
    year.annexes["effect"]["first_year"] = 2022
    after = make_plan(year, "sample", "public", SOURCES, ENVIRONMENT, missions_of)
    assert changed_steps(after) == {"annex effect", "facts", *BOOK, "edition"}
    internal = make_plan(YEAR, "sample", "internal", SOURCES, ENVIRONMENT, missions_of)
    assert changed_steps(internal) == {"facts", *BOOK, "edition"}


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(SOURCES)), st.text(min_size=1))
def test_whoever_depends_on_a_file_changes_with_it_and_changes_back(file, content):
    old = {step.name: step.key for step in BEFORE.steps}
    for step in plan_with({file: content}).steps:
        if file in INPUTS[step.name]:
            assert step.key != old[step.name]
    back = make_plan(YEAR, "sample", "public", dict(reversed(SOURCES.items())), ENVIRONMENT, missions_of)
    assert {step.name: step.key for step in back.steps} == old


def test_why_names_the_file_that_changed_first():
    record = copy.deepcopy(as_record(BEFORE))
    after = plan_with({"analysis/missions/estimates/imvo.py": "another hash"})
    assert why(after.annexes["imvo"], record) == "analysis/missions/estimates/imvo.py changed"
    assert why(after.facts, record) == "annex imvo changed"
    assert why(after.facts, None) == "never made before"
    del record["annex imvo"]["inputs"]["analysis/annexes/imvo.py"]
    assert why(BEFORE.annexes["imvo"], record) == "analysis/annexes/imvo.py is new"


def test_the_deliveries_of_an_annex_are_read_from_its_calls():
    text = (
        'a = store.read("survey_answers", year, world)\nb = f(store.read("cbs_effect", year, world))\nc = store.read(name, 1)\n'
    )
    assert tables_read("draft", text) == ("cbs_effect", "survey_answers")
    assert tables_read("draft", "a = (") == ()


def test_code_is_followed_through_packages_and_relative_imports(tmp_path):
    for name, text in {
        "missions/__init__.py": "",
        "missions/near/__init__.py": "from .deep import thing\n",
        "missions/near/deep.py": "from .. import far\nREADS = ('book/x.yml',)\nthing = 1\n",
        "missions/far.py": "import yaml, os\n",
        "missions/other.py": "import pandas\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    code = code_behind("def f():\n    from missions.near import thing\n", (tmp_path,))
    found = {path.relative_to(tmp_path).as_posix() for path in code.files}
    assert found == {"missions/__init__.py", "missions/near/__init__.py", "missions/near/deep.py", "missions/far.py"}
    assert code.reads == {"book/x.yml"}
    assert code.libraries == {"yaml"}


def test_what_annexes_read_besides_their_own_files_is_declared_by_the_modules_that_read_it():
    """That nothing else is read the guard sees to, while they run (tests/test_guard.py)."""
    inputs = set(BEFORE.annexes["effect"].inputs)
    assert {"book/facts.yml", "book/labels.yml", "analysis/years/2025.yml", "analysis/assumptions.yml"} <= inputs
    assert {"analysis/missions/dictionary/survey_answers.csv", "analysis/missions/dictionary/countries.csv"} <= inputs
    assert "book/_static/fonts/FiraSans_400Regular.ttf" in inputs and "delivery survey_answers" in inputs
    assert "delivery imvo_steps" not in inputs


def test_a_delivery_outside_the_folders_of_data_is_refused(tmp_path, monkeypatch):
    """Its content would be in no key."""
    path = ROOT / "docs" / "engine.md"
    year = load_year(2025, "sample")
    year.deliveries["cbs_effect"] = path
    with pytest.raises(YearError, match=r"deliveries, cbs_effect: must lie in one of data/corrections, data/raw"):
        make_plan(year, "sample", "public", SOURCES, ENVIRONMENT, missions_of)


def test_the_fixed_environment_of_all_runs_is_an_input(monkeypatch):
    monkeypatch.setattr(plan_module, "told_environment", lambda root: {"OMP_NUM_THREADS": "2"})
    assert changed_steps(plan_with()) == {step.name for step in BEFORE.steps}


def test_the_environment_names_every_locked_library_that_is_installed():
    known = snapshot.environment(str(ROOT))
    assert known["papermill"] == "2.7.0" and known["jupyter-book"] == "1.0.4.post1"
    assert known["Python"] == sys.version


def test_files_that_a_build_does_not_read_are_no_sources():
    assert not [name for name in SOURCES if name.startswith(("tests/", "book/annexes/", "data/confidential", "data/validated"))]
    assert not [name for name in SOURCES if "__pycache__" in name or "/." in name]
