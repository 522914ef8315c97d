"""Numbers for figures and tables without reading all pages again.

Sphinx numbers them after every reading, however small, by walking through every page of the book, which it reads from disk for
that. An outline of each page is enough: sections, lists of pages, and what has a number and a title.
"""

from __future__ import annotations

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx


def outline(page: nodes.document, numbered: tuple[type, ...]) -> nodes.Element:
    """What of a page decides about numbers. numbered: the kinds of nodes that get one."""
    return _outline(page, numbered) or nodes.Element()


def _outline(node: nodes.Element, numbered: tuple[type, ...]) -> nodes.Element | None:
    """None where nothing in a node matters."""
    kept = nodes.Element() if isinstance(node, nodes.document) else node.copy()
    for child in node.children:
        if isinstance(child, (nodes.title, nodes.caption)) and isinstance(node, numbered):
            kept += nodes.title(text=child.astext()) if isinstance(child, nodes.title) else nodes.caption(text=child.astext())
        elif isinstance(child, nodes.Element) and (inner := _outline(child, numbered)) is not None:
            kept += inner
    return kept if kept.children or isinstance(node, (nodes.section, addnodes.toctree, *numbered)) else None


def _keep(app: Sphinx, doctree: nodes.document) -> None:
    numbered = tuple(app.env.domains["std"].enumerable_nodes)
    _outlines(app.env)[app.env.docname] = outline(doctree, numbered)


def _outlines(env) -> dict[str, nodes.Element]:
    if not hasattr(env, "missions_outlines"):
        env.missions_outlines = {}
    return env.missions_outlines


def _begin(app: Sphinx, env) -> list[str]:
    known, whole = _outlines(env), env.get_doctree
    env.get_doctree = lambda page: known[page] if page in known else whole(page)
    return []


def _end(app: Sphinx, env) -> list[str]:
    del env.get_doctree  # of this one object; its class has the real one
    return []


def _forget(app: Sphinx, env, docname: str) -> None:
    _outlines(env).pop(docname, None)


def _merge(app: Sphinx, env, docnames: set[str], other) -> None:
    _outlines(env).update({page: found for page, found in _outlines(other).items() if page in docnames})


def setup(app: Sphinx) -> dict:
    app.connect("doctree-read", _keep)
    app.connect("env-get-updated", _begin, priority=1)  # before the numbers are given
    app.connect("env-get-updated", _end, priority=999)
    app.connect("env-purge-doc", _forget)
    app.connect("env-merge-info", _merge)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
