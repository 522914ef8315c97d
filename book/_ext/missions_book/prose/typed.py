"""What prose may not say by itself: a figure that was typed, and a cause that the data cannot show.

A figure in a sentence comes from a fact or a setting, or the letter says what nobody computed. The rule holds for every page when
it is read, so that a preview refuses what an edition would; what is not printed (comments, code) is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sphinx.application import Sphinx

from missions.declared.typed_figures import allowed_figures
from missions.present.shelves import TEXTS

from ..reading.problems import note_problem, source_of

ROLE = re.compile(r"\{([a-z-]+)\}`([^`]*)`")
# Roles whose text is a key or a formula; those of others stand on the page as they were typed.
_KEYED = ("fact", "setting", "parameter", "record", "redact", "numref", "ref", "doc", "eq", "math")
_WITH_WORDS = re.compile(r"(.*?)\s*<[^<>]+>", re.DOTALL)
# Written-out figures are figures too.
_WORDS = re.compile(
    r"\b(vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf|twintig|dertig|veertig|vijftig|honderd|duizend|miljoen|miljard)\b"
)
# Words that say that one thing brings about another. Answers to a survey and counts of a register cannot carry them.
CAUSAL = re.compile(
    r"\b(leid(?:t|de|den|en)\b.{0,40}?\btot\b|door (?:de|deze|een|die) missies?\b|dankzij|veroorzaa\w+|als gevolg van"
    r"|zorgden? voor|levert?(?:de|den|e|t)?\b.{0,30}?\bop\b|het effect van|waardoor|daardoor|verklaart de|komt door)",
    re.IGNORECASE,
)
# Sentences on which the design does allow it, or that deny it; and on steps of a procedure, which do follow from each other.
_MAY = [re.compile(pattern) for pattern in (
    r"\bcbs_\w+`",  # the study of Statistics Netherlands compares with companies that stayed at home
    r"\b(niet|niets|geen|nooit)\b", r"\bof\b.*\bgegevens dat dragen\b", r"\?$",
    r"\b(zelfscan|toets|uitnodigingen|tot een gesprek)\b",
)]  # fmt: skip
_FENCE = re.compile(r"^\s*(`{3,}|~{3,}|:{3,})\s*(?:\{([\w-]+)\})?")
_NOT_PROSE = ("code", "code-block", "math", "eval-rst", "image")
_OPTION = re.compile(r"^\s*:[\w-]+:")
_HEARD = re.compile(r"^\s*:alt:")  # what a picture shows, for whoever does not see it
_FIGURE = "is typed: use {{fact}} or {{setting}}, or say in book/typed_figures.yml why it may stand there"
_CAUSE = "names a cause that the data do not show; say what goes together, or who says it"


def prose_of(text: str) -> Iterator[tuple[int, str]]:
    """Number and text of the lines that are printed as prose: without code, options of directives and comments."""
    text = re.sub(r"<!--.*?-->", lambda found: "\n" * found[0].count("\n"), text, flags=re.DOTALL)
    fences: list[tuple[str, bool, str | None]] = []  # what closes each, whether it holds prose, its name
    for number, line in enumerate(text.splitlines(), 1):
        fence = _FENCE.match(line)
        if fence and fences and not fence[2] and fence[1].startswith(fences[-1][0]):
            fences.pop()
        elif fence and (not fences or fences[-1][1]):
            is_prose = fence[1][0] == ":" or (fence[2] is not None and fence[2] not in _NOT_PROSE)
            fences.append((fence[1], is_prose, fence[2]))
            if fences[-1][1]:
                yield number, line[fence.end() :]  # the title of a directive
        elif fences and _OPTION.match(line):
            if (heard := _HEARD.match(line)) and fences[-1][2] != "math":
                yield number, line[heard.end() :]
        elif not (fences and not fences[-1][1]) and not line.startswith("%"):
            yield number, line


def as_typed(line: str) -> str:
    """A line without what roles put in: of {claim}`words <key>` the words stay."""

    def words(found: re.Match) -> str:
        explicit = _WITH_WORDS.fullmatch(found[2])
        return explicit[1] if explicit else "" if found[1] in _KEYED else found[2]

    return ROLE.sub(words, line)


def typed_figures(text: str) -> list[tuple[int, str]]:
    """Number and text of every line with a typed figure."""
    allowed = [re.compile(entry["pattern"]) for entry in allowed_figures().values()]
    found = []
    for number, line in prose_of(text):
        bare = as_typed(line)
        for pattern in allowed:
            bare = pattern.sub("", bare)
        if re.search(r"\d", bare) or _WORDS.search(bare.lower()):
            found.append((number, line.strip()))
    return found


def causal_sentences(text: str) -> list[tuple[int, str]]:
    """Number and text of every line that says more of causes than its numbers can."""
    return [
        (number, line.strip())
        for number, line in prose_of(text)
        if CAUSAL.search(line) and not any(pattern.search(line) for pattern in _MAY)
    ]


def markdown_of(notebook: str) -> str:
    """The prose of a notebook (jupytext), every line where it stands in the file."""
    lines, is_prose = [], False
    for line in notebook.splitlines():
        if line.startswith("# %%"):
            is_prose = "[markdown]" in line
        lines.append(line[2:] if is_prose and line.startswith("# ") and not line.startswith("# %%") else "")
    return "\n".join(lines)


def _check(app: Sphinx, page: str, source: list[str]) -> None:
    # Of an annex the text that a person writes: on its page stand names of missions, which have figures.
    text = markdown_of(TEXTS[source_of(app.env, page)] or "") if app.env.doc2path(page).endswith(".ipynb") else source[0]
    for found, problem in ((typed_figures(text), _FIGURE.format()), (causal_sentences(text), _CAUSE)):
        for number, line in found:
            note_problem(app.env, number, f'"{line}" {problem}', line, exact=True)


def setup(app: Sphinx) -> None:
    app.connect("source-read", _check)
