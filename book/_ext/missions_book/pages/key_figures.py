"""The page of all key figures: a row per fact, which every number on the site leads to, and the same as files."""

from __future__ import annotations

import csv
import io

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from missions.present.fact_text import (
    SYNTHETIC_NOTE,
    anchor,
    basis_text,
    checksum_words,
    delivery_words,
    interval_text,
    interval_words,
    last_year_words,
)
from missions.present.numbers import WITHHELD
from missions.present.shelves import EDITION, FACTS, LAST_YEAR
from missions.present.words import label

from ..outputs import build_table, downloads, marked, without_empty_columns
from ..prose.fact import fact_nodes

_FILE = "kerncijfers"
_NO_RELEASE = "Over {year} is geen uitgave vastgelegd; daarom staat er geen cijfer van vorig jaar bij."
# Of the files: heading -> how a fact says it. Numbers stay numbers.
_COLUMNS = {
    "sleutel": lambda fact: fact["key"],
    "wat het zegt": lambda fact: fact["estimand"],
    "zoals gepubliceerd": lambda fact: fact["text"],
    "waarde": lambda fact: fact["value"],
    "eenheid": lambda fact: label(f"unit_{fact['unit']}"),
    "ondergrens": lambda fact: fact["interval"] and fact["interval"]["low"],
    "bovengrens": lambda fact: fact["interval"] and fact["interval"]["high"],
    "soort interval": lambda fact: interval_words(fact),
    "rust op": lambda fact: fact["n"],
    "van": lambda fact: fact["population_n"],
    "vorig jaar": lambda fact: fact["before"],
    "synthetisch": lambda fact: "ja" if fact["synthetic"] else "nee",
    "levering": lambda fact: "; ".join(delivery_words(source) for source in fact["inputs"]),
    "bijlage": lambda fact: label(f"annex_{fact['origin']['annex']}"),
    "cel": lambda fact: fact["origin"]["cell"],
}
_NUMBERS = {"waarde", "ondergrens", "bovengrens", "rust op", "van", "cel"}


class KeyFigures(SphinxDirective):
    """All facts of the edition, a section and a table per annex, after files with the same."""

    def run(self):
        year = EDITION["year"]
        facts = [fact | {"before": last_year_words(fact, LAST_YEAR)} for fact in FACTS.values()]
        annexes = dict.fromkeys(fact["origin"]["annex"] for fact in facts)
        said = [] if LAST_YEAR else [nodes.paragraph(text=_NO_RELEASE.format(year=year - 1))]
        return [*said, _files(year, facts), *(self._section(annex, facts, bool(LAST_YEAR)) for annex in annexes)]

    def _section(self, annex: str, facts: list[dict], has_before: bool) -> nodes.section:
        of_annex = [fact for fact in facts if fact["origin"]["annex"] == annex]
        before = [("Vorig jaar", True)] if has_before else []
        headers = [("Wat het zegt", False), ("Cijfer", True), ("Interval", True), ("Rust op", True), *before, ("Herkomst", False)]
        name = annex.replace("_", "-")
        title = label(f"annex_{annex}")
        section = nodes.section(ids=[f"key-figures-{name}"], names=[f"key-figures-{name}"])
        section += nodes.title(text=title)
        headers, rows = without_empty_columns(headers, [self._row(fact, has_before) for fact in of_annex])
        section += build_table(headers, rows, id=f"key-figures-table-{name}", title=f"Kerncijfers: {title}")
        if any(fact["synthetic"] for fact in of_annex):
            section += nodes.paragraph(text=f"S = {SYNTHETIC_NOTE}", classes=["table-note"])
        return section

    def _row(self, fact: dict, has_before: bool) -> list:
        says = [nodes.target(ids=[anchor(fact["key"])]), nodes.Text(fact["estimand"])]
        number = fact_nodes(self.env, fact, to="fact-origin")
        before = [fact["before"]] if has_before else []
        about = [marked(interval_text(fact), fact["synthetic"]), marked(basis_text(fact), fact["synthetic"])]
        return [says, number, *about, *before, self._origin(fact)]

    def _origin(self, fact: dict) -> list[nodes.Node]:
        place = nodes.inline("", f"cel {fact['origin']['cell']}")
        link = pending_xref(
            "", place, refdomain="", reftype="fact-origin", reftarget=fact["key"], refdoc=self.env.docname,
            annex=fact["origin"]["annex"],
        )  # fmt: skip
        names = ", ".join(f"{label(source['delivery'])} ({checksum_words(source)})" for source in fact["inputs"])
        return [link, nodes.Text(f"; {names}")]


def _files(year: int, facts: list[dict]) -> downloads:
    rows = [list(_COLUMNS), *([say(fact) for say in _COLUMNS.values()] for fact in facts)]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([["" if cell is None else cell for cell in row] for row in rows])
    about = [["Over deze cijfers", ""], ["verslagjaar", year]]
    if any(fact["synthetic"] for fact in facts):
        about += [["let op", f"{SYNTHETIC_NOTE} De kolom synthetisch zegt welke cijfers dat zijn."]]
    about += [[WITHHELD, "het cijfer rust op te weinig bedrijven of zou een ander cijfer verraden"]]
    fields = [
        {"name": name, "title": name, "type": "number" if name in _NUMBERS else "string", "unit": None} for name in _COLUMNS
    ]
    return downloads(
        words="Download alle kerncijfers",
        # TRAP: without the byte order mark Excel takes a CSV for one in an older encoding.
        files={f"{_FILE}.csv": text.getvalue().encode("utf-8-sig"), f"{_FILE}.xlsx": {"Kerncijfers": rows, "Toelichting": about}},
        title="Kerncijfers", fields=fields, synthetic=any(fact["synthetic"] for fact in facts),
    )  # fmt: skip


def setup(app: Sphinx) -> None:
    app.add_directive("key-figures", KeyFigures)
