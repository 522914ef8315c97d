"""Released tables as readers see them: Dutch headers, Dutch numbers, withheld cells named as such."""

from __future__ import annotations

import csv
import io

import pandas as pd

from ..disclosure import SUPPRESSED, Released
from ..disclosure.draft import LEFT_OUT
from .numbers import UNKNOWN, WITHHELD, as_published, dutch, dutch_date, dutch_interval, interval_as_published, is_missing
from .outputs import Output, after_decision
from .words import codes_in_words, label

WITHHELD_SIGN = "x"
WITHHELD_NOTE = f"{WITHHELD_SIGN} = {WITHHELD}: het cijfer rust op te weinig bedrijven of zou een ander cijfer verraden."
# Columns that join two bounds.
_INTERVALS = {"interval": ("low", "high"), "other_interval": ("other_low", "other_high")}
_TEXT_KINDS = (None, "codes", "date")


def source_line(released: Released) -> str:
    """From which deliveries a result comes: "Bron: titel, producent"."""
    return "Bron: " + "; ".join(f"{origin['title']}, {origin['producer']}" for origin in released.inputs) + "."


def _cell(row: pd.Series, column: str, unit: str | None, empty: str = UNKNOWN) -> str:
    withheld = row["status"] == SUPPRESSED or column in row[LEFT_OUT].split()
    unit = row["unit"] if unit == "by_row" else unit
    if column in _INTERVALS:
        low, high = _INTERVALS[column]
        return WITHHELD_SIGN if withheld else dutch_interval(row[low], row[high], unit)
    value = row[column]
    if is_missing(value):
        return WITHHELD_SIGN if withheld else empty
    if unit == "date":
        return dutch_date(value, row.get("date_precision", "day"))
    if unit == "codes":
        return codes_in_words(value)
    if unit is None:
        return str(value)
    qualifier = row["qualifier"] if column == "value" and "qualifier" in row.index else "exact"
    return dutch(value, unit, qualifier)


def _machine_text(row: pd.Series, column: str, unit: str | None) -> str:
    unit = row["unit"] if unit == "by_row" else unit
    pair = next((pair for pair in _INTERVALS.values() if column in pair), None)
    if pair:
        value = (interval_as_published(row[pair[0]], row[pair[1]], unit) or (None, None))[pair.index(column)]
    else:
        value = as_published(row[column], unit)
    if is_missing(value):
        return ""
    if unit == "date":
        # Where only the month is known, a day would be an invention.
        return value.strftime("%Y-%m" if row.get("date_precision") == "month" else "%Y-%m-%d")
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _fields(released: Released, columns: dict[str, tuple[str, str | None]]) -> dict[str, dict]:
    """The columns of the file: name -> title, type (string, integer, number or boolean) and unit of our own, or None.

    "ruim", "minder dan" and the unit of a row are part of a figure, in a file as well as on the page.
    """
    fields = {}
    for column, (header, unit) in columns.items():
        low, high = _INTERVALS.get(column, (None, None))
        named = {low: f"{header}, ondergrens", high: f"{header}, bovengrens"} if low else {column: header or label(column)}
        for name, title in named.items():
            is_text = unit in ("codes", "date") or (unit is None and not pd.api.types.is_numeric_dtype(released.table[name]))
            kind = "string" if is_text else "integer" if unit is None else "number"
            fields[name] = {"title": title, "type": kind, "unit": unit}
        parts = ("unit", "qualifier") if unit == "by_row" else ("qualifier",) if column == "value" else ()
        fields |= {part: {"title": label(part), "type": "string", "unit": None} for part in parts if part in released.table}
    fields["status"] = {"title": label("status"), "type": "string", "unit": None}
    return fields | {"synthetic": {"title": label("synthetic"), "type": "boolean", "unit": None}}


def _csv(released: Released, fields: dict[str, dict]) -> str:
    """The same rows for a machine: our column names, points for decimals, empty where nothing is published."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(fields)
    own = [name for name in fields if name not in ("status", "synthetic")]
    for _, row in released.table.iterrows():
        cells = [_machine_text(row, name, fields[name]["unit"]) for name in own]
        writer.writerow([*cells, row["status"], str(released.synthetic).lower()])
    return buffer.getvalue()


def table_payload(released: Released, columns: dict[str, str | tuple[str, str]], empty: str = UNKNOWN) -> dict:
    """Columns (header, whether numeric), rows (texts), and the same as a file (csv, and what its fields are).

    columns: column name -> header for plain text, or (header, unit) for numbers, (header, "by_row") where column `unit` says it
    per row, (header, "codes") for codes with Dutch words, (header, "date") for days.
    The name "interval" joins low and high, "other_interval" other_low and other_high. empty: the words for a value that is not
    there although nothing is withheld.
    """
    named = {name: (spec, None) if isinstance(spec, str) else spec for name, spec in columns.items()}
    rows = [[_cell(row, name, unit, empty) for name, (_, unit) in named.items()] for _, row in released.table.iterrows()]
    fields = _fields(released, named)
    return {
        "columns": [{"header": header, "numeric": unit not in _TEXT_KINDS} for header, unit in named.values()],
        "rows": rows,
        "fields": [{"name": name, **field} for name, field in fields.items()],
        "csv": _csv(released, fields),
    }


def notes_of(released: Released, note: str | None) -> list[str]:
    notes = [note] if note else []
    if (released.table["status"] == SUPPRESSED).any() or released.table[LEFT_OUT].ne("").any():
        notes.append(WITHHELD_NOTE)
    return [*notes, source_line(released)]


@after_decision
def show_matrix(
    released: Released,
    id: str,
    title: str,
    rows: tuple[str, str],
    columns: tuple[str, list[str]],
    unit: str,
    note: str | None = None,
) -> Output:
    """One released result as rows by columns: rows=(column of codes or years, header),
    columns=(column, codes in order of display)."""
    (row_column, header), (column_column, codes) = rows, columns
    cells = {(row[row_column], row[column_column]): _cell(row, "value", unit) for _, row in released.table.iterrows()}
    is_code = bool(len(released.table)) and isinstance(released.table[row_column].iloc[0], str)
    heads_column = (header, "codes") if is_code else header
    named = {row_column: heads_column, column_column: (label(column_column), "codes"), "value": (label("value"), unit)}
    payload = table_payload(released, named)
    payload["columns"] = [{"header": header, "numeric": False}] + [{"header": label(c), "numeric": True} for c in codes]
    heads = dict.fromkeys(released.table[row_column])
    payload["rows"] = [[label(head) if isinstance(head, str) else str(head), *(cells[head, c] for c in codes)] for head in heads]
    return table_output(released, id, title, payload, note)


@after_decision
def show_table(
    released: Released,
    id: str,
    title: str,
    columns: dict[str, str | tuple[str, str]],
    note: str | None = None,
    empty: str = UNKNOWN,
) -> Output:
    """A table for page and PDF; the first column heads its rows.

    id: name to refer to from prose, unique in the book. title: says what the reader sees. empty: see `table_payload`.
    """
    return table_output(released, id, title, table_payload(released, columns, empty), note)


@after_decision
def show_record(
    released: Released, id: str, title: str, fields: dict[str, str | tuple[str, str]], note: str | None = None
) -> Output:
    """One released row as a table of two columns: what it is, and the value. fields: as the columns of `table_payload`."""
    if len(released.table) != 1:
        raise ValueError(f"{id}: a record is one row, found {len(released.table)}")
    payload = table_payload(released, fields)
    names = [column["header"] for column in payload["columns"]]
    payload["columns"] = [{"header": "Kenmerk", "numeric": False}, {"header": "Waarde", "numeric": False}]
    payload["rows"] = [list(pair) for pair in zip(names, payload["rows"][0], strict=True)]
    output = table_output(released, id, title, payload, note)
    output.payload["is_record"] = True  # prose of the same notebook may use its words: {record}`heading`
    return output


def table_output(released: Released, id: str, title: str, payload: dict, note: str | None) -> Output:
    """A table of cells that are words already."""
    return Output(
        {
            "kind": "table",
            "id": id,
            "title": title,
            "table": payload,
            "notes": notes_of(released, note),
            "synthetic": released.synthetic,
        }
    )
