"""Every kind of small file: what is told of a wrong one, and that those of the publication are good."""

from __future__ import annotations

from pathlib import Path

import pytest

from missions.choice import INTERNAL, Choice
from missions.declared import (
    assumptions,
    citation,
    claims,
    documents,
    door,
    errata,
    facts,
    judging,
    labels,
    redacted,
    typed_figures,
)
from missions.declared.reading import DeclaredError
from missions.declared.units import UNITS
from missions.edition import items
from missions.paths import ROOT
from missions.present import numbers
from support.house import YEAR_FILE

QUOTED = "put it between quotation marks"
THRESHOLD, PDFS = "threshold: must be a number or a list of codes", "sphinx.config.typst_documents"
ASSUMED, CLAIMED = "value, unit, since_year, source, reason", "statement, parts, wrong_if, words"
PART = "a_claim.parts.fall"
NAME = "must be a name of small letters, figures and _ that begins with a letter"
FIGURE = "must hold no figure, which comes from a fact"
ONE_LINE = "must stand on one line, without space around them"
SENTENCE = "must be a sentence that ends with a full stop"
CHOICE = "threshold:\n  value: 10\n  unit: answers\n  since_year: 2025\n  source: s\n  reason: r\n"
CLAIM = (
    "a_claim:\n  statement: Het daalt.\n  parts:\n    fall:\n      says: de verandering\n      test: below\n      threshold: 0\n"
    "      unit: count\n  wrong_if: Het stijgt.\n  words:\n    - supported: lager\n      contradicted: niet lager\n"
)
SAID = "said_so:\n  statement: Iemand zegt iets.\n  untested: Het is niet na te gaan.\n  words: [iets goeds]\n"
FACT = "effect_n:\n  unit: count\n  estimand: Aantal antwoorden.\n"
LABELS = 'water: water\n"no": nee\nstate secretary: staatssecretaris\n'
ERRATUM = (
    "errata:\n  - found_on: 2026-06-02\n    place: Bijlage\n    was: 54%\n    is: 45%\n    cause: typefout\n"
    "    decided_by: directeur\n    version: 1.0.1\n"
)
CITATION = (
    "title: Titel\nversion: 1.0.1\ndate-released: 2026-11-26\nlicense: [CC0-1.0]\nauthors:\n  - name: Makers\n"
    "cff-version: 1.2.0\n"
)
CONFIG = (
    "html:\n  home_page_in_navbar: true\nsphinx:\n  config:\n    typst_documents:\n"
    "      - {name: brief, title: Brief, pages: [book/letter]}\n      - {name: alles, title: Alles}\n"
)
JUDGEMENTS = "time:\n  pattern: enkele\n  reason: a length of time.\n"
FIGURES = "licence:\n  pattern: CC0\n  reason: the name of a licence.\n"
TEXTS = "addressee: Iemand\nsender: Iemand anders\n"
KINDS = {  # kind -> place, content, how it is read
    "assumptions": ("analysis/assumptions.yml", CHOICE, lambda: dict(assumptions.all_assumptions())),
    "claims": ("book/claims.yml", CLAIM, lambda: dict(claims.declared_claims())),
    "said": ("book/said.yml", SAID, lambda: dict(claims.declared_said())),
    "judging": ("book/judging_exceptions.yml", JUDGEMENTS, lambda: dict(judging.allowed_judgements())),
    "judging words": ("book/judging_words.yml", "compares: lager, hoger\n", lambda: dict(judging.judging_vocabulary())),
    "facts": ("book/facts.yml", FACT, lambda: dict(facts.declared_facts())),
    "labels": ("book/labels.yml", LABELS, labels.read_labels),
    "errata": ("book/errata.yml", ERRATUM, lambda: dict(errata.declared_errata())),
    "citation": ("CITATION.cff", CITATION, lambda: citation.citation().model_dump()),
    "documents": ("_config.yml", CONFIG, lambda: documents.pdf_documents(["book/letter", "book/note"])),
    "figures": ("book/typed_figures.yml", FIGURES, lambda: dict(typed_figures.allowed_figures())),
    "redacted": ("data/confidential/redacted/2025.yml", TEXTS, lambda: redacted.read_redacted(2025)),
}
# Kind, what stands in a good file, what stands there instead, what is told after the name of the file.
WRONG = [
    ("assumptions", "value: 10", "value: ten", "line 2, threshold.value: must be a number (found: 'ten')"),
    ("assumptions", "value: 10", "value: true", "line 2, threshold.value: must be a number (found: True)"),
    ("assumptions", "since_year: 2025", "since_year: 2.5", "line 4, threshold.since_year: must be a whole number (found: 2.5)"),
    ("assumptions", "  source: s\n", "", "line 1, threshold.source: is missing"),
    ("assumptions", "reason: r", "reason:", "line 6, threshold.reason: must be a text"),
    ("assumptions", "reason: r", "colour: r", f"line 6, threshold.colour: is not known here (known: {ASSUMED})"),
    ("assumptions", "threshold:", "Threshold:", f"line 1, Threshold: {NAME} (found: 'Threshold')"),
    ("claims", "      test: below\n", "", f"line 4, {PART}.test: is missing"),
    ("claims", "test: below", "test: Below it", f"line 6, {PART}.test: {NAME} (found: 'Below it')"),
    ("claims", "Het daalt.", "Het daalt", f"line 2, a_claim.statement: {SENTENCE} (found: 'Het daalt')"),
    ("claims", "wrong_if: Het stijgt.", "wrong_if:", "line 9, a_claim.wrong_if: must be a text"),
    ("claims", "threshold: 0", "threshold: nul", f"line 7, {PART}.{THRESHOLD} (found: 'nul')"),
    ("claims", "threshold: 0", "threshold: []", f"line 7, {PART}.{THRESHOLD} (found: [])"),
    ("claims", "threshold: 0", "threshold: [KEN, 3]", f"line 7, {PART}.{THRESHOLD} (found: ['KEN', 3])"),
    ("claims", "unit: count", "unit: pieces", f"line 8, {PART}.unit: must be one of {', '.join(UNITS)} (found: 'pieces')"),
    ("claims", "  wrong_if:", "  color: red\n  wrong_if:", f"line 9, a_claim.color: is not known here (known: {CLAIMED})"),
    ("claims", "supported: lager", "supported: 3 lager", f"line 11, a_claim.words.1.supported: {FIGURE} (found: '3 lager')"),
    ("claims", "supported: lager", "weak: lager", "line 11, a_claim.words.1.supported: is missing"),
    ("claims", "supported: lager", "supported: 'lager '", f"line 11, a_claim.words.1.supported: {ONE_LINE} (found: 'lager ')"),
    ("claims", "Het daalt.", "Het daalt 3 punt.", f"line 2, a_claim.statement: {FIGURE} (found: 'Het daalt 3 punt.')"),
    ("judging words", "lager, hoger", "lager, 3", f"line 1, compares: {FIGURE} (found: 'lager, 3')"),
    ("said", "[iets goeds]", "[]", "line 4, said_so.words: must not be empty (found: [])"),
    ("said", "  untested: Het is niet na te gaan.\n", "", "line 1, said_so.untested: is missing"),
    ("judging", "pattern: enkele", "pattern: '('", "line 2, time.pattern: must be a regular expression (found: '(')"),
    ("facts", "unit: count", "unit: n", f"line 2, effect_n.unit: must be one of {', '.join(UNITS)} (found: 'n')"),
    ("facts", "antwoorden.", "antwoorden", f"line 3, effect_n.estimand: {SENTENCE} (found: 'Aantal antwoorden')"),
    ("facts", "Aantal antwoorden.", "Alle 15.", f"line 3, effect_n.estimand: {FIGURE} (found: 'Alle 15.')"),
    ("labels", "water: water", "water: 3 waters", f"line 1, water: {FIGURE} (found: '3 waters')"),
    ("facts", "  unit: count\n", "", "line 1, effect_n.unit: is missing"),
    ("facts", "effect_n:", "Effect-n:", f"line 1, Effect-n: {NAME} (found: 'Effect-n')"),
    ("facts", "effect_n:", "other: aantal\neffect_n:", "line 1, other: must hold named entries (found: 'aantal')"),
    ("facts", "effect_n:", f"{FACT}effect_n:", "line 4, effect_n: stands there already (line 1)"),
    ("labels", "water: water", "water:", "line 1, water: must be a text"),
    ("labels", "water: water", "water: ' '", "line 1, water: must be a text that is not empty (found: ' ')"),
    ("labels", "water: water", "water: 7", f"line 1, water: must be a text; {QUOTED} (found: 7)"),
    ("labels", "water: water", "water: {nl: water}", "line 1, water: must be a text"),
    ("labels", '"no": nee', "no: nee", f"line 2, no: YAML takes this word for true or false: write that, or {QUOTED}"),
    ("errata", "errata:", "fouten:", "errata: is missing"),
    ("errata", ERRATUM, "errata: none\n", "line 1, errata: must be a list (found: 'none')"),
    ("errata", "2026-06-02", "2 juni", "line 2, errata.1.found_on: must be a date (YYYY-MM-DD) (found: '2 juni')"),
    ("errata", "is: 45%", "is: ''", "line 5, errata.1.is: must be a text that is not empty (found: '')"),
    ("errata", "was: 54%", "was: 54", f"line 4, errata.1.was: must be a text; {QUOTED} (found: 54)"),
    ("errata", "version: 1.0.1", "version: 1.10", f"line 8, errata.1.version: must be a text; {QUOTED} (found: 1.1)"),
    ("errata", "    cause: typefout\n", "", "line 2, errata.1.cause: is missing"),
    ("citation", "date-released: 2026-11-26", "date-released: 2026-11-31", "line 3, date-released: is no date that exists"),
    ("citation", "date-released: 2026-11-26\n", "", "date-released: is missing"),
    ("citation", "version: 1.0.1", "version: 1.0", f"line 2, version: must be a text; {QUOTED} (found: 1.0)"),
    ("citation", "license: [CC0-1.0]", "license: CC0-1.0", "line 4, license: must be a list (found: 'CC0-1.0')"),
    ("citation", "- name: Makers", "- family-names: Maker", "line 6, authors.1.name: is missing"),
    ("documents", "name: brief, ", "", f"line 6, {PDFS}.1.name: is missing"),
    ("documents", "[book/letter]", "[]", f"line 6, {PDFS}.1.pages: must be a list of pages, or a pattern (found: [])"),
    (
        "documents",
        "title: Alles",
        "title: Alles, page: a",
        f"line 7, {PDFS}.2.page: is not known here (known: name, title, pages, letter)",
    ),
    ("documents", "typst_documents:", "pdfs:", f"line 4, {PDFS}: is missing"),
    ("figures", "pattern: CC0", "pattern: '('", "line 2, licence.pattern: must be a regular expression (found: '(')"),
    ("figures", "a licence.", "a licence", f"line 3, licence.reason: {SENTENCE} (found: 'the name of a licence')"),
    ("redacted", "Iemand\n", "' '\n", "line 1, addressee: must be a text that is not empty"),
    ("redacted", "addressee: Iemand", "addressee: 7", f"line 1, addressee: must be a text; {QUOTED}"),
    ("redacted", "addressee: Iemand", "Iemand: x", f"line 1, ...: {NAME}"),
]


def write(house: Path, kind: str, content: str) -> None:
    path = house / KINDS[kind][0]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    door.open_anew()


@pytest.mark.parametrize(("kind", "old", "new", "message"), WRONG)
def test_a_wrong_file_is_told_with_file_line_and_key(house, kind, old, new, message):
    place, content, read = KINDS[kind]
    write(house, kind, content)
    assert read(), "the good one is read"
    assert old in content
    write(house, kind, content.replace(old, new, 1))
    with pytest.raises(DeclaredError) as error:
        read()
    assert f"{place}, {message}" in str(error.value).splitlines()
    assert "redacted" not in place or "Iemand" not in str(error.value)


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_of_the_publication_is_good(kind):
    if (ROOT / KINDS[kind][0]).exists():
        door.open_anew()
        KINDS[kind][2]()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "documents"])
def test_nothing_is_made_before_all_small_files_are_good(house, kind):
    (house / "analysis" / "years" / "2025.yml").write_text(YEAR_FILE, encoding="utf-8")
    for each in KINDS:
        write(house, each, KINDS[each][1])
    assert items.contents(Choice(2025, edition=INTERNAL))["declared fact"] == KINDS["facts"][2]()
    write(house, kind, "[")
    with pytest.raises(DeclaredError, match=f"^{KINDS[kind][0]}, line 1: cannot be read as YAML"):
        items.contents(Choice(2025, edition=INTERNAL))


def test_what_is_read_has_the_names_of_the_file_and_its_order(house):
    for kind in KINDS:
        write(house, kind, KINDS[kind][1])
    assert KINDS["claims"][2]() == {
        "a_claim": {
            "statement": "Het daalt.",
            "parts": {"fall": {"says": "de verandering", "test": "below", "threshold": 0, "unit": "count"}},
            "wrong_if": "Het stijgt.",
        }
    }, "without the words: other words make no annex run again"
    assert dict(claims.declared_wordings()) == {
        "a_claim": [{"supported": "lager", "cannot_tell": None, "contradicted": "niet lager"}]
    }
    assert KINDS["facts"][2]() == {"effect_n": {"unit": "count", "estimand": "Aantal antwoorden."}}
    assert list(KINDS["labels"][2]().items())[1] == ("no", "nee")
    assert list(KINDS["errata"][2]()["1"])[:5] == ["found_on", "place", "was", "is", "cause"]
    assert KINDS["citation"][2]()["authors"] == [{"name": "Makers"}], "what we do not use is left out"
    assert KINDS["documents"][2]() == [
        {"name": "brief", "title": "Brief", "pages": ["book/letter"]},
        {"name": "alles", "title": "Alles", "pages": ["book/letter", "book/note"], "is_whole": True},
    ]


def test_without_a_file_nothing_is_redacted(house):
    assert redacted.read_redacted(2025) == {}


def test_every_unit_can_be_written():
    for unit in UNITS:
        assert numbers.dutch(1, unit)
