"""Who may know whom, and other rules of the house that a program can hold."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from missions.paths import ROOT

LIBRARY = ROOT / "analysis" / "missions"
NOTEBOOKS = ROOT / "analysis" / "annexes"

# room -> other rooms of the library that it may import
MAY_IMPORT = {
    "paths": set(),
    "files": set(),
    "choice": set(),
    "keyed": {"paths", "files"},
    "machine": {"paths", "files", "keyed"},
    "declared": {"paths", "choice"},
    "dictionary": {"paths"},
    "contracts": {"paths", "dictionary"},
    "store": {"paths", "files", "dictionary"},
    "sources": {"paths", "files", "keyed", "store", "contracts", "dictionary", "declared"},
    "estimates": set(),
    "disclosure": {"declared"},
    "verdicts": {"declared", "disclosure", "estimates"},
    "published": {"paths", "choice"},
    "chain": {"paths", "files", "choice", "published", "machine"},
    "present": {"paths", "choice", "declared", "disclosure", "dictionary", "published"},
    "sample": {"dictionary", "contracts", "sources"},
    "edition": {
        *("paths", "files", "choice", "machine", "declared", "sources", "disclosure", "present", "store"),
        *("contracts", "dictionary", "chain", "keyed", "published"),
    },
    "desk": {
        *("paths", "files", "choice", "machine", "declared", "sources", "present", "store", "published"),
        *("edition", "contracts", "dictionary", "chain", "keyed"),
    },
    "__main__": {"paths", "choice", "machine", "edition", "desk", "sample", "declared"},
}
NOTEBOOKS_MAY_IMPORT = {"store", "declared", "estimates", "disclosure", "verdicts", "present"}
ESTIMATES_MAY_USE = {"__future__", "numpy", "pandas", "scipy", "collections", "math"}


def room_of(path: Path) -> str:
    return path.relative_to(LIBRARY).parts[0].removesuffix(".py")


def imported_modules(path: Path) -> set[str]:
    """Absolute names of all modules that a file imports, wherever in the file."""
    package = ["missions", *path.relative_to(LIBRARY).parent.parts] if path.is_relative_to(LIBRARY) else []
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            # `from . import x` names the module x, not the package.
            names |= {f"{stem}.{alias.name}" for alias in node.names} if stem == "missions" or not node.module else {stem}
    return names


BOOK = ROOT / "book" / "_ext" / "missions_book"
# Which rooms of the library the extension may import, and each room of the extension which others; all know the table of events.
BOOK_MAY_IMPORT = {"choice", "declared", "dictionary", "machine", "paths", "present"}
BOOK_ROOMS = {
    "events": set(),
    "outputs": set(),
    "reading": set(),
    "prose": {"outputs", "reading"},
    "pages": {"outputs", "reading", "prose"},
    "site": {"outputs", "reading", "prose"},
    "pdf": {"outputs", "reading", "prose", "site"},
    "speed": {"reading"},
}
OPENS_FILES = {"open", "read_text", "read_bytes", "load_year", "read_by_key", "load_published", "safe_load", "read_csv"}
# These look at what the build itself has just written (text to compile, a drawing, the index of the search) or at Sphinx's words.
MAY_OPEN_FILES = {"pdf/file.py", "outputs.py", "reading/freshness.py", "site/theme.py"}


def rooms_of_book(path: Path) -> set[str]:
    """The rooms of the extension that a module imports."""
    package = path.relative_to(BOOK).parent.parts
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            names = [*base, *(node.module or "").split(".")] if node.module else [*base]
            found |= {names[0]} if [name for name in names if name] else {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("path", sorted(BOOK.rglob("*.py")), ids=lambda p: p.relative_to(BOOK).as_posix())
def test_a_room_of_the_book_knows_only_the_rooms_that_it_may(path):
    assert imported_rooms(path) <= BOOK_MAY_IMPORT
    room = path.relative_to(BOOK).parts[0].removesuffix(".py")
    if room not in ("__init__", "parts"):  # which sets up all of them
        assert rooms_of_book(path) - {room, "events"} <= BOOK_ROOMS[room]
        assert "machine" not in imported_rooms(path) or room in ("speed", "pdf"), (
            "only the gate, through which a build and Sphinx wait"
        )


@pytest.mark.parametrize("path", sorted(BOOK.rglob("*.py")), ids=lambda p: p.relative_to(BOOK).as_posix())
def test_the_book_reads_through_the_door_and_opens_no_file(path):
    """What a page uses is what it noted: there is no way in beside the door (missions.declared.door)."""
    name = path.relative_to(BOOK).as_posix()
    assert name in MAY_OPEN_FILES or not names_used(path) & OPENS_FILES


def names_used(path: Path) -> set[str]:
    """Every name and attribute in the code of a file; words in comments and docstrings do not count."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {getattr(node, "id", None) or getattr(node, "attr", None) for node in ast.walk(tree)} - {None}


def imported_rooms(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imported_modules(path) if name.startswith("missions.")}


@pytest.mark.parametrize("path", sorted(LIBRARY.rglob("*.py")), ids=lambda p: p.relative_to(LIBRARY).as_posix())
def test_a_room_knows_only_the_rooms_that_it_may(path):
    room = room_of(path)
    if room == "__init__":
        return
    assert room in MAY_IMPORT, f"{room}: a new room needs a line in MAY_IMPORT"
    assert imported_rooms(path) - {room} <= MAY_IMPORT[room]


def test_the_check_on_imports_sees_a_forbidden_one(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "LIBRARY", tmp_path)
    (tmp_path / "estimates").mkdir()
    bad = tmp_path / "estimates" / "bad.py"
    bad.write_text("from .. import store\nfrom ..present.numbers import dutch\nimport missions.sources.delivery\n")
    assert imported_rooms(bad) == {"store", "present", "sources"}


@pytest.mark.parametrize("path", sorted((LIBRARY / "estimates").glob("*.py")), ids=lambda p: p.name)
def test_estimates_are_pure(path):
    """No files, no clock, no randomness: tables in, results out."""
    used = {name.split(".")[0] for name in imported_modules(path) if not name.startswith("missions")}
    assert used <= ESTIMATES_MAY_USE
    assert not names_used(path) & {"open", "read_csv", "read_parquet", "to_csv", "random", "now", "today"}


@pytest.mark.parametrize("path", sorted((LIBRARY / "present").glob("*.py")), ids=lambda p: p.name)
def test_display_does_not_compute(path):
    assert not names_used(path) & {"groupby", "merge", "pivot", "pivot_table", "mean", "sum", "scipy", "statsmodels"}


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.py")), ids=lambda p: p.stem)
def test_annexes_know_no_suppliers_and_no_engine(path):
    assert imported_rooms(path) <= NOTEBOOKS_MAY_IMPORT
    assert "pandas" not in imported_modules(path)


def test_no_file_is_too_long_to_read():
    for path in [*LIBRARY.rglob("*.py"), *(ROOT / "book" / "_ext").glob("*.py"), *(ROOT / "tests").glob("*.py")]:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path.name


def test_names_carry_no_year():
    """A new year adds files beside the old ones; a name with a year in it would have to be copied."""
    for path in [*LIBRARY.rglob("*.py"), *NOTEBOOKS.glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node, "name", None) or getattr(node, "id", None) or getattr(node, "arg", None)
            assert not (isinstance(name, str) and any(f"20{n}" in name for n in range(10, 40))), f"{path.name}: {name}"


def test_judgements_that_the_code_names_are_in_the_list():
    import re

    from missions.declared.assumptions import all_assumptions

    for path in LIBRARY.rglob("*.py"):
        for key in re.findall(r"ASSUME: (\w+)", path.read_text(encoding="utf-8")):
            assert key in all_assumptions(), f"{path.name}: {key}"
    used = "".join(
        path.read_text(encoding="utf-8") for folder in (NOTEBOOKS, LIBRARY / "edition") for path in folder.glob("*.py")
    )
    assert all(f'assumption("{key}"' in used for key in all_assumptions()), "an assumption that nobody uses"


def test_what_every_build_imports_before_it_knows_what_must_run_is_little():
    """A table, a notebook and a chart are for the processes that make something; importing their libraries takes a second."""
    program = "import sys, missions.__main__, missions.edition.build, missions.edition.outlook; print(*sys.modules)"
    environment = os.environ | {"PYTHONPATH": str(ROOT / "analysis")}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert {"missions.edition.items", "yaml"} <= set(done.stdout.split())
    assert not {"numpy", "pandas", "pyarrow", "nbformat", "altair", "sphinx"} & set(done.stdout.split())
