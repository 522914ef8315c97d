"""Who signed for which page: the directive {sign-off}, and the check that a signature is under what stands there now.

A page has a fingerprint: of its text, of what its annex shows, and of the numbers and verdicts that it names. A signature in the
year file (`sign_off`) gives the fingerprint that was read. A publication with another one is refused; a preview tells.
"""

from __future__ import annotations

import hashlib
import re

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from missions.declared.door import digest
from missions.declared.year_file import LETTERS
from missions.present.numbers import dutch_date
from missions.present.shelves import ANNEXES, CLAIMS, EDITION, FACTS, SIGNATURES, TEXTS
from missions.present.words import label

from ..outputs import build_table

_KEYS = re.compile(r"\{fact\}`([a-z0-9_]+)`|\{claim\}`[^`]*<([a-z0-9_]+)>`")
_LENGTH = 12
_HEADERS = ("Stuk", "Vingerafdruk", "Opgesteld door", "Gelezen door", "Stand")
_OPEN, _SIGNED, _CHANGED = "nog niet getekend", "getekend op {day}", "veranderd na ondertekening op {day}"


def pages_to_sign(env) -> list[str]:
    """Letter and note, and the annexes in the order of the year file."""
    annexes = [f"book/annexes/{name}" for name in ANNEXES]
    return [page for page in (*LETTERS, *annexes) if page in env.found_docs]


def fingerprint(env, page: str) -> str:
    text = TEXTS[env.doc2path(page, base=False)] or ""
    named = {key for pair in _KEYS.findall(text) for key in pair if key}
    known = [
        [key, FACTS[key]["text"] if key in FACTS else None, CLAIMS[key]["verdict"] if key in CLAIMS else None]
        for key in sorted(named)
    ]
    return digest([hashlib.sha256(text.encode()).hexdigest(), known])[:_LENGTH]


def _rows(env) -> list[list[str]]:
    rows = []
    for page in pages_to_sign(env):
        now, signed = fingerprint(env, page), SIGNATURES.get(page)
        if signed is None:
            rows.append([page, now, "", "", _OPEN])
            continue
        stand = _SIGNED if signed.fingerprint == now else _CHANGED
        rows.append([page, now, signed.made_by, signed.read_by, stand.format(day=dutch_date(signed.date))])
    return rows


class SignOff(SphinxDirective):
    """A row per piece: its fingerprint, who made and who read it, and whether it is still what was read."""

    def run(self):
        rows = _rows(self.env)
        shown = [[label(f"page_{page.rpartition('/')[2]}") if page in LETTERS else _annex(page), *rest] for page, *rest in rows]
        headers = [(header, False) for header in _HEADERS]
        return [build_table(headers, shown, id="sign-off-table", title="Wie tekende voor welk stuk")]


def _annex(page: str) -> str:
    return label(f"annex_{page.rpartition('/')[2]}")


def _require_signed_as_read(app: Sphinx, env) -> None:
    """Errors: ExtensionError for a signature of a page that does not exist, or under another text than stands there now."""
    where, problems = f"analysis/years/{EDITION['year']}.yml", []
    pages = pages_to_sign(env)
    for page, signed in SIGNATURES.items():
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
