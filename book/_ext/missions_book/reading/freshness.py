"""Never stale: which page must be read or written again is decided by content.

Sphinx looks at the times of files. A file that was put back has an old time and new content; and a page can change because
another one got a new title or number. Here a page keeps the state of all that it read (reading/edition.py): its text, other
files, single facts, settings and words.
"""

from __future__ import annotations

import json
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx

from missions.declared import door

from .. import events
from .by_page import keep_by_page, noted
from .edition import READS, shown_everywhere

READINGS = "readings.json"  # page -> [kind, key, state] of all that it read
_SHARED = "missions_shared"
_REFERS = "missions_refers"  # page -> what it refers to


def _keep_what_was_read(app: Sphinx, doctree: nodes.document) -> None:
    env = app.env
    files = {env.doc2path(env.docname, base=False), *map(str, env.dependencies.get(env.docname, ()))}
    items = {*door.noted(), *(("file", name) for name in files)}
    noted(env, READS)[env.docname] = {item: door.state(*item) for item in items}
    noted(env, _REFERS)[env.docname] = _referred_to(doctree)


def outdated(app: Sphinx, env, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """The pages that read something which is now different."""
    reads = noted(env, READS)
    now: dict[door.Item, str | None] = {}

    def same(item: door.Item, before: str | None) -> bool:
        if item not in now:
            now[item] = door.state(*item)
        return now[item] == before

    return [
        page
        for page in sorted(env.found_docs - added - changed - removed)
        if page not in reads or not all(same(item, before) for item, before in reads[page].items())
    ]


def _rewritten(app: Sphinx, env) -> set[str]:
    """The pages that show something of another which changed: its title or place in the order, or a target that they refer to."""
    titles = {page: title.astext() for page, title in env.titles.items()}
    shared = door.digest([titles, env.toctree_includes, env.toc_secnumbers, shown_everywhere()[0]])
    known = _targets(env)
    refers = noted(env, _REFERS)
    shown = {page: door.digest([[name, known.get(name)] for name in refers[page]]) for page in env.found_docs}
    before, shown_before = getattr(env, _SHARED, (None, {}))
    setattr(env, _SHARED, (shared, shown))
    return {page for page in env.found_docs if shared != before or shown[page] != shown_before.get(page)}


def _tell_what_was_read(app: Sphinx, env) -> None:
    """Lay beside what Sphinx keeps which page read what, so that `missions plan` knows it without Sphinx."""
    pages = {page: [[*item, state] for item, state in read.items()] for page, read in sorted(noted(env, READS).items())}
    Path(app.doctreedir).with_name(READINGS).write_text(json.dumps(pages), encoding="utf-8")


def _targets(env) -> dict[str, list]:
    """Name of what a page may refer to -> where it is, its title, and the numbers of figures and tables there."""
    found: dict[str, list] = {}
    standard = env.domaindata["std"]
    for kind in ("labels", "anonlabels", "objects"):
        for name, target in standard[kind].items():
            page = target[0]
            key = name[1] if kind == "objects" else name
            found.setdefault(key.lower(), []).append([kind, *map(str, target), str(env.toc_fignumbers.get(page))])
    for name, (page, _) in env.domaindata["math"]["objects"].items():
        found.setdefault(name.lower(), []).append(["formula", page, str(env.toc_fignumbers.get(page))])
    for page, metadata in env.metadata.items():  # whose headings may be linked to
        found.setdefault(page.lower(), []).append(str(metadata.get("myst_slugs")))
    return found


def _referred_to(doctree: nodes.document) -> list[str]:
    return sorted({str(node.get("reftarget", "")).lower() for node in doctree.findall(pending_xref)})


def _mend_search_index(app: Sphinx) -> list:
    """Make the index of an incremental build the one of a clean build.

    TRAP: Sphinx keeps words that no page has any more, and loses the index entries (terms of the glossary) of pages that were not
    written again.
    """
    indexer, path = getattr(app.builder, "indexer", None), Path(app.outdir, "searchindex.js")
    if indexer is None or not path.is_file():
        return []
    for words in (indexer._mapping, indexer._title_mapping):
        for word in [word for word, pages in words.items() if not pages]:
            del words[word]
    with open(path, encoding="utf-8") as file:
        before = app.builder.indexer_format.load(file)
    entries = {page: list(found) for page, found in indexer._index_entries.items()}
    for entry, places in before.get("indexentries", {}).items():
        for number, place, main in places:
            page = before["docnames"][number]
            if page in indexer._titles and page not in indexer._index_entries:
                entries.setdefault(page, []).append((entry, place, "main" if main else ""))
    indexer._index_entries = dict(sorted(entries.items()))
    return []


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", _keep_what_was_read, priority=events.KEEP_WHAT_WAS_READ)
    app.connect("env-get-outdated", outdated)
    app.connect("env-get-updated", _rewritten)
    app.connect("env-check-consistency", _tell_what_was_read)
    app.connect("html-collect-pages", _mend_search_index)
    keep_by_page(app, READS)
    keep_by_page(app, _REFERS)
