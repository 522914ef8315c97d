"""What is wrong in prose, told with file and line when every page has been read; any of it fails the build, strict or not."""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from missions.paths import ROOT, shown
from missions.present.shelves import ANNEXES, TEXTS

from .by_page import keep_by_page, noted

_PROBLEMS = "missions_problems"


def note_problem(env, line: int | None, problem: str, words: str, exact: bool = False) -> None:
    """The page that is being read has this problem. words: as they stand in the source; exact: see `place`."""
    noted(env, _PROBLEMS).setdefault(env.docname, []).append(f"{place(env, env.docname, line, words, exact)}: {problem}")


def place(env, page: str, line: int | None, words: str, exact: bool = False) -> str:
    """File and line in the text that a person edits: for an annex that is the notebook and not its page.

    line: where the paragraph begins, which is all that is known of what stands in it, or, if exact, where the words stand. words:
    to find the line within a paragraph, or in a notebook.
    """
    file, first = source_of(env, page), line or 1
    if exact and file.endswith(".md"):
        return f"{file}, line {line or 0}"
    if file.endswith(".py"):
        first, line = 1, 0
    lines = (TEXTS[file] or "").splitlines()
    line = next((number for number, text in enumerate(lines[first - 1 :], first) if words in text), line)
    return f"{file}, line {line or 0}"


def source_of(env, page: str) -> str:
    """The file of the repository that a person edits: for an annex that is the notebook."""
    path = Path(env.doc2path(page))
    if path.suffix != ".ipynb":
        return shown(path)
    annex = next((name for name in ANNEXES if path.stem == name or path.stem.startswith(f"{name}-")), path.stem)
    return shown(ROOT / "analysis" / "annexes" / f"{ANNEXES.get(annex, annex)}.py")


def _fail(app: Sphinx, env) -> None:
    # A notebook that is run for many missions has many pages, and one text.
    if problems := dict.fromkeys(problem for _, found in sorted(noted(env, _PROBLEMS).items()) for problem in found):
        raise ExtensionError("\n".join(problems))


def setup(app: Sphinx) -> None:
    app.connect("env-updated", _fail)
    keep_by_page(app, _PROBLEMS)
