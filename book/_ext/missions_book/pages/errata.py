"""Errors that were found after publication: book/errata.yml as a table, or a sentence that there are none."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from missions.declared.errata import declared_errata
from missions.declared.reading import DeclaredError
from missions.present.numbers import dutch_date

from ..outputs import build_table

_HEADERS = ("Plaats", "Stond er", "Moet zijn", "Oorzaak", "Gevonden op", "Besloten door", "Goed vanaf versie")
_NONE = "Er zijn in deze publicatie tot nu toe geen fouten gevonden."


class Errata(SphinxDirective):
    def run(self):
        try:
            entries = list(declared_errata().values())
        except DeclaredError as error:
            raise ExtensionError(str(error)) from None
        if not entries:
            return [nodes.paragraph(text=_NONE)]
        rows = [
            [*(entry[name] for name in ("place", "was", "is", "cause")), dutch_date(entry["found_on"]),
             entry["decided_by"], entry["version"]]
            for entry in entries
        ]  # fmt: skip
        headers = [(header, False) for header in _HEADERS]
        return [build_table(headers, rows, id="errata-table", title="Fouten die na publicatie zijn hersteld")]


def setup(app: Sphinx) -> None:
    app.add_directive("errata", Errata)
