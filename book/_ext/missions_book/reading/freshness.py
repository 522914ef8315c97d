"""Never stale: which page must be read or written again is decided by content.

Sphinx looks at the times of files. A file that was put back has an old time and new content; and a page can change because
another one got a new title or number. Here a page keeps the hash of all that it read: its text, other files,
single facts and settings.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx

from .by_page import keep_by_page, noted

_USED = "missions_used"  # in env.temp_data: what the page that is being read has used
_SHARED = "missions_shared"
_READS, _REFERS = "missions_reads", "missions_refers"  # page -> what it read, and what it refers to
everywhere: dict[str, Callable] = {}  # what every page shows, whatever its text: name -> how to look it up now


def note(env, kind: str, key: str, content: object) -> None:
    """The page that is being read depends on this piece of content; `kind` is one that `known` can look up."""
    env.temp_data.setdefault(_USED, {})[kind, key] = digest(content)


def digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _file(env, name: str) -> str:
    path = Path(env.srcdir) / name
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"


def _keep_what_was_read(app: Sphinx, doctree: nodes.document) -> None:
    env = app.env
    files = {env.doc2path(env.docname), *env.dependencies.get(env.docname, ())}
    used = env.temp_data.get(_USED, {}) | {("file", str(name)): _file(env, name) for name in files}
    noted(env, _READS)[env.docname] = used
    noted(env, _REFERS)[env.docname] = _referred_to(doctree)


def _outdated(app: Sphinx, env, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """The pages that read something which is now different."""
    reads = noted(env, _READS)
    now: dict[tuple[str, str], str] = {}

    def same(item: tuple[str, str], before: str) -> bool:
        if item not in now:
            kind, key = item
            now[item] = _file(env, key) if kind == "file" else digest(known[kind](env, key))
        return now[item] == before

    return [
        page
        for page in sorted(env.found_docs - added - changed - removed)
        if page not in reads or not all(same(item, before) for item, before in reads[page].items())
    ]


# kind of content -> how to look it up now; the extensions that offer it put it here
known: dict[str, Callable] = {}


def _rewritten(app: Sphinx, env) -> set[str]:
    """The pages that show something of another which changed: its title or place in the order, or a target that they refer to."""
    titles = {page: title.astext() for page, title in env.titles.items()}
    shared = digest([titles, env.toctree_includes, env.toc_secnumbers, {name: look(env) for name, look in everywhere.items()}])
    known = _targets(env)
    refers = noted(env, _REFERS)
    shown = {page: digest([[name, known.get(name)] for name in refers[page]]) for page in env.found_docs}
    before, shown_before = getattr(env, _SHARED, (None, {}))
    setattr(env, _SHARED, (shared, shown))
    return {page for page in env.found_docs if shared != before or shown[page] != shown_before.get(page)}


def _targets(env) -> dict[str, list]:
    """Name of what a page may refer to -> where it is, its title, and the numbers of figures and tables there."""
    found: dict[str, list] = {}
    standard = env.domaindata["std"]
    for kind in ("labels", "anonlabels", "objects"):
        for name, target in standard[kind].items():
            page = target[0]
            key = name[1] if kind == "objects" else name
            found.setdefault(key.lower(), []).append([kind, *map(str, target), str(env.toc_fignumbers.get(page))])
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
    app.connect("doctree-read", _keep_what_was_read)
    app.connect("env-get-outdated", _outdated)
    app.connect("env-get-updated", _rewritten)
    app.connect("html-collect-pages", _mend_search_index)
    keep_by_page(app, _READS)
    keep_by_page(app, _REFERS)
