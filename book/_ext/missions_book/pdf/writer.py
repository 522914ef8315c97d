"""One page of the book as Typst markup.

A node that is not here stops the build: nothing of the book is dropped silently. What a writer may type follows from it
(grammar.py), so that it is refused when a page is read, with its line.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.locale import admonitionlabels
from sphinx.util.images import get_image_size

from ..outputs import chart
from ..prose.formula import typst
from ..prose.latex import parse
from ..prose.math import words_of
from ..prose.picture import file_name, stands_alone
from ..site.publication import PDF_FOLDER
from .letter_head import DATE, letter_head
from .table import table_markup

SHORT_TABLE_ROWS = 14
TEXT_WIDTH_PT = 460  # A4 less the margins of the template
LETTER_WIDTH_PT = 368  # of the text of a letter, beside its reference column
LINE_BREAK = "<br />\n"  # as MyST writes the end of a line that the writer ended
_POINTS_PER_PIXEL = 0.75
_URGENT = ("attention", "caution", "danger", "error", "warning")
# Nodes that put the anchor of their name where it belongs, or need none.
_WITH_OWN_ANCHOR = (nodes.section, nodes.footnote, nodes.footnote_reference)


def quoted(text: str) -> str:
    """A Typst string literal."""
    return json.dumps(text, ensure_ascii=False).replace("\\/", "/")


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
        self.shown_footnotes: set[str] = set()

    def text(self) -> str:
        return "".join(self.parts)

    def put(self, text: str) -> None:
        self.parts.append(text)

    def children(self, node) -> str:
        return self.apart(*node.children)

    def apart(self, *some: nodes.Node) -> str:
        """Nodes as Typst markup, apart from the running text."""
        kept, self.parts = self.parts, []
        for child in some:
            child.walkabout(self)
        inner, self.parts = self.text(), kept
        return inner

    def dispatch_visit(self, node):
        if isinstance(node, nodes.Element) and not isinstance(node, _WITH_OWN_ANCHOR):
            self.anchors(node)
        return super().dispatch_visit(node)

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
        """A node that only groups others, or that is nothing but the place of its name."""

    visit_document = visit_compound = visit_compact_paragraph = visit_start_of_file = visit_target = _inside
    visit_toctree = visit_colspec = visit_index = visit_downloads = visit_data_details = visit_reference_to = _skip
    visit_footnote = visit_meta = visit_substitution_definition = _skip

    def visit_container(self, node) -> None:
        if "table-notes" in node["classes"]:
            self._wrap("\n#table-notes[", node, "]\n")
        if "literal-block-wrapper" in node["classes"]:
            caption, *code = node.children
            self.put(f"\n#code-title[{self._numbered('code-block', node, caption)}]\n{self.apart(*code)}")
            raise nodes.SkipNode

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

    # --- text -------------------------------------------------------------------------------------------------------
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

    def visit_subscript(self, node) -> None:
        self._wrap("#sub[", node)

    def visit_superscript(self, node) -> None:
        self._wrap("#super[", node)

    def visit_literal(self, node) -> None:
        # A monospaced font would be one more font to embed for a handful of words.
        self._wrap("#text(fill: quiet)[", node)

    def visit_inline(self, node) -> None:
        # A number and its unit stay on one line.
        known = {"synthetic-badge": "#badge[", "number": "#box["}
        self._wrap(next((known[name] for name in node["classes"] if name in known), "#["), node)

    def visit_abbreviation(self, node) -> None:
        if "synthetic-mark" in node["classes"]:
            self.put(f"#synthetic-mark({quoted(node['explanation'])})[{self.children(node)}]")
        else:  # on paper nothing can be pointed at
            explanation = f" ({node['explanation']})"
            self.put(f"{self.children(node)}#{quoted(explanation)};")
        raise nodes.SkipNode

    def visit_raw(self, node) -> None:
        if node.astext() != LINE_BREAK:
            self.unknown_visit(node)
        self.put("#linebreak();")
        raise nodes.SkipNode

    def visit_transition(self, node) -> None:
        self.put("\n#line(length: 100%, stroke: 0.4pt + quiet)\n")
        raise nodes.SkipNode

    def visit_math(self, node) -> None:
        self.put(f"#math.equation(alt: {quoted(words_of(node))}, ${typst(parse(node.astext()))}$);")
        raise nodes.SkipNode

    def visit_math_block(self, node) -> None:
        number = ""
        if node["number"]:
            (shown,) = self.builder.env.toc_fignumbers[self.page]["displaymath"][node["ids"][0]]
            number = f'numbering: (..) => "({shown})", '
        formula = typst(parse(node.astext()))
        self.put(f"\n#math.equation(block: true, {number}alt: {quoted(words_of(node))}, $ {formula} $)\n\n")
        raise nodes.SkipNode

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
        """At the foot of the sheet, under the number that the site shows."""
        note, label = self.footnotes[node["refid"]], self._label(self.page, node["refid"])
        look = f"numbering: (..) => {quoted(node.astext())}"
        if node["refid"] in self.shown_footnotes:
            self.put(f"#footnote({look}, {label});")
            raise nodes.SkipNode
        self.shown_footnotes.add(node["refid"])
        paragraphs = [child for child in note.children if not isinstance(child, nodes.label)]
        body = self.apart(*paragraphs)
        self.put(f"#[#footnote({look})[{body}]#{label}];")
        raise nodes.SkipNode

    # --- lists and blocks -------------------------------------------------------------------------------------------
    def visit_bullet_list(self, node) -> None:
        self.put("\n#list(" + ", ".join(f"[{self.children(item)}]" for item in node.children) + ")\n")
        raise nodes.SkipNode

    def visit_enumerated_list(self, node) -> None:
        items = ", ".join(f"[{self.children(item)}]" for item in node.children)
        self.put(f"\n#enum(start: {node.get('start', 1)}, {items})\n")
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
        items = []
        for item in node.children:
            term = ", ".join(self.children(child) for child in item if isinstance(child, nodes.term))
            meaning = "\n\n".join(self.children(child) for child in item if isinstance(child, nodes.definition))
            items.append(f"terms.item([{term}], [{meaning}])")
        self.put(f"\n#terms(separator: [: ], spacing: 0.9em, {', '.join(items)})\n")
        raise nodes.SkipNode

    # Written by the node around them; that they are here says that they are written.
    visit_list_item = visit_field = visit_field_name = visit_field_body = visit_definition_list_item = visit_term = _inside
    visit_definition = visit_label = visit_tgroup = visit_thead = visit_tbody = visit_row = visit_entry = _inside
    visit_caption = visit_legend = visit_chart = visit_dropdown_title = _inside

    def visit_note(self, node) -> None:
        """Any admonition: its own title, or the word for its kind that the site has too."""
        titles = [child for child in node.children if isinstance(child, nodes.title)]
        title = self.children(titles[0]) if titles else f"#{quoted(str(admonitionlabels[node.tagname]))};"
        body = self.apart(*(child for child in node.children if child not in titles))
        self.put(f"\n#callout(urgent: {str(node.tagname in _URGENT).lower()}, [{title}])[{body}]\n")
        raise nodes.SkipNode

    visit_admonition = visit_attention = visit_caution = visit_danger = visit_error = visit_hint = visit_important = visit_note
    visit_seealso = visit_tip = visit_warning = visit_note

    def visit_dropdown(self, node) -> None:
        """Open: on paper nothing can be folded."""
        title, *rest = node.children
        self.put(f"\n#unfolded([{self.children(title)}])[{self.apart(*rest)}]\n")
        raise nodes.SkipNode

    def visit_block_quote(self, node) -> None:
        self._wrap("\n#quote(block: true)[", node, "]\n")

    def visit_literal_block(self, node) -> None:
        self.put(f"\n#raw(block: true, {quoted(node.astext())})\n")
        raise nodes.SkipNode

    # --- tables and figures -----------------------------------------------------------------------------------------
    def visit_table(self, node) -> None:
        group = next(node.findall(nodes.tgroup))
        title = next((child for child in node.children if isinstance(child, nodes.title)), None)
        table = table_markup(group, self.children)
        # A short table stays on one page: a row that falls over the edge is a row that is not read.
        is_short = len(next(group.findall(nodes.tbody)).children) <= SHORT_TABLE_ROWS
        breakable, sticky = str(not is_short).lower(), str(is_short).lower()
        if title is None:
            self.put(f"\n#block(breakable: {breakable}, {table})\n")
        else:
            caption = self._numbered("table", node, title)
            figure = f"kind: table, supplement: none, numbering: none, caption: [{caption}], align(left, {table})"
            # Sticky: its source and notes stand on the same page.
            looks = f"breakable: {breakable}, sticky: {sticky}, above: 1.6em, below: 0.6em"
            self.put(f"\n#block({looks})[#figure({figure})]\n")
        raise nodes.SkipNode

    def _numbered(self, kind: str, node, caption) -> str:
        """Caption with the number that the site shows too."""
        number = self.builder.env.toc_fignumbers[self.page][kind][node["ids"][0]]
        label = self.builder.config.numfig_format[kind] % ".".join(map(str, number))
        return f"#{quoted(f'{label}. ')};{self.children(caption)}"

    def visit_figure(self, node) -> None:
        """A chart of an annex or a picture of the writer, with its caption and what stands below it."""
        shown, *rest = node.children
        caption = next((child for child in rest if isinstance(child, nodes.caption)), None)
        words = f"[{self._numbered('figure', node, caption)}]" if caption else "none"
        drawn = self._drawing(shown) if isinstance(shown, chart) else f"align(left)[{self.apart(shown)}]"
        self.put(f"\n#figure(kind: image, supplement: none, numbering: none, caption: {words}, {drawn})\n")
        for child in rest:
            if isinstance(child, nodes.legend):
                self.put(f"\n#table-notes[{self.children(child)}]\n")
        raise nodes.SkipNode

    def _drawing(self, drawing: chart) -> str:
        file = self.builder.sources / f"{drawing['name']}.svg"
        file.write_text(drawing["svg"], encoding="utf-8")
        # As wide as it was drawn, so that letters in charts keep one size.
        pixels = float(re.search(r'<svg[^>]*\swidth="([\d.]+)"', drawing["svg"]).group(1))
        return f"image({quoted(file.name)}, alt: {quoted(drawing['alt'])}, width: {self._width(pixels)})"

    def visit_image(self, node) -> None:
        source, target = Path(self.builder.srcdir, node["uri"]), self.builder.sources / file_name(node["uri"])
        shutil.copyfile(source, target)
        pixels = float(node["width"].removesuffix("px")) if node.get("width") else (get_image_size(str(source)) or (1000, 0))[0]
        shown = f"picture({quoted(target.name)}, {quoted(node['alt'])}, {self._width(pixels)})"
        self.put(f"\n#block({shown})\n" if stands_alone(node) else f"#{shown};")
        raise nodes.SkipNode

    def _width(self, pixels: float) -> str:
        """Pixels as points, but never wider than the text."""
        return f"{min(pixels * _POINTS_PER_PIXEL, LETTER_WIDTH_PT if self.head else TEXT_WIDTH_PT):.1f}pt"
