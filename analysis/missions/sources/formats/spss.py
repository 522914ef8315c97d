"""SPSS (.sav): value labels are what respondents saw; rows are numbered as cases."""

from __future__ import annotations

import datetime
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyreadstat

from .delivered import CHUNK_ROWS, NO_ANSWER_WORDS, Chunk, Delivered, guarded, number_texts, unreadable

_UNREADABLE = "cannot be read as an SPSS file"


def open_spss(path: Path, file: str, numbers: set[str]) -> Delivered:
    """A file of SPSS. numbers: the headings under which a value is the answer itself; elsewhere its label is.

    A value that was marked as missing keeps its meaning if it has a label ("n.v.t.") and is told as a wrong answer if not.
    """
    try:
        header = _apart(_header, path)
    except Exception as error:  # a damaged file fails in as many ways as there are libraries below
        return unreadable(file, f"{_UNREADABLE} ({type(error).__name__})")
    if not header:
        return unreadable(file, "is empty")
    return Delivered("SPSS file", header, None, guarded(_chunks(path, numbers), len(header), file, _UNREADABLE))


def _apart(read: Callable, *arguments: object) -> object:
    """What a function gives, called in a process of its own.

    TRAP: the library below is written in C, and some damaged files make it end the process that calls it, without an error.
    """
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(1, mp_context=processes) as pool:
        return pool.submit(read, *arguments).result()


def _header(path: Path) -> list[str]:
    return list(pyreadstat.read_sav(path, metadataonly=True)[1].column_names)


def _chunks(path: Path, numbers: set[str]) -> Iterator[Chunk]:
    first, length = 1, CHUNK_ROWS
    while length == CHUNK_ROWS:
        columns = _apart(_columns, path, numbers, first, CHUNK_ROWS)
        length = len(columns[0])
        yield Chunk(np.arange(first, first + length), columns)
        first += length


def _columns(path: Path, numbers: set[str], first: int, rows: int) -> list[pa.Array]:
    table, meta = pyreadstat.read_sav(path, row_offset=first - 1, row_limit=rows, user_missing=True)
    return [_texts(table[name], meta.variable_value_labels.get(name, {}), name in numbers) for name in meta.column_names]


def _texts(column: pd.Series, labels: dict, is_number: bool) -> pa.Array:
    # TRAP: a scale of 1 to 5 often has labels at its ends ("zeer slecht"); the number is the answer, except for "n.v.t.".
    words = {value: str(label).strip() for value, label in labels.items() if str(label).strip()}
    shown = {value: word for value, word in words.items() if not is_number or word.lower() in NO_ANSWER_WORDS}
    if pd.api.types.is_numeric_dtype(column):
        texts = number_texts(pa.array(column, from_pandas=True))
        if not shown:
            return texts
        found = column.map({float(value): word for value, word in shown.items()})
        return pc.coalesce(pa.array(found, pa.string(), from_pandas=True), texts)
    return pa.array([_text(value, shown) for value in column], pa.string())


def _text(value: object, shown: dict) -> str:
    if value is None or value is pd.NaT or value != value:
        return ""
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return shown.get(value, str(value).strip())
