"""Our own theme (the folder `theme`): what its frame asks for, and what a page needs besides; the looks are in publication.css.

- A page may load from our own files only, and holds no script or style of its own (Content-Security-Policy).
- Files that no page asks for are not shipped.
- A table of many columns scrolls in a box of its own, which the keyboard reaches (WCAG 1.4.10, 2.1.1).
- A paragraph has a name to refer to, as a heading has.
- Links that Sphinx adds to headings, figures and tables are named in Dutch (WCAG 3.1.2).
"""

from __future__ import annotations

import html
import io
import itertools
import re
from gettext import GNUTranslations
from pathlib import Path

import lxml.html
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import get_translator
from sphinx.writers.html5 import HTML5Translator

from missions.choice import CONTENT_SECURITY_POLICY

from .. import events
from .publication import banner_text

# A table that tells its role may hold rows and a caption of words: the address of a table stands under "Citeer dit".
_CAPTION_LINK = re.compile(r'<a class="headerlink"[^>]*>[^<]*</a>(?=</caption>)')
STYLE = "_static/publication.css"
# Of Sphinx: what its search needs.
_SEARCH = {
    "documentation_options.js",
    "doctools.js",
    "language_data.js",
    "sphinx_highlight.js",
    "searchtools.js",
}
_MANY_COLUMNS = 2
_CATALOGUE = Path(__file__).with_name("locale") / "nl" / "LC_MESSAGES" / "sphinx.po"


def _complete(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    """What our layout asks for."""
    scripts = {f"_static/{name if isinstance(name, str) else name[0]}" for name in app.config.html_js_files}
    context["own_styles"] = [file for file in context["css_files"] if getattr(file, "filename", "") == STYLE]
    context["own_scripts"] = [file for file in context["script_files"] if getattr(file, "filename", "") in scripts]
    context["content_security_policy"] = CONTENT_SECURITY_POLICY
    context["banner"] = banner_text() or ""
    context["on_this_page"] = _headings(context["toc"]) if doctree is not None and context.get("toc") else ""
    if doctree is not None:
        context["body"] = with_anchors(_CAPTION_LINK.sub("", context["body"]))


def _headings(contents: str) -> str:
    """The list of headings below the title of a page; empty when there are fewer than two, which need no list."""
    inner = lxml.html.fragment_fromstring(contents).find(".//li/ul")
    return lxml.html.tostring(inner, encoding="unicode") if inner is not None and len(inner) > 1 else ""


def with_anchors(page: str) -> str:
    """The page with a name for every paragraph of its text, to refer to; not for those in a cell, a list or a note."""
    number = itertools.count(1)
    return re.sub(r"(?m)^<p>", lambda _: f'<p id="alinea-{next(number)}">', page)


def _visit_table(self: HTML5Translator, node: nodes.table) -> None:
    if _is_wide(node):
        title = next((child.astext() for child in node.children if isinstance(child, nodes.title)), "Tabel")
        self.body.append(f'<div class="wide-table" role="region" aria-label="{html.escape(title)}">')
    HTML5Translator.visit_table(self, node)
    self.body[-1] = self.body[-1].replace("<table", '<table role="table"', 1)


def _visit_row(self: HTML5Translator, node: nodes.row) -> None:
    self.body.append(self.starttag(node, "tr", "", role="row"))


def _depart_table(self: HTML5Translator, node: nodes.table) -> None:
    HTML5Translator.depart_table(self, node)
    self.body.append("</div>\n" if _is_wide(node) else "")


def _is_wide(node: nodes.table) -> bool:
    return next(iter(node.findall(nodes.tgroup)))["cols"] > _MANY_COLUMNS


def _remove_unused(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.name != "html":
        return
    static = Path(app.outdir) / "_static"
    shipped = {path.name for path in (Path(app.srcdir) / "book" / "_static").iterdir()} | _SEARCH
    # TRAP: shutil.rmtree opens folders by bare names, which the guard of a build takes for other files.
    for path in sorted(static.rglob("*"), reverse=True):
        if path.relative_to(static).parts[0] not in shipped:
            path.rmdir() if path.is_dir() else path.unlink()


def _speak_dutch() -> None:
    """Give Sphinx the Dutch words that it does not have itself. They are compiled here, so that no binary file stands in git."""
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(_CATALOGUE.read_bytes())))
    compiled.seek(0)
    get_translator().add_fallback(GNUTranslations(compiled))


def setup(app: Sphinx) -> None:
    app.add_html_theme("missions", str(Path(__file__).with_name("theme")))
    _speak_dutch()
    app.add_config_value("comments_config", {}, "")  # Jupyter Book sets it, whether anything reads it or not
    app.add_node(nodes.table, override=True, html=(_visit_table, _depart_table))
    app.add_node(nodes.row, override=True, html=(_visit_row, HTML5Translator.depart_row))
    app.connect("html-page-context", _complete)
    app.connect("build-finished", _remove_unused, priority=events.REMOVE_UNUSED)
