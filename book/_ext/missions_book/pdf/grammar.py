"""What a writer may type: refused is, with file and line, all that site and PDF cannot both show.

It happens when a page is read, so that a preview of the site refuses what a PDF could not hold. What may be typed stands in
CONTRIBUTING.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from .. import events
from ..prose.latex import parse
from ..prose.picture import wrong_with
from ..reading.problems import note_problem
from .writer import LINE_BREAK, TypstWriter

_COMMENTS = re.compile(r"<!--.*?-->", re.DOTALL)
# Marks that no reader should see: they are what is left when something was not understood, and would be printed as typed.
_LEFT_OVER = (
    (re.compile(r"~~"), "words cannot be struck through; say in a sentence what changed"),
    (re.compile(r"\$"), "a dollar sign stands only around a formula, with no space inside: $a$; a currency is a word"),
    (re.compile(r"\\begin\{"), "a formula stands between dollar signs or in {math}, each line of it by itself"),
    (re.compile(r"\{\{|\}\}"), "there are no substitutions; a number is a {fact}, a date a {setting}"),
    (re.compile(r":::|```"), "a block that does not begin and end on lines of its own"),
    (re.compile(r"\*\*"), "two asterisks that make nothing bold"),
    (re.compile(r"\[\^[^\]]+\]"), "a footnote without its text"),
)
_TASK = re.compile(r"\[[ xX]\]\s")
_TABS = "tabs cannot be printed; write headings, or a {dropdown}"
_NO_DIRECTIVES = {"tab-set": _TABS, "tab-item": _TABS, "tabs": _TABS}
_RESOLVED_LATER = (nodes.pending, nodes.system_message, nodes.problematic, nodes.substitution_definition)
_NOT_IN_A_HEADING = (nodes.image, nodes.math, nodes.footnote_reference)
_WORDS_FOR = {
    "raw": "HTML in a page",
    "download_reference": "a link to a file",
    "topic": "a topic or list of contents",
    "only": "text for one form only",
}


def _check(app: Sphinx, page: nodes.document) -> None:
    _drop_comments(page)
    told = {}  # once for a line: <b> and </b> are one thing to mend
    for node in _to_judge(page):
        told |= {(line_of(node), problem): _as_typed(node) for problem in _wrong_with(node)}
    for (line, problem), words in told.items():
        note_problem(app.env, line, problem, words, exact=True)


def _drop_comments(page: nodes.document) -> None:
    """Comments are for whoever edits the page; Sphinx would show those of HTML to whoever reads its source."""
    for node in list(page.findall(lambda node: isinstance(node, nodes.comment | nodes.raw))):
        if isinstance(node, nodes.comment) or (node["format"] == "html" and not _COMMENTS.sub("", node.astext()).strip()):
            _close_gap(node)
            node.parent.remove(node)
        elif node["format"] == "latex":
            node.parent.remove(node)  # the end of a line, for a printer that we do not have


def _close_gap(comment: nodes.Node) -> None:
    """One space where a comment within a sentence had one on each side."""
    at = comment.parent.index(comment)
    before, after = comment.parent[at - 1 : at], comment.parent[at + 1 : at + 2]
    if before and after and before[0].astext().endswith(" ") and isinstance(after[0], nodes.Text):
        comment.parent.replace(after[0], nodes.Text(after[0].lstrip(" ")))


def _to_judge(node: nodes.Node) -> Iterator[nodes.Node]:
    """All nodes but those that Sphinx itself refuses, and those that are a part of something that is refused here."""
    if isinstance(node, nodes.system_message | nodes.problematic):
        return
    yield node
    if isinstance(node, nodes.document) or (isinstance(node, nodes.Element) and _is_written(node)):
        for child in node.children:
            yield from _to_judge(child)


def _is_written(node: nodes.Element) -> bool:
    """Whether the PDF can show it; what the site can show is more."""
    if isinstance(node, nodes.raw):
        return node.astext() == LINE_BREAK
    name = f"visit_{node.tagname}"
    return hasattr(TypstWriter, name) or node.tagname == "pending_xref" or isinstance(node, _RESOLVED_LATER)


def _wrong_with(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Text):
        yield from _left_over(node)
    elif isinstance(node, nodes.Element) and not _is_written(node):
        what = _WORDS_FOR.get(node.tagname, node.tagname)
        yield f"{what} is not among what site and PDF can both show (CONTRIBUTING.md, What a writer may type)"
    elif isinstance(node, nodes.math | nodes.math_block):
        try:
            parse(node.astext())
        except ValueError as error:
            yield f"in the formula {' '.join(node.astext().split())}: {error}"
    elif isinstance(node, nodes.image):
        yield from wrong_with(node)
    elif isinstance(node, nodes.figure | nodes.table):
        yield from _laid_out(node)
    elif isinstance(node, nodes.enumerated_list) and node.get("enumtype", "arabic") != "arabic":
        yield "a list is numbered with figures only"
    if isinstance(node, _NOT_IN_A_HEADING) and _in_heading(node):
        yield f"a heading holds words only, no {node.tagname.replace('_', ' ')}"
    if isinstance(node, nodes.footnote_reference) and _inside(node, nodes.footnote):
        yield "a footnote has no footnote of its own"


def _left_over(node: nodes.Text) -> Iterator[str]:
    if _inside(node, (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw)):
        return
    yield from (problem for mark, problem in _LEFT_OVER if mark.search(node))
    paragraph = node.parent
    first_in_item = isinstance(paragraph.parent, nodes.list_item) and paragraph.parent[0] is paragraph and paragraph[0] is node
    if first_in_item and _TASK.match(node):
        yield "a list has no boxes to tick; say in words what is done"


def _laid_out(node: nodes.figure | nodes.table) -> Iterator[str]:
    given = [option for option in ("align", "width") if node.get(option, "default") != "default"]
    given += ["widths"] if "colwidths-given" in node["classes"] else []
    for option in given:
        yield f"a {node.tagname} has no option {option}: how it stands on the page follows from what it holds"


def _inside(node: nodes.Node, kinds: type | tuple[type, ...]) -> bool:
    while (node := node.parent) is not None:
        if isinstance(node, kinds):
            return True
    return False


def _in_heading(node: nodes.Node) -> bool:
    while node is not None and not isinstance(node, nodes.title):
        node = node.parent
    return node is not None and isinstance(node.parent, nodes.section)


def line_of(node: nodes.Node) -> int | None:
    """The line of a node in its page; MyST knows only where a paragraph begins."""
    further = 0
    while isinstance(node, nodes.Text | nodes.Inline | nodes.image | nodes.raw) and isinstance(node.parent, nodes.TextElement):
        further += sum(before.astext().count("\n") for before in node.parent[: node.parent.index(node)])
        node = node.parent
    # TRAP: docutils gives a node without a line the line of the last block that was read.
    row = node.parent.parent if isinstance(node.parent, nodes.entry) else None
    if row is not None and "colwidths-auto" in (table := row.parent.parent.parent)["classes"]:  # typed with upright strokes
        return table.line + (row.parent.index(row) + 2 if isinstance(row.parent, nodes.tbody) else 0)
    while node is not None and node.line is None:
        node = node.parent
    return None if node is None else node.line + further


def _as_typed(node: nodes.Node) -> str:
    """Words by which the line is found in a notebook."""
    text = node["uri"].rpartition("/")[2] if isinstance(node, nodes.image) else node.astext()
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


class Refused(SphinxDirective):
    """What writers know from other books, and this one cannot print."""

    optional_arguments, final_argument_whitespace, has_content = 1, True, True

    def run(self):
        note_problem(self.env, self.lineno, _NO_DIRECTIVES[self.name], f"{{{self.name}}}", exact=True)
        return []


def setup(app: Sphinx) -> None:
    for name in _NO_DIRECTIVES:
        app.add_directive(name, Refused)
    app.connect("doctree-read", _check, priority=events.CHECK_GRAMMAR)
