"""Numbers in prose: the roles {fact} and {setting} and the table of all key figures.

Prose owns no numbers: {fact}`key` prints the Dutch text of a fact and links to the annex where it was born; {setting}`key`
prints a value of the year file or of the assumptions. An unknown key fails every build, strict or not.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from functools import lru_cache
from pathlib import Path

import freshness
from docutils import nodes
from outputs import build_table, number_nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.nodes import make_refnode

from missions.assumptions import all_assumptions
from missions.present.fact_text import basis_text, interval_text
from missions.present.numbers import dutch, dutch_date
from missions.present.outputs import SYNTHETIC_NOTE, label
from missions.year import ROOT, load_year, year_path

ANNEX_FOLDER = "book/annexes"
_DATA_PHRASES = {"sample": "In de synthetische voorbeeldgegevens", "real": "In de gegevens van RVO en het ministerie"}


def facts_path(config) -> Path:
    return ROOT / config.missions_facts  # an absolute setting stays what it is


@lru_cache(maxsize=1)
def _read(path: Path, changed_ns: int) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def edition_facts(config) -> dict:
    """facts.json of the edition that is being built: year, deliveries, edition, facts."""
    path = facts_path(config)
    if not path.is_file():
        raise ExtensionError("there are no facts yet; run `make book`: annexes are executed before the book is assembled")
    return _read(path, path.stat().st_mtime_ns)


def _choice_text(choice: dict) -> str:
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
        **{key: _choice_text(choice) for key, choice in all_assumptions().items()},
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


freshness.known |= {"edition": _everything, "fact": _one_fact, "setting": _one_setting, "world": _world}


class _KeyRole(SphinxRole):
    """A role whose text is a key; an unknown key is kept as an error of the whole build."""

    kind = ""

    def unknown(self, known) -> tuple[list, list]:
        key = self.text.strip()
        source, line = self.get_source_info()
        place = Path(source).relative_to(ROOT).as_posix() if Path(source).is_relative_to(ROOT) else source
        near = difflib.get_close_matches(key, known, n=3)
        hint = f" (did you mean {' or '.join(near)}?)" if near else ""
        errors = getattr(self.env, "missions_errors", [])
        self.env.missions_errors = [*errors, f"{place}, line {line}: unknown {self.kind} '{key}'{hint}"]
        return [nodes.problematic(text=key)], []


class FactRole(_KeyRole):
    kind = "fact"

    def run(self):
        fact = _one_fact(self.env, self.text.strip())
        freshness.note(self.env, "fact", self.text.strip(), fact)
        facts = edition_facts(self.env.config)["facts"]
        return (fact_nodes(self.env, fact), []) if fact else self.unknown([fact["key"] for fact in facts])


class SettingRole(_KeyRole):
    kind = "setting"

    def run(self):
        settings = settings_of(edition_facts(self.env.config))
        text = settings.get(self.text.strip())
        freshness.note(self.env, "setting", self.text.strip(), text)
        return ([nodes.Text(text)], []) if text is not None else self.unknown(settings)


def fact_nodes(env, fact: dict) -> list[nodes.Node]:
    """The number, linked to its origin, and a mark when it rests on synthetic rows."""
    content = nodes.inline(classes=["fact"])
    content += nodes.Text(fact["text"])
    link = pending_xref("", content, refdomain="", reftype="fact", reftarget=fact["key"], refdoc=env.docname)
    return [number_nodes(link, fact["synthetic"])]


def _resolve_fact(app: Sphinx, env, node, content):
    if node.get("reftype") != "fact":
        return None
    origin = next(f["origin"] for f in edition_facts(app.config)["facts"] if f["key"] == node["reftarget"])
    document = f"{ANNEX_FOLDER}/{origin['annex']}"
    return make_refnode(app.builder, node["refdoc"], document, origin["anchor"], content, None)


class SampleOnly(SphinxDirective):
    """Text that only an edition with the synthetic sample has."""

    has_content = True

    def run(self):
        world = _world(self.env, "")
        freshness.note(self.env, "world", "", world)
        if world != "sample":
            return []
        return self.parse_content_to_nodes()


class KeyFigures(SphinxDirective):
    """All facts of the edition, a section and a table per annex."""

    def run(self):
        facts = note_inputs(self.env)["facts"]
        return [self._section(annex, facts) for annex in dict.fromkeys(fact["origin"]["annex"] for fact in facts)]

    def _section(self, annex: str, facts: list[dict]) -> nodes.section:
        of_annex = [fact for fact in facts if fact["origin"]["annex"] == annex]
        headers = [("Wat het zegt", False), ("Cijfer", True), ("Interval", True), ("Rust op", True), ("Levering", False)]
        rows = [[f["estimand"], fact_nodes(self.env, f), interval_text(f), basis_text(f), _deliveries(f)] for f in of_annex]
        name = annex.replace("_", "-")
        title = label(f"annex_{annex}")
        section = nodes.section(ids=[f"key-figures-{name}"], names=[f"key-figures-{name}"])
        section += nodes.title(text=title)
        section += build_table(headers, rows, id=f"key-figures-table-{name}", title=f"Kerncijfers: {title}")
        if any(fact["synthetic"] for fact in of_annex):
            section += nodes.paragraph(text=f"S = {SYNTHETIC_NOTE}", classes=["table-note"])
        return section


def _deliveries(fact: dict) -> str:
    return ", ".join(f"{label(source['delivery'])} ({source['sha256'][:8]})" for source in fact["inputs"])


def _fail_on_errors(app: Sphinx, env):
    errors = getattr(env, "missions_errors", [])
    env.missions_errors = []
    if errors:
        raise ExtensionError("\n".join(errors))


def _merge_errors(app: Sphinx, env, docnames: set[str], other):
    """Errors of pages that were read in another process."""
    env.missions_errors = [*getattr(env, "missions_errors", []), *getattr(other, "missions_errors", [])]


def setup(app: Sphinx) -> dict:
    app.add_config_value("missions_facts", "_build/facts.json", "env")
    app.add_role("fact", FactRole())
    app.add_role("setting", SettingRole())
    app.add_directive("key-figures", KeyFigures)
    app.add_directive("sample-only", SampleOnly)
    app.connect("missing-reference", _resolve_fact)
    app.connect("env-updated", _fail_on_errors)
    app.connect("env-merge-info", _merge_errors)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
