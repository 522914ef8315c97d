"""Fact cards: what is known of a number, beside the number itself. Only on the site; book/_static/fact-cards.js shows them.

Without JavaScript they stay hidden, and a number leads to its row among the key figures, which says the same. Their frame is
theme/fact-cards.html.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx

from missions.present.fact_text import anchor
from missions.present.shelves import FACTS

from ..prose.fact import ANNEX_FOLDER, KEY_FIGURES, about_number
from .citation import about


def reference(fact: dict, known: dict) -> str:
    """How to refer to one number, in words that stand on their own.

    known: the publication, as citation.about tells it. A synthetic number says so, also when it is pasted elsewhere.
    """
    source = f"{known['title']} (kenmerk {known['reference']}, versie {known['version']}), kerncijfer {fact['key']}"
    mark = "Synthetisch cijfer, geen echte uitkomst. " if fact["synthetic"] else ""
    return f"{mark}{fact['estimand'].rstrip('.')}: {fact['text']}. Bron: {source}."


def _card(app: Sphinx, page: str, fact: dict, known: dict) -> dict:
    """What theme/fact-cards.html shows of a number."""
    id = anchor(fact["key"])

    def address(document: str) -> str:
        return f"{app.builder.get_relative_uri(page, document)}#{id}"

    return {
        "id": f"card-{id}",
        "estimand": fact["estimand"],
        "text": fact["text"],
        "about": about_number(fact),
        "origin": address(f"{ANNEX_FOLDER}/{fact['origin']['annex']}"),
        "reference": reference(fact, known),
        "key_figures": address(KEY_FIGURES),
    }


def _add_cards(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    if doctree is None or app.builder.format != "html":
        return
    keys = list(dict.fromkeys(node["fact"] for node in doctree.findall(nodes.inline) if "fact" in node))
    if not keys:
        return
    known = about()
    context["fact_cards"] = [_card(app, pagename, FACTS[key], known) for key in keys]


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", _add_cards)
