"""Fact cards: what is known of a number, beside the number itself. Only on the site; book/_static/fact-cards.js shows them.

Without JavaScript they stay hidden, and a number leads to its row among the key figures, which says the same.
"""

from __future__ import annotations

import html

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


def _card(app: Sphinx, page: str, fact: dict, known: dict) -> str:
    def address(document: str) -> str:
        return f"{app.builder.get_relative_uri(page, document)}#{anchor(fact['key'])}"

    said = {name: html.escape(words) for name, words in about_number(fact).items()}
    origin = address(f"{ANNEX_FOLDER}/{fact['origin']['annex']}")
    said["Berekend in"] = f'<a href="{origin}">{said["Berekend in"]}</a>'
    listed = "".join(f"<dt>{name}</dt><dd>{words}</dd>" for name, words in said.items())
    id = anchor(fact["key"])
    return (
        f'<section class="fact-card" id="card-{id}" role="dialog" aria-labelledby="card-{id}-title" tabindex="-1" hidden>'
        f'<h2 id="card-{id}-title">{html.escape(fact["estimand"])}</h2>'
        f'<p class="fact-card-number">{html.escape(fact["text"])}</p><dl>{listed}</dl>'
        f'<p class="fact-card-reference">{html.escape(reference(fact, known))}</p>'
        '<p class="fact-card-buttons"><button type="button" data-does="copy">Kopieer verwijzing</button>'
        f'<a href="{address(KEY_FIGURES)}">Bij alle kerncijfers</a>'
        '<button type="button" data-does="close">Sluiten</button></p></section>'
    )


def _add_cards(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    if doctree is None or app.builder.format != "html":
        return
    keys = list(dict.fromkeys(node["fact"] for node in doctree.findall(nodes.inline) if "fact" in node))
    if not keys:
        return
    known = about()
    cards = "".join(_card(app, pagename, FACTS[key], known) for key in keys)
    context["body"] += f'<aside class="fact-cards" aria-label="Uitleg bij cijfers">{cards}</aside>'


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", _add_cards, priority=800)
