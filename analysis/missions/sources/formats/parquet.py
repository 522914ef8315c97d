"""Parquet: typed columns, however many rows; rows are numbered as records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ...contracts import Problem
from .delivered import CHUNK_ROWS, Chunk, Delivered, guarded, number_texts, unreadable

_UNREADABLE = "cannot be read as a Parquet file"


def open_parquet(path: Path, file: str) -> Delivered:
    """A Parquet file whose columns are texts, numbers, days or yes and no."""
    try:
        source = pq.ParquetFile(path)
        schema = source.schema_arrow
    except Exception as error:  # a damaged file fails in as many ways as there are libraries below
        return unreadable(file, f"{_UNREADABLE} ({type(error).__name__})")
    wrong = [
        Problem(file, None, f"number {number}", f"holds {field.type}; only texts, numbers, days and yes or no can be read")
        for number, field in enumerate(schema, start=1)
        if not _is_readable(field.type)
    ]
    if wrong:
        return Delivered("", [], None, iter(()), wrong)
    header = [name.strip() for name in schema.names]
    if not header:
        return unreadable(file, "is empty")
    return Delivered("Parquet file", header, None, guarded(_chunks(source), len(header), file, _UNREADABLE))


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_readable(kind: pa.DataType) -> bool:
    kind, types = _plain(kind), pa.types
    tests = (types.is_string, types.is_large_string, types.is_string_view, types.is_boolean, types.is_integer, types.is_floating)
    return any(test(kind) for test in (*tests, types.is_decimal, types.is_date, types.is_timestamp, types.is_null))


def _chunks(source: pq.ParquetFile) -> Iterator[Chunk]:
    first = 1
    for batch in source.iter_batches(batch_size=CHUNK_ROWS):
        batch.validate(full=True)  # a damaged file may hold texts that are none
        yield Chunk(np.arange(first, first + len(batch)), [_texts(column) for column in batch.columns])
        first += len(batch)


def _texts(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return pc.take(_texts(column.dictionary), column.indices).fill_null("")
    if pa.types.is_boolean(kind):
        return pc.fill_null(pc.if_else(column, "ja", "nee"), "")
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        numbers = column if pa.types.is_floating(kind) else pc.cast(column, pa.float64())
        return number_texts(pc.if_else(pc.is_nan(numbers), None, numbers))
    if pa.types.is_timestamp(kind):
        texts = pc.strftime(column, format="%Y-%m-%dT%H:%M:%S")
        return pc.fill_null(pc.replace_substring_regex(texts, r"T00:00:00(\.0+)?$", ""), "")
    texts = pc.fill_null(pc.cast(column, pa.string()), "")
    return pc.utf8_trim_whitespace(texts)
