"""PDFs from the same document tree as the site: Sphinx nodes -> Typst -> PDF/UA-1 and PDF/A-2a in one file.

Typst refuses to compile without title, date, alternative texts or a sound order of headings; a node that this module does not
know stops the build: nothing of the book is dropped silently.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.errors import ExtensionError

from missions.declared.documents import expanded
from missions.present.shelves import DAYS, EDITION, SETTINGS

from ..outputs import chart
from ..site.publication import PDF_FOLDER, banner_text
from .file import TEMPLATE, compile_pdf
from .letter_head import DATE, REFERENCE, letter_head

SHORT_TABLE_ROWS = 14
TEXT_WIDTH_PT = 460  # A4 less the margins of the template
LETTER_WIDTH_PT = 368  # of the text of a letter, beside its reference column


def quoted(text: str) -> str:
    """A Typst string literal."""
    return json.dumps(text, ensure_ascii=False).replace("\\/", "/")


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


class TypstWriter(nodes.NodeVisitor):
    """Writes the body of one page as Typst markup."""

    def __init__(self, builder, page: str, tree, document: dict, home: dict, heading_offset: int):
        super().__init__(tree)
        self.builder, self.page, self.pdf, self.home = builder, page, document, home
        self.level, self.heading_offset = 0, heading_offset
        self.parts: list[str] = []
        # The first list of fields of a letter is its head.
        self.head = next(tree.findall(nodes.field_list), None) if "letter" in document else None
        if "letter" in document and self.head is None:
            raise ExtensionError(f"{page}: a letter begins with its fields, such as `:{DATE}:`")
        self.footnotes = {id: note for note in tree.findall(nodes.footnote) for id in note["ids"]}

    def text(self) -> str:
        return "".join(self.parts)

    def put(self, text: str) -> None:
        self.parts.append(text)

    def children(self, node) -> str:
        """The children of a node as Typst markup, apart from the running text."""
        kept, self.parts = self.parts, []
        for child in node.children:
            child.walkabout(self)
        inner, self.parts = self.text(), kept
        return inner

    def anchors(self, node) -> None:
        for id in node.get("ids", []):
            self.put(f"#anchor({quoted(f'{self.page}#{id}')})")

    def unknown_visit(self, node) -> None:
        raise ExtensionError(f"{self.page}: the PDF builder does not know how to write <{node.tagname}>: {node.astext()[:80]!r}")

    def unknown_departure(self, node) -> None:
        pass

    def _skip(self, node) -> None:
        raise nodes.SkipNode

    def _inside(self, node) -> None:
        """A node that only groups others."""

    visit_document = visit_compound = visit_compact_paragraph = visit_start_of_file = _inside

    def visit_container(self, node) -> None:
        if "table-notes" in node["classes"]:
            self._wrap("\n#table-notes[", node, "]\n")

    visit_comment = visit_toctree = visit_colspec = visit_index = visit_downloads = visit_data_details = _skip
    visit_reference_to = _skip
    visit_footnote = visit_meta = visit_substitution_definition = _skip

    def visit_section(self, node) -> None:
        self.anchors(node)
        self.level += 1

    def depart_section(self, node) -> None:
        self.level -= 1

    def visit_title(self, node) -> None:
        level = self.level + self.heading_offset
        if level > 0:  # level 0 is the title of the document, which the template shows
            self.put(f"\n#heading(level: {level})[{self.children(node)}]\n")
        else:
            self.put(f"#anchor({quoted(self.page)})")
        if level > 0 and self.level == 1:
            self.put(f"#anchor({quoted(self.page)})\n")
        raise nodes.SkipNode

    def visit_Text(self, node) -> None:
        text = node.astext().replace("\n", " ")
        if text:
            self.put(f"#{quoted(text)};")

    def depart_Text(self, node) -> None:
        pass

    def visit_paragraph(self, node) -> None:
        note = "table-note" in node["classes"]
        self.put(f"\n#table-note[{self.children(node)}]\n" if note else f"{self.children(node)}\n\n")
        raise nodes.SkipNode

    def _wrap(self, before: str, node, after: str = "]") -> None:
        self.put(f"{before}{self.children(node)}{after}")
        raise nodes.SkipNode

    def visit_strong(self, node) -> None:
        self._wrap("#strong[", node)

    def visit_emphasis(self, node) -> None:
        self._wrap("#emph[", node)

    def visit_literal(self, node) -> None:
        # A monospaced font would be one more font to embed for a handful of words.
        self._wrap("#text(fill: quiet)[", node)

    def visit_inline(self, node) -> None:
        # A number and its unit stay on one line.
        known = {"synthetic-badge": "#badge[", "number": "#box["}
        self._wrap(next((known[name] for name in node["classes"] if name in known), "#["), node)

    def visit_abbreviation(self, node) -> None:
        self.put(f"#synthetic-mark({quoted(node['explanation'])})[{self.children(node)}]")
        raise nodes.SkipNode

    def visit_target(self, node) -> None:
        self.anchors(node)

    def visit_reference(self, node) -> None:
        self.put(f"#link({self._destination(node)})[{self.children(node)}]")
        raise nodes.SkipNode

    visit_number_reference = visit_reference

    def _destination(self, node) -> str:
        """Where a link goes in this PDF: a label in it, another PDF beside it, or an address."""
        if "refid" in node:
            return self._label(self.page, node["refid"])
        address = node["refuri"]
        if not address.startswith("%"):
            # On the site the PDFs lie in a folder; seen from a PDF they lie beside it.
            return quoted(re.sub(rf"^(\.\./)*{PDF_FOLDER}/", "", address))
        page, _, id = address[1:].partition("#")
        if page in self.pdf["pages"]:
            return self._label(page, id)
        return quoted(f"{self.home[page]}.pdf")

    @staticmethod
    def _label(page: str, id: str) -> str:
        return f"label({quoted(f'{page}#{id}' if id else page)})"

    def visit_footnote_reference(self, node) -> None:
        note = self.footnotes[node["refid"]]
        paragraphs = [child for child in note.children if not isinstance(child, nodes.label)]
        body = " ".join(self.children(paragraph) for paragraph in paragraphs)
        self.put(f"#footnote[{body}]")
        raise nodes.SkipNode

    def visit_bullet_list(self, node) -> None:
        self.put("\n#list(" + ", ".join(f"[{self.children(item)}]" for item in node.children) + ")\n")
        raise nodes.SkipNode

    def visit_enumerated_list(self, node) -> None:
        self.put("\n#enum(" + ", ".join(f"[{self.children(item)}]" for item in node.children) + ")\n")
        raise nodes.SkipNode

    def _terms(self, pairs) -> None:
        items = ", ".join(f"terms.item([{self.children(a)}], [{self.children(b)}])" for a, b in pairs)
        self.put(f"\n#terms(separator: [: ], {items})\n")
        raise nodes.SkipNode

    def visit_field_list(self, node) -> None:
        """Names and values in two columns, read as a list of terms; in a letter the head, each where it belongs."""
        fields = [(name.astext(), f"([{self.children(name)}], [{self.children(body)}])") for name, body in node.children]
        if node is self.head:
            self.put(f"\n#letter-head({letter_head(self.page, fields)})\n")
        else:
            self.put(f"\n#fields({', '.join(pair for _, pair in fields)})\n")
        raise nodes.SkipNode

    def visit_definition_list(self, node) -> None:
        self._terms((item[0], item[-1]) for item in node.children)

    def visit_note(self, node) -> None:
        self._wrap("\n#callout[", node, "]\n")

    visit_important = visit_warning = visit_note

    def visit_block_quote(self, node) -> None:
        self._wrap("\n#quote(block: true)[", node, "]\n")

    def visit_literal_block(self, node) -> None:
        lines = " \\\n".join(f"#{quoted(line)};" for line in node.astext().splitlines())
        self.put(f'\n#block(inset: 6pt, fill: rgb("#f2f2f2"))[{lines}]\n')
        raise nodes.SkipNode

    def visit_table(self, node) -> None:
        group = next(node.findall(nodes.tgroup))
        head, body = next(group.findall(nodes.thead)), next(group.findall(nodes.tbody))
        title = next((child for child in node.children if isinstance(child, nodes.title)), None)
        header = ", ".join(self._table_cell(cell) for row in head.children for cell in row.children)
        cells = ",\n".join(", ".join(self._table_cell(cell) for cell in row.children) for row in body.children)
        table = f"table(columns: ({_column_widths(head, body)}), table.header({header}),\n{cells})"
        self.put("\n")
        self.anchors(node)
        if title is None:
            self.put(f"#{table}\n")
        else:
            # A short table stays on one page: a row that falls over the edge is a row that is not read.
            is_short = len(body.children) <= SHORT_TABLE_ROWS
            breakable, sticky = str(not is_short).lower(), str(is_short).lower()
            caption = self._numbered("table", node, title)
            figure = f"kind: table, supplement: none, numbering: none, caption: [{caption}], align(left, {table})"
            # Sticky: its source and notes stand on the same page.
            looks = f"breakable: {breakable}, sticky: {sticky}, above: 1.6em, below: 0.6em"
            self.put(f"#block({looks})[#figure({figure})]\n")
        raise nodes.SkipNode

    def _table_cell(self, cell) -> str:
        align = "right" if "numeric" in cell["classes"] else "left"
        return f"table.cell(align: {align})[{self.children(cell)}]"

    def _numbered(self, kind: str, node, caption) -> str:
        """Caption with the number that the site shows too."""
        number = self.builder.env.toc_fignumbers[self.page][kind][node["ids"][0]]
        label = self.builder.config.numfig_format[kind] % ".".join(map(str, number))
        return f"#{quoted(f'{label}. ')};{self.children(caption)}"

    def visit_figure(self, node) -> None:
        drawing = next(node.findall(chart))
        caption = next(node.findall(nodes.caption))
        file = self.builder.sources / f"{drawing['name']}.svg"
        file.write_text(drawing["svg"], encoding="utf-8")
        self.put("\n")
        self.anchors(node)
        self.put(
            f"#figure(kind: image, supplement: none, numbering: none, caption: [{self._numbered('figure', node, caption)}],"
            f" image({quoted(file.name)}, alt: {quoted(drawing['alt'])}, width: {self._drawing_width(drawing['svg'])}))\n"
        )
        raise nodes.SkipNode

    def visit_raw(self, node) -> None:
        # Live code leaves settings for the browser on every page; other raw HTML would be lost silently.
        if "thebe" not in node.astext() and "kernelName" not in node.astext():
            self.unknown_visit(node)
        raise nodes.SkipNode

    def _drawing_width(self, svg: str) -> str:
        """As wide as it was drawn (pixels to points), so that letters in charts keep one size, but never wider than the text."""
        pixels = float(re.search(r'<svg[^>]*\swidth="([\d.]+)"', svg).group(1))
        return f"{min(pixels * 0.75, LETTER_WIDTH_PT if self.head else TEXT_WIDTH_PT):.1f}pt"


def _column_widths(head, body) -> str:
    """Widths by the longest text of each column, so that no table runs off the page and short columns stay narrow."""
    rows = [row.children for part in (head, body) for row in part.children]
    longest = [max(len(row[column].astext()) for row in rows) for column in range(len(rows[0]))]
    words = [max(len(w) for row in rows for w in (row[column].astext().split() or [""])) for column in range(len(rows[0]))]
    # A column is at least as wide as its longest word and never wants more than a few lines' worth of text.
    return ", ".join(f"{max(word, min(length, 60) ** 0.8, 4):.2f}fr" for length, word in zip(longest, words, strict=True)) + ","


def setup(app: Sphinx) -> None:
    app.add_builder(TypstBuilder)
    app.add_config_value("typst_documents", [], "")
