"""The change matrix: every kind of change, then every output compared with a clean build elsewhere. Nothing is ever stale."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import yaml

from support.checkout import REGISTER, Checkout, edit, fingerprint
from support.publication import page, pdf_pages, sign_off_table
from support.tiny import HEADING, OTHER_HEADING, OTHER_ROW, ROW, STEPS

NOTE, GLOSSARY, KEY_FIGURES = "book/note.md", "book/glossary.md", "book/key-figures.md"
YEAR_FILE, LABELS = "analysis/years/2025.yml", "book/labels.yml"
CBS, IMVO = "effect_cbs", "imvo"


@pytest.fixture(scope="module")
def moving(tiny_built, tmp_path_factory) -> Checkout:
    """A checkout that goes through all changes, one after the other, as a working day does."""
    return tiny_built.copied_to(tmp_path_factory.mktemp("moving") / "checkout")


@pytest.fixture(scope="module")
def going_on(tiny_built, tmp_path_factory) -> Checkout:
    """Another, for every kind of change there is."""
    return tiny_built.copied_to(tmp_path_factory.mktemp("going-on") / "checkout")


def add(checkout: Checkout, name: str, text: str) -> None:
    path = checkout.root / name
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def change_yaml(checkout: Checkout, name: str, change: Callable[[dict], object]) -> None:
    path = checkout.root / name
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


# --- what a person changes --------------------------------------------------------------------------------------------
def delivery(checkout: Checkout) -> None:
    edit(checkout.root / STEPS, ROW, OTHER_ROW)
    checkout.reseal(STEPS)


def delivery_with_an_old_time(checkout: Checkout) -> None:
    """A file that is put back from an archive is older than what was made from the one before it."""
    path = checkout.root / REGISTER
    times = path.stat()
    edit(path, ";handelsmissie;", ";innovatiemissie;") if ";innovatiemissie;" in path.read_text() else None
    checkout.reseal(REGISTER, title="Missieregister, herzien")
    for changed in (path, path.with_name(path.stem + ".source.yml")):
        os.utime(changed, (times.st_atime - 9e6, times.st_mtime - 9e6))


def sidecar(checkout: Checkout) -> None:
    checkout.reseal("data/raw/2025/cbs_effect_2024.csv", title="Effect van missies, herziene titel")


def correction(checkout: Checkout) -> None:
    entry = {
        "file": "data/raw/2025/cbs_effect_2024.csv",
        "key": {"outcome": "start_trade", "group": "total"},
        "column": "effect",
        "old": "7.2",
        "new": "7.1",
        "reason": "a test",
        "confirmed_by": "nobody",
    }
    path = checkout.root / "data/corrections/2025.yml"
    path.parent.mkdir()
    path.write_text(yaml.safe_dump({"corrections": [entry]}), encoding="utf-8")


def reference(checkout: Checkout) -> None:
    edit(checkout.root / YEAR_FILE, "reference: BZ2627637", "reference: BZ2627638")


def date(checkout: Checkout) -> None:
    edit(checkout.root / YEAR_FILE, "parliament_on: 2026-05-01", "parliament_on: 2026-05-02")


def parameter(checkout: Checkout) -> None:
    edit(checkout.root / YEAR_FILE, "first_year: 2025", "first_year: 2024")


def assumption(checkout: Checkout) -> None:
    change_yaml(checkout, "analysis/assumptions.yml", lambda choices: choices["publication_threshold"].update(value=11))


def assumption_that_no_annex_uses(checkout: Checkout) -> None:
    change_yaml(checkout, "analysis/assumptions.yml", lambda choices: choices["confidence_level"].update(value=0.9))


def library(checkout: Checkout) -> None:
    """Seen within the same second and with the same size, which byte code by time and size would miss."""
    path = checkout.root / "analysis/missions/present/numbers.py"
    times = path.stat()
    edit(path, 'WITHHELD = "niet gepubliceerd"', 'WITHHELD = "niet openbaargema"')
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def annex_prose(checkout: Checkout) -> None:
    edit(checkout.root / "analysis/annexes/imvo.py", HEADING, OTHER_HEADING)


def annex_code(checkout: Checkout) -> None:
    edit(checkout.root / "analysis/annexes/effect_cbs.py", '"Effect van missies volgens', '"Het effect van missies volgens')


def prose(checkout: Checkout) -> None:
    add(checkout, NOTE, "\nEen zin die er niet stond.\n")


def text_with_an_old_time(checkout: Checkout) -> None:
    """Of a page that asks for nothing which another change here brings."""
    path = checkout.root / GLOSSARY
    times = path.stat()
    add(checkout, GLOSSARY, "\nOok dit stond er niet.\n")
    os.utime(path, (times.st_atime - 9e6, times.st_mtime - 9e6))


def title(checkout: Checkout) -> None:
    """A title stands in the contents of every other page."""
    edit(checkout.root / KEY_FIGURES, "# Kerncijfers", "# Alle kerncijfers")


def word(checkout: Checkout) -> None:
    edit(checkout.root / LABELS, "\nself_scan: zelfscan volledig ingevuld\n", "\nself_scan: hele zelfscan ingevuld\n")


def word_that_only_a_page_uses(checkout: Checkout) -> None:
    edit(checkout.root / LABELS, "\nassumption_confidence_level: ", "\nassumption_confidence_level: zo vaak klopt het, ")


def claim(checkout: Checkout) -> None:
    edit(checkout.root / "book/claims.yml", "is in het verslagjaar geen enkele deelname", "is dat jaar geen enkele deelname")


def estimand(checkout: Checkout) -> None:
    edit(checkout.root / "book/facts.yml", "waarbij de zelfscan tot een gesprek leidde", "een zelfscan tot gesprek leidde")


def order(checkout: Checkout) -> None:
    edit(
        checkout.root / "_toc.yml", "  - file: book/letter\n  - file: book/note\n", "  - file: book/note\n  - file: book/letter\n"
    )


def setting(checkout: Checkout) -> None:
    edit(checkout.root / "_config.yml", "title: Rapportage economische missies\n", "title: Rapportage over economische missies\n")


def style(checkout: Checkout) -> None:
    add(checkout, "book/_static/publication.css", "\n/* another colour */\n")


def extension(checkout: Checkout) -> None:
    path = checkout.root / "book/_ext/missions_book/site/publication.py"
    edit(path, '"De hele publicatie als PDF"', '"De gehele publicatie als PDF"')


def typst_template(checkout: Checkout) -> None:
    edit(checkout.root / "book/_ext/missions_book/pdf/document.typ", "bottom: 25mm", "bottom: 26mm")


def document_gone(checkout: Checkout) -> None:
    path = checkout.root / "_config.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"(?m)^ +- \{name: bijlage-imvo.*\n", "", text), encoding="utf-8")
    edit(checkout.root / YEAR_FILE, "annexes_n: 2", "annexes_n: 1")


def page_gone(checkout: Checkout) -> None:
    path = checkout.root / "_toc.yml"
    path.write_text(re.sub(r" +- file: book/glossary\n", "", path.read_text(encoding="utf-8")), encoding="utf-8")
    edit(checkout.root / "book/index.md", "[woordenlijst](glossary.md)", "woordenlijst")


def signature(checkout: Checkout) -> None:
    """Under the letter as it now is. The last of all changes: any other may change the letter."""
    fingerprint, *_ = next(row for piece, row in sign_off_table(checkout).items() if piece.startswith("Kamerbrief"))
    signed = {"page": "book/letter", "made_by": "adviser", "read_by": "director", "date": datetime.date(2026, 4, 20)}
    add(checkout, YEAR_FILE, yaml.safe_dump({"sign_off": [signed | {"fingerprint": fingerprint}]}))


@dataclass(frozen=True)
class Row:
    """annexes: those that must be made again. shows: a text that some output must hold from then on."""

    annexes: frozenset[str]
    shows: str | None = None


def row(*annexes: str, shows: str | None = None) -> Row:
    return Row(frozenset(annexes), shows)


CHANGES: dict[Callable, Row] = {
    delivery: row(IMVO),
    delivery_with_an_old_time: row(IMVO, shows="Missieregister, herzien"),
    sidecar: row(CBS, shows="herziene titel"),
    correction: row(CBS, shows="7,1"),
    reference: row(shows="BZ2627638"),
    date: row(shows="2 mei 2026"),
    parameter: row(IMVO, shows="Vanaf 2024"),
    assumption: row(),  # of the decision what is shown: the pages follow, and no annex runs
    assumption_that_no_annex_uses: row(),
    library: row(CBS, IMVO),
    annex_prose: row(IMVO, shows="Wat deze bijlage niet kan zeggen"),
    annex_code: row(CBS, shows="Het effect van missies volgens"),
    prose: row(shows="Een zin die er niet stond"),
    text_with_an_old_time: row(shows="Ook dit stond er niet"),
    title: row(shows="Alle kerncijfers"),
    word: row(shows="hele zelfscan ingevuld"),  # pages are worded after the decision
    word_that_only_a_page_uses: row(shows="zo vaak klopt het"),
    claim: row(IMVO, shows="is dat jaar geen enkele deelname"),
    estimand: row(shows="een zelfscan tot gesprek leidde"),
    order: row(),
    setting: row(shows="Rapportage over economische missies"),
    style: row(),
    extension: row(shows="De gehele publicatie als PDF"),
    typst_template: row(),
    document_gone: row(),
    page_gone: row(),
    signature: row(shows="20 april 2026"),
}
# One of every way in which a change comes to what was made: an item, a text, code, a table, what other pages show of a page, the
# decision. The two of a pair come to readers by different ways and through different pages, so that neither hides the other.
TOGETHER = {
    "item and text": (reference, text_with_an_old_time),
    "code": (library,),
    "table and title": (delivery, title),
    "decision and page": (assumption, page_gone),
}


def all_text(checkout: Checkout) -> str:
    pages = " ".join(path.read_text(encoding="utf-8") for path in checkout.html.rglob("*.html"))
    return pages + " ".join(text for pdf in checkout.pdf.glob("*.pdf") for text in pdf_pages(pdf))


def come_through(checkout: Checkout, *changes: Callable) -> None:
    """Make changes, build upon what is there, and compare with a clean build elsewhere."""
    before = fingerprint(checkout.root / "_build")
    for change in changes:
        change(checkout)
    said = checkout.build().stdout
    made = set(re.findall(r"annex (\w+): made", said))
    assert made == set().union(*(CHANGES[change].annexes for change in changes)), f"what must run runs, and nothing else:\n{said}"
    assert fingerprint(checkout.root / "_build") != before, "the change shows"
    for text in filter(None, (CHANGES[change].shows for change in changes)):
        assert text in all_text(checkout)
    verified = checkout.missions("verify")
    assert verified.returncode == 0, verified.stderr


@pytest.mark.parametrize("changes", TOGETHER.values(), ids=TOGETHER)
def test_after_changes_every_output_is_what_a_clean_build_gives(moving, changes):
    come_through(moving, *changes)


def test_a_title_is_new_in_the_contents_of_every_page(moving):
    for name in ("letter", "annexes/imvo", "review"):
        assert "Alle kerncijfers" in page(moving, name).select_one("nav.bd-links").get_text()


def test_a_page_that_is_gone_is_gone_from_the_site_and_its_search(moving):
    assert not (moving.html / "book/glossary.html").exists()
    assert "book/glossary" not in (moving.html / "searchindex.js").read_text(encoding="utf-8")
    assert not list((moving.root / "_build").rglob("glossary*"))


@pytest.mark.long
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_after_each_change_by_itself_too(going_on, change):
    come_through(going_on, change)
