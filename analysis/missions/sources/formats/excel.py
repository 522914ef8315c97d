"""Excel (.xlsx): the one sheet with content, as Excel shows it; rows are numbered as in Excel."""

from __future__ import annotations

import datetime
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import iterparse

import openpyxl

from ...contracts import Problem
from .delivered import Chunk, Delivered, guarded, in_chunks, plain_number, unreadable

_UNREADABLE = "cannot be read as an Excel workbook (.xlsx) without a password"

warnings.filterwarnings("ignore", module="openpyxl")  # of things that are no data: styles, validations, print areas
_FORMULA = re.compile(rb"<([a-z]+:)?f[ />]")
_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!"}


def open_excel(path: Path, file: str) -> Delivered:
    """A workbook with exactly one sheet that holds anything."""
    try:
        return _open(path, file)
    except Exception as error:  # a damaged workbook fails in as many ways as there are libraries below
        return unreadable(file, f"{_UNREADABLE} ({type(error).__name__})")


def _open(path: Path, file: str) -> Delivered:
    workbook = _load(path)
    filled = [number for number, sheet in enumerate(workbook.worksheets) if any(_rows(sheet))]
    if not filled:
        return unreadable(file, "is empty")
    if len(filled) > 1:
        return unreadable(file, f"has {len(filled)} sheets with content; a delivery is one sheet")
    problems = _formulas_without_value(path, workbook.worksheets[filled[0]], file)
    if problems:
        return Delivered("", [], None, iter(()), problems)
    rows = _rows(workbook.worksheets[filled[0]])
    header_row, header = next(((number, cells) for number, cells in rows if not cells[0].startswith("#")), (None, []))
    if header_row is None:
        return unreadable(file, "is empty")
    return Delivered(
        "Excel workbook", header, header_row, guarded(_chunks(rows, len(header), file), len(header), file, _UNREADABLE)
    )


def _chunks(rows: Iterator[tuple[int, list[str]]], width: int, file: str) -> Iterator[Chunk]:
    def judged() -> Iterator[tuple[int, list[str]] | Problem]:
        for number, cells in rows:
            if _ERRORS.isdisjoint(cells):
                yield number, cells + [""] * (width - len(cells))
            else:
                yield Problem(file, number, None, "holds an error of Excel, such as #N/A")

    yield from in_chunks(judged(), width, file)


def _load(path: Path) -> openpyxl.Workbook:
    workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
    for sheet in workbook.worksheets:
        sheet.reset_dimensions()  # TRAP: other programs write a wrong size, and then rows are lost
    return workbook


def _rows(sheet) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of every row that is not empty, without the empty cells at its end."""
    for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells = [_text(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield number, cells


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nee"
    if isinstance(value, float):
        text = plain_number(value)
        # TRAP: see number_texts: a number with three decimals is no thousand here.
        return text + "0" if len(text.partition(".")[2]) == 3 else text
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else str(value).strip()


def _formulas_without_value(path: Path, sheet, file: str) -> list[Problem]:
    """Formulas whose outcome was never stored, as programs leave them that write workbooks without Excel; they would look empty.

    TRAP: an outcome may be an empty text, as of =IF(A2="","",1); the library below cannot tell that from no outcome.
    """
    rule = "holds a formula without an outcome; open the file in Excel, save it and deliver it again"
    with zipfile.ZipFile(path) as parts:
        content = parts.read(sheet._worksheet_path)
    if not _FORMULA.search(content):
        return []
    problems, number = [], 0
    for event, element in iterparse(io.BytesIO(content), events=("start", "end")):
        kind = element.tag.rpartition("}")[2]
        if kind == "row" and event == "start":
            number = int(element.get("r", number + 1))
        elif kind == "row":
            if any(_lacks_outcome(cell) for cell in element):
                problems.append(Problem(file, number, None, rule))
            element.clear()
    return problems


def _lacks_outcome(cell) -> bool:
    parts = {part.tag.rpartition("}")[2]: part.text for part in cell}
    return "f" in parts and not parts.get("v") and cell.get("t") != "str"
