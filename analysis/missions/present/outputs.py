"""What a notebook may show: an output that carries its meaning, not its looks.

The payload (kind table, chart or facts) travels through Papermill and Jupyter Book under a media type of our own; the book
turns it into the same document nodes for HTML and PDF (book/_ext/missions_book/outputs.py). An editor shows the plain preview.
"""

from __future__ import annotations

import html

from .renderer import MIME

SYNTHETIC_NOTE = "Synthetische gegevens: geen echte uitkomsten."


class Output:
    """A released table, chart or set of facts, ready to be shown."""

    def __init__(self, payload: dict):
        self.payload = payload

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {MIME: self.payload, "text/html": self._preview(), "text/plain": self.payload["title"]}

    def _preview(self) -> str:
        table = self.payload["table"]
        kinds = ["number" if column["numeric"] else "text" for column in table["columns"]]
        head = "".join(f"<th>{html.escape(column['header'])}</th>" for column in table["columns"])
        rows = "".join(f"<tr>{''.join(_cells(row, kinds))}</tr>" for row in table["rows"])
        figure = self.payload.get("svg", "")
        title = html.escape(self.payload["title"])
        # The looks of the class: .jupyter/custom/custom.css.
        return f'<div class="missions-output"><p>{title}</p>{figure}<table><tr>{head}</tr>{rows}</table></div>'


def _cells(row: list[str], kinds: list[str]) -> list[str]:
    return [f'<td class="{kind}">{html.escape(cell)}</td>' for cell, kind in zip(row, kinds, strict=True)]
