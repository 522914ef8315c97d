"""Reading back the built site and PDFs, as a reader gets them."""

from __future__ import annotations

import re
from pathlib import Path

import pypdfium2
from bs4 import BeautifulSoup

PDFS = {
    "kamerbrief", "beslisnota", "bijlage-overzicht", "bijlage-effectmeting", "bijlage-waardering-bewindspersoon",
    "bijlage-imvo", "publicatie",
}  # fmt: skip
PROSE = {"letter": "kamerbrief", "note": "beslisnota"}  # page -> its PDF
ANNEXES = {
    "overview": "bijlage-overzicht",
    "effect": "bijlage-effectmeting",
    "effect_programme": "bijlage-effectmeting",
    "effect_cbs": "bijlage-effectmeting",
    "minister_valuation": "bijlage-waardering-bewindspersoon",
    "minister_drivers": "bijlage-waardering-bewindspersoon",
    "imvo": "bijlage-imvo",
}


def page(checkout, name: str) -> BeautifulSoup:
    return BeautifulSoup((checkout.html / "book" / f"{name}.html").read_text(encoding="utf-8"), "lxml")


def pdf_pages(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(path)
    return [" ".join(document[number].get_textpage().get_text_range().split()) for number in range(len(document))]


def fact_keys(source: str) -> list[str]:
    return re.findall(r"\{fact\}`([a-z0-9_]+)`", source)


def all_pages(checkout) -> list[Path]:
    """Every page that a reader can open; _static holds parts of the theme, no pages."""
    return sorted(path for path in checkout.html.rglob("*.html") if "_static" not in path.parts)


def sign_off_table(checkout) -> dict[str, list[str]]:
    """Piece -> fingerprint, who made it, who read it and when, as the page for reviewers shows them."""
    table = next(table for table in page(checkout, "review").select("table") if "Vingerafdruk" in table.get_text())
    return {
        row.th.get_text(strip=True): [cell.get_text(strip=True) for cell in row.select("td")] for row in table.select("tbody tr")
    }
