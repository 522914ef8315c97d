"""CSV: separator and encoding are found out and told, rows are numbered as editors count lines."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from ...contracts import Problem
from .delivered import Chunk, Delivered, in_chunks, unreadable

_BLOCK = 16_000_000  # bytes or characters that are looked at together
_CONTROL = bytes(set(range(32)) - {9, 10, 13})
# "Ã«" or "â€": UTF-8 that some program read as Windows-1252 and saved again.
_GARBLED = re.compile(rb"\xc3\x83\xc2[\x80-\xbf]|\xc3\xa2\xe2\x82\xac")
_SEPARATORS = {";": "semicolons", ",": "commas", "\t": "tabs"}


def open_csv(path: Path, file: str) -> Delivered:
    """A CSV file. Lines before the header that are empty, begin with # or say sep= are passed over."""
    codec, encoding, problem = _encoding(path, file)
    if problem:
        return Delivered("", [], None, iter(()), [problem])
    stream = open(path, encoding=codec, newline="")  # noqa: SIM115 closed when the last chunk was read
    row = 1
    for line in stream:
        if line.strip() and not line.startswith(("#", "sep=")):
            break
        row += 1
    else:
        stream.close()
        return unreadable(file, "is empty")
    separator = max(_SEPARATORS, key=line.count)
    try:
        header = [cell.strip() for cell in next(csv.reader([line], delimiter=separator, strict=True))]
    except csv.Error as error:
        stream.close()
        return unreadable(file, f"cannot be read as CSV: {error}", row)
    form = f"CSV with {_SEPARATORS[separator]}, {encoding}"
    return Delivered(form, header, row, _chunks(stream, len(header), row + 1, separator, file))


def _encoding(path: Path, file: str) -> tuple[str, str, Problem | None]:
    """Codec, its name, and why the file is no text: UTF-16 by its first bytes, else UTF-8 if it can be, else Windows-1252."""
    with open(path, "rb") as content:
        start = content.read(2)
    if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        candidates = [("utf-16", "UTF-16")]
    else:
        candidates = [("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252")]
    for codec, name in candidates:
        problem = _decoding_problem(path, file, codec)
        if problem is None or problem.rule != "":
            return codec, name, problem
    names = " nor ".join(name for _, name in candidates)
    return "", "", Problem(file, problem.row, None, f"is neither {names} text" if len(candidates) > 1 else f"is not {names} text")


def _decoding_problem(path: Path, file: str, codec: str) -> Problem | None:
    """What keeps a file from being text in this encoding; the rule is empty when it is only the encoding."""
    decoder, lines = codecs.getincrementaldecoder(codec)(), 0
    with open(path, "rb") as content:
        for block in itertools.chain(iter(lambda: content.read(_BLOCK) + content.readline(), b""), [b""]):
            try:
                text = "" if block and block.isascii() and codec != "utf-16" else decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                return Problem(file, lines + error.object[: error.start].count(b"\n") + 1, None, "")
            if codec == "utf-16":
                block = text.encode()
            if len(block) != len(block.translate(None, _CONTROL)):
                before = re.search(b"[" + re.escape(_CONTROL) + b"]", block).start()
                return Problem(
                    file, lines + block.count(b"\n", 0, before) + 1, None, "holds control characters; is it a text file?"
                )
            garbled = None if block.isascii() else _GARBLED.search(block)
            if garbled:
                rule = "holds garbled letters (such as Ã« for ë); export it again with the right encoding"
                return Problem(file, lines + block.count(b"\n", 0, garbled.start()) + 1, None, rule)
            lines += block.count(b"\n")
    return None


def _chunks(stream: TextIO, width: int, row: int, separator: str, file: str) -> Iterator[Chunk]:
    """Arrow splits blocks in which every line is a row. From the first other block on Python's own reader does, which is stricter
    about quotation marks and knows where each row began.
    """
    with stream:
        while block := stream.read(_BLOCK):
            block += stream.readline()
            columns = _split(block, width, separator)
            if columns is None:
                lines = itertools.chain(io.StringIO(block, newline=""), stream)
                yield from _chunks_slowly(lines, width, row, separator, file)
                return
            yield Chunk(np.arange(row, row + len(columns[0])), columns)
            row += len(columns[0])


def _split(block: str, width: int, separator: str) -> list[pa.Array] | None:
    """The columns of a block in which every line is a row and every quotation mark begins or ends a cell; else None."""
    content, has_quotes = block.encode(), '"' in block
    if block.count("\r") != block.count("\r\n") or (has_quotes and not _quotes_are_plain(content, separator)):
        return None
    names = [str(number) for number in range(width)]
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(content),
            read_options=arrow_csv.ReadOptions(column_names=names, block_size=len(content) + 1),
            parse_options=arrow_csv.ParseOptions(
                delimiter=separator, quote_char='"' if has_quotes else False, double_quote=False, ignore_empty_lines=False
            ),
            convert_options=arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid:
        return None  # a row of another width: the slow reader says which
    if table.num_rows != block.count("\n") + (not block.endswith("\n")):
        return None
    return [pc.utf8_trim_whitespace(column.combine_chunks()) for column in table.columns]


def _quotes_are_plain(content: bytes, separator: str) -> bool:
    """Whether each quotation mark stands at the begin or the end of a cell, and none encloses another or a line break."""
    letters = np.frombuffer(b"\n" + content + b"\n", np.uint8)
    quotes = np.flatnonzero(letters == ord('"'))
    if len(quotes) % 2:
        return False
    around = np.isin(letters, [ord(separator), ord("\n"), ord("\r")])
    breaks = np.flatnonzero(letters == ord("\n"))
    enclosed = np.searchsorted(quotes, breaks) % 2
    return bool(around[quotes[0::2] - 1].all() and around[quotes[1::2] + 1].all() and not enclosed.any())


def _chunks_slowly(lines: Iterator[str], width: int, row: int, separator: str, file: str) -> Iterator[Chunk]:
    def rows() -> Iterator[tuple[int, list[str]] | Problem]:
        reader = csv.reader(lines, delimiter=separator, strict=True)
        begin = row
        try:
            for cells in reader:
                yield begin, [cell.strip() for cell in cells]
                begin = row + reader.line_num
        except csv.Error as error:
            yield Problem(file, begin, None, f"cannot be read as CSV: {error}")

    yield from in_chunks(rows(), width, file)
