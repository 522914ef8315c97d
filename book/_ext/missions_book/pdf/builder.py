"""PDFs from the same document tree as the site: Sphinx nodes -> Typst -> PDF/UA-1 and PDF/A-2a in one file.

Typst refuses to compile without title, date, alternative texts or a sound order of headings.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.errors import ExtensionError

from missions.declared.documents import expanded
from missions.machine import gate
from missions.present.shelves import DAYS, EDITION, SETTINGS

from ..site.publication import banner_text
from .file import TEMPLATE, compile_pdf
from .letter_head import DATE, REFERENCE
from .writer import TypstWriter, quoted


class TypstBuilder(Builder):
    """One PDF per entry of `typst_documents`: {name, title, pages: [docnames], a pattern or all} (missions.documents).

    `letter: note_on` makes the PDF of one page a letter, dated by that date of the year file; its title says what kind of letter.
    """

    name = "typst"
    format = "typst"
    epilog = ""
    allow_parallel = False

    @property
    def sources(self) -> Path:
        """Where Typst finds text and drawings."""
        return Path(self.outdir) / "typst"

    def get_outdated_docs(self) -> str:
        return "all documents"

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        return f"%{docname}"

    def get_relative_uri(self, from_: str, to: str, typ: str | None = None) -> str:
        return self.get_target_uri(to)

    def prepare_writing(self, docnames: set[str]) -> None:
        pass

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        pass

    def write(self, *ignored) -> None:
        self.sources.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(TEMPLATE, self.sources / TEMPLATE.name)
        documents = expanded(self.config.typst_documents, self._pages_in_order())
        names = {document["name"] for document in documents}
        for left in Path(self.outdir).glob("*.pdf"):
            if left.stem not in names:
                left.unlink()  # of a document that is no longer made
        # A page that stands in several PDFs is linked in the smallest of them.
        home = {page: d["name"] for d in sorted(documents, key=lambda d: -len(d["pages"])) for page in d["pages"]}
        for document in documents:
            several = len(document["pages"]) > 1
            body = []
            for page in document["pages"]:
                if page not in self.env.found_docs:
                    raise ExtensionError(f"typst_documents, {document['name']}: there is no page {page}")
                tree = self.env.get_and_resolve_doctree(page, self)
                writer = TypstWriter(self, page, tree, document, home, heading_offset=0 if several else -1)
                tree.walkabout(writer)
                body.append(writer.text())
            head = self._template(document, banner_text(), tree)
            source = self.sources / f"{document['name']}.typ"
            source.write_text(head + ("\n#pagestart()\n" if several else "\n").join(body), encoding="utf-8")
            compile_pdf(source, Path(self.outdir) / f"{document['name']}.pdf")
            for tell in gate.on_pdf:
                tell(document["name"])

    def _template(self, document: dict, banner: str | None, page: nodes.document) -> str:
        """The call of the template: a letter, or a publication of one or more pages."""
        several = len(document["pages"]) > 1
        date_name = document.get("letter")
        if date_name is not None and (several or date_name not in DAYS):
            raise ExtensionError(
                f"typst_documents, {document['name']}: a letter has one page, and a date that is one of {', '.join(DAYS)}"
            )
        day = DAYS[date_name or "parliament_on"]
        if date_name:
            # As the head of the first page says it: a day that is only planned is so on every page.
            said = {field[0].astext(): field[1].astext() for field in page.findall(nodes.field)}
            pairs = ", ".join(f"({quoted(name)}, {quoted(said[name])})" for name in (DATE, REFERENCE))
            look = f"letter.with(kind: {quoted(document['title'])}, running: ({pairs}),"
        else:
            running = " | ".join(
                [*self._annex_number(document), self.config.html_title, SETTINGS["reference"], self._day_of_letter()]
            )
            look = f"publication.with(running: {quoted(running)}, contents: {str(several).lower()},"
        title = document["title"] if several else self.env.titles[document["pages"][0]].astext()
        return (
            f'#import "{TEMPLATE.name}": *\n'
            f"#show: {look} title: {quoted(title)}, author: {quoted(self.config.author)},"
            f" date: datetime(year: {day.year}, month: {day.month}, day: {day.day}),"
            f" banner: {quoted(banner) if banner else 'none'})\n"
        )

    def _annex_number(self, document: dict) -> list[str]:
        """Which annex of the letter a document is; nothing for other documents. The letter and the note give the same total."""
        annexes = [entry["name"] for entry in self.config.typst_documents if _is_annex(entry)]
        if str(len(annexes)) != SETTINGS["annexes_n"]:
            made = f"{len(annexes)} annexes ({', '.join(annexes)})"
            raise ExtensionError(
                f"analysis/years/{EDITION['year']}.yml, annexes_n: {SETTINGS['annexes_n']}, but _config.yml makes {made}"
            )
        name = document["name"]
        return [f"Bijlage {annexes.index(name) + 1} van {len(annexes)}"] if name in annexes else []

    def _day_of_letter(self) -> str:
        """As the letter to parliament says it: a day that is only planned is so in its annexes."""
        (page,) = [entry["pages"][0] for entry in self.config.typst_documents if entry.get("letter") == "parliament_on"]
        fields = {field[0].astext(): field[1].astext() for field in self.env.get_doctree(page).findall(nodes.field)}
        return fields[DATE]

    def _pages_in_order(self) -> list[str]:
        order, waiting = [], [self.config.root_doc]
        while waiting:
            page = waiting.pop(0)
            order.append(page)
            waiting = self.env.toctree_includes.get(page, []) + waiting
        return order


def _is_annex(entry: dict) -> bool:
    return isinstance(entry.get("pages"), list) and all(page.startswith("book/annexes/") for page in entry["pages"])


def setup(app: Sphinx) -> None:
    app.add_builder(TypstBuilder)
    app.add_config_value("typst_documents", [], "")
