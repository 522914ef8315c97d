"""The page for reviewers: every judging sentence with its test, its figures and the very words in which it stands."""

from __future__ import annotations

import datetime

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from missions.declared.door import digest
from missions.declared.year_file import LETTERS
from missions.present.fact_text import VERDICTS, checksum_words, part_text
from missions.present.numbers import dutch_date
from missions.present.shelves import CLAIMS, SAID, WORDINGS
from missions.present.words import label

from ..outputs import build_table, synthetic_mark
from ..prose.claim import REVIEW_PAGE, SUPPORTED, review_anchor, used
from ..prose.fact import ANNEX_FOLDER
from ..prose.sentences import sentences_of
from ..reading.by_page import keep_by_page, noted

_UNTESTED = "missions_untested"
_COLUMNS = [("Onderdeel", False), ("Inhoud", False)]


class ClaimTable(SphinxDirective):
    """All claims: what is stated, the verdict on every part, what words that gives, where they stand, and waivers."""

    def run(self):
        return [self._one(claim) for claim in CLAIMS.values()]

    def _one(self, claim: dict) -> nodes.section:
        key, name = claim["key"], claim["key"].replace("_", "-")
        origin = pending_xref(
            "", nodes.Text(label(f"annex_{claim['origin']['annex']}")), refdomain="", reftype="claim-origin",
            reftarget=key, refdoc=self.env.docname, origin=claim["origin"],
        )  # fmt: skip
        rows = [
            ["Oordeel", _verdict(claim["verdict"], claim["synthetic"])],
            *(_part_row(part, claim["synthetic"]) for part in claim["parts"]),
            ["Wat het zou weerleggen", claim["wrong_if"]],
            ["Gekozen woorden", _chosen(claim)],
            ["Zinnen", [_uses(key)]],
            ["Waar getoetst", [origin, nodes.Text(f", cel {claim['origin']['cell']}")]],
            ["Gebaseerd op", "; ".join(f"{one['title']} ({checksum_words(one)})" for one in claim["inputs"])],
        ]
        if claim["waiver"]:
            day = dutch_date(datetime.date.fromisoformat(claim["waiver"]["date"]))
            rows.append(["Toch gepubliceerd", f"{claim['waiver']['reason']} (besloten door: {claim['waiver']['role']}, {day})"])
        table = build_table(_COLUMNS, rows, id=f"verdict-{name}", title=f"Oordeel: {claim['statement'].rstrip('.')}")
        return _section(review_anchor("claim", key), claim["statement"], table)


class SaidTable(SphinxDirective):
    """All that is taken over from others without a test: who says it, why it is not tested, and where it stands."""

    def run(self):
        return [self._one(key, said) for key, said in SAID.items()]

    def _one(self, key: str, said: dict) -> nodes.section:
        rows = [
            ["Oordeel", "overgenomen, niet getoetst"],
            ["Waarom niet getoetst", said["untested"]],
            ["Zinnen", [_uses(key)]],
        ]
        title = f"Overgenomen: {said['statement'].rstrip('.')}"
        table = build_table(_COLUMNS, rows, id=f"said-{key.replace('_', '-')}", title=title)
        return _section(review_anchor("said", key), said["statement"], table)


class UntestedSentences(SphinxDirective):
    """The sentences of letter and note without a claim and without words of others, for whoever reads whether they judge."""

    def run(self):
        return [nodes.container(classes=[_UNTESTED])]  # filled in when all pages have been read


def _note_untested(app: Sphinx, page: nodes.document) -> None:
    if app.env.docname in LETTERS:
        found = [one.text for one in sentences_of(page) if not (one.nodes_with("claim") or one.nodes_with("said"))]
        noted(app.env, _UNTESTED)[app.env.docname] = found


def _fill_in_untested(app: Sphinx, page: nodes.document, docname: str) -> None:
    for place in page.findall(lambda node: isinstance(node, nodes.container) and _UNTESTED in node["classes"]):
        made = []
        for name, sentences in sorted(noted(app.env, _UNTESTED).items()):
            made.append(_title(app, docname, name))
            made.append(nodes.bullet_list("", *(nodes.list_item("", nodes.paragraph(text=one)) for one in sentences)))
        place.children = []
        place += made


def _title(app: Sphinx, on: str, page: str) -> nodes.paragraph:
    link = make_refnode(app.builder, on, page, "", nodes.Text(app.env.titles[page].astext()), None)
    return nodes.paragraph("", "", link)


def _section(anchor: str, title: str, table: nodes.Node) -> nodes.section:
    section = nodes.section(ids=[anchor], names=[anchor])
    section += nodes.title(text=title.rstrip("."))
    section += table
    return section


def _verdict(verdict: str, is_synthetic: bool) -> list[nodes.Node]:
    mark = [nodes.Text(" "), synthetic_mark("getoetst aan synthetische gegevens")] if is_synthetic else []
    return [nodes.inline("", VERDICTS[verdict], classes=[f"verdict-{verdict}"]), *mark]


def _part_row(part: dict, is_synthetic: bool) -> list:
    mark = [synthetic_mark()] if is_synthetic else []
    return [f"Getoetst: {part['says']}", [*_verdict(part["verdict"], False), nodes.Text(f": {part_text(part)}"), *mark]]


def _chosen(claim: dict) -> str:
    """What stands in the sentences for this verdict, and why."""
    if claim["waiver"]:
        return "de woorden zoals getypt, omdat daartoe is besloten"
    words = [one[claim["verdict"]] for one in WORDINGS[claim["key"]]]
    why = f"omdat het oordeel is: {VERDICTS[claim['verdict']]}"
    if claim["verdict"] != SUPPORTED and None in words:
        words = [one for one in words if one is not None] or ["geen: met dit oordeel wordt er niet gepubliceerd"]
    return "; of: ".join(f"“{one}”" for one in words) + f" ({why})"


def _uses(key: str) -> pending_xref:
    """Filled in when all pages have been read."""
    return pending_xref("", nodes.inline("", ""), refdomain="", reftype="claim-uses", reftarget=key, refdoc=REVIEW_PAGE)


def _resolve(app: Sphinx, env, node, content):
    if node.get("reftype") == "claim-origin":
        origin = node["origin"]
        return make_refnode(app.builder, node["refdoc"], f"{ANNEX_FOLDER}/{origin['annex']}", origin["anchor"], content, None)
    if node.get("reftype") != "claim-uses":
        return None
    found = nodes.inline()
    for page, uses in sorted(used(env).items()):
        for key, words, sentence in uses:
            if key == node["reftarget"]:
                found += _in_its_sentence(app, env, node["refdoc"], page, words, sentence)
    return found if len(found) else nodes.inline("", "nergens")


def _in_its_sentence(app: Sphinx, env, on: str, page: str, words: str, sentence: str) -> nodes.inline:
    """The page, and the sentence with the words of the claim set apart."""
    before, _, after = sentence.partition(words)
    title = make_refnode(app.builder, on, page, "", nodes.Text(env.titles[page].astext()), None)
    shown = [nodes.Text(f": “{before}"), nodes.strong("", words), nodes.Text(f"{after}” ")]
    return nodes.inline("", "", title, *shown, classes=["claim-use"])


def _rewrite(app: Sphinx, env) -> set[str]:
    """The page tells where claims are used: it is written again when that changes."""
    now = digest([sorted(used(env).items()), sorted(noted(env, _UNTESTED).items())])
    before, env.missions_claims_told = getattr(env, "missions_claims_told", None), now
    return {REVIEW_PAGE} & set(env.found_docs) if now != before else set()


def setup(app: Sphinx) -> None:
    app.add_directive("claims", ClaimTable)
    app.add_directive("said", SaidTable)
    app.add_directive("untested", UntestedSentences)
    app.connect("doctree-read", _note_untested)
    app.connect("doctree-resolved", _fill_in_untested)
    keep_by_page(app, _UNTESTED)
    app.connect("missing-reference", _resolve)
    app.connect("env-get-updated", _rewrite)
