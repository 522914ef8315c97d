"""The one table of steps: what carries out a step is an input of it, and touching anything else is an error with a name."""

from __future__ import annotations

import re

import pytest

from missions.choice import Choice
from missions.declared.year_file import load_year
from missions.edition import steps
from missions.edition.plan import code_of, make_plan
from missions.edition.steps import STEPS
from missions.edition.tables import Tables
from missions.machine import snapshot
from missions.paths import ROOT
from support.checkout import edit

CHOICE = Choice(2025)
KNOWN = Tables(dict.fromkeys(load_year(2025, "sample").deliveries, "table"), ["2025-XAA-01"])
PLAN = make_plan(CHOICE, load_year(2025, "sample"), snapshot.sources("sample"), {}, lambda deliveries: KNOWN)
OF_KIND = {
    "delivery": list(PLAN.deliveries.values()),
    "annex": list(PLAN.annexes.values()),
    "decision": [PLAN.decision],
    "page": list(PLAN.pages.values()),
    "facts": [PLAN.facts],
    "site": [PLAN.site],
    "pdf": list(PLAN.pdfs.values()),
    "record": [PLAN.edition],  # the record is part of gathering an edition
}
_NAMES_A_FUNCTION = re.compile(r"""["'](missions(?:_book)?(?:\.\w+)+):(\w+)["']""")


@pytest.mark.parametrize("kind", STEPS)
def test_the_module_of_every_dispatched_function_is_an_input_of_its_step(kind):
    assert OF_KIND[kind], "a kind of step that no plan has"
    for module in STEPS[kind].modules:
        path = f"analysis/{module.replace('.', '/')}.py"
        assert (ROOT / path).is_file()
        for step in OF_KIND[kind]:
            assert path in step.files, f"{step.name} is carried out by {path}"


def test_all_that_these_modules_import_is_an_input_too():
    for kind, known in STEPS.items():
        behind = {path.relative_to(ROOT).as_posix() for path in code_of(known.modules).files}
        assert len(behind) > 3
        for step in OF_KIND[kind]:
            assert behind <= step.files, f"{step.name}: {sorted(behind - step.files)}"


def test_no_other_module_names_a_function_to_be_dispatched():
    named = {}
    for folder in ("analysis/missions", "book/_ext"):
        for path in (ROOT / folder).rglob("*.py"):
            if found := _NAMES_A_FUNCTION.findall(path.read_text(encoding="utf-8")):
                named[path.relative_to(ROOT).as_posix()] = found
    assert set(named) == {"analysis/missions/edition/steps.py"}
    functions = [f"{module}:{name}" for module, name in named["analysis/missions/edition/steps.py"]]
    dispatched = [*STEPS.values(), steps.ENVIRONMENT, steps.RENDERER]
    assert sorted(functions) == sorted(name for kind in dispatched for name in (kind.function, kind.without_fork) if name)


def test_a_worker_that_draws_charts_is_an_input_of_every_page():
    path = f"analysis/{steps.RENDERER.modules[0].replace('.', '/')}.py"
    assert all(path in step.files for step in PLAN.pages.values())


READING = "(ROOT / 'README.md').read_text()\n    "


@pytest.mark.parametrize(
    ("file", "before", "message"),
    [
        ("analysis/missions/sources/receive.py", "folder = store.fresh_folder(", "reads README.md"),
        ("analysis/missions/edition/decision.py", "pattern = decide(", "reads README.md"),
        ("analysis/missions/edition/pages.py", "page = decide(", "reads README.md"),
        ("analysis/missions/edition/facts.py", "facts = [fact for name, page in pages.items()", "reads README.md"),
        ("analysis/missions/edition/record.py", "folder = Path(edition)", "reads README.md"),
        ("book/_ext/missions_book/site/publication.py", "warnings = [INTERNAL_BANNER]", "reads README.md"),
        ("book/_ext/missions_book/pdf/builder.py", "self.sources.mkdir(", "reads README.md"),
    ],
)
def test_whatever_builds_an_edition_is_refused_what_it_did_not_declare(workshop, file, before, message):
    """Deliveries, facts, the record, pages and PDFs are closed as annexes are."""
    path = workshop.root / file
    text = path.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if before in line)
    indent = line[: len(line) - len(line.lstrip())]
    edit(path, line, f"{indent}from missions.paths import ROOT as root; (root / 'README.md').read_text(encoding='utf-8')\n{line}")
    result = workshop.missions("build")
    assert result.returncode == 1
    assert message in result.stderr and "not among its declared inputs" in result.stderr, result.stderr
