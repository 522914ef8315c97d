"""The site in a real browser: with and without JavaScript, wide, narrow, dark and in print, by mouse and by keyboard."""

from __future__ import annotations

import csv
import datetime
import importlib.metadata
import re
from collections.abc import Iterator

import accessibility
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page

from missions.paths import ROOT
from support.browser import (
    COLOUR_RULES,
    MODES,
    MOST_BYTES,
    RULES,
    axe_version,
    chromium,
    pages_to_see,
    served,
    show_in,
    violations,
    watch,
    weight,
)
from support.publication import all_pages
from support.verapdf import rule_count


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def site(built) -> Iterator[str]:
    with served(built.html) as address:
        yield address


def test_every_page_is_accessible_fits_and_asks_nobody_else(built, browser, site):
    """axe-core finds nothing, nothing is wider than the window, no other host is asked and the browser has no complaint, also
    not about the Content-Security-Policy. A page is loaded once and shown in every mode, as a reader turns a telephone."""
    tab, wrong = browser.new_page(), []
    seen = watch(tab)
    for name in pages_to_see(built.html):
        show_in(tab, "wide")
        tab.goto(site + name, wait_until="load")
        for mode in MODES:
            show_in(tab, mode)
            # In the dark and in print the same page has other colours; tests/benchmarks/accessibility.py tries all rules there
            # too, each on a page that was loaded so.
            rules = RULES if mode in ("wide", "narrow") else COLOUR_RULES
            wrong += [f"{name}, {mode}: {problem}" for problem in violations(tab, rules)]
            width = tab.evaluate("document.documentElement.scrollWidth")
            if mode != "print" and width > MODES[mode]["viewport"]["width"]:
                wrong.append(f"{name}, {mode}: {width} pixels wide")
    tab.close()
    assert not wrong, "\n".join(wrong)
    assert not seen.complaints, "\n".join(seen.complaints)
    assert {address for address in seen.requests if not address.startswith((site, "data:"))} == set()


def test_axe_would_have_found_something(browser):
    tab = browser.new_page()
    tab.set_content("<html><body><img src='data:,'><p style='color:#aaa'>grijs</p></body></html>")
    found = " ".join(violations(tab))
    tab.close()
    assert "image-alt" in found and "color-contrast" in found and "html-has-lang" in found


def test_the_policy_allows_nothing_inline_and_no_script_holds_up_the_first_picture(built):
    for path in all_pages(built):
        text = path.read_text(encoding="utf-8")
        if path == built.html / "index.html":
            assert "<script" not in text and "<style" not in text
            continue  # leads on to the first page and holds nothing
        soup = BeautifulSoup(text, "lxml")
        policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text).group(1)
        assert policy.startswith("default-src 'none'") and "unsafe" not in policy and "http" not in policy
        for script in soup.select("script"):
            assert script.get("type") in ("application/ld+json", "application/json") or (
                script.get("src") and script.has_attr("defer")
            ), (path, script)
        assert not soup.select("style, [style], [onclick], [onload]"), path
        loaded = [
            tag.get("src") or tag.get("href") for tag in soup.select("script[src], link[rel='stylesheet'], img, link[rel='icon']")
        ]
        assert all(not re.match(r"(https?:)?//", address) for address in loaded), path


@pytest.mark.parametrize("name", ["book/index.html", "book/annexes/effect.html", "book/key-figures.html", "search.html"])
def test_a_page_is_light(browser, site, name):
    assert 0 < weight(browser, site + name) <= MOST_BYTES


def test_without_javascript_everything_can_be_read_reached_and_opened(built, browser, site):
    for width in (1280, 320):
        context = browser.new_context(java_script_enabled=False, viewport={"width": width, "height": 700})
        tab = context.new_page()
        tab.goto(site + "book/letter.html")
        assert tab.locator(".colour-switch").is_hidden(), "no button that does nothing"
        tab.locator("#navigatie").get_by_text("Bijlage IMVO").click()
        assert "imvo" in tab.url and "IMVO" in tab.locator("h1").inner_text()
        tab.locator("summary").first.click()
        assert tab.locator("details[open] table").first.is_visible()
        tab.goto(site + "book/letter.html")
        number = tab.locator("article a:has(.fact)").first
        target = number.get_attribute("href")
        number.click()
        assert tab.url.endswith(target) and tab.locator(f"[id='{target.partition('#')[2]}']").count() == 1
        tab.goto(site + "search.html")
        assert tab.get_by_text("Zet JavaScript aan om te kunnen zoeken").is_visible()
        context.close()


def search(tab: Page, words: str) -> str:
    tab.fill("#zoek", words)
    tab.press("#zoek", "Enter")
    tab.wait_for_url("**/search.html?q=*")
    tab.get_by_text(re.compile(r"Aantal pagina's met|Er is geen pagina")).wait_for()
    return tab.inner_text("#search-results")


@pytest.mark.parametrize("where", ["server", "folder"])
def test_the_search_finds_words_in_dutch_also_in_a_plain_folder(built, browser, site, where):
    tab = browser.new_page()
    seen = watch(tab)
    tab.goto((site if where == "server" else f"{built.html.resolve().as_uri()}/") + "book/note.html")
    for words, title in (("matchmaking", "Kamerbrief over de economische missies"), ("verbeterafspraken", "IMVO")):
        found = search(tab, words)
        assert title in found and "Aantal pagina's met deze woorden" in found, found
    assert "Er is geen pagina met al deze woorden" in search(tab, "zwaartekrachtgolf")
    tab.close()
    assert not seen.complaints, seen.complaints


def test_the_keyboard_reaches_everything_and_shows_where_it_is(browser, site):
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.goto(site + "book/letter.html")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Naar de inhoud"
    reached = []
    while reached.count("BODY") == 0:  # until the end of the page
        shown = tab.evaluate(
            "() => { const e = document.activeElement, s = getComputedStyle(e);"
            " return [e.className || e.id || e.tagName, s.outlineStyle, parseFloat(s.outlineWidth)] }"
        )
        reached.append(str(shown[0]))
        visible = shown[1] != "none" and shown[2] >= 2
        assert visible or shown[0] == "BODY", f"{shown[0]}: nobody sees that the focus is here"
        tab.keyboard.press("Tab")
    assert {"zoek", "site-title"} <= set(reached), reached
    tab.goto(site + "book/letter.html")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "inhoud"
    tab.close()


def test_a_card_opens_at_its_number_and_closes_with_escape(browser, site):
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.goto(site + "book/letter.html")
    number = tab.locator("article a:has(.fact)").first
    number.click()
    card = tab.locator(".fact-card:not([hidden])")
    assert card.count() == 1 and card.get_by_text("Kopieer verwijzing").is_visible()
    assert not violations(tab)
    tab.keyboard.press("Escape")
    assert card.count() == 0
    assert tab.evaluate("document.activeElement.matches('a:has(.fact)')"), "the focus is back at the number"
    tab.close()


def test_more_space_between_letters_and_lines_cuts_nothing_off(browser, site):
    """WCAG 1.4.12."""
    tab = browser.new_page(viewport={"width": 320, "height": 900})
    for name in ("book/letter.html", "book/annexes/imvo.html"):
        tab.goto(site + name)
        tab.evaluate(
            "document.styleSheets[0].insertRule('* { line-height: 1.5 !important; letter-spacing: .12em !important;"
            " word-spacing: .16em !important }', document.styleSheets[0].cssRules.length)"
        )
        assert tab.evaluate("document.documentElement.scrollWidth") <= 320, name
    tab.close()


def test_a_reference_to_a_heading_a_figure_and_a_paragraph_can_be_copied(browser, site):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    tab = context.new_page()
    tab.goto(site + "book/annexes/effect.html")
    for owner, part in (
        ("h2", "Hoeveel bedrijven antwoordden"),
        ("figcaption", "Het gemiddelde rapportcijfer"),
        ("p[id^='alinea-']", ""),
    ):
        link = tab.locator(f"article {owner} .headerlink").first
        link.evaluate("link => link.click()")
        tab.locator(".headerlink", has_text="gekopieerd").first.wait_for()
        copied = tab.evaluate("navigator.clipboard.readText()")
        anchor = link.get_attribute("href")
        assert copied.startswith("Bijlage effectmeting") and part in copied and copied.endswith(f"effect.html{anchor}"), copied
        assert "kenmerk BZ" in copied and "versie " in copied
        assert tab.locator(f"[id='{anchor[1:]}']").count() == 1
    context.close()


def test_light_or_dark_is_kept_from_page_to_page(browser, site):
    context = browser.new_context(color_scheme="light")
    tab = context.new_page()
    tab.goto(site + "book/letter.html")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = tab.evaluate(paper)
    tab.get_by_role("button", name="Donker").click()
    dark = tab.evaluate(paper)
    tab.goto(site + "book/note.html")
    assert light != dark == tab.evaluate(paper)
    assert tab.get_by_role("button", name="Licht").is_visible()
    context.close()


def test_in_print_there_is_the_text_and_the_warning_and_nothing_to_click(browser, site):
    tab = browser.new_page()
    tab.goto(site + "book/annexes/effect.html")
    tab.emulate_media(media="print")
    for gone in (".site-header", "#navigatie", ".turn-page", "details", "p.download"):
        assert tab.locator(gone).first.is_hidden(), gone
    assert tab.locator(".banner").is_visible() and tab.locator("figure.chart svg").first.is_visible()
    tab.close()


def test_only_what_pages_ask_for_is_shipped(built):
    """No file of the theme lies beside the pages: nothing in it can reach for another host."""
    shipped = {path.name for path in (built.html / "_static").iterdir()}
    ours = {path.name for path in (ROOT / "book/_static").iterdir()}
    assert shipped - ours == {
        "documentation_options.js", "doctools.js", "language_data.js", "sphinx_highlight.js", "searchtools.js",
    }  # fmt: skip


def test_the_published_results_are_those_of_these_tools_and_of_all_pages(built, browser):
    """What the page on accessibility claims; that nothing is found now either is what the other tests show."""
    with accessibility.TABLE.open(encoding="utf-8", newline="") as file:
        headings, *lines = csv.reader(file)
    assert tuple(headings) == accessibility.HEADINGS
    pages, pdfs = f"{len(pages_to_see(built.html))} pagina's", f"{len(list(built.pdf.glob('*.pdf')))} PDF's"
    tab = browser.new_page()
    axe = f"axe-core {axe_version(tab)}"
    tab.close()
    checked = [line[0] for line in lines]
    assert len(set(checked)) == len(checked) == len(MODES) + 4 + len(accessibility.STANDARDS)
    for what, tool, extent, found, day in lines:
        assert found == "0" and datetime.date.fromisoformat(day) <= datetime.date.today(), what
        assert extent == (pdfs if what.startswith("PDF/") else pages), f"{what}: run tests/benchmarks/accessibility.py --write"
        if what.startswith("WCAG"):
            assert tool.startswith(axe), what
    for flavour, words in accessibility.STANDARDS.items():
        (tool,) = [line[1] for line in lines if line[0] == words]
        assert importlib.metadata.version(accessibility.ENGINE) in tool and f"{rule_count(flavour)} regels" in tool
