"""The file formats of deliveries; each gives the same: a header, and rows as columns of text."""

from __future__ import annotations

from pathlib import Path

from .delimited import open_csv
from .delivered import NO_ANSWER_WORDS, Chunk, Delivered, unreadable
from .parquet import open_parquet

SUFFIXES = (".csv", ".xlsx", ".sav", ".parquet")

__all__ = ["NO_ANSWER_WORDS", "SUFFIXES", "Chunk", "Delivered", "open_file"]


def open_file(path: Path, file: str, numbers: set[str]) -> Delivered:
    """Open a delivered file by its ending.

    file: its name in messages. numbers: the headings under which a value is a number, not a code with a label (SPSS).
    """
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return open_csv(path, file)
    if suffix == ".xlsx":
        from .excel import open_excel  # here and for SPSS: their libraries take longer to import than most files to read

        return open_excel(path, file)
    if suffix == ".sav":
        from .spss import open_spss

        return open_spss(path, file, numbers)
    if suffix == ".parquet":
        return open_parquet(path, file)
    hint = "; save it as .xlsx" if suffix in (".xls", ".xlsb", ".xlsm", ".ods") else ""
    return unreadable(file, f"is of a kind that cannot be read (known: {', '.join(SUFFIXES)}){hint}")
