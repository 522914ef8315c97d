"""Outputs of the annexes as document nodes: one description, from which HTML and PDF are both written.

MyST-NB finds what shows them by their media type (missions.present.renderer).
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from missions.present.fact_text import SYNTHETIC_NOTE, anchor, claim_anchor
from missions.present.numbers import qualifier_words
from missions.present.renderer import OutputRenderer
from missions.present.words import codes_in_words, label
from missions.present.workbook import workbook

SYNTHETIC_SIGN = "S"
DATA_FOLDER = "data"
_THESE_FIGURES, _THIS_FIGURE = "Download deze cijfers", "Download deze figuur"
_FORMS = {"csv": "CSV", "xlsx": "Excel", "svg": "SVG", "png": "PNG", "bib": "BibTeX", "ris": "RIS"}
# Columns that are part of a figure: how a spreadsheet says their codes.
_IN_WORDS = {"status": label, "unit": lambda unit: label(f"unit_{unit}"), "qualifier": qualifier_words}
_PIXELS_PER_POINT = 2  # sharp enough for a slide
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")
_MISSION_ID = re.compile(r"\d{4}-[A-Z]{3}-\d{2}")


class chart(nodes.General, nodes.Element):
    """A static drawing: attributes svg (text), narrow (the same for a phone) and alt (text)."""


class data_details(nodes.General, nodes.Element):
    """The data of a chart, folded away on a page; attribute summary."""


class downloads(nodes.General, nodes.Element):
    """Files to download, only on a page: attributes words (what they hold) and files, name -> content in bytes.

    Made when the page is written: an Excel file of sheets (name -> rows), a PNG of an SVG (text). A CSV file goes with title,
    fields (as missions.present.tables describes them) and synthetic, by which the package of all tables describes it.
    """


class reference_to(nodes.General, nodes.Element):
    """How to refer to a table or figure, folded away on a page; attributes id, title and synthetic (see citation.py)."""


def synthetic_mark(explanation: str = "synthetisch cijfer") -> nodes.abbreviation:
    """The sign beside everything that rests on synthetic rows."""
    return nodes.abbreviation("", SYNTHETIC_SIGN, explanation=explanation, classes=["synthetic-mark"])


def number_nodes(number: nodes.Node, synthetic: bool) -> nodes.inline:
    """A number and its mark as one piece: the mark never stands on another line than its number."""
    return nodes.inline("", "", number, *([synthetic_mark()] if synthetic else []), classes=["number"])


def marked(text: str, synthetic: bool) -> str | list[nodes.Node]:
    """A cell with figures, with the sign where they rest on synthetic rows."""
    return [nodes.Text(text), synthetic_mark()] if text and synthetic else text


def _cell(content: str | list[nodes.Node], numeric: bool) -> nodes.entry:
    paragraph = nodes.paragraph()
    paragraph += nodes.Text(content) if isinstance(content, str) else content
    classes = ["numeric"] if numeric else ["mission-id"] if isinstance(content, str) and _MISSION_ID.fullmatch(content) else []
    return nodes.entry("", paragraph, classes=classes)


def build_table(
    headers: list[tuple[str, bool]], rows: list[list], id: str | None = None, title: str | list[nodes.Node] | None = None
) -> nodes.table:
    """A table whose first row and first column are headings.

    headers: text and whether the column is numeric. rows: per cell a text or a list of nodes. With a title it is numbered.
    """
    table = nodes.table(classes=["data-table"])
    if title is not None:
        table["ids"], table["names"] = [id], [id]
        table += nodes.title("", "", *([nodes.Text(title)] if isinstance(title, str) else title))
    group = nodes.tgroup(cols=len(headers))
    table += group
    group += [nodes.colspec(colwidth=1) for _ in headers]
    head, body = nodes.thead(), nodes.tbody()
    group += [head, body]
    head += nodes.row("", *[_cell(text, numeric) for text, numeric in headers])
    for row in rows:
        cells = [_cell(content, numeric) for content, (_, numeric) in zip(row, headers, strict=True)]
        body += nodes.row("", *cells)
    return table


def without_empty_columns(headers: list[tuple[str, bool]], rows: list[list]) -> tuple[list[tuple[str, bool]], list[list]]:
    """The same table without columns in which no row says anything."""
    kept = [number for number in range(len(headers)) if any(row[number] for row in rows)]
    return [headers[number] for number in kept], [[row[number] for number in kept] for row in rows]


def _title(payload: dict) -> list[nodes.Node]:
    title = [nodes.Text(payload["title"])]
    if payload["synthetic"]:
        title += [nodes.Text(" "), nodes.inline("", "synthetisch", classes=["synthetic-badge"])]
    return title


def _headers(table: dict) -> list[tuple[str, bool]]:
    return [(column["header"], column["numeric"]) for column in table["columns"]]


def _notes(payload: dict) -> list[nodes.Node]:
    notes = payload["notes"] + ([SYNTHETIC_NOTE] if payload["synthetic"] else [])
    return [nodes.paragraph(text=note, classes=["table-note"]) for note in notes]


def _table_nodes(payload: dict) -> list[nodes.Node]:
    table = build_table(_headers(payload["table"]), payload["table"]["rows"], id=payload["id"], title=_title(payload))
    return [table, nodes.container("", *_notes(payload), _files(payload), _reference(payload), classes=["table-notes"])]


def _chart_nodes(payload: dict) -> list[nodes.Node]:
    figure = nodes.figure(ids=[payload["id"]], names=[payload["id"]], classes=["chart"])
    figure += chart(svg=payload["svg"], narrow=payload["narrow"], alt=payload["alt"], name=payload["id"])
    figure += nodes.caption("", "", *_title(payload))
    details = data_details(summary="De gegevens bij deze figuur als tabel")
    details += build_table(_headers(payload["table"]), payload["table"]["rows"])
    details += _files(payload)
    drawing = '<?xml version="1.0" encoding="utf-8"?>\n' + payload["svg"]
    files = {f"{payload['id']}.svg": drawing.encode(), f"{payload['id']}.png": payload["svg"]}
    drawn = downloads(words=_THIS_FIGURE, files=files)
    return [figure, nodes.container("", *_notes(payload), details, drawn, _reference(payload), classes=["table-notes"])]


def _reference(payload: dict) -> reference_to:
    return reference_to(id=payload["id"], title=payload["title"], synthetic=payload["synthetic"])


def _files(payload: dict) -> downloads:
    """The table as a file for programs, and as one for people who go on in a spreadsheet."""
    fields, text = payload["table"]["fields"], payload["table"]["csv"]
    _, *lines = csv.reader(io.StringIO(text))
    rows = [[_spreadsheet_cell(cell, field) for cell, field in zip(line, fields, strict=True)] for line in lines]
    about = [[payload["title"]], *([note] for note in payload["notes"]), *([[SYNTHETIC_NOTE]] if payload["synthetic"] else [])]
    sheets = {"Cijfers": [[field["title"] for field in fields], *rows], "Toelichting": about}
    return downloads(
        words=_THESE_FIGURES,
        files={f"{payload['id']}.csv": text.encode(), f"{payload['id']}.xlsx": sheets},
        title=payload["title"], fields=fields, synthetic=payload["synthetic"],
    )  # fmt: skip


def _spreadsheet_cell(text: str, field: dict) -> str | float | None:
    """Numbers as numbers, codes in words."""
    if text == "":
        return None
    if field["name"] in _IN_WORDS:
        return _IN_WORDS[field["name"]](text)
    if field["unit"] == "codes":
        return codes_in_words(text)
    if field["type"] == "boolean":
        return {"true": "ja", "false": "nee"}[text]
    return float(text) if field["type"] in ("number", "integer") and _NUMBER.fullmatch(text) else text


def _fact_nodes(payload: dict) -> list[nodes.Node]:
    """The place where facts are published: a row each, with the anchor that prose links to."""
    rows = []
    for fact, (estimand, text, interval, basis) in zip(payload["facts"], payload["table"]["rows"], strict=True):
        number = [number_nodes(nodes.Text(text), fact["synthetic"])]
        about = [marked(interval, fact["synthetic"]), marked(basis, fact["synthetic"])]
        rows.append([[nodes.target(ids=[anchor(fact["key"])]), nodes.Text(estimand)], number, *about])
    first = anchor(payload["facts"][0]["key"])
    headers, rows = without_empty_columns(_headers(payload["table"]), rows)
    table = build_table(headers, rows, id=f"facts-from-{first}", title=payload["title"])
    table["classes"].append("fact-table")
    synthetic = any(fact["synthetic"] for fact in payload["facts"])
    notes = [nodes.paragraph(text=f"{SYNTHETIC_SIGN} = {SYNTHETIC_NOTE}", classes=["table-note"])] if synthetic else []
    return [table, nodes.container("", *notes, classes=["table-notes"])]


def _claim_nodes(payload: dict) -> list[nodes.Node]:
    """The place where verdicts are given: a row per claim, with the anchor that sentences in a PDF link to."""
    rows = []
    for claim, (statement, verdict, deciding, wrong_if) in zip(payload["claims"], payload["table"]["rows"], strict=True):
        mark = [synthetic_mark("getoetst aan synthetische gegevens")] if claim["synthetic"] else []
        target = nodes.target(ids=[claim_anchor(claim["key"])])
        rows.append(
            [[target, nodes.Text(statement)], [nodes.Text(verdict), *mark], marked(deciding, claim["synthetic"]), wrong_if]
        )
    name = f"claims-from-{claim_anchor(payload['claims'][0]['key'])}"
    return [build_table(_headers(payload["table"]), rows, id=name, title=payload["title"])]


def _draft_nodes(payload: dict) -> list[nodes.Node]:
    """What an annex shows while somebody works on it; an edition refuses it (missions.edition.page)."""
    shown = nodes.literal_block(payload["text"], payload["text"], language="text")
    return [nodes.admonition("", nodes.title(text="Concept, niet vrijgegeven"), shown, classes=["warning"])]


_KINDS = {"draft": _draft_nodes, "table": _table_nodes, "chart": _chart_nodes, "facts": _fact_nodes, "claims": _claim_nodes}


def _show(renderer, payload: dict) -> list[nodes.Node]:
    """What MyST-NB puts on the page for an output of ours."""
    made = _KINDS[payload["kind"]](payload)
    for node in made:
        if node.get("names"):
            renderer.renderer.document.note_explicit_target(node, node)
    return made


def _visit_chart(self, node):
    """The drawing twice, of which the looks show one: a screen reader does not tell of what is not shown."""
    for size, svg in (("for-pages", node["svg"]), ("for-phones", node["narrow"])):
        self.body.append(f'<div class="chart-image {size}">{svg}</div>')
    raise nodes.SkipNode


def _visit_details(self, node):
    self.body.append(f"<details><summary>{node['summary']}</summary>")


def _depart_details(self, node):
    self.body.append("</details>")


def _png(svg: str) -> bytes:
    import vl_convert  # only where a page with a chart is written

    return vl_convert.svg_to_png(svg, scale=_PIXELS_PER_POINT)


_MADE_OF = {"xlsx": workbook, "png": _png}


def _visit_downloads(self, node):
    folder = Path(self.builder.outdir) / DATA_FOLDER
    folder.mkdir(exist_ok=True)  # pages may be written side by side; each has files of its own
    up, links, is_same = "../" * self.builder.current_docname.count("/"), [], False
    for name, content in node["files"].items():
        form, path = name.rpartition(".")[2], folder / name
        # The drawing stands before its picture, which takes far longer to make.
        is_same = path.read_bytes() == content if form == "svg" and path.is_file() else is_same and form == "png"
        if not (is_same and path.is_file()):
            path.write_bytes(_MADE_OF[form](content) if form in _MADE_OF else content)
        links.append(f'<a href="{up}{DATA_FOLDER}/{name}" download>{node["words"]} ({_FORMS[form]})</a>')
    self.body.append(f'<p class="download">{" · ".join(links)}</p>')
    raise nodes.SkipNode


def _visit_entry(self, node):
    """Cells with the scope that a screen reader needs; the first row and the first column of a table are headings."""
    in_head = isinstance(node.parent.parent, nodes.thead)
    tag = "th" if in_head or _begins_row(node) else "td"
    # With their roles told: on a phone a row is shown as a block, and browsers would then take the table for none.
    scope = "" if tag == "td" else "col" if in_head else "row"
    attributes = {"role": {"": "cell", "col": "columnheader", "row": "rowheader"}[scope]} | ({"scope": scope} if scope else {})
    if not scope and (column := _column_of(node)):
        attributes["data-column"] = column
    spans = {"rowspan": node.get("morerows", 0) + 1, "colspan": node.get("morecols", 0) + 1}
    attributes |= {name: str(number) for name, number in spans.items() if number > 1}
    self.body.append(self.starttag(node, tag, "", **attributes))
    self.context.append(f"</{tag}>\n")


def _column_of(entry: nodes.entry) -> str:
    """The heading above a cell; empty in a table with spans, where that is not one cell."""
    group = entry.parent.parent.parent
    heads = [row for head in group.findall(nodes.thead) for row in head]
    plain = len(heads) == 1 and not any(cell.get("morecols") or cell.get("morerows") for cell in group.findall(nodes.entry))
    at = entry.parent.index(entry)
    return heads[0][at].astext().replace("\n", " ") if plain and at < len(heads[0]) else ""


def _begins_row(entry: nodes.entry) -> bool:
    """Whether a cell stands in the first column; the first of its row does not where a cell above reaches down beside it."""
    row, rows, at = entry.parent, entry.parent.parent, 0
    if row[0] is not entry:
        return False
    while rows[at] is not row:
        at += rows[at][0].get("morerows", 0) + 1
        if at > rows.index(row):
            return False
    return True


def _depart_entry(self, node):
    self.body.append(self.context.pop())


def setup(app: Sphinx) -> None:
    OutputRenderer.show = staticmethod(_show)
    app.add_node(chart, html=(_visit_chart, None))
    app.add_node(data_details, html=(_visit_details, _depart_details))
    app.add_node(downloads, html=(_visit_downloads, None))
    app.add_node(nodes.entry, override=True, html=(_visit_entry, _depart_entry))
