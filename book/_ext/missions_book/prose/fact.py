"""Numbers in prose: the roles {fact} and {setting}.

Prose owns no numbers: {fact}`key` prints the Dutch text of a fact and links to what it says and where it was published;
{setting}`key` prints a value of the year file or of the assumptions. An unknown key fails every build, strict or not.
"""

from __future__ import annotations

import difflib

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.nodes import make_refnode

from missions.present.fact_text import SYNTHETIC_NOTE, anchor, basis_words, delivery_words, interval_words, last_year_words
from missions.present.shelves import EDITION, FACTS, LAST_YEAR, SETTINGS
from missions.present.words import label

from ..outputs import number_nodes
from ..reading.problems import note_problem

ANNEX_FOLDER = "book/annexes"
KEY_FIGURES = "book/key-figures"


def annex_words(fact: dict) -> str:
    """Where a number was made."""
    annex, cell = fact["origin"]["annex"], fact["origin"]["cell"]
    return f"{label(f'annex_{annex}')}, cel {cell}"


def about_number(fact: dict) -> dict[str, str]:
    """What is known of a number, by what it is called; the card of a number says this (site/cards.py)."""
    said = {
        "Interval": interval_words(fact),
        "Rust op": basis_words(fact),
        "Levering": "; ".join(delivery_words(source) for source in fact["inputs"]),
        "Berekend in": annex_words(fact),
        "Vorig jaar": last_year_words(fact, LAST_YEAR),
        "Let op": SYNTHETIC_NOTE if fact["synthetic"] else "",
    }
    return {name: words for name, words in said.items() if words}


class _KeyRole(SphinxRole):
    """A role whose text is a key; an unknown key is an error of the whole build."""

    kind = ""

    def unknown(self, known) -> tuple[list, list]:
        key = self.text.strip()
        near = difflib.get_close_matches(key, known, n=3)
        hint = f" (did you mean {' or '.join(near)}?)" if near else ""
        note_problem(self.env, self.get_source_info()[1], f"unknown {self.kind} '{key}'{hint}", f"`{key}`")
        return [nodes.problematic(text=key)], []


class FactRole(_KeyRole):
    kind = "fact"

    def run(self):
        fact = FACTS.get(self.text.strip())
        if fact is None:
            return self.unknown(FACTS)
        about_number(fact)  # what its card will say: the page rests on that too
        return fact_nodes(self.env, fact), []


class SettingRole(_KeyRole):
    kind = "setting"

    def run(self):
        text = SETTINGS.get(self.text.strip())
        return ([nodes.Text(text)], []) if text is not None else self.unknown(SETTINGS)


def fact_nodes(env, fact: dict, to: str = "fact") -> list[nodes.Node]:
    """The number, linked to all that is known of it, and a mark when it rests on synthetic rows.

    to: "fact" links to the key figures; "fact-origin" to the annex where the number was published.
    """
    content = nodes.inline("", fact["text"], classes=["fact"], fact=fact["key"])
    link = pending_xref(
        "", content, refdomain="", reftype=to, reftarget=fact["key"], refdoc=env.docname, annex=fact["origin"]["annex"]
    )
    return [number_nodes(link, fact["synthetic"])]


def _resolve_fact(app: Sphinx, env, node, content):
    """On the site a number leads to its row among the key figures; in a PDF, where that page may not be, to its annex."""
    if node.get("reftype") not in ("fact", "fact-origin"):
        return None
    document, place = KEY_FIGURES, anchor(node["reftarget"])
    if node["reftype"] == "fact-origin" or app.builder.format != "html" or KEY_FIGURES not in env.found_docs:
        document = f"{ANNEX_FOLDER}/{node['annex']}"
    return make_refnode(app.builder, node["refdoc"], document, place, content, None)


class WhenKnown(SphinxDirective):
    """Text for when all these facts have a value; {when-unknown} for when any of them has none."""

    required_arguments, final_argument_whitespace, has_content = 1, True, True

    def run(self):
        keys = self.arguments[0].split()
        for key in (key for key in keys if key not in FACTS):
            note_problem(self.env, self.lineno, f"unknown fact '{key}'", key)
            return []
        is_known = all(FACTS[key]["value"] is not None for key in keys)
        return self.parse_content_to_nodes() if is_known == (self.name == "when-known") else []


class SampleOnly(SphinxDirective):
    """Text that only an edition with the synthetic sample has."""

    has_content = True

    def run(self):
        return self.parse_content_to_nodes() if EDITION["data"] == "sample" else []


def setup(app: Sphinx) -> None:
    app.add_role("fact", FactRole())
    app.add_role("setting", SettingRole())
    app.add_directive("sample-only", SampleOnly)
    for name in ("when-known", "when-unknown"):
        app.add_directive(name, WhenKnown)
    app.connect("missing-reference", _resolve_fact)
