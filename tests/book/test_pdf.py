"""The PDFs: judged by veraPDF, and by a look at what veraPDF lets pass."""

from __future__ import annotations

import contextlib
import re

import pikepdf
import pytest
from bs4 import BeautifulSoup

from missions.declared.year_file import load_year
from missions.paths import ROOT
from support.publication import ANNEXES, PDFS, page, pdf_pages
from support.verapdf import failed_rules, rule_count


@contextlib.contextmanager
def elements(path):
    """Structure elements (type, element) of a PDF; usable while it is open."""
    with pikepdf.open(path) as document:
        found = [o for o in document.objects if isinstance(o, pikepdf.Dictionary) and "/S" in o and "/P" in o and "/K" in o]
        yield [(str(element.S), element) for element in found]


def scopes(element: pikepdf.Dictionary) -> set[str]:
    attributes = element.get("/A", pikepdf.Array())
    attributes = attributes if isinstance(attributes, pikepdf.Array) else [attributes]
    return {str(attribute.Scope) for attribute in attributes if "/Scope" in attribute}


@pytest.mark.parametrize("flavour", ["PDFUA-1", "PDFA-2a"])
@pytest.mark.parametrize("name", sorted(PDFS))
def test_verapdf_finds_no_failed_rule(built, name, flavour):
    assert rule_count(flavour) > 100
    assert failed_rules(built.pdf / f"{name}.pdf", flavour) == []


def test_verapdf_would_have_found_a_broken_one(built, tmp_path):
    with pikepdf.open(built.pdf / "kamerbrief.pdf") as document:
        del document.Root["/MarkInfo"]
        document.save(tmp_path / "broken.pdf")
    assert failed_rules(tmp_path / "broken.pdf", "PDFUA-1") and failed_rules(tmp_path / "broken.pdf", "PDFA-2a")


@pytest.mark.parametrize("name", sorted(PDFS))
def test_language_title_and_bookmarks(built, name):
    with pikepdf.open(built.pdf / f"{name}.pdf") as document:
        assert str(document.Root.Lang).lower().startswith("nl")
        assert document.Root.ViewerPreferences.DisplayDocTitle
        assert str(document.docinfo["/Title"]) in pdf_pages(built.pdf / f"{name}.pdf")[0]
        with document.open_outline() as outline:
            assert len(outline.root) >= 2


def pages_of(checkout, pdf: str) -> list[BeautifulSoup]:
    return [page(checkout, f"annexes/{annex}") for annex, name in ANNEXES.items() if name == pdf]


@pytest.mark.parametrize("pdf", sorted(set(ANNEXES.values())))
def test_tables_have_headings_for_columns_and_rows(built, pdf):
    """veraPDF passes a table without any heading, so count them: one per column, one per row."""
    tables = [table for soup in pages_of(built, pdf) for table in soup.select("table") if not table.find_parent("details")]
    columns = sum(len(table.select("thead th")) for table in tables)
    rows = sum(len(table.select("tbody tr")) for table in tables)
    with elements(built.pdf / f"{pdf}.pdf") as found:
        headings = [scopes(element) for kind, element in found if kind == "/TH"]
    assert columns and headings.count({"/Column"}) == columns
    assert rows and headings.count({"/Row"}) == rows


@pytest.mark.parametrize("pdf", sorted(set(ANNEXES.values())))
def test_figures_have_the_alternative_text_of_the_site(built, pdf):
    wanted = {drawing.svg.find("desc").get_text() for soup in pages_of(built, pdf) for drawing in soup.select("figure.chart")}
    with elements(built.pdf / f"{pdf}.pdf") as found:
        told = {str(element.Alt) for kind, element in found if kind == "/Figure" and "/Alt" in element}
    assert wanted and told == wanted


def test_only_our_own_fonts_are_embedded(built):
    for path in built.pdf.glob("*.pdf"):
        with pikepdf.open(path) as document:
            names = {str(o.FontName) for o in document.objects if isinstance(o, pikepdf.Dictionary) and "/FontName" in o}
        assert names and all("FiraSans" in name for name in names), (path.name, names)


def test_links_lead_to_the_annexes(built):
    with pikepdf.open(built.pdf / "kamerbrief.pdf") as document:
        addresses = {
            str(annotation.A.URI)
            for sheet in document.pages
            for annotation in sheet.get("/Annots", [])
            if "/A" in annotation and "/URI" in annotation.A
        }
    assert addresses == {f"{name}.pdf" for name in ANNEXES.values()}


def test_an_annex_says_which_one_it_is_and_bears_date_and_reference_of_the_letter(built):
    year, day = load_year(2025, "sample"), page(built, "letter").select_one("dl.field-list").get_text(" ", strip=True)
    day = re.search(r"Datum\W+((gepland voor )?\d+ \w+ \d{4})", day).group(1)
    names = list(dict.fromkeys(ANNEXES.values()))
    assert len(names) == year.annexes_n
    for number, name in enumerate(names, 1):
        for text in pdf_pages(built.pdf / f"{name}.pdf"):
            assert f"Bijlage {number} van {year.annexes_n} |" in text and f"| {year.reference} | {day}" in text
    assert "Bijlage 1 van" not in pdf_pages(built.pdf / "publicatie.pdf")[0]


def test_another_number_of_annexes_than_the_note_counts_is_refused(workshop):
    path = workshop.root / "analysis/years/2025.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("annexes_n: 2", "annexes_n: 3"), encoding="utf-8")
    refused = workshop.missions("build")
    assert refused.returncode == 1
    assert "analysis/years/2025.yml, annexes_n: 3, but _config.yml makes 2 annexes (bijlage-cbs, " in refused.stderr


def test_the_whole_publication_holds_every_page_but_the_factsheets(built):
    """Sixty factsheets would bury the letter; each is a PDF of its own."""
    pages = [path for path in (built.html / "book").rglob("*.html") if not path.stem.startswith("factsheet-")]
    titles = {BeautifulSoup(path.read_text(encoding="utf-8"), "lxml").h1.get_text().rstrip("#").strip() for path in pages}
    with pikepdf.open(built.pdf / "publicatie.pdf") as document, document.open_outline() as outline:
        assert titles == {item.title for item in outline.root} - {"Inhoud"}
    assert (ROOT / "_toc.yml").read_text(encoding="utf-8").count("file:") + 1 == len(titles)
