"""A real browser for the tests of the site: Debian's chromium, driven by playwright, on a server of our own."""

from __future__ import annotations

import contextlib
import functools
import gzip
import http.server
import importlib.resources
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
# Without the second line the browser looks for its maker's servers at every start.
OPTIONS = [
    *("--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
# mode -> settings of a window
MODES = {
    "wide": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "narrow": {"viewport": {"width": 320, "height": 640}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "print": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
}
AXE = (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
MOST_BYTES = 250_000  # of a page with all that it loads, compressed, images apart
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
COLOUR_RULES = ("color-contrast", "link-in-text-block")  # those that colours can break


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *ignored) -> None:
        pass


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a web server that holds a folder."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


@dataclass
class Seen:
    """What a page did while it was open: addresses that it asked for, and what the browser complained of."""

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


def watch(page: Page) -> Seen:
    seen = Seen()
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("console", lambda told: seen.complaints.append(told.text) if told.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    return seen


def show_in(page: Page, mode: str) -> None:
    """Show an open page in one of the modes, without loading it again."""
    page.set_viewport_size(MODES[mode]["viewport"])
    page.emulate_media(media="print" if mode == "print" else "screen", color_scheme=MODES[mode]["color_scheme"])


def violations(page: Page, rules: tuple[str, ...] = RULES) -> list[str]:
    """What axe-core finds wrong by these rules or sets of rules, one line per rule and element."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", list(rules))
    return [f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in found["violations"] for node in rule["nodes"]]


def axe_version(page: Page) -> str:
    page.evaluate(AXE)
    return page.evaluate("axe.version")


def pages_to_see(html: Path) -> list[str]:
    """Every page of a site, and of the factsheets, which are alike, one with withheld numbers and one without."""
    names = sorted(path.relative_to(html).as_posix() for path in html.rglob("*.html") if "_static" not in path.parts)
    names.remove("index.html")  # leads on to the first page
    sheets = [name for name in names if "factsheet-" in name]
    withheld = [name for name in sheets if "te weinig bedrijven" in (html / name).read_text(encoding="utf-8")]
    whole = [name for name in sheets if name not in withheld]
    assert withheld and whole
    return [name for name in names if name not in sheets] + [withheld[0], whole[0]]


def weight(browser: Browser, address: str) -> int:
    """Bytes of a page with all that it loads, compressed, images apart."""
    tab, bodies = browser.new_page(), {}
    tab.on("response", lambda answer: bodies.setdefault(answer.url, answer.body()))
    tab.goto(address, wait_until="networkidle")
    tab.close()
    return sum(len(gzip.compress(body)) for url, body in bodies.items() if not url.endswith((".svg", ".png")))
