"""What is wrong in prose, told with file and line when every page has been read; any of it fails the build, strict or not."""

from __future__ import annotations

from pathlib import Path

from by_page import keep_by_page, noted
from facts_file import edition_facts
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from missions.year import ROOT, load_year

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


def setup(app: Sphinx) -> dict:
    app.connect("env-updated", _fail)
    keep_by_page(app, _PROBLEMS)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
