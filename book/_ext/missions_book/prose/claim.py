"""Judging sentences: {claim}`words <key>` for what is tested, {said}`words <key>` for what others say and nothing here can test.

A claim stands in words that book/claims.yml declares, and in no others. The words typed are those for when the data carry it;
where they do not, the words take their place that were declared beforehand for that verdict. Where there are none, and the year
file has no waiver, a publication is refused; a preview shows the sentence as such.
"""

from __future__ import annotations

import difflib

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxRole
from sphinx.util.nodes import make_refnode, split_explicit_title

from missions.declared.year_file import LETTERS
from missions.present.fact_text import deciding_text
from missions.present.shelves import CLAIMS, SAID, WORDINGS

from ..outputs import synthetic_mark
from ..reading.by_page import keep_by_page, noted
from ..reading.problems import note_problem, place
from .fact import ANNEX_FOLDER
from .sentences import sentences_of

REVIEW_PAGE = "book/review"
SUPPORTED = "supported"
_USED = "missions_claims"
_NOT_CARRIED = "missions_not_carried"
# How a sentence says that its words are of others; letter and note are themselves what the ministry says.
_SAYS = ("volgens", "schrijft", "schrijven", "noemt", "noemen", "zegt", "constateert", "benadrukt")
_WHO = ("nota", "beslisnota", "cbs", "rvo", "vno-ncw", "ministerie")


def used(env) -> dict[str, list[tuple[str, str, str]]]:
    """Page -> key, words and sentence of every claim and everything said in it, as they are printed."""
    return noted(env, _USED)


class ClaimRole(SphinxRole):
    """The words of a sentence that judges, linked to its verdict."""

    def run(self):
        has_words, words, key = split_explicit_title(self.text)
        claim = CLAIMS.get(key)
        problem = _misused(self.name, key, has_words, words, claim, [one["supported"] for one in WORDINGS.get(key, ())])
        if problem:
            return _refused(self, words, problem)
        shown = _that_holds(words, claim, WORDINGS[key])
        if shown is None:
            self._note_not_carried(words, claim)
        content = nodes.inline("", shown or words, classes=["claim", f"claim-{claim['verdict'].replace('_', '-')}"], claim=key)
        link = pending_xref(
            "", content, refdomain="", reftype="claim", reftarget=key, refdoc=self.env.docname, origin=claim["origin"]
        )
        # In letter and note the words typed are those of the ministry; elsewhere, and where others took their place, they follow
        # from data that may be synthetic.
        is_ours = self.env.docname not in LETTERS or shown not in (None, words)
        mark = [synthetic_mark("getoetst aan synthetische gegevens")] if claim["synthetic"] and is_ours else []
        return [link, *mark], []

    def _note_not_carried(self, words: str, claim: dict) -> None:
        _, line = self.get_source_info()
        where = place(self.env, self.env.docname, line or 0, f"<{claim['key']}>")
        noted(self.env, _NOT_CARRIED).setdefault(self.env.docname, []).append(f"{where}: {_not_carried(words, claim)}")


class SaidRole(SphinxRole):
    """Words of others, linked to why nothing here tests them."""

    def run(self):
        has_words, words, key = split_explicit_title(self.text)
        said = SAID.get(key)
        if problem := _misused(self.name, key, has_words, words, said, said["words"] if said else []):
            return _refused(self, words, problem)
        content = nodes.inline("", words, classes=["said"], said=key)
        return [pending_xref("", content, refdomain="", reftype="said", reftarget=key, refdoc=self.env.docname)], []


def _misused(role: str, key: str, has_words: bool, words: str, declared: dict | None, may: list[str]) -> str:
    """What is wrong with the use of a role; empty when nothing is."""
    if not has_words or words == key:
        return f"a {role} is written {{{role}}}`the words the reader sees <key>`, found `{key}`"
    known, what = (CLAIMS, "claim") if role == "claim" else (SAID, "words of others")
    if declared is None:
        near = difflib.get_close_matches(key, known, n=3)
        return f"unknown {what} '{key}'" + (f" (did you mean {' or '.join(near)}?)" if near else "")
    if not any(_same(words, one) for one in may):
        said = " or ".join(f'"{one}"' for one in may)
        file = "claims" if role == "claim" else "said"
        return f'"{words}" is not what book/{file}.yml lets {key} say; it may stand in the words {said}'
    return ""


def _same(words: str, declared: str) -> bool:
    """But for a capital, since words may begin a sentence."""
    return words[:1].lower() + words[1:] == declared[:1].lower() + declared[1:]


def _that_holds(words: str, claim: dict, wordings: list[dict]) -> str | None:
    """The words for the verdict, where these stand; None where there are none, so that the sentence may not stand."""
    if claim["verdict"] == SUPPORTED or claim["waiver"]:
        return words
    found = next(one for one in wordings if _same(words, one["supported"]))[claim["verdict"]]
    return found and (found[:1].upper() if words[:1].isupper() else found[:1]) + found[1:]


def _refused(role: SphinxRole, words: str, problem: str):
    note_problem(role.env, role.get_source_info()[1], problem, words.splitlines()[0] if words else "")
    return [nodes.problematic(text=words)], []


def _not_carried(words: str, claim: dict) -> str:
    verdict = {"contradicted": "the data contradict it", "cannot_tell": "the data cannot tell"}[claim["verdict"]]
    held = "; ".join(f"{part['test']} {part['threshold']}" for part in claim["parts"])
    return (
        f'"{words}" ({claim["key"]}): {verdict}.\n'
        f"  stated: {claim['statement']}\n"
        f"  figures: {deciding_text(claim)}; held against: {held}\n"
        f"  refuted by: {claim['wrong_if']}\n"
        f"  declare words for the verdict {claim['verdict']} in book/claims.yml, change the sentence, or give a waiver "
        "in the year file: claim, reason, role, date"
    )


def _look_at_sentences(app: Sphinx, page: nodes.document) -> None:
    """Note in what sentence each claim stands; refuse words of others that no sentence says are of others."""
    found = []
    for sentence in sentences_of(page):
        for name in ("claim", "said"):
            found += [(node[name], node.astext(), sentence.text) for node in sentence.nodes_with(name)]
        said = sentence.nodes_with("said")
        if said and app.env.docname not in LETTERS and not _is_attributed(sentence.text):
            note_problem(
                app.env, sentence.line,
                f'"{sentence.text}" does not say who says so: begin with "Volgens de beslisnota" or the like',
                f"<{said[0]['said']}>",
            )  # fmt: skip
    if found:
        used(app.env)[app.env.docname] = found


def _is_attributed(sentence: str) -> bool:
    words = {word.strip(".,;:()\"'").lower() for word in sentence.split()}
    return bool(words & set(_SAYS)) and bool(words & set(_WHO))


def _resolve(app: Sphinx, env, node, content):
    """On the site to the verdict for reviewers; in a PDF, where that page may not be, a claim leads to its annex."""
    kind = node.get("reftype")
    if kind not in ("claim", "said"):
        return None
    if app.builder.format == "html" and REVIEW_PAGE in env.found_docs:
        return make_refnode(app.builder, node["refdoc"], REVIEW_PAGE, review_anchor(kind, node["reftarget"]), content, None)
    if kind == "said":
        return content
    origin = node["origin"]
    return make_refnode(app.builder, node["refdoc"], f"{ANNEX_FOLDER}/{origin['annex']}", origin["anchor"], content, None)


def review_anchor(kind: str, key: str) -> str:
    """The place of a claim, or of what is said, on the page for reviewers."""
    return f"review-{kind}-{key.replace('_', '-')}"


def _require_carried(app: Sphinx, env) -> None:
    """Errors: ExtensionError with every claim that a publication may not make."""
    problems = [problem for _, found in sorted(noted(env, _NOT_CARRIED).items()) for problem in found]
    if problems and app.config.missions_publication:
        raise ExtensionError("\n".join(dict.fromkeys(problems)))


def setup(app: Sphinx) -> None:
    app.add_config_value("missions_publication", True, "")
    app.add_role("claim", ClaimRole())
    app.add_role("said", SaidRole())
    app.connect("doctree-read", _look_at_sentences)
    app.connect("missing-reference", _resolve)
    app.connect("env-updated", _require_carried)  # also when no page had to be read
    keep_by_page(app, _USED)
    keep_by_page(app, _NOT_CARRIED)
