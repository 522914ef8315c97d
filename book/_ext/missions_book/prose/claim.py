"""Judging sentences: the role {claim}`words <key>`, the check that stops a publication, and the table for reviewers.

The verdict of a claim is given in an annex (missions.present.judge). Where prose uses a claim that the data do not carry
and the year file has no waiver for it, a publication is not made; a preview shows the sentence as such.
"""

from __future__ import annotations

import datetime
import difflib

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.nodes import make_refnode, split_explicit_title

from missions.declared.door import digest
from missions.present.fact_text import VERDICTS, checksum_words, deciding_text
from missions.present.numbers import dutch_date
from missions.present.shelves import CLAIMS
from missions.present.words import label

from ..outputs import build_table, marked, synthetic_mark
from ..reading.by_page import keep_by_page, noted
from ..reading.problems import place
from .fact import ANNEX_FOLDER

REVIEW_PAGE = "book/review"
_SUPPORTED = "supported"
_USED = "missions_claims"


def _used(env) -> dict[str, list[tuple[str, int, str]]]:
    """Page -> key, line and words of every claim in it."""
    return noted(env, _USED)


class ClaimRole(SphinxRole):
    """The words of a sentence that judges, linked to its verdict."""

    def run(self):
        has_words, words, key = split_explicit_title(self.text)
        _, line = self.get_source_info()
        _used(self.env).setdefault(self.env.docname, []).append((key, line or 0, words))
        claim = CLAIMS.get(key)
        if claim is None or not has_words:
            return [nodes.problematic(text=words)], []  # told with all others, when every page has been read
        content = nodes.inline("", words, classes=["claim", f"claim-{claim['verdict'].replace('_', '-')}"])
        link = pending_xref(
            "", content, refdomain="", reftype="claim", reftarget=key, refdoc=self.env.docname, origin=claim["origin"]
        )
        mark = [synthetic_mark("getoetst aan synthetische gegevens")] if claim["synthetic"] else []
        return [link, *mark], []


def _resolve(app: Sphinx, env, node, content):
    """On the site to the verdict for reviewers; in a PDF, where that page may not be, to the annex."""
    if node.get("reftype") != "claim":
        return None
    origin = node["origin"]
    if app.builder.format == "html" and REVIEW_PAGE in env.found_docs:
        return make_refnode(app.builder, node["refdoc"], REVIEW_PAGE, f"review-{origin['anchor']}", content, None)
    return make_refnode(app.builder, node["refdoc"], f"{ANNEX_FOLDER}/{origin['annex']}", origin["anchor"], content, None)


def _require_carried(app: Sphinx, env) -> None:
    """Errors: ExtensionError with every claim that is not known, has no words, or is not carried in a publication."""
    problems = []
    for page, used in sorted(_used(env).items()):
        for key, line, words in used:
            if problem := _problem(app.config, key, words):
                problems.append(f"{place(env, page, line, f'<{key}>`')}: {problem}")
    if problems:
        raise ExtensionError("\n".join(problems))


def _problem(config, key: str, words: str) -> str:
    """What is wrong with the use of a claim; empty when nothing is."""
    if words == key:
        return f"a claim is written {{claim}}`the words the reader sees <key>`, found `{key}`"
    claim = CLAIMS.get(key)
    if claim is None:
        near = difflib.get_close_matches(key, CLAIMS, n=3)
        return f"unknown claim '{key}'" + (f" (did you mean {' or '.join(near)}?)" if near else "")
    if not config.missions_publication or claim["verdict"] == _SUPPORTED or claim["waiver"]:
        return ""
    return _refused(words, claim)


def _refused(words: str, claim: dict) -> str:
    verdict = {"contradicted": "the data contradict it", "cannot_tell": "the data cannot tell"}[claim["verdict"]]
    return (
        f'"{words}" ({claim["key"]}): {verdict}.\n'
        f"  stated: {claim['statement']}\n"
        f"  figures: {deciding_text(claim)}; held against {claim['threshold']} (test: {claim['test']}, n = {claim['n']})\n"
        f"  refuted by: {claim['wrong_if']}\n"
        "  change the sentence, or give a waiver in the year file: claim, reason, role, date"
    )


class ClaimTable(SphinxDirective):
    """All claims for reviewers: what is stated, the verdict, on what it rests, where it is used, and waivers."""

    def run(self):
        return [part for claim in CLAIMS.values() for part in self._one(claim)]

    def _one(self, claim: dict) -> list[nodes.Node]:
        section = nodes.section(ids=[f"review-{claim['origin']['anchor']}"], names=[f"review-{claim['origin']['anchor']}"])
        section += nodes.title(text=claim["statement"].rstrip("."))
        origin = pending_xref(
            "", nodes.Text(label(f"annex_{claim['origin']['annex']}")), refdomain="", reftype="claim-origin",
            reftarget=claim["key"], refdoc=self.env.docname, origin=claim["origin"],
        )  # fmt: skip
        mark = [nodes.Text(" "), synthetic_mark("getoetst aan synthetische gegevens")] if claim["synthetic"] else []
        rows = [
            ["Oordeel", [nodes.inline("", VERDICTS[claim["verdict"]], classes=[f"verdict-{claim['verdict']}"]), *mark]],
            ["Wat beslist", marked(deciding_text(claim), claim["synthetic"])],
            ["Wat het zou weerleggen", claim["wrong_if"]],
            ["Waar getoetst", [origin, nodes.Text(f", cel {claim['origin']['cell']}")]],
            ["Rust op", "; ".join(f"{one['title']} ({checksum_words(one)})" for one in claim["inputs"])],
            ["Gebruikt in", [_uses(claim["key"])]],
        ]
        if claim["waiver"]:
            day = dutch_date(datetime.date.fromisoformat(claim["waiver"]["date"]))
            rows.append(["Toch gepubliceerd", f"{claim['waiver']['reason']} (besloten door: {claim['waiver']['role']}, {day})"])
        name = claim["key"].replace("_", "-")
        section += build_table([("Onderdeel", False), ("Inhoud", False)], rows, id=f"verdict-{name}", title="Oordeel en grond")
        return [section]


def _uses(key: str) -> pending_xref:
    """Filled in when all pages have been read."""
    return pending_xref("", nodes.inline("", ""), refdomain="", reftype="claim-uses", reftarget=key, refdoc=REVIEW_PAGE)


def _resolve_on_review(app: Sphinx, env, node, content):
    if node.get("reftype") == "claim-origin":
        origin = node["origin"]
        return make_refnode(app.builder, node["refdoc"], f"{ANNEX_FOLDER}/{origin['annex']}", origin["anchor"], content, None)
    if node.get("reftype") != "claim-uses":
        return None
    pages = [page for page, uses in sorted(_used(env).items()) if node["reftarget"] in {key for key, _, _ in uses}]
    found = nodes.inline()
    for number, page in enumerate(pages):
        found += [nodes.Text(", ")] if number else []
        title = nodes.Text(env.titles[page].astext())
        found += make_refnode(app.builder, node["refdoc"], page, "", title, None)
    return found if pages else nodes.inline("", "nergens")


def _rewrite_review(app: Sphinx, env) -> set[str]:
    """The page for reviewers tells where claims are used: it is written again when that changes."""
    used = digest(sorted(_used(env).items()))
    before, env.missions_claims_told = getattr(env, "missions_claims_told", None), used
    return {REVIEW_PAGE} & set(env.found_docs) if used != before else set()


def setup(app: Sphinx) -> None:
    app.add_config_value("missions_publication", True, "")
    app.add_role("claim", ClaimRole())
    app.add_directive("claims", ClaimTable)
    app.connect("missing-reference", _resolve)
    app.connect("missing-reference", _resolve_on_review)
    app.connect("env-get-updated", _rewrite_review)
    app.connect("env-updated", _require_carried)  # also when no page had to be read
    keep_by_page(app, _USED)
