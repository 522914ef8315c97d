"""An annex is an argument with calls, not a program."""

from __future__ import annotations

import ast

import pytest

from missions.choice import ENGINE_PARAMETERS
from missions.declared.year_file import MISSION, load_year
from missions.edition.annex import read_annex
from missions.edition.parameters import declared_parameters
from missions.paths import ROOT

ANNEXES = sorted(path.stem for path in (ROOT / "analysis" / "annexes").glob("*.py"))
FORBIDDEN = (ast.FunctionDef, ast.Lambda, ast.ClassDef, ast.For, ast.While, ast.Try, ast.With, ast.If)


def code_cells(name: str) -> list:
    return [cell for cell in read_annex(name).cells if cell.cell_type == "code"]


@pytest.mark.parametrize("name", ANNEXES)
def test_an_annex_is_short(name):
    lengths = [len(cell.source.splitlines()) for cell in code_cells(name)]
    assert len(lengths) <= 15
    assert max(lengths) <= 12
    assert sum(lengths) <= 90


@pytest.mark.parametrize("name", ANNEXES)
def test_an_annex_calls_and_does_not_program(name):
    for cell in code_cells(name):
        tree = ast.parse(cell.source)
        assert not [node for node in ast.walk(tree) if isinstance(node, FORBIDDEN)], cell.source
        called = {getattr(node.func, "id", "") for node in ast.walk(tree) if isinstance(node, ast.Call)}
        assert not called & {"open", "print", "eval", "exec"}


@pytest.mark.parametrize("name", ANNEXES)
def test_an_annex_has_no_bare_numbers(name):
    """Numbers are parameters, assumptions or data. Steps of one or two years back are words of the language."""
    for cell in code_cells(name):
        if "parameters" in cell.metadata.get("tags", []):
            continue
        numbers = [
            n.value for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.Constant) and type(n.value) in (int, float)
        ]
        assert set(numbers) <= {1, 2}, numbers


@pytest.mark.parametrize("name", ANNEXES)
def test_every_year_file_gives_exactly_the_parameters_of_the_annex(name):
    declared = declared_parameters(name, read_annex(name))
    for path in (ROOT / "analysis" / "years").glob("*.yml"):
        year = load_year(int(path.stem), "sample")
        for annex in (annex for annex, notebook in year.notebooks.items() if notebook == name):
            each = {MISSION} if annex in year.per_mission else set()
            assert set(declared) == {*ENGINE_PARAMETERS, *year.annexes[annex], *each}


def test_every_annex_is_run_and_stands_in_the_table_of_contents():
    contents = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    year = load_year(2025, "sample")
    assert set(year.notebooks.values()) == set(ANNEXES)
    assert all(f"book/annexes/{name}" in contents for name in year.annexes)


@pytest.mark.parametrize("name", ANNEXES)
def test_an_annex_opens_with_its_answer_and_ends_with_its_limits(name):
    cells = read_annex(name).cells
    assert cells[0].cell_type == "markdown" and cells[0].source.startswith(("# Bijlage", "# Missie "))
    assert "{fact}`" in cells[0].source
    assert cells[-1].cell_type == "markdown" and cells[-1].source.startswith(("## Wat deze bijlage niet", "## Wat dit blad niet"))
