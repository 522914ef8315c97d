"""The site as a publication: its banner, its start, and links to its PDFs."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from markupsafe import Markup
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from missions.choice import INTERNAL
from missions.declared.documents import expanded
from missions.present.shelves import DISCLOSURE, EDITION

from ..reading.edition import PAGES, everywhere

PDF_FOLDER = "pdf"
INTERNAL_BANNER = "Interne uitgave met persoonsgegevens: niet openbaar."
BANNER = "Voorbeelduitgave met synthetische gegevens: geen officiële publicatie. Cijfers met een S zijn niet echt."


NOT_PRIVATE = "Uit deze proef zijn cijfers over bedrijven af te leiden: niet verspreiden."


def banner_text() -> str | None:
    """The warnings that every page carries: of an internal edition, and of one with any synthetic input."""
    warnings = [INTERNAL_BANNER] if EDITION["edition"] == INTERNAL else []
    warnings += [BANNER] if EDITION["synthetic"] else []
    # An edition of real deliveries is refused then (missions.edition.build).
    warnings += [NOT_PRIVATE] if DISCLOSURE.get("ruled_out") else []
    return " ".join(warnings) or None


def _start(app: Sphinx) -> list[tuple[str, dict, str]]:
    """The page at the address of the site itself, which leads on to the first page."""
    if app.builder.name != "html":
        return []
    start = {"address": app.builder.get_target_uri(app.config.root_doc), "title": app.env.titles[app.config.root_doc].astext()}
    return [("index", {"start": start}, "start.html")]


def _link_to_pdf(app: Sphinx, pagename: str, templatename: str, context: dict, doctree) -> None:
    if doctree is None:
        return
    document = pdf_of(app, pagename)
    words = "Deze pagina als PDF" if len(document["pages"]) == 1 else f"{document['title']} als PDF"
    words = "De hele publicatie als PDF" if document.get("is_whole") else words
    link = Markup('<p class="pdf-link"><a href="{}">{}</a></p>').format(pdf_address(pagename, document["name"]), words)
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
        pages = [page for page in PAGES if page.startswith("book/annexes/factsheet-")]
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


everywhere["banner"] = banner_text


def pdf_address(docname: str, pdf: str) -> str:
    """Where a page of the site finds a PDF."""
    return f"{'../' * docname.count('/')}{PDF_FOLDER}/{pdf}.pdf"


def _require_all_pages(app: Sphinx, exception: Exception | None) -> None:
    """A site that lacks a page is no site, whatever became of it. Errors: ExtensionError with the pages."""
    if exception or app.builder.name != "html":
        return
    missing = [page for page in sorted(app.env.found_docs) if not Path(app.builder.get_outfilename(page)).is_file()]
    if missing:
        raise ExtensionError(f"pages that were read and not written: {', '.join(missing)}")


def setup(app: Sphinx) -> None:
    app.add_directive("downloads", Downloads)
    app.add_directive("factsheets", Factsheets)
    app.connect("html-page-context", _link_to_pdf)
    app.connect("html-collect-pages", _start)
    app.connect("build-finished", _require_all_pages)
