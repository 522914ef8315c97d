"""What a notebook may show: an output that carries its meaning, not its looks.

The payload (kind table, chart or facts) travels through Papermill and Jupyter Book under a media type of our own; the book
turns it into the same document nodes for HTML and PDF (book/_ext/missions_book/outputs.py). An editor shows the plain preview.
"""

from __future__ import annotations

import functools
import html
import inspect
import re
from collections.abc import Callable, Mapping

from ..disclosure.cells import as_record
from ..disclosure.draft import NOTHING, DisclosureError, Draft, released
from .renderer import MIME

UNDECIDED = "undecided"  # kind of an output of which it is not decided yet what is shown
_SHOWING: dict[str, Callable[..., Output]] = {}
_preview = [True]  # whether outputs also carry what an editor shows of them


class Output:
    """A table, chart or set of facts, ready to be shown or to be decided upon."""

    def __init__(self, payload: dict):
        self.payload = payload

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        if self.payload["kind"] == UNDECIDED and not _preview[0]:
            return {MIME: self.payload}
        shown = self if self.payload["kind"] != UNDECIDED else decided(self.payload, {"rows": _small(self.payload), "counts": ()})
        return {MIME: self.payload, "text/html": shown._as_html(), "text/plain": shown.payload["title"]}

    def _as_html(self) -> str:
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


def without_preview() -> None:
    """From here on outputs carry nothing for an editor: a build shows them later, when it is decided what of them."""
    _preview[:] = [False]


def _small(payload: dict) -> set[str]:
    """What an editor does not show: rows with a count below ten. Only the decision over all annexes says what a reader sees."""
    return {
        row["key"]
        for row in payload["ledger"]
        if any(cell["kind"] == "count" and 0 < cell["value"] < 10 for cell in row["cells"])
    }


def after_decision(show: Callable[..., Output]) -> Callable[..., Output]:
    """A function that shows drafts: called in an annex it notes with what, and shows it when it is decided what of them."""
    _SHOWING[show.__name__] = show

    @functools.wraps(show)
    def noted(*args: object, **kwargs: object) -> Output:
        drafts: list[Draft] = []
        said = inspect.signature(show).bind(*args, **kwargs).arguments
        _require_no_figures({name: value for name, value in said.items() if name != "id"}, show.__name__)
        payload = {
            "kind": UNDECIDED,
            "show": show.__name__,
            "args": [_noted(value, drafts, show.__name__) for value in args],
            "kwargs": _noted(kwargs, drafts, show.__name__),
        }
        ledger = {row.key: row for one in drafts for row in one.rows}
        payload["drafts"] = [one.as_record() for one in drafts]
        payload["ledger"] = [as_record(ledger[key]) for key in sorted(ledger)]
        return Output(payload)

    return noted


def _require_no_figures(said: object, name: str) -> None:
    """Errors: DisclosureError for a figure in a title, heading or note, on which nobody would decide."""
    inner = list(said.values()) if isinstance(said, dict) else said
    for one in inner if isinstance(inner, list | tuple) else ():
        _require_no_figures(one, name)
    if isinstance(said, str) and re.search(r"\d", said) and not said.isidentifier():  # the name of a column
        raise DisclosureError(
            f"{name} was given the words '{said}': a figure stands in a table or a fact, where it is decided upon"
        )


def _noted(value: object, drafts: list[Draft], name: str) -> object:
    """An argument as plain values; a draft is a place in the list of drafts."""
    if isinstance(value, Draft):
        drafts.append(value)
        return {"draft": len(drafts) - 1}
    if isinstance(value, dict):
        # As pairs: a notebook is written with its keys in order of the alphabet.
        return {"pairs": [[key, _noted(one, drafts, name)] for key, one in value.items()]}
    if isinstance(value, list | tuple):
        return [_noted(one, drafts, name) for one in value]
    if value is None or isinstance(value, str | int | float):
        return value
    raise DisclosureError(
        f"{name} was given {type(value).__name__}: only a draft can be shown, because it is decided over all annexes together "
        "what may be seen; register the table with `draft` (or `on_record` for the public record)"
    )


def decided(payload: dict, withheld: Mapping) -> Output:
    """What is shown of a noted output (`after_decision`), now that it is decided.

    withheld: "rows", their keys; "counts", keys of populations whose count is not printed; "frozen", what stays as before.
    """
    registered = {row["key"] for row in payload["ledger"]} | {None, NOTHING.key}
    for key in (key for one in payload["drafts"] for key in one["rows"] if key not in registered):
        raise DisclosureError(f"row '{key}' is not registered: make the table with `draft`, `derived` or `on_record`")
    tables = [released(one, withheld["rows"], withheld["counts"], withheld.get("frozen")) for one in payload["drafts"]]

    def given(value: object) -> object:
        if isinstance(value, dict):
            if "draft" in value:
                return tables[value["draft"]]
            return {key: given(one) for key, one in value["pairs"]}
        return [given(one) for one in value] if isinstance(value, list) else value

    return _SHOWING[payload["show"]](*map(given, payload["args"]), **given(payload["kwargs"]))
