"""Excel files for people who go on in Word or Excel: numbers as numbers, and the same bytes every time."""

from __future__ import annotations

import io
import re
import zipfile

_MOMENT = (1980, 1, 1, 0, 0, 0)  # the first that a ZIP file can tell
_WRITTEN_ON = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_WIDEST = 60  # characters


def workbook(sheets: dict[str, list[list[str | float | int | None]]]) -> bytes:
    """An Excel file. sheets: name -> rows of cells, the first row heads the others.

    TRAP: a text that begins with = would be a formula in Excel; here it stays a text.
    """
    import openpyxl  # a quarter of a second, which only who writes such a file should pay
    from openpyxl.styles import Alignment, Font

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([_safe(cell) for cell in row])
        for column in sheet.columns:
            longest = max(len(str(cell.value or "")) for cell in column)
            sheet.column_dimensions[column[0].column_letter].width = min(longest + 2, _WIDEST)
            for cell in column:
                cell.alignment = Alignment(vertical="top", wrap_text=True)
                if isinstance(cell.value, str):
                    cell.data_type = "s"
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.freeze_panes = "A2"
    raw = io.BytesIO()
    book.save(raw)
    return _always_the_same(raw.getvalue())


def _safe(cell: object) -> object:
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", cell) if isinstance(cell, str) else cell


def _always_the_same(content: bytes) -> bytes:
    """The file without the moment at which it was written."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            same = _WRITTEN_ON.sub(rb"\g<1>1980-01-01T00:00:00Z", old.read(name))
            new.writestr(zipfile.ZipInfo(name, _MOMENT), same, zipfile.ZIP_DEFLATED)
    return made.getvalue()
