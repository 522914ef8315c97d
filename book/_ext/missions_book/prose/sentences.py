"""Sentences as a reader sees them: what stands between full stops in a paragraph, with the numbers and claims in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from docutils import nodes
from sphinx.addnodes import pending_xref

# The end of a sentence: a full stop that is not of an abbreviation, and a space. What goes on with a small letter or a figure is
# the same sentence.
_STOP = r"(?<=[.!?])(?<!\bnr\.)(?<!\bbijv\.)(?<!\bca\.)(?<!\bresp\.)(?<!\bo\.a\.)"
_END = re.compile(_STOP + r"\s+(?=[^\sa-z\d])")
_LAST = re.compile(_STOP + r"\s+$")


@dataclass
class Sentence:
    """line: of the source, where its first word stands. parts: its nodes, and its own words as text."""

    line: int | None
    parts: list[nodes.Node] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.without()

    def without(self, *names: str) -> str:
        """Its words, without marks and without those in nodes that have one of these attributes."""
        return " ".join("".join(_words(part, names) for part in self.parts).split())

    def nodes_with(self, name: str) -> list[nodes.Element]:
        """The nodes in it that have an attribute: "fact", "claim" or "said"."""
        return [node for part in self.parts for node in _with(part, name)]


def _with(part: nodes.Node, name: str) -> list[nodes.Element]:
    return [node for node in part.findall(nodes.inline) if name in node]


def _words(node: nodes.Node, names: tuple[str, ...]) -> str:
    """Also of words within others, such as a number in words that are set apart, no more is left out than themselves."""
    if isinstance(node, nodes.Text):
        return str(node)
    if "synthetic-mark" in node["classes"] or any(name in node for name in names):
        return ""
    if isinstance(node, pending_xref) and node["reftype"] == "numref":
        return ""  # as yet the name of a table, which gets a number
    return "".join(_words(child, names) for child in node.children)


def sentences_of(page: nodes.document) -> Iterator[Sentence]:
    """All sentences of a page: of everything that holds words, headings and what pictures are said to show among them.

    Not of the cells of tables that an annex shows: they hold words for codes.
    """
    for block in page.findall(_holds_words):
        if isinstance(block, nodes.image):
            yield Sentence(block.line, [nodes.Text(block.get("alt", ""))])
        elif not _in_cell_of_ours(block):
            yield from sentences_in(block)


def _holds_words(node: nodes.Node) -> bool:
    if isinstance(node, nodes.FixedTextElement | nodes.math_block | nodes.Inline):
        return isinstance(node, nodes.image)
    return isinstance(node, nodes.TextElement | nodes.image)


def _in_cell_of_ours(node: nodes.Node) -> bool:
    is_in_cell = False
    while (node := node.parent) is not None:
        is_in_cell = is_in_cell or isinstance(node, nodes.entry)
        if isinstance(node, nodes.table):
            return is_in_cell and "data-table" in node["classes"]
    return False


def sentences_in(block: nodes.TextElement) -> list[Sentence]:
    """The sentences of a paragraph: its nodes in order, its own text cut where a sentence ends."""
    line, found = block.line, [Sentence(block.line)]
    has_ended = False
    for part in _pieces(block):
        at = 0
        for end in _END.finditer(part) if isinstance(part, str) else ():
            found[-1].parts.append(nodes.Text(part[at : end.start()]))
            line = _further(line, part[at : end.end()])
            found.append(Sentence(line))
            at = end.end()
        if has_ended:
            found.append(Sentence(line))
        rest = nodes.Text(part[at:]) if isinstance(part, str) else part
        found[-1].parts.append(rest)
        line = _further(line, rest.astext())
        # Something else may begin the next sentence: then the text ends with the full stop of this one.
        has_ended = isinstance(part, str) and _LAST.search(part) is not None
    return [one for one in found if one.text]


def _pieces(block: nodes.TextElement) -> list[str | nodes.Node]:
    """The nodes of a paragraph, with text that stands together as one: MyST gives every line a node of its own."""
    found: list[str | nodes.Node] = []
    for node in block.children:
        if not isinstance(node, nodes.Text):
            found.append(node)
        elif found and isinstance(found[-1], str):
            found[-1] += str(node)
        else:
            found.append(str(node))
    return found


def _further(line: int | None, text: str) -> int | None:
    return None if line is None else line + text.count("\n")
