"""How to cite the publication: one description, from CITATION.cff and the year file, in every form that is asked for.

The directive {citation} prints it and offers it as BibTeX and RIS; every page carries it as meta tags (Highwire, Dublin Core) and
as JSON-LD (schema.org), and ends with version and reference (theme/described.html and theme/layout.html).
"""

from __future__ import annotations

import html

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from missions.choice import COMMIT_PLACE
from missions.present.fact_text import SYNTHETIC_NOTE
from missions.present.numbers import dutch_date
from missions.present.shelves import CITATION, EDITION, SETTINGS

from ..outputs import DATA_FOLDER, downloads, reference_to
from ..reading.edition import everywhere
from .publication import BANNER, pdf_address, pdf_of

_COLOPHON = {
    "book/cite": "Citeer deze publicatie",
    "book/errata": "Fouten en verbeteringen",
    "book/accessibility": "Toegankelijkheid",
}
_LICENSES = {"CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/"}  # of what is read; code has another one


def about() -> dict:
    """The publication in a few fields; all other forms are made of these.

    Errors: DeclaredError when CITATION.cff lacks one of them.
    """
    return {
        "title": f"{CITATION['title']} {EDITION['year']}",
        "authors": [author["name"] for author in CITATION["authors"]],
        "version": CITATION["version"],
        "released_on": CITATION["released_on"],
        "reference": SETTINGS["reference"],
        "year": EDITION["year"],
        "license": next(_LICENSES[name] for name in CITATION["license"] if name in _LICENSES),
        "warning": BANNER if EDITION["synthetic"] else "",
    }


def as_text(known: dict, warning: str | None = None) -> str:
    """A reference in words. A synthetic edition says so, also when it is pasted elsewhere (warning: other words for that)."""
    warning = known["warning"] if warning is None else warning
    mark = f" {warning}" if warning else ""
    return (
        f"{', '.join(known['authors'])} ({known['released_on'].year}). {known['title']}. Kenmerk {known['reference']}, "
        f"versie {known['version']} van {dutch_date(known['released_on'])}.{mark}"
    )


def as_bibtex(known: dict) -> str:
    fields = {
        "title": f"{{{known['title']}}}",
        "author": " and ".join(f"{{{name}}}" for name in known["authors"]),
        "year": known["released_on"].year,
        "month": known["released_on"].month,
        "day": known["released_on"].day,
        "type": "Kamerbrief met bijlagen",
        "number": known["reference"],
        "version": known["version"],
        "language": "dutch",
        **({"note": known["warning"]} if known["warning"] else {}),
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
    return f"@techreport{{missies{known['year']},\n{lines}}}\n"


def as_ris(known: dict) -> str:
    lines = [
        ("TY", "RPRT"),
        ("TI", known["title"]),
        *(("AU", name) for name in known["authors"]),
        ("PY", known["released_on"].year),
        ("DA", f"{known['released_on']:%Y/%m/%d}"),
        ("M1", known["reference"]),
        ("ET", known["version"]),
        ("LA", "nl"),
        *([("N1", known["warning"])] if known["warning"] else []),
        ("ER", ""),
    ]
    return "".join(f"{tag}  - {value}\r\n" for tag, value in lines)


def as_meta(known: dict, title: str, pdf: str) -> list[tuple[str, str]]:
    """Name and content of the meta tags of a page. pdf: address of the PDF that holds the page."""
    return [
        ("citation_title", title),
        *(("citation_author", name) for name in known["authors"]),
        ("citation_publication_date", f"{known['released_on']:%Y/%m/%d}"),
        ("citation_technical_report_number", known["reference"]),
        ("citation_language", "nl"),
        ("citation_pdf_url", pdf),
        ("DC.title", title),
        *(("DC.creator", name) for name in known["authors"]),
        ("DC.date", known["released_on"].isoformat()),
        ("DC.identifier", f"{known['reference']}, versie {known['version']}"),
        ("DC.isPartOf", known["title"]),
        ("DC.language", "nl"),
        ("DC.type", "Text"),
        ("DC.rights", known["license"]),
        *([("DC.description", known["warning"])] if known["warning"] else []),
    ]


def as_json_ld(known: dict, title: str, pdf: str, is_start: bool, up: str) -> dict:
    """The page for machines that read schema.org; the start page describes the whole publication and its data."""
    whole = {
        "@type": "Report",
        "name": known["title"],
        "author": [{"@type": "Organization", "name": name} for name in known["authors"]],
        "datePublished": known["released_on"].isoformat(),
        "inLanguage": "nl",
        "version": known["version"],
        "reportNumber": known["reference"],
        "license": known["license"],
        "isAccessibleForFree": True,
        **({"creativeWorkStatus": known["warning"]} if known["warning"] else {}),
    }
    encoding = {"@type": "MediaObject", "encodingFormat": "application/pdf", "contentUrl": pdf}
    if not is_start:
        return {"@context": "https://schema.org", "@type": "WebPage", "name": title, "encoding": encoding, "isPartOf": whole}
    data = {
        "@type": "Dataset",
        "name": f"Kerncijfers: {known['title']}",
        "description": known["warning"] or "Alle gepubliceerde cijfers, met wat zij zeggen en waar zij op rusten.",
        "license": known["license"],
        "version": known["version"],
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": kind, "contentUrl": f"{up}{DATA_FOLDER}/{name}"}
            for name, kind in (("kerncijfers.csv", "text/csv"), ("datapackage.json", "application/json"))
        ],
    }
    return {"@context": "https://schema.org", **whole, "encoding": encoding, "hasPart": [data]}


def _describe(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    if app.builder.format != "html":
        return
    known = about()
    links = {page: app.builder.get_relative_uri(pagename, page) for page in _COLOPHON if page in app.env.found_docs}
    context["colophon"] = {**known, "commit": COMMIT_PLACE, "links": [(links[page], _COLOPHON[page]) for page in links]}
    if doctree is None:
        return
    title = app.env.titles[pagename].astext()
    pdf = pdf_address(pagename, pdf_of(app, pagename)["name"])
    context["described"] = {
        "meta": as_meta(known, title, pdf),
        "json_ld": as_json_ld(known, title, pdf, pagename == app.config.root_doc, "../" * pagename.count("/")),
    }


def _visit_reference(self, node: reference_to) -> None:
    """A table or figure, with the address of this very page behind it."""
    known = about()
    page = self.builder.get_target_uri(self.builder.current_docname)
    mark = f" {SYNTHETIC_NOTE}" if node["synthetic"] else ""
    words = f"{node['title']}. In: {as_text(known, '')} {page}#{node['id']}.{mark}"
    self.body.append(f'<details class="cite"><summary>Citeer dit</summary><p>{html.escape(words)}</p></details>')
    raise nodes.SkipNode


class Citation(SphinxDirective):
    """The reference in words, and as files for programs that keep references."""

    def run(self):
        known = about()
        text = nodes.block_quote("", nodes.paragraph(text=as_text(known)))
        files = {"citeer.bib": as_bibtex(known).encode(), "citeer.ris": as_ris(known).encode()}
        return [text, downloads(words="Download deze verwijzing", files=files)]


everywhere["citation"] = about


def setup(app: Sphinx) -> None:
    app.add_directive("citation", Citation)
    app.add_node(reference_to, html=(_visit_reference, None))
    app.connect("html-page-context", _describe)
