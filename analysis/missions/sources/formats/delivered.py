"""What every reader of a file format gives: its form, its header and its rows as columns of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...contracts import Problem

CHUNK_ROWS = 250_000
# How suppliers write that a question has no answer. A cell or a value label with these words is no number.
NO_ANSWER_WORDS = {
    "": "blank",
    "n.v.t.": "not_applicable",
    "nvt": "not_applicable",
    "niet van toepassing": "not_applicable",
    "weet niet": "do_not_know",
    "weet ik niet": "do_not_know",
}


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file: their numbers, and per heading a column of trimmed text ("" where a cell is empty)."""

    rows: np.ndarray
    columns: list[pa.Array]
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Delivered:
    """An opened file.

    form: the format as detected, in words. header_row: None where a format keeps its headings apart from its rows.
    chunks: the rows, read while they are asked for. problems: what made it unreadable; then there is no header.
    """

    form: str
    header: list[str]
    header_row: int | None
    chunks: Iterator[Chunk]
    problems: list[Problem] = field(default_factory=list)


def unreadable(file: str, rule: str, row: int | None = None) -> Delivered:
    return Delivered("", [], None, iter(()), [Problem(file, row, None, rule)])


def problems_only(problems: list[Problem], width: int) -> Chunk:
    return Chunk(np.array([], np.int64), [pa.array([], pa.string())] * width, problems)


def guarded(chunks: Iterator[Chunk], width: int, file: str, rule: str) -> Iterator[Chunk]:
    """The chunks of a file until it turns out to be damaged, which is then told: libraries below fail in many ways."""
    try:
        yield from chunks
    except MemoryError:
        raise
    except Exception as error:
        yield problems_only([Problem(file, None, None, f"{rule} ({type(error).__name__})")], width)


def _chunk_of_rows(rows: dict[int, list[str]], width: int, problems: list[Problem]) -> Chunk:
    """A chunk from rows of text: number of the row -> cells."""
    columns = [pa.array(column, pa.string()) for column in zip(*rows.values(), strict=True)] or [
        pa.array([], pa.string())
    ] * width
    return Chunk(np.fromiter(rows, np.int64, len(rows)), columns, problems)


def in_chunks(rows: Iterable[tuple[int, list[str]] | Problem], width: int, file: str) -> Iterator[Chunk]:
    """Chunks from numbered rows, and from what is wrong with others; a row of another width is wrong, an empty row is nothing."""
    kept, problems = {}, []
    for row in rows:
        if isinstance(row, Problem):
            problems.append(row)
        elif any(row[1]) and len(row[1]) != width:
            problems.append(Problem(file, row[0], None, f"has {len(row[1])} cells, the header has {width}"))
        elif any(row[1]):
            kept[row[0]] = row[1]
        if len(kept) + len(problems) >= CHUNK_ROWS:
            yield _chunk_of_rows(kept, width, problems)
            kept, problems = {}, []
    yield _chunk_of_rows(kept, width, problems)


def number_texts(numbers: pa.Array) -> pa.Array:
    """Numbers of a typed format as people write them: whole ones without decimals, and never as 1e+10.

    TRAP: "1.234" typed by a person may be a thousand, so readers of text refuse it. Here it is known to be a number: a zero is
    added, which changes nothing but that.
    """
    texts = pc.cast(numbers, pa.string())
    powers = pc.fill_null(pc.match_substring(texts, "e"), False)
    if pc.any(powers).as_py():
        written_out = [plain_number(number) for number in numbers.filter(powers).to_numpy()]
        texts = pc.replace_with_mask(texts, powers, pa.array(written_out, pa.string()))
    three_decimals = pc.match_substring_regex(texts, r"^-?[0-9]+\.[0-9]{3}$")
    return pc.fill_null(pc.if_else(three_decimals, pc.binary_join_element_wise(texts, "0", ""), texts), "")


def plain_number(number: float) -> str:
    """The shortest text that is this number, without a power of ten."""
    return np.format_float_positional(number, trim="-")
