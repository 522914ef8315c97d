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
        return " ".join("".join(_words(part) for part in self.parts if not any(_with(part, name) for name in names)).split())

    def nodes_with(self, name: str) -> list[nodes.Element]:
        """The nodes in it that have an attribute: "fact", "claim" or "said"."""
        return [node for part in self.parts for node in _with(part, name)]


def _with(part: nodes.Node, name: str) -> list[nodes.Element]:
    return [node for node in part.findall(nodes.inline) if name in node]


def _words(part: nodes.Node) -> str:
    if isinstance(part, pending_xref) and part["reftype"] == "numref":
        return ""  # as yet the name of a table, which gets a number
    shown = (text for text in part.findall(nodes.Text) if text.parent is None or "synthetic-mark" not in text.parent["classes"])
    return "".join(shown)


def sentences_of(page: nodes.document) -> Iterator[Sentence]:
    """All sentences of a page, headings and captions among them; what stands in the cells of tables is none."""
    for block in page.findall(lambda node: isinstance(node, nodes.paragraph | nodes.title | nodes.caption | nodes.term)):
        if not _in_table(block):
            yield from sentences_in(block)


def _in_table(node: nodes.Node) -> bool:
    while (node := node.parent) is not None:
        if isinstance(node, nodes.entry):
            return True
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
