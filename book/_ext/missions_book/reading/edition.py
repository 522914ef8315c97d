"""The edition that is being built, as the book reads it: everything comes through the door, and is noted for the page that asks.

While a page is read, what it asks for is what it rests on (freshness). While it is written it may ask for that again, for what
every page shows (`everywhere`), and for nothing else: a page that used more would keep old numbers some day.
"""

from __future__ import annotations

from collections.abc import Callable

from sphinx.application import Sphinx

from missions.declared import door
from missions.paths import ROOT
from missions.present import shelves

from .. import events
from .by_page import noted

READS = "missions_reads"  # page -> what it read: (kind, key) -> state
everywhere: dict[str, Callable[[], object]] = {}  # what every page shows, whatever its text: name -> how to look it up
_found: list[str] = []  # the pages of the book
PAGES = door.Shelf("page", lambda: dict.fromkeys(_found, True))


def open_edition(app: Sphinx) -> None:
    door.open_anew()
    door.close_to(None)
    facts = ROOT / app.config.missions_facts  # an absolute setting stays what it is
    shelves.open_edition(lambda: shelves.facts_in(facts))
    try:
        shelves.EDITION["year"]
    except shelves.NoFacts as error:
        # `jupyter-book` prints a traceback of its own after an error of Sphinx.
        raise SystemExit(str(error)) from None


def _list_pages(app: Sphinx, env, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    _found[:] = sorted(env.found_docs)
    return []


def _begin(app: Sphinx, docname: str, source: list[str]) -> None:
    door.begin()


def shown_everywhere() -> tuple[dict[str, object], set[door.Item]]:
    """What every page shows, by name, and the items that this rests on."""
    with door.apart() as items:
        found = {name: look() for name, look in everywhere.items()}
    return found, items


def _close(app: Sphinx, *ignored: object) -> None:
    """What is not told which page is written may ask for what every page shows."""
    door.close_to(shown_everywhere()[1], "a-page-that-is-written")


def _open_for(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: object) -> None:
    door.close_to({*noted(app.env, READS).get(pagename, ()), *shown_everywhere()[1]}, pagename)


def _open_for_all(app: Sphinx, exception: Exception | None) -> None:
    door.close_to(None)


def setup(app: Sphinx) -> None:
    app.add_config_value("missions_facts", "_build/facts.json", "env")
    app.connect("builder-inited", open_edition, priority=events.OPEN_THE_EDITION)
    app.connect("env-get-outdated", _list_pages, priority=events.LIST_PAGES)
    app.connect("source-read", _begin, priority=events.BEGIN_A_PAGE)
    app.connect("write-started", _close)
    app.connect("html-page-context", _open_for, priority=events.OPEN_FOR_A_PAGE)
    app.connect("html-page-context", _close, priority=events.CLOSE_AFTER_A_PAGE)
    app.connect("build-finished", _open_for_all, priority=events.OPEN_FOR_ALL)
