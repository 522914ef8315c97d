"""The site as a publication: banner, downloads, Dutch throughout, nothing from another host.

Each repair of the theme stands here with its reason; the looks are in book/_static/publication.css.
"""

from __future__ import annotations

import re
from pathlib import Path

import freshness
from docutils import nodes
from facts_file import edition_facts
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from missions.choices import INTERNAL
from missions.documents import expanded

PDF_FOLDER = "pdf"
INTERNAL_BANNER = "Interne uitgave met persoonsgegevens: niet openbaar."
BANNER = "Voorbeelduitgave met synthetische gegevens: geen officiële publicatie. Cijfers met een S zijn niet echt."

# The Dutch catalogue of the theme has gaps; a reader of a Dutch page should not meet English (WCAG 3.1.2).
_DUTCH = {
    "Skip to main content": "Naar de inhoud",
    "Back to top": "Naar boven",
    "Site navigation": "Inhoud van de publicatie",
    "On this page": "Op deze pagina",
    "Version warning": "Melding over de versie",
    "Color mode": "Licht of donker",
    "System Settings": "Instelling van het apparaat",
    "Light": "Licht",
    "Dark": "Donker",
    "Toggle primary sidebar": "Inhoud tonen of verbergen",
    "Toggle secondary sidebar": "Op deze pagina tonen of verbergen",
    "Link to this heading": "Link naar deze kop",
    "Link to this image": "Link naar deze figuur",
    "Link to this table": "Link naar deze tabel",
    "Link to this definition": "Link naar dit begrip",
    "Link to this term": "Link naar dit begrip",
    "previous page": "vorige pagina",
    "next page": "volgende pagina",
    "Main": "Hoofdmenu",
    "Page": "Bij deze pagina",
    "previous": "vorige",
    "next": "volgende",
    "Search": "Zoeken",
    "Please activate JavaScript to enable the search functionality.": "Zet JavaScript aan om te kunnen zoeken.",
}
_UNUSED_SCRIPTS = (
    # Live code: reaches for another host, and no page has code to run.
    r"thebe",
    # Copy buttons, folding of code and tabs: no page has them, all pages would load them.
    r"copybutton|clipboard\.min|togglebutton|toggleHint|toggleOpenOnPrint|design-tabs",
)


def banner_text(edition: dict) -> str | None:
    """The warnings that every page carries: of an internal edition, and of one with any synthetic input."""
    warnings = [INTERNAL_BANNER] if edition["edition"] == INTERNAL else []
    warnings += [BANNER] if any(fact["synthetic"] for fact in edition["facts"]) else []
    return " ".join(warnings) or None


def in_dutch(html: str) -> str:
    """The page with the theme's English texts and labels replaced."""
    for english, dutch in _DUTCH.items():
        text = re.escape(english)
        html = re.sub(rf'((?:title|aria-label|data-bs-title|placeholder)=")\s*{text}\s*"', rf'\g<1>{dutch}"', html)
        html = re.sub(rf"(>\s*){text}(\s*<)", rf"\g<1>{dutch}\g<2>", html)
    return html


def without_unused_scripts(html: str) -> str:
    """The page without scripts and styles that it does not use, so that nothing points at another host."""
    for name in _UNUSED_SCRIPTS:
        html = re.sub(rf"[ \t]*<script[^>]*>[^<]*(?:{name})[^<]*</script>\n?", "", html)
        html = re.sub(rf"[ \t]*<script[^>]*(?:{name})[^>]*></script>\n?", "", html)
        html = re.sub(rf"[ \t]*<link[^>]*(?:{name})[^>]*/>\n?", "", html)
    # Settings of live code for a kernel that does not exist here.
    html = re.sub(r'[ \t]*<script type="text/x-thebe-config">.*?</script>\n?', "", html, flags=re.DOTALL)
    return re.sub(r"[ \t]*<script>kernelName = [^<]*</script>\n?", "", html)


def with_stable_addresses(html: str) -> str:
    """The page without a version that only a second build knows: MyST-NB writes its style sheet after the first page."""
    return re.sub(r"(mystnb\.[0-9a-f]+\.css)\?v=[0-9a-f]+", r"\1", html)


def _pages_of(output: Path) -> dict[Path, int]:
    return {page: page.stat().st_mtime_ns for page in output.rglob("*.html")}


def _note_pages(app: Sphinx) -> None:
    app.missions_pages_before = _pages_of(Path(app.outdir))


def _repair_pages(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.name != "html":
        return
    output = Path(app.outdir)
    start = app.builder.get_target_uri(app.config.root_doc)
    title = app.env.titles[app.config.root_doc].astext()
    warning = banner_text(edition_facts(app.config))
    banner = f'<p class="bd-header-announcement">{warning}</p>' if warning else ""
    (output / "index.html").write_text(
        f'<!DOCTYPE html>\n<html lang="{app.config.language}">\n<head><meta charset="utf-8"><title>{title}</title>'
        f'<meta http-equiv="refresh" content="0; url={start}"></head>\n'
        f'<body>{banner}<main><h1>{title}</h1><p><a href="{start}">Naar de publicatie</a></p></main></body>\n</html>\n',
        encoding="utf-8",
    )
    for page, changed in sorted(_pages_of(output).items()):
        if app.missions_pages_before.get(page) == changed:
            continue  # repaired when it was written
        html = page.read_text(encoding="utf-8")
        repaired = in_dutch(with_stable_addresses(without_unused_scripts(html)))
        if repaired != html:
            page.write_text(repaired, encoding="utf-8")
    for script in [*output.glob("_static/*thebe*"), *output.glob("_static/copybutton*"), *output.glob("_static/clipboard*")]:
        script.unlink()


def _complete_page(app: Sphinx, pagename: str, templatename: str, context: dict, doctree) -> None:
    context["theme_announcement"] = banner_text(edition_facts(app.config)) or ""
    if doctree is None:
        return
    document = pdf_of(app, pagename)
    words = "Deze pagina als PDF" if len(document["pages"]) == 1 else f"{document['title']} als PDF"
    words = "De hele publicatie als PDF" if document.get("is_whole") else words
    link = f'<p class="pdf-link"><a href="{pdf_address(pagename, document["name"])}">{words}</a></p>'
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{link}", 1)


def pdf_of(app: Sphinx, pagename: str) -> dict:
    """The smallest document that holds a page; the whole publication where no other does."""
    documents = expanded(app.config.typst_documents, sorted(app.env.found_docs))
    return min((d for d in documents if pagename in d["pages"]), key=lambda d: len(d["pages"]), default=documents[-1])


class Downloads(SphinxDirective):
    """A list of all PDFs of the edition."""

    def run(self):
        items = nodes.bullet_list()
        for document in self.config.typst_documents:
            if isinstance(document.get("pages"), str):
                continue  # many documents, which have a page of their own
            address = pdf_address(self.env.docname, document["name"])
            link = nodes.reference("", f"{document['title']} (PDF)", refuri=address)
            items += nodes.list_item("", nodes.paragraph("", "", link))
        return [items]


class Factsheets(SphinxDirective):
    """A list of the factsheets, each as a page and as a PDF."""

    def run(self):
        pages = _factsheets(self.env, "")
        freshness.note(self.env, "factsheets", "", pages)
        items = nodes.bullet_list()
        for page in pages:
            mission = page.partition("factsheet-")[2]
            place = pending_xref(  # told by its title
                "", nodes.inline("", mission), refdomain="std", reftype="doc", reftarget=f"/{page}", refdoc=self.env.docname,
                refexplicit=False,
            )  # fmt: skip
            pdf = nodes.reference("", "PDF", refuri=pdf_address(self.env.docname, page.rpartition("/")[2].lower()))
            pdf["reftitle"] = f"Factsheet {mission} als PDF"
            items += nodes.list_item("", nodes.paragraph("", "", place, nodes.Text(" · "), pdf))
        return [items] if pages else [nodes.paragraph(text="Er zijn dit jaar geen missies.")]


def _factsheets(env, key: str) -> list[str]:
    return sorted(page for page in env.found_docs if page.startswith("book/annexes/factsheet-"))


freshness.known |= {"factsheets": _factsheets}


def pdf_address(docname: str, pdf: str) -> str:
    """Where a page of the site finds a PDF."""
    return f"{'../' * docname.count('/')}{PDF_FOLDER}/{pdf}.pdf"


def setup(app: Sphinx) -> dict:
    app.add_directive("downloads", Downloads)
    app.add_directive("factsheets", Factsheets)
    app.connect("html-page-context", _complete_page, priority=900)
    app.connect("builder-inited", _note_pages)
    # Before sphinx-external-toc writes a start page of its own.
    app.connect("build-finished", _repair_pages, priority=100)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
