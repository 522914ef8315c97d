"""The page on what changed: the directive {changes}, a table of the differences with the release and their explanations."""

from __future__ import annotations

import datetime

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from missions.present.differences import SENTENCE, figures_are_listed
from missions.present.fact_text import SYNTHETIC_NOTE
from missions.present.numbers import dutch_date
from missions.present.shelves import CLAIMS, EDITION, FACTS, RELEASED

from ..outputs import build_table

_HEADERS = [("Plaats", False), ("Wat", False), ("Was", False), ("Is nu", False), ("Verklaring", False)]
_NEW, _GONE, _OPEN = "stond er niet", "staat er niet meer", "nog geen verklaring"
_NO_RELEASE = "Van dit verslagjaar is nog geen uitgave vastgelegd; er is dus niets om mee te vergelijken."
_NOT_COMPARED = "Deze uitgave is nog niet vergeleken met die van {day}."
_NOTHING = "Er is niets veranderd sinds de uitgave van {day}."
_CHANGED = "Dit is veranderd sinds de uitgave van {day}."
_BEHIND = "Let op: deze lijst loopt achter op de cijfers van deze uitgave."


def _said(edition: dict, released: dict | None, changes: dict | None) -> list[str]:
    if released is None:
        return [_NO_RELEASE]
    day = dutch_date(datetime.date.fromisoformat(released["released_on"]))
    # TRAP: the list is made after a build, so that the figures of the next one can be ahead of it; a page may not deny that.
    is_current = figures_are_listed(changes or {}, released, edition)
    if changes is None:
        return [_NOT_COMPARED.format(day=day)]
    if not is_current:
        return [*([_CHANGED.format(day=day)] if changes else []), _BEHIND]
    return [(_CHANGED if changes else _NOTHING).format(day=day)]


class Changes(SphinxDirective):
    """The differences with the release of the same year, or a sentence that there are none."""

    def run(self):
        released, pairs = RELEASED["this year"], RELEASED["changes"]
        changes = None if pairs is None else dict(pairs)
        edition = {"facts": list(FACTS.values()), "claims": list(CLAIMS.values())}
        said = [nodes.paragraph(text=sentence) for sentence in _said(edition, released, changes)]
        rows = [[*row, explanation] for row, explanation in (changes or {}).items()]
        return [*said, *(_table(rows, EDITION["data"] == "sample") if rows else [])]


def _table(rows: list[list[str]], synthetic: bool) -> list[nodes.Node]:
    shown = [
        [place, what.capitalize() if what == SENTENCE else what, old or _NEW, new or _GONE, explanation or _OPEN]
        for place, what, old, new, explanation in rows
    ]
    title: list[nodes.Node] = [nodes.Text("Verschillen met de vastgelegde uitgave")]
    if not synthetic:
        return [build_table(_HEADERS, shown, id="changes-table", title=title)]
    title += [nodes.Text(" "), nodes.inline("", "synthetisch", classes=["synthetic-badge"])]
    note = nodes.paragraph(text=SYNTHETIC_NOTE, classes=["table-note"])
    return [build_table(_HEADERS, shown, id="changes-table", title=title), note]


def setup(app: Sphinx) -> None:
    app.add_directive("changes", Changes)
