"""A table of the document tree as a table in Typst, with cells that reach over several rows and columns."""

from __future__ import annotations

from collections.abc import Callable

from docutils import nodes

_ALIGNED = {"numeric": "right", "text-right": "right", "text-center": "center"}  # by the class of a cell


def table_markup(group: nodes.tgroup, content: Callable[[nodes.entry], str]) -> str:
    """The call of the template for one table. content: what stands in a cell, as Typst markup."""
    head = [row for part in group.findall(nodes.thead) for row in part.children]
    body = [row for part in group.findall(nodes.tbody) for row in part.children]
    header = [_cell(entry, f"#head[{content(entry)}]", len(head) - at) for at, row in enumerate(head) for entry in row.children]
    arguments = [
        f"columns: ({_widths(group['cols'], head, body)}), heads: {len(head)}",
        *([f"table.header({', '.join(header)})"] if head else []),
        *(", ".join(_cell(entry, content(entry)) for entry in row.children) for row in body),
    ]
    return "data-table(" + ",\n".join(arguments) + ")"


def _cell(entry: nodes.entry, content: str, heads_left: int = 0) -> str:
    """heads_left: rows of headings from this one on; a heading that reaches to the last of them has its line below."""
    align = next((_ALIGNED[name] for name in entry["classes"] if name in _ALIGNED), "left")
    rows, columns = entry.get("morerows", 0) + 1, entry.get("morecols", 0) + 1
    spans = (f", rowspan: {rows}" if rows > 1 else "") + (f", colspan: {columns}" if columns > 1 else "")
    line = ", stroke: head-line" if rows > 1 and rows == heads_left else ""
    return f"table.cell(align: {align}{spans}{line})[{content}]"


def _widths(columns: int, head: list[nodes.row], body: list[nodes.row]) -> str:
    """Widths by the longest text of each column, so that no table runs off the page and short columns stay narrow."""
    texts: list[list[str]] = [[""] for _ in range(columns)]
    for part in (head, body):
        for entry, column in _placed(part):
            if "morecols" not in entry:
                texts[column].append(entry.astext())
    longest = [max(map(len, column)) for column in texts]
    words = [max(len(word) for text in column for word in text.split() or [""]) for column in texts]
    # A column is at least as wide as its longest word and never wants more than a few lines' worth of text.
    return ", ".join(f"{max(word, min(length, 60) ** 0.8, 4):.2f}fr" for length, word in zip(longest, words, strict=True)) + ","


def _placed(rows: list[nodes.row]) -> list[tuple[nodes.entry, int]]:
    """The cells with the column in which each begins; one that reaches down takes its place in the rows below."""
    placed, taken = [], {}  # column -> rows, this one included, which a previous cell covers
    for row in rows:
        column = 0
        for entry in row.children:
            while taken.get(column):
                column += 1
            placed.append((entry, column))
            for _ in range(entry.get("morecols", 0) + 1):
                taken[column] = entry.get("morerows", 0) + 1
                column += 1
        taken = {column: rows - 1 for column, rows in taken.items()}
    return placed
