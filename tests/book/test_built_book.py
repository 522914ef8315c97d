"""The built site and PDFs, read back as a reader gets them."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from missions.paths import ROOT
from missions.present.numbers import WITHHELD
from support.publication import ANNEXES, PDFS, PROSE, all_pages, fact_keys, page, pdf_pages


def test_everything_that_was_promised_is_there(built):
    assert (built.html / "index.html").is_file()
    sheets = {path.stem for path in built.pdf.glob("factsheet-*.pdf")}  # see test_factsheets.py
    assert {path.stem for path in built.pdf.glob("*.pdf")} == PDFS | sheets
    assert {path.stem for path in (built.html / "pdf").glob("*.pdf")} == PDFS | sheets
    start = BeautifulSoup((built.html / "index.html").read_text(encoding="utf-8"), "lxml")
    assert (built.html / start.find("a")["href"]).is_file()
    downloads = {a["href"] for a in page(built, "index").select("article a[href$='.pdf']")}
    assert {Path(href).stem for href in downloads} == PDFS
    assert all((built.html / "book" / href).resolve().is_file() for href in downloads)


@pytest.mark.parametrize("name", [*PROSE, *(f"annexes/{annex}" for annex in ANNEXES), "index", "method/questions"])
def test_every_fact_in_prose_is_printed_as_recorded_and_linked_to_what_it_says(built, name):
    source = ROOT / "book" / f"{name}.md"
    source = source if source.is_file() else ROOT / "analysis" / "annexes" / f"{Path(name).name}.py"
    facts = built.facts()
    # What has no value stands under what is said when it is known, and is not printed.
    wanted = [key for key in fact_keys(source.read_text(encoding="utf-8")) if facts[key]["value"] is not None]
    printed = page(built, name).select("article span.fact")
    assert [span.get_text() for span in printed] == [facts[key]["text"] for key in wanted]
    for span, key in zip(printed, wanted, strict=True):
        assert span.find_parent("a")["href"].endswith(f"key-figures.html#{facts[key]['origin']['anchor']}")


@pytest.mark.parametrize(("name", "pdf"), [*PROSE.items(), *((f"annexes/{a}", p) for a, p in ANNEXES.items())])
def test_every_fact_stands_in_the_pdf_in_the_same_words_as_on_the_site(built, name, pdf):
    text = " ".join(pdf_pages(built.pdf / f"{pdf}.pdf"))
    paragraphs = [p for p in page(built, name).select("article p") if p.select("span.fact")]
    assert paragraphs
    for paragraph in paragraphs:
        wanted = re.sub(r"\W", "", paragraph.get_text())
        assert wanted in re.sub(r"\W", "", re.sub(r"-\s", "", text)), paragraph.get_text()


def test_synthetic_numbers_are_marked_and_public_ones_are_not(built):
    facts = built.facts()
    assert {fact["synthetic"] for fact in facts.values()} == {True, False}
    for name in PROSE:
        keys = fact_keys((ROOT / "book" / f"{name}.md").read_text(encoding="utf-8"))
        for span, key in zip(page(built, name).select("article span.fact"), keys, strict=True):
            following = span.find_parent("a").next_sibling
            marked = getattr(following, "name", None) == "abbr" and "synthetic-mark" in following["class"]
            assert marked == facts[key]["synthetic"], key
    for annex in ANNEXES:
        for drawing in page(built, f"annexes/{annex}").select("figure.chart"):
            badge = drawing.select_one("figcaption .synthetic-badge")
            assert badge and "SYNTHETISCHE GEGEVENS" in drawing.svg.get_text()
    assert page(built, "annexes/effect").find(id="effect-response").select_one("caption .synthetic-badge")
    assert not page(built, "annexes/effect_cbs").find(id="effect-cbs").select_one("caption .synthetic-badge")


def test_every_page_of_site_and_pdf_carries_the_banner(built):
    banner = "geen officiële publicatie"
    for path in all_pages(built):
        soup = BeautifulSoup(path.read_text(encoding="utf-8"), "lxml")
        assert banner in soup.find(class_="banner").get_text(), path
    for path in built.pdf.glob("*.pdf"):
        assert all(banner in text for text in pdf_pages(path)), path.name


def test_nothing_is_loaded_from_another_host(built):
    loading = re.compile(r"""((src|srcset|poster|data)\s*=|@import|url\()\s*["']?(https?:)?//""")
    for path in [*built.html.rglob("*.html"), *built.html.rglob("*.css")]:
        text = path.read_text(encoding="utf-8")
        assert not loading.search(text), path
        for link in re.findall(r"<link[^>]+href=\"(?:https?:)?//[^>]+>", text):
            raise AssertionError(f"{path}: {link}")
    for path in built.html.rglob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"unpkg|jsdelivr|cdnjs|googleapis", text), path


def test_pages_show_no_english_and_no_code(built):
    english = re.compile(
        r"\b(Skip to|Back to top|Search|next page|previous page|Toggle|Link to|On this page|Click|Show|Hide|Copy|Color mode|"
        r"Dark|Light|Contents|Figure|Table|Last updated|By )\b"
    )
    for path in all_pages(built):
        soup = BeautifulSoup(path.read_text(encoding="utf-8"), "lxml")
        assert soup.html["lang"] == "nl"
        for element in soup(["script", "style", "noscript"]):
            element.decompose()
        labels = [tag.get(name, "") for tag in soup.find_all(True) for name in ("title", "aria-label", "placeholder")]
        found = english.search(" ".join([soup.get_text(" "), *labels]))
        assert not found, f"{path.name}: {found}"
        assert not soup.select(".cell_input")
    assert not list(built.html.rglob("*.ipynb")) and not (built.html / "_sources").exists()


def test_every_chart_says_in_words_what_it_draws(built):
    charts = [drawing for annex in ANNEXES for drawing in page(built, f"annexes/{annex}").select("figure.chart")]
    assert len(charts) >= 6
    for drawing in charts:
        svg = drawing.svg
        assert svg["role"] == "img"
        title, description = (drawing.find(id=id).get_text() for id in svg["aria-labelledby"].split())
        assert title in drawing.figcaption.get_text()
        rows = drawing.find_next("details").select("tbody tr")
        for row in rows:
            cells = [cell.get_text(strip=True) for cell in row.find_all(["th", "td"])]
            assert f"{cells[0]}: {cells[1]}" in description or cells[1] == "x"
    ids = [tag["id"] for annex in ANNEXES for tag in page(built, f"annexes/{annex}").find_all(id=True)]
    per_page = [page(built, f"annexes/{annex}").find_all(id=True) for annex in ANNEXES]
    assert ids and all(len({tag["id"] for tag in tags}) == len(tags) for tags in per_page)


def test_every_table_has_a_caption_and_headings_for_columns_and_rows(built):
    for annex in ANNEXES:
        for table in page(built, f"annexes/{annex}").select("table"):
            assert table.caption or table.find_parent("details")
            assert all(cell["scope"] == "col" for cell in table.select("thead th")) and not table.select("thead td")
            assert all(row.find(["th", "td"])["scope"] == "row" for row in table.select("tbody tr"))


def test_downloads_hold_the_numbers_of_their_table(built):
    link = page(built, "annexes/effect").select_one("a[href$='effect-grade-missions.csv']")
    rows = list(csv.DictReader((built.html / "book" / "annexes" / link["href"]).resolve().open(encoding="utf-8")))
    shown = page(built, "annexes/effect").find(id="effect-grade-missions").select("tbody tr")
    assert len(rows) == len(shown)
    for row, line in zip(rows, shown, strict=True):
        cells = [cell.get_text(strip=True) for cell in line.find_all(["th", "td"])]
        assert row["synthetic"] == "true" and row["mission_id"] == cells[0]
        if row["status"] == "suppressed":
            assert (row["value"], row["low"], row["high"], row["n"], cells[1]) == ("", "", "", "", "x")
        else:
            assert f"{float(row['value']):.1f}".replace(".", ",") == cells[1]


def test_the_table_of_key_figures_holds_every_fact(built):
    cells = {row.find("a").get("href"): row.get_text(" ") for row in page(built, "key-figures").select("tbody tr")}
    for fact in built.facts().values():
        text = cells[f"annexes/{fact['origin']['annex']}.html#{fact['origin']['anchor']}"]
        assert fact["text"] in text and fact["estimand"] in text


def test_the_note_withholds_personal_data_in_the_published_words(built):
    fields = page(built, "note").select_one("dl.field-list")
    withheld = [dd for dd in fields.find_all("dd") if dd.get_text(strip=True) == "Bescherming persoonlijke levenssfeer"]
    assert len(withheld) == 6
    assert any("Bescherming persoonlijke levenssfeer" in text for text in pdf_pages(built.pdf / "beslisnota.pdf"))


def test_withheld_words_are_not_in_this_sample_by_accident(built):
    # The sample has withheld cells in tables; no fact of the letter may be among them, or the letter would say nothing.
    letter = fact_keys((ROOT / "book" / "letter.md").read_text(encoding="utf-8"))
    assert all(built.facts()[key]["text"] != WITHHELD for key in letter)
