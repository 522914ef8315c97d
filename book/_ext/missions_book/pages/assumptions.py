"""The choices of method (analysis/assumptions.yml) as a table for readers; their Dutch words stand in book/labels.yml."""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from missions.declared.assumptions import all_assumptions
from missions.present.shelves import choice_text
from missions.present.words import label

from ..outputs import build_table

_HEADERS = [("Keuze", False), ("Waarde", True), ("Waarom", False), ("Sinds verslagjaar", True)]


def _rows() -> list[list[str]]:
    return [
        [label(f"assumption_{key}"), choice_text(choice), label(f"assumption_{key}_because"), str(choice["since_year"])]
        for key, choice in all_assumptions().items()
    ]


class Assumptions(SphinxDirective):
    def run(self):
        return [build_table(_HEADERS, _rows(), id="assumptions-table", title="Keuzes in de methode")]


def setup(app: Sphinx) -> None:
    app.add_directive("assumptions", Assumptions)
