"""A number brings its own unit: a word for a unit beside it would say another one, or the same one twice."""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx

from missions.present.shelves import FACTS

from ..reading.problems import note_problem

_AFTER = re.compile(r"\s*(procentpunt(?:en)?|procent|%|‰|euro|miljoen|miljard|duizend|punt(?:en)?)(?![\w-])", re.IGNORECASE)
_BEFORE = re.compile(r"(€|\beuro)\s*$", re.IGNORECASE)


def unit_words(before: str, after: str) -> list[str]:
    """Words for a unit directly beside a number."""
    return [found.group(1) for found in (_BEFORE.search(before), _AFTER.match(after)) if found]


def _check(app: Sphinx, doctree: nodes.document) -> None:
    for number in doctree.findall(lambda node: isinstance(node, nodes.inline) and "number" in node["classes"]):
        of = next((inner["fact"] for inner in number.findall(nodes.inline) if "fact" in inner), None)
        if of is None:
            continue
        at = number.parent.index(number)
        before, after = (number.parent[n].astext() if 0 <= n < len(number.parent) else "" for n in (at - 1, at + 1))
        for word in unit_words(before, after):
            problem = f"'{word}' beside {{fact}}`{of}`, which is in {FACTS[of]['unit']} and brings the words for its unit itself"
            note_problem(app.env, number.parent.line, problem, f"`{of}`")


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", _check)
