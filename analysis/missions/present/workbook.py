"""Excel files for people who go on in Word or Excel: numbers as numbers, and the same bytes every time."""

from __future__ import annotations

import datetime
import io
import itertools
import re

_MOMENT = datetime.datetime(1980, 1, 1)  # the first that a ZIP file can tell; the file would otherwise say when it was written
_WIDEST = 60  # characters
# TRAP: a text that begins with = would be a formula in Excel; here every text stays one.
_AS_THEY_ARE = {f"strings_to_{kind}": False for kind in ("formulas", "numbers", "urls")}


def workbook(sheets: dict[str, list[list[str | float | int | None]]]) -> bytes:
    """An Excel file. sheets: name -> rows of cells, the first row heads the others."""
    import xlsxwriter  # only who writes such a file pays for it

    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, **_AS_THEY_ARE}) as book:
        book.set_properties({"created": _MOMENT})
        looks = {"valign": "top", "text_wrap": True}
        heading, plain = book.add_format(looks | {"bold": True}), book.add_format(looks)
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, [_safe(cell) for cell in row], plain if number else heading)
            for number, column in enumerate(itertools.zip_longest(*rows)):
                longest = max((len(str(cell)) for cell in column if cell is not None), default=0)
                sheet.set_column(number, number, min(longest + 2, _WIDEST))
            sheet.freeze_panes(1, 0)
    return made.getvalue()


def _safe(cell: object) -> object:
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", cell) if isinstance(cell, str) else cell
