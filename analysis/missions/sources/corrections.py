"""Known errors in deliveries, mended by written and confirmed entries, never in the delivered file itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BeforeValidator

from ..contracts import Problem
from ..declared.reading import Declared, DeclaredError, Text, read
from ..declared.tree import QUOTE
from ..declared.year_file import YearFile
from ..dictionary import keys, variables
from ..paths import ROOT
from .column_map import column_map
from .formats import Chunk
from .sidecar import as_problems

READS = ("data/corrections/{year}.yml", "data/confidential/corrections/{year}.yml")


def _text(value: object) -> str:
    # TRAP: YAML reads 8.0 as a number that may be written otherwise in the delivery.
    if isinstance(value, bool | float | list | dict):
        raise ValueError(f"{QUOTE}, as it stands in the delivery")
    return "" if value is None else str(value).strip()


_Cell = Annotated[str, BeforeValidator(_text)]


class Correction(Declared):
    """One entry. key: our column name -> value; column: our name; old and new: as the supplier writes."""

    file: Text
    key: dict[str, _Cell]
    column: Text
    old: _Cell
    new: _Cell
    reason: Text
    confirmed_by: Text


class _Corrections(Declared):
    corrections: list[Correction]


def correction_paths(reporting_year: int, data: str) -> list[Path]:
    """Where corrections of a year stand: those of public deliveries and, with real ones, those that would tell something."""
    return [ROOT / place.format(year=reporting_year) for place in (READS if data == "real" else READS[:1])]


def load_corrections(
    year: YearFile, data: str, names: dict[str, str], public: set[str]
) -> tuple[dict[str, list[Correction]], list[Problem]]:
    """The corrections of a year per delivered file, and what is wrong with the entries themselves.

    names: file below the repository -> delivery name, for all files of this build. public: the files that anybody may see.
    An entry for a file that is not part of this build is left alone: sample and real deliveries have other files.
    """
    found, problems = {}, []
    for path in filter(Path.is_file, correction_paths(year.reporting_year, data)):
        try:
            entries = read(path, _Corrections).corrections
        except DeclaredError as error:
            problems += as_problems(error.problems)
            continue
        for entry in entries:
            if entry.file in names:
                others = found.setdefault(entry.file, [])
                wrong = _wrong(entry, names[entry.file], year.reporting_year, others)
                if "confidential" not in path.parts and entry.file not in public:
                    # PRIVACY: this file is in git; the old and new value of a confidential cell may not be.
                    wrong = "file", "is not public; put this entry in data/confidential/corrections"
                if wrong:
                    problems += as_problems([entry.fault(*wrong)])
                else:
                    others.append(entry)
    return found, problems


def _wrong(entry: Correction, name: str, reporting_year: int, others: list[Correction]) -> tuple[str, str] | None:
    """The field of an entry that does not fit its delivery, and why."""
    delivered = {rule.name for rule in column_map(name, reporting_year) if rule.header}
    if set(entry.key) != set(keys(name)):
        return "key", f"must have exactly the fields {', '.join(keys(name))}"
    if entry.column not in delivered:
        return "column", f"must be one of: {', '.join(one.name for one in variables(name) if one.name in delivered)}"
    if entry.old == entry.new:
        return "new", "is the same as old"
    twice = [other.where for other in others if (other.key, other.column) == (entry.key, entry.column)]
    return ("key", "this cell is corrected in {}, line {} too".format(*twice[0])) if twice else None


@dataclass(frozen=True)
class Corrected:
    """A correction that was made. row: in the delivered file."""

    correction: Correction
    row: int


def correct(
    chunk: Chunk, header: list[str], headers: dict[str, str], corrections: list[Correction], show_values: bool
) -> tuple[Chunk, list[Corrected], list[Problem]]:
    """The chunk with its errors mended, what was mended, and entries whose old value is not what was delivered.

    headers: our column name -> the supplier's.
    """
    columns, made, problems = list(chunk.columns), [], []
    for correction in corrections:
        hits = pa.array([True] * len(chunk.rows))
        for name, value in correction.key.items():
            hits = pc.and_(hits, pc.equal(chunk.columns[header.index(headers[name])], value))
        for position in pc.indices_nonzero(hits).to_pylist():
            place, row = header.index(headers[correction.column]), int(chunk.rows[position])
            found = chunk.columns[place][position].as_py()
            if found != correction.old:
                rule = f"is not what stands in row {row} of {correction.file}"
                problems.append(Problem(*correction.where, "old", rule, found if show_values else None))
                continue
            mask = pa.array([other == position for other in range(len(chunk.rows))])
            columns[place] = pc.if_else(mask, correction.new, columns[place])
            made.append(Corrected(correction, row))
    return Chunk(chunk.rows, columns, chunk.problems), made, problems
