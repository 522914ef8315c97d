"""Never stale: which page must be read or written again is decided by content.

Sphinx looks at the times of files. A file that was put back has an old time and new content; and a page can change because
another one got a new title or number. Here a page keeps the hash of all that it read: its text, other files,
single facts and settings.
"""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Callable
from pathlib import Path

import jinja2
import jinja2.meta
from docutils import nodes
from myst_nb.core.render import load_mime_renders, load_renderer
from nbformat.validator import get_validator
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.errors import SphinxError

_USED = "missions_used"  # in env.temp_data: what the page that is being read has used
_SHARED = "missions_shared"
_FEW = 5  # pages
everywhere: dict[str, Callable] = {}  # what every page shows, whatever its text: name -> how to look it up now
on_open: list[Callable[[], bool]] = []  # called when Sphinx is ready to read; False: it must not
on_read: list[Callable[[], None]] = []  # called when all pages have been read


class NotOpened(SphinxError):
    """Sphinx was told not to go on."""


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
    reads = getattr(env, "missions_reads", {})
    env.missions_reads = reads | {env.docname: used}
    env.missions_refers = getattr(env, "missions_refers", {}) | {env.docname: _referred_to(doctree)}


def _outdated(app: Sphinx, env, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """The pages that read something which is now different."""
    reads = getattr(env, "missions_reads", {})
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
    shown = {page: digest([[name, known.get(name)] for name in env.missions_refers[page]]) for page in env.found_docs}
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


def _open(app: Sphinx) -> None:
    if on_open and isinstance(app.builder, StandaloneHTMLBuilder):
        _use_first(app.builder.templates.environment)  # there is nothing else to do yet
    if not all([call() for call in on_open]):
        raise NotOpened


def _use_first(environment: jinja2.Environment) -> None:
    """What libraries do once in a process, before there are more of them: templates and schemas compiled, plugins found."""
    importlib.import_module("xlsxwriter")
    load_renderer("default")
    load_mime_renders()
    get_validator()
    _compile_templates(environment)


def _compile_templates(environment: jinja2.Environment) -> None:
    """Those of a page, and all that they name: Jinja keeps them."""
    waiting, found = ["page.html"], set()
    while waiting:
        name = waiting.pop()
        if name is not None and name not in found:
            found.add(name)
            environment.get_template(name)
            source = environment.loader.get_source(environment, name)[0]
            waiting += jinja2.meta.find_referenced_templates(environment.parse(source))


def _tell(app: Sphinx, env) -> None:
    for call in on_read:
        call()


def _forget(app: Sphinx, env, docname: str) -> None:
    getattr(env, "missions_reads", {}).pop(docname, None)
    getattr(env, "missions_refers", {}).pop(docname, None)


def _merge(app: Sphinx, env, docnames: set[str], other) -> None:
    """What pages read that were read in another process."""
    reads = getattr(other, "missions_reads", {})
    env.missions_reads = getattr(env, "missions_reads", {}) | {page: reads[page] for page in docnames if page in reads}
    refers = getattr(other, "missions_refers", {})
    env.missions_refers = getattr(env, "missions_refers", {}) | {page: refers[page] for page in docnames if page in refers}


def _read_side_by_side(app: Sphinx, config) -> None:
    """It numbers sections when all pages have been read, so that these may be read side by side; it only does not say so."""
    app.extensions["sphinx_multitoc_numbering"].parallel_read_safe = True


def _few_in_one_process(app: Sphinx, env, docnames: list[str]) -> None:
    """Sphinx itself reads few pages one by one, but starts processes to write even two, which takes longer than writing them."""
    if len(docnames) <= _FEW:
        app.parallel = 1


def setup(app: Sphinx) -> dict:
    app.connect("config-inited", _read_side_by_side)
    app.connect("env-before-read-docs", _few_in_one_process)
    app.connect("builder-inited", _open, priority=1000)  # after all others
    app.connect("doctree-read", _keep_what_was_read)
    app.connect("env-get-outdated", _outdated)
    app.connect("env-get-updated", _rewritten)
    app.connect("env-check-consistency", _tell)
    app.connect("html-collect-pages", _mend_search_index)
    app.connect("env-purge-doc", _forget)
    app.connect("env-merge-info", _merge)
    return {"version": "1", "env_version": 2, "parallel_read_safe": True, "parallel_write_safe": True}
