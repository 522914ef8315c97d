"""Numbers in prose: the roles {fact} and {setting}.

Prose owns no numbers: {fact}`key` prints the Dutch text of a fact and links to what it says and where it was born; {setting}`key`
prints a value of the year file or of the assumptions. An unknown key fails every build, strict or not.
"""

from __future__ import annotations

import difflib
import hashlib
from functools import lru_cache

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.nodes import make_refnode

from missions.declared.assumptions import all_assumptions
from missions.declared.year_file import load_year
from missions.paths import year_path
from missions.present.fact_text import anchor
from missions.present.numbers import dutch, dutch_date
from missions.published import fact_before

from ..outputs import number_nodes
from ..reading import freshness
from ..reading.edition import edition_facts
from ..reading.problems import note_problem

ANNEX_FOLDER = "book/annexes"
KEY_FIGURES = "book/key-figures"
_DATA_PHRASES = {"sample": "In de synthetische voorbeeldgegevens", "real": "In de gegevens van RVO en het ministerie"}


def choice_text(choice: dict) -> str:
    return dutch(100 * choice["value"], "pct") if choice["unit"] == "share" else dutch(choice["value"], "count")


def settings_of(edition: dict) -> dict[str, str]:
    """What {setting} may print: values of the year file and of the assumptions, in Dutch."""
    path = year_path(edition["year"])
    return _settings(edition["year"], edition["deliveries"], path.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _settings(reporting_year: int, world: str, changed_ns: int) -> dict[str, str]:
    year = load_year(reporting_year, world)
    return {
        "reporting_year": str(year.reporting_year),
        "reference": year.reference,
        "annexes_n": str(year.annexes_n),
        # Opens every sentence with numbers that are not on record: no reader may take them for RVO's own.
        "in_the_data": _DATA_PHRASES[world],
        **{key: dutch_date(day) for key, day in year.dates.items()},
        **{f"scale_{name}": f"{low} tot en met {high}" for name, (low, high) in year.scales.items()},
        **{key: choice_text(choice) for key, choice in all_assumptions().items()},
    }


def note_inputs(env) -> dict:
    """All facts, and a note that this page must be read again when any of them or the year file changes.

    TRAP: without it an incremental build leaves old numbers in a page whose own text did not change.
    """
    freshness.note(env, "edition", "", _everything(env, ""))
    return edition_facts(env.config)


def _everything(env, key: str) -> list:
    edition = edition_facts(env.config)
    return [edition, hashlib.sha256(year_path(edition["year"]).read_bytes()).hexdigest()]


def _one_fact(env, key: str) -> dict | None:
    return next((fact for fact in edition_facts(env.config)["facts"] if fact["key"] == key), None)


def _one_setting(env, key: str) -> str | None:
    return settings_of(edition_facts(env.config)).get(key)


def _world(env, key: str) -> str:
    return edition_facts(env.config)["deliveries"]


def _last_year(env, key: str) -> dict | None:
    """The fact as it was published the year before; {} when it was not, None when nothing was."""
    edition = edition_facts(env.config)
    released = fact_before(edition["year"], edition["deliveries"])
    return released.get(key, {}) if released else None


freshness.known |= {
    "edition": _everything,
    "fact": _one_fact,
    "setting": _one_setting,
    "world": _world,
    "last year": _last_year,
}


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
        key = self.text.strip()
        fact = _one_fact(self.env, key)
        freshness.note(self.env, "fact", key, fact)
        # What the card of the number says besides (book/_ext/fact_cards.py).
        freshness.note(self.env, "last year", key, _last_year(self.env, key))
        freshness.note(self.env, "setting", "reference", _one_setting(self.env, "reference"))
        facts = edition_facts(self.env.config)["facts"]
        return (fact_nodes(self.env, fact), []) if fact else self.unknown([fact["key"] for fact in facts])


class SettingRole(_KeyRole):
    kind = "setting"

    def run(self):
        settings = settings_of(edition_facts(self.env.config))
        text = settings.get(self.text.strip())
        freshness.note(self.env, "setting", self.text.strip(), text)
        return ([nodes.Text(text)], []) if text is not None else self.unknown(settings)


def fact_nodes(env, fact: dict, to: str = "fact") -> list[nodes.Node]:
    """The number, linked to all that is known of it, and a mark when it rests on synthetic rows.

    to: "fact" links to the key figures; "fact-origin" to the annex where the number was born.
    """
    content = nodes.inline("", fact["text"], classes=["fact"], fact=fact["key"])
    link = pending_xref("", content, refdomain="", reftype=to, reftarget=fact["key"], refdoc=env.docname)
    return [number_nodes(link, fact["synthetic"])]


def _resolve_fact(app: Sphinx, env, node, content):
    """On the site a number leads to its row among the key figures; in a PDF, where that page may not be, to its annex."""
    if node.get("reftype") not in ("fact", "fact-origin"):
        return None
    document, place = KEY_FIGURES, anchor(node["reftarget"])
    if node["reftype"] == "fact-origin" or app.builder.format != "html" or KEY_FIGURES not in env.found_docs:
        document = f"{ANNEX_FOLDER}/{_one_fact(env, node['reftarget'])['origin']['annex']}"
    return make_refnode(app.builder, node["refdoc"], document, place, content, None)


class SampleOnly(SphinxDirective):
    """Text that only an edition with the synthetic sample has."""

    has_content = True

    def run(self):
        world = _world(self.env, "")
        freshness.note(self.env, "world", "", world)
        if world != "sample":
            return []
        return self.parse_content_to_nodes()


def setup(app: Sphinx) -> None:
    app.add_role("fact", FactRole())
    app.add_role("setting", SettingRole())
    app.add_directive("sample-only", SampleOnly)
    app.connect("missing-reference", _resolve_fact)
