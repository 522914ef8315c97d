"""The theme of the site: what its templates show is escaped, and what Sphinx adds to a page is Dutch."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import pytest
import sphinx.locale
from babel.messages.pofile import read_po
from bs4 import BeautifulSoup
from jinja2 import FileSystemLoader
from jinja2.sandbox import SandboxedEnvironment
from sphinx.writers import html5

from missions.paths import ROOT
from support.publication import all_pages

SITE = ROOT / "book/_ext/missions_book/site"
MARK_UP = '</script><b>"&'
CARD = dict.fromkeys(("id", "estimand", "text", "origin", "reference", "key_figures"), MARK_UP)
COLOPHON = {"title": MARK_UP, "reference": MARK_UP, "version": MARK_UP, "commit": "<i></i>", "links": [(MARK_UP, MARK_UP)]}


@pytest.mark.parametrize(
    ("template", "shown", "times"),
    [
        ("fact-cards.html", {"fact_cards": [CARD | {"about": {MARK_UP: MARK_UP, "Berekend in": MARK_UP}}]}, 11),
        ("described.html", {"described": {"meta": [(MARK_UP, MARK_UP)], "json_ld": {"name": MARK_UP}}}, 2),
        ("colophon.html", {"colophon": COLOPHON}, 5),
        ("start.html", {"start": {"title": MARK_UP, "address": MARK_UP}, "banner": MARK_UP, "language": MARK_UP}, 6),
    ],
)
def test_no_mark_up_of_others_reaches_a_page(template, shown, times):
    """In an environment as Sphinx makes it, which escapes nothing."""
    text = SandboxedEnvironment(loader=FileSystemLoader(SITE / "theme")).get_template(template).render(shown)
    assert "<b>" not in text and text.count("&lt;b&gt;&#34;&amp;") == times
    for script in BeautifulSoup(text, "lxml").find_all("script"):
        assert json.loads(script.string) == {"name": MARK_UP}


def test_every_label_that_sphinx_gives_a_link_has_dutch_words_here_as_long_as_it_has_none_itself():
    with (SITE / "locale/nl/LC_MESSAGES/sphinx.po").open("rb") as file:
        ours = {message.id: message.string for message in read_po(file) if message.id}
    with (Path(sphinx.locale.__file__).parent / "nl/LC_MESSAGES/sphinx.po").open("rb") as file:
        theirs = {message.id: message.string for message in read_po(file)}
    labels = set(re.findall(r"_\('(Link to [^']+)'\)", inspect.getsource(html5)))
    assert len(labels) > 5 and labels <= set(ours) and all(ours.values())
    assert not [words for words in ours if theirs[words]], "Sphinx has Dutch words now: delete ours"


def test_no_page_has_an_english_label(built):
    titles = {
        link["title"]
        for path in all_pages(built)
        for link in BeautifulSoup(path.read_text(encoding="utf-8"), "lxml").select("a.headerlink[title]")
    }
    assert titles == {"Link naar deze kop", "Link naar deze figuur"}
