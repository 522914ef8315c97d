"""An outline of a page decides about numbers as the page itself does."""

from __future__ import annotations

import pickle

import pytest
from docutils import nodes
from sphinx import addnodes
from sphinx.domains.math import MathDomain
from sphinx.domains.std import StandardDomain

from missions_book.speed.figure_numbers import outline

NUMBERED = (*StandardDomain.enumerable_nodes, *MathDomain.enumerable_nodes)


def walked(page: nodes.Element) -> list[tuple]:
    """What Sphinx looks at when it gives numbers, in its order (TocTreeCollector.assign_figure_numbers)."""
    found = []
    for node in page.findall(lambda one: isinstance(one, (nodes.section, addnodes.toctree, *NUMBERED))):
        titles = [child.astext() for child in node.children if isinstance(child, (nodes.title, nodes.caption))]
        title = titles[:1] if isinstance(node, NUMBERED) else None
        found.append((type(node), list(node.get("ids", [])), node.get("entries"), title, "literal_block" in node))
    return found


def test_the_outline_of_every_page_has_all_that_is_numbered_in_its_order(built):
    paths = sorted((built.root / ".state/sphinx/doctrees").rglob("*.doctree"))
    pages = [pickle.loads(path.read_bytes()) for path in paths]
    assert sum(type(one) is nodes.table for page in pages for one in page.findall()) > 100
    for path, page in zip(paths, pages, strict=True):
        kept = outline(page, NUMBERED)
        assert walked(kept) == walked(page), path
        assert sum(1 for _ in kept.findall()) < max(10, 0.7 * sum(1 for _ in page.findall())), f"{path}: hardly an outline"


@pytest.mark.parametrize("wrap", [nodes.block_quote, nodes.list_item])
def test_what_is_numbered_is_found_however_deep_it_lies(wrap):
    table = nodes.table("", nodes.title(text="Titel"), nodes.tgroup("", nodes.tbody()), ids=["deep"])
    page = nodes.section("", wrap("", wrap("", nodes.paragraph(text="tekst"), table)), wrap("", nodes.paragraph()), ids=["top"])
    kept = outline(page, NUMBERED)
    assert [type(one) for one in kept.findall()] == [nodes.section, wrap, wrap, nodes.table, nodes.title, nodes.Text]
    assert walked(kept) == walked(page)


def test_a_page_with_nothing_to_number_has_an_outline_all_the_same():
    assert not outline(nodes.paragraph(text="tekst"), NUMBERED).children
