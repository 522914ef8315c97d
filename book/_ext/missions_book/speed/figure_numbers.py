"""Numbers for figures and tables without reading all pages again.

Sphinx numbers them after every reading, however small, by walking through every page of the book, which it reads from disk for
that. An outline of each page is enough: sections, lists of pages, and what has a number and a title.
"""

from __future__ import annotations

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from .. import events
from ..reading.by_page import keep_by_page, noted

_OUTLINES = "missions_outlines"


def outline(page: nodes.document, numbered: tuple[type, ...]) -> nodes.Element:
    """What of a page decides about numbers. numbered: the kinds of nodes that get one."""
    return _outline(page, numbered) or nodes.Element()


def _outline(node: nodes.Element, numbered: tuple[type, ...]) -> nodes.Element | None:
    """None where nothing in a node matters."""
    kept = nodes.Element() if isinstance(node, nodes.document) else node.copy()
    for child in node.children:
        if isinstance(child, (nodes.title, nodes.caption)) and isinstance(node, numbered):
            kept += type(child)(text=child.astext())
        elif isinstance(child, nodes.Element) and (inner := _outline(child, numbered)) is not None:
            kept += inner
    return kept if kept.children or isinstance(node, (nodes.section, addnodes.toctree, *numbered)) else None


def _keep(app: Sphinx, doctree: nodes.document) -> None:
    numbered = tuple(kind for domain in app.env.domains.values() for kind in domain.enumerable_nodes)
    noted(app.env, _OUTLINES)[app.env.docname] = outline(doctree, numbered)


def _begin(app: Sphinx, env) -> list[str]:
    known, whole = noted(env, _OUTLINES), env.get_doctree
    env.get_doctree = lambda page: known[page] if page in known else whole(page)
    return []


def _end(app: Sphinx, env) -> list[str]:
    del env.get_doctree  # of this one object; its class has the real one
    return []


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", _keep)
    app.connect("env-get-updated", _begin, priority=events.BEFORE_NUMBERING)
    app.connect("env-get-updated", _end, priority=events.AFTER_NUMBERING)
    keep_by_page(app, _OUTLINES)
