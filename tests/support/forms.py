"""The same delivery in every form in which a supplier may send it."""

from __future__ import annotations

import csv
import datetime
import io
import itertools
from collections.abc import Iterable
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest

from missions.sources.column_map import column_map
from missions.sources.formats import delimited, delivered, parquet, spss
from support.deliveries import GOOD, YEAR, separator

NO_ANSWER = {"n.v.t.": 98.0, "weet niet": 99.0}  # as RVO's survey program codes them
FORMS = ("csv", "xlsx", "sav", "parquet")


def cells(text: str) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a delivery in CSV."""
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator(text))
    return header, rows


def kinds(name: str) -> dict[str, str]:
    return {rule.header: rule.kind for rule in column_map(name, 2025)}


def write(path: Path, name: str, text: str) -> Path:
    """A delivery in CSV (`text`), in the form that the ending of `path` says and with the types that this form has."""
    header, rows = cells(text)
    values = [[value(cell, kinds(name).get(heading)) for heading, cell in zip(header, row, strict=True)] for row in rows]
    if path.suffix == ".csv":
        path.write_text(text, encoding="utf-8", newline="")
    elif path.suffix == ".xlsx":
        write_xlsx(path, [header, *values])
    elif path.suffix == ".sav":
        write_sav(path, name, pd.DataFrame(rows, columns=header))
    else:
        columns = [column(list(found)) for found in zip(*values, strict=True)]
        pq.write_table(pa.Table.from_arrays(columns, names=header), path)
    return path


def value(cell: str, kind: str | None) -> object:
    """What a program with types holds for a cell."""
    if cell == "":
        return None
    if kind in ("integer", "score", "amount") and cell.isdigit():
        return int(cell)
    if kind == "decimal":
        return float(cell.replace(",", "."))
    if kind == "date":
        return datetime.date.fromisoformat(cell)
    return cell == "ja" if kind == "yes_no" and cell in ("ja", "nee") else cell


def column(values: list) -> pa.Array:
    mixed = len({type(value) for value in values} - {type(None)}) > 1
    return pa.array([None if value is None else str(value) for value in values] if mixed else values)


def write_xlsx(path: Path, rows: Iterable[list], title: str = "Gegevens") -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = title
    for number, values in enumerate(rows, start=1):
        for place, found in enumerate(values, start=1):
            cell = sheet.cell(number, place, found)
            if isinstance(found, str):
                cell.data_type = "s"  # also when it begins with "=": here it is what somebody wrote
    workbook.save(path)


def write_sav(path: Path, name: str, table: pd.DataFrame) -> None:
    """As survey programs export: answers are numbers, labelled with what respondents saw; "n.v.t." is a labelled missing one."""
    labels, missing, columns, scales = {}, {}, {}, YEAR.scales
    for rule in column_map(name, 2025):
        if rule.header not in table:
            continue
        texts = table[rule.header]
        if rule.kind in ("score", "amount", "choice"):
            codes = {word: float(number) for number, word in enumerate(rule.codes, start=1)} | NO_ANSWER
            ends = {scales[rule.name][0]: "zeer slecht", scales[rule.name][1]: "zeer goed"} if rule.name in scales else {}
            labels[rule.header] = {code: word for word, code in codes.items()} | {float(end): word for end, word in ends.items()}
            missing[rule.header] = list(NO_ANSWER.values())
            columns[rule.header] = [codes.get(text, float(text) if text.isdigit() else None) for text in texts]
        elif rule.kind in ("category", "yes_no"):
            codes = {word: float(number) for number, word in enumerate(rule.codes or sorted(set(texts) - {""}))}
            labels[rule.header] = {code: word for word, code in codes.items()}
            columns[rule.header] = [codes.get(text) for text in texts]
        else:
            columns[rule.header] = [value(text, rule.kind) for text in texts]
    frame = pd.DataFrame({heading: pd.Series(found, dtype=_dtype(found)) for heading, found in columns.items()})
    pyreadstat.write_sav(frame, path, variable_value_labels=labels, missing_ranges=missing)


def _dtype(values: list) -> str:
    return "float64" if all(value is None or isinstance(value, int | float) for value in values) else "object"


def widened(name: str, rows: int) -> str:
    """A good delivery with its rows repeated, each with a key of its own."""
    text = GOOD[name]
    header, known = cells(text)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator(text), lineterminator="\n")
    writer.writerow(header)
    for number, row in zip(range(rows), itertools.cycle(known), strict=False):
        key = f"b{number:05d}" if name == "trade_panel" else str(number + 1)
        writer.writerow([key, *row[1:]])
    return out.getvalue()


def small_parts(patch: pytest.MonkeyPatch, rows: int) -> None:
    """Make the readers of all forms read in parts of so many rows."""
    for module in (delivered, parquet, spss):
        patch.setattr(module, "CHUNK_ROWS", rows)
    patch.setattr(delimited, "_BLOCK", 40 * rows)
