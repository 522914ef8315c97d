"""Errors that were found after publication: book/errata.yml as a table, or a sentence that there are none."""

from __future__ import annotations

import datetime
import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from missions.declared.reading import load_mapping
from missions.paths import ROOT
from missions.present.numbers import dutch_date
from missions.present.shelves import FILES

from ..outputs import build_table

READS = ("book/errata.yml",)
_FIELDS = ("found_on", "place", "was", "is", "cause", "decided_by", "version")
_HEADERS = ("Plaats", "Stond er", "Moet zijn", "Oorzaak", "Gevonden op", "Besloten door", "Goed vanaf versie")
_NONE = "Er zijn in deze publicatie tot nu toe geen fouten gevonden."


def load_errata() -> list[dict]:
    """Errors: ExtensionError that names the file, the line of the entry and what is wrong."""
    path = ROOT / READS[0]
    try:
        entries = load_mapping(path).get("errata")
    except ValueError as error:
        raise ExtensionError(f"{READS[0]}: {error}") from None
    lines = [n for n, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if re.match(r"\s*- ", text)]
    if not isinstance(entries, list):
        raise ExtensionError(f"{READS[0]}: expected a list under 'errata', found {entries!r}")
    for line, entry in zip(lines, entries, strict=False):
        if problem := _problem(entry):
            raise ExtensionError(f"{READS[0]}, line {line}: {problem}")
    return entries


def _problem(entry: object) -> str | None:
    if not isinstance(entry, dict) or set(entry) != set(_FIELDS):
        return f"an erratum has exactly {', '.join(_FIELDS)}"
    if type(entry["found_on"]) is not datetime.date:
        return f"found_on is no date (YYYY-MM-DD): {entry['found_on']!r}"
    empty = [name for name in _FIELDS[1:] if not str(entry[name] or "").strip()]
    return f"{empty[0]} is empty" if empty else None


class Errata(SphinxDirective):
    def run(self):
        entries = load_errata()
        FILES[READS[0]]  # the page rests on it
        if not entries:
            return [nodes.paragraph(text=_NONE)]
        rows = [
            [*(str(entry[name]) for name in ("place", "was", "is", "cause")), dutch_date(entry["found_on"]),
             entry["decided_by"], str(entry["version"])]
            for entry in entries
        ]  # fmt: skip
        headers = [(header, False) for header in _HEADERS]
        return [build_table(headers, rows, id="errata-table", title="Fouten die na publicatie zijn hersteld")]


def setup(app: Sphinx) -> None:
    app.add_directive("errata", Errata)
