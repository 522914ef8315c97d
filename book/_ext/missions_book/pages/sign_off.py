"""Who signed for which page: the directive {sign-off}, and the check that a signature is under what stands there now.

A page has a fingerprint: of its text, of what its annex shows, and of the numbers and verdicts that it names. A signature in the
year file (`sign_off`) gives the fingerprint that was read. A publication with another one is refused; a preview tells.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from missions.declared.year_file import load_year
from missions.paths import year_path
from missions.present.numbers import dutch_date
from missions.present.outputs import label

from ..outputs import build_table
from ..reading import freshness
from ..reading.edition import edition_facts

LETTERS = ("book/letter", "book/note")
_KEYS = re.compile(r"\{fact\}`([a-z0-9_]+)`|\{claim\}`[^`]*<([a-z0-9_]+)>`")
_LENGTH = 12
_HEADERS = ("Stuk", "Vingerafdruk", "Opgesteld door", "Gelezen door", "Stand")
_OPEN, _SIGNED, _CHANGED = "nog niet getekend", "getekend op {day}", "veranderd na ondertekening op {day}"


def pages_to_sign(env) -> list[str]:
    """Letter and note, and the annexes in the order of the year file."""
    annexes = [f"book/annexes/{name}" for name in _year(env.config).annexes]
    return [page for page in (*LETTERS, *annexes) if page in env.found_docs]


def _year(config):
    edition = edition_facts(config)
    return load_year(edition["year"], edition["deliveries"])


def fingerprint(env, page: str) -> str:
    text = Path(env.doc2path(page)).read_text(encoding="utf-8")
    edition = edition_facts(env.config)
    facts = {fact["key"]: fact["text"] for fact in edition["facts"]}
    verdicts = {claim["key"]: claim["verdict"] for claim in edition["claims"]}
    named = {key for pair in _KEYS.findall(text) for key in pair if key}
    known = [[key, facts.get(key), verdicts.get(key)] for key in sorted(named)]
    return freshness.digest([hashlib.sha256(text.encode()).hexdigest(), known])[:_LENGTH]


def _rows(env, key: str = "") -> list[list[str]]:
    signatures, rows = _year(env.config).signatures, []
    for page in pages_to_sign(env):
        now, signed = fingerprint(env, page), signatures.get(page)
        if signed is None:
            rows.append([page, now, "", "", _OPEN])
            continue
        stand = _SIGNED if signed.fingerprint == now else _CHANGED
        rows.append([page, now, signed.made_by, signed.read_by, stand.format(day=dutch_date(signed.date))])
    return rows


freshness.known |= {"sign-off": _rows}


class SignOff(SphinxDirective):
    """A row per piece: its fingerprint, who made and who read it, and whether it is still what was read."""

    def run(self):
        rows = _rows(self.env)
        freshness.note(self.env, "sign-off", "", rows)
        shown = [[label(f"page_{page.rpartition('/')[2]}") if page in LETTERS else _annex(page), *rest] for page, *rest in rows]
        headers = [(header, False) for header in _HEADERS]
        return [build_table(headers, shown, id="sign-off-table", title="Wie tekende voor welk stuk")]


def _annex(page: str) -> str:
    return label(f"annex_{page.rpartition('/')[2]}")


def _require_signed_as_read(app: Sphinx, env) -> None:
    """Errors: ExtensionError for a signature of a page that does not exist, or under another text than stands there now."""
    edition = edition_facts(app.config)
    where, problems = f"analysis/years/{year_path(edition['year']).name}", []
    signatures, pages = _year(app.config).signatures, pages_to_sign(env)
    for page, signed in signatures.items():
        if page not in pages:
            problems.append(f"{where}, line {signed.line}, sign_off: no page '{page}' to sign (there are: {', '.join(pages)})")
        elif app.config.missions_publication and (now := fingerprint(env, page)) != signed.fingerprint:
            problems.append(
                f"{where}, line {signed.line}, sign_off: '{page}' was signed as {signed.fingerprint} and is now {now}; "
                "have it read again, or take the signature away"
            )
    if problems:
        raise ExtensionError("\n".join(problems))


def setup(app: Sphinx) -> None:
    app.add_directive("sign-off", SignOff)
    app.connect("env-updated", _require_signed_as_read)  # also when no page had to be read
