"""The site as a publication: banner, downloads, Dutch throughout, nothing from another host.

Each repair of the theme stands here with its reason; the looks are in book/_static/publication.css.
"""

from __future__ import annotations

import re
from pathlib import Path

from docutils import nodes
from facts import edition_facts
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

PDF_FOLDER = "pdf"
BANNER = "Voorbeelduitgave met synthetische gegevens: geen officiële publicatie. Cijfers met een S zijn niet echt."


def banner_text(edition: dict) -> str | None:
    """The warning that every page of an edition with any synthetic input carries."""
    return BANNER if any(fact["synthetic"] for fact in edition["facts"]) else None


class Downloads(SphinxDirective):
    """A list of all PDFs of the edition."""

    def run(self):
        items = nodes.bullet_list()
        for document in self.config.typst_documents:
            link = nodes.reference("", f"{document['title']} (PDF)", refuri=pdf_address(self.env.docname, document["name"]))
            items += nodes.list_item("", nodes.paragraph("", "", link))
        return [items]


def pdf_address(docname: str, pdf: str) -> str:
    return f"{'../' * docname.count('/')}{PDF_FOLDER}/{pdf}.pdf"


def setup(app: Sphinx) -> dict:
    app.add_config_value("missions_code", "", "env")
    app.add_directive("downloads", Downloads)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
