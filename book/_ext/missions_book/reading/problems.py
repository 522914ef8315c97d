"""What is wrong in prose, told with file and line when every page has been read; any of it fails the build, strict or not."""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from missions.declared.year_file import load_year
from missions.paths import ROOT

from .by_page import keep_by_page, noted
from .edition import edition_facts

_PROBLEMS = "missions_problems"
READS = ("analysis/annexes/*.py",)  # to tell the line of a sentence that is refused


def note_problem(env, line: int | None, problem: str, words: str) -> None:
    """The page that is being read has this problem. words: as they stand in the source, to find the line in a notebook."""
    noted(env, _PROBLEMS).setdefault(env.docname, []).append(f"{place(env, env.docname, line, words)}: {problem}")


def place(env, page: str, line: int | None, words: str) -> str:
    """File and line in the text that a person edits: for an annex that is the notebook and not its page."""
    path = Path(env.doc2path(page))
    if path.suffix == ".ipynb":
        edition = edition_facts(env.config)
        notebook = load_year(edition["year"], edition["deliveries"]).notebooks.get(path.stem, path.stem)
        path = ROOT / "analysis" / "annexes" / f"{notebook}.py"
        lines = path.read_text(encoding="utf-8").splitlines()
        line = next((number for number, text in enumerate(lines, 1) if words in text), 0)
    return f"{path.relative_to(ROOT).as_posix()}, line {line or 0}"


def _fail(app: Sphinx, env) -> None:
    if problems := [problem for _, found in sorted(noted(env, _PROBLEMS).items()) for problem in found]:
        raise ExtensionError("\n".join(problems))


def setup(app: Sphinx) -> None:
    app.connect("env-updated", _fail)
    keep_by_page(app, _PROBLEMS)
