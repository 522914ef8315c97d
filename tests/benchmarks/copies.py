"""Copies of the repository for the benchmark: as it is or with more annexes, and the changes that are made in them."""

from __future__ import annotations

import ast
import compileall
import hashlib
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ANNEXES = ("overview", "effect", "effect_programme", "effect_cbs", "minister_valuation", "minister_drivers", "imvo")
YEAR_FILE = "analysis/years/2025.yml"
ANNEX = "effect"  # the annex that is changed; it is also the heaviest one
TITLE = "Uitgenodigde bedrijven en antwoorden per jaar van de missie"  # of a table in that annex
DELIVERY = "survey_answers"
DELIVERED = "data/sample/2025/synthetisch_effectmeting.csv"
LIBRARY, FUNCTION = "survey", "year_means"
PAGE = "book/method/survey.md"
# What the ways make; nothing of it survives a cold start.
MADE = (".state", "_build", "data/validated", "book/annexes", ".cache", "notebooks")
FACTSHEETS = "  factsheet:\n    notebook: mission_factsheet\n    for_each_mission: true\n"
THEIR_PAGES = "      - file: book/factsheets\n        sections:\n          - glob: book/annexes/factsheet-*\n"
_OUTPUT_ID = re.compile(r'"((?:overview|effect|valuation|imvo)-[a-z-]+)"')
_NUMBERED = re.compile(r"\{numref\}`([a-z-]+)`")


# --- making copies --------------------------------------------------------------------------------------------------
def copy_repository(target: Path) -> None:
    """All files that git knows or would know, at the state of this moment."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)


def template(repository: Path, target: Path, size: int) -> list[str]:
    """A repository with that many annexes, compiled to byte code; returns their names in the order of the book."""
    shutil.copytree(repository, target)
    # The size is the number of annexes: the pages per mission, of which the register says how many there are, stay out.
    for name, text in ((YEAR_FILE, FACTSHEETS), ("_toc.yml", THEIR_PAGES)):
        _write(target / name, (target / name).read_text(encoding="utf-8").replace(text, ""))
    (target / "book/factsheets.md").unlink()
    for page in (target / "book").glob("*.md"):
        lines = page.read_text(encoding="utf-8").splitlines(keepends=True)
        _write(page, "".join(line for line in lines if "(factsheets.md)" not in line))
    names = list(ANNEXES)
    for number in range(2, size // len(ANNEXES) + 1):
        names += [_add_annex(target, name, f"{number:02}") for name in ANNEXES]
    # Byte code is no result of a build: nobody removes it before one, and no way may pay for the others.
    for folder in ("analysis/missions", "book/_ext"):
        compileall.compile_dir(target / folder, quiet=1)
    return names


def _add_annex(copy: Path, name: str, suffix: str) -> str:
    """The same annex once more: without facts and verdicts, which are published only once, and with ids of its own."""
    new = f"{name}_{suffix}"
    head, *cells = re.split(r"(?m)^(?=# %%)", (copy / f"analysis/annexes/{name}.py").read_text(encoding="utf-8"))
    kept = [cell for cell in cells if not re.search(r"(?m)^(publish|judge)\(", cell)]
    text = _OUTPUT_ID.sub(rf'"\1-{suffix}"', head + "".join(kept))
    text = _NUMBERED.sub(rf"{{numref}}`\1-{suffix}`", text)
    (copy / f"analysis/annexes/{new}.py").write_text(text, encoding="utf-8")
    contents, year = (copy / "_toc.yml").read_text(encoding="utf-8"), (copy / YEAR_FILE).read_text(encoding="utf-8")
    last = re.findall(r"(?m)^ *- file: book/annexes/.*\n", contents)[-1]
    _write(copy / "_toc.yml", contents.replace(last, last + re.sub(r"annexes/.*", f"annexes/{new}", last)))
    parameters = re.search(rf"(?m)^  {name}:(.*\n(?:    .*\n)*)", year[year.index("\nannexes:") :]).group(1)
    _write(copy / YEAR_FILE, f"{year.rstrip()}\n  {new}:{parameters}")
    labels = (copy / "book/labels.yml").read_text(encoding="utf-8")
    _write(copy / "book/labels.yml", f"{labels.rstrip()}\nannex_{new}: Bijlage {name} {suffix}\n")
    return new


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def make_cold(copy: Path) -> None:
    for name in MADE:
        shutil.rmtree(copy / name, ignore_errors=True)


# --- changes: each from the file of the template, so that a repeat replaces the change of the repeat before -----------
def mark(repeat: int) -> str:
    """A word that stands in no file before; what was built shows it."""
    return f"meetproef-nummer-{repeat}"


def change_annex(template: Path, copy: Path, repeat: int) -> None:
    """A sentence in a text cell, and code: the title of a table, so that the site shows whether the code was run again."""
    text = (template / f"analysis/annexes/{ANNEX}.py").read_text(encoding="utf-8")
    changed = text.replace(f'"{TITLE}"', f'"{TITLE} ({mark(repeat)}-code)"', 1)
    sentence = "# RVO nodigt deelnemende bedrijven"
    changed = changed.replace(sentence, f"# Deze zin hoort bij {mark(repeat)}-tekst.\n{sentence}", 1)
    if changed.count(mark(repeat)) != 2:
        raise SystemExit(f"analysis/annexes/{ANNEX}.py is no longer what the benchmark changes")
    _write(copy / f"analysis/annexes/{ANNEX}.py", changed)


def change_delivery(template: Path, copy: Path, repeat: int) -> str:
    """One answer about a mission of the year, and the checksum of a newly received file, which is returned."""
    lines = (template / DELIVERED).read_bytes().decode("utf-8").splitlines(keepends=True)
    heading = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    columns = lines[heading].split(";")
    mission, grade = columns.index("missie_id"), columns.index("rapportcijfer")
    graded = [n for n in range(heading + 1, len(lines)) if lines[n].split(";")[mission].startswith("2025-")]
    graded = [n for n in graded if lines[n].split(";")[grade].isdigit()]
    cells = lines[graded[repeat]].split(";")
    cells[grade] = "6" if cells[grade] != "6" else "7"
    lines[graded[repeat]] = ";".join(cells)
    content = "".join(lines).encode("utf-8")
    (copy / DELIVERED).write_bytes(content)
    checksum = hashlib.sha256(content).hexdigest()
    beside = Path(DELIVERED).with_suffix(".source.yml")
    sidecar = (template / beside).read_text(encoding="utf-8")
    _write(copy / beside, re.sub(r"(?m)^sha256: .*$", f"sha256: {checksum}", sidecar))
    return checksum


def change_page(template: Path, copy: Path, repeat: int) -> None:
    text = (template / PAGE).read_text(encoding="utf-8")
    _write(copy / PAGE, f"{text.rstrip()}\n\nDeze zin hoort bij {mark(repeat)}-pagina.\n")


def change_library(template: Path, copy: Path, repeat: int) -> None:
    """A statement in a function that changes no result: all annexes that use the module must run to find that out."""
    _insert_in_function(template, copy, f'repeat = "{mark(repeat)}"')


def change_results(template: Path, copy: Path) -> None:
    """Another result of that function: who does not show it did not run the annexes for the other change either."""
    _insert_in_function(template, copy, "answers = answers.assign(**{question: answers[question].clip(upper=scale[0] + 1)})")


def _insert_in_function(template: Path, copy: Path, statement: str) -> None:
    path = f"analysis/missions/estimates/{LIBRARY}.py"
    text = (template / path).read_text(encoding="utf-8")
    function = next(part for part in ast.parse(text).body if isinstance(part, ast.FunctionDef) and part.name == FUNCTION)
    lines = text.splitlines(keepends=True)
    lines.insert(function.body[1].lineno - 1, f"    {statement}\n")  # after the docstring
    _write(copy / path, "".join(lines))


# --- what a change touches ------------------------------------------------------------------------------------------
def readers_of(copy: Path, names: list[str], delivery: str) -> list[str]:
    """The annexes that read a delivery."""
    return [name for name in names if f'store.read("{delivery}"' in _annex_text(copy, name)]


def users_of(copy: Path, names: list[str], module: str) -> list[str]:
    """The annexes that import a module of missions.estimates."""
    return [name for name in names if module in _estimates(_annex_text(copy, name))]


def _annex_text(copy: Path, name: str) -> str:
    return (copy / f"analysis/annexes/{name}.py").read_text(encoding="utf-8")


def _estimates(text: str) -> set[str]:
    found = set()
    for statement in ast.walk(ast.parse(text)):
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("missions.estimates"):
            _, _, module = statement.module.partition("missions.estimates.")
            found |= {module.split(".")[0]} if module else {alias.name for alias in statement.names}
    return found


def book_pages(copy: Path) -> list[str]:
    """The pages of text in the book, as paths without an ending."""
    contents = (copy / "_toc.yml").read_text(encoding="utf-8")
    pages = re.findall(r"(?m)^(?:root| *- file): (\S+)$", contents)
    return [page for page in pages if not page.startswith("book/annexes/")]
