"""Known errors in deliveries, mended by written and confirmed entries, never in the delivered file itself."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ..contracts import Problem
from ..declared import year_file as years
from ..declared.reading import load_mapping
from ..dictionary import keys, variables
from .column_map import column_map
from .formats import Chunk
from .sidecar import relative

READS = ("data/corrections/{year}.yml", "data/confidential/corrections/{year}.yml")
_FIELDS = ("file", "key", "column", "old", "new", "reason", "confirmed_by")


@dataclass(frozen=True)
class Correction:
    """One entry. key: our column name -> value; column: our name; old and new: as the supplier writes."""

    place: str  # file and number of the entry, for messages
    file: str
    key: tuple[tuple[str, str], ...]
    column: str
    old: str
    new: str
    reason: str
    confirmed_by: str


def correction_paths(reporting_year: int, world: str) -> list[Path]:
    """Where corrections of a year stand: those of public deliveries and, with real ones, those that would tell something."""
    folder = years.ROOT / "data"
    confidential = [folder / "confidential" / "corrections" / f"{reporting_year}.yml"] if world == "real" else []
    return [folder / "corrections" / f"{reporting_year}.yml", *confidential]


def load_corrections(
    year: years.YearFile, world: str, names: dict[str, str], public: set[str]
) -> tuple[dict[str, list[Correction]], list[Problem]]:
    """The corrections of a year per delivered file, and what is wrong with the entries themselves.

    names: file below the repository -> delivery name, for all files of this build. public: the files that anybody may see.
    An entry for a file that is not part of this build is left alone: sample and real deliveries have other files.
    """
    found, problems = {}, []
    for path in correction_paths(year.reporting_year, world):
        if not path.is_file():
            continue
        try:
            entries = load_mapping(path).get("corrections")
        except ValueError as error:
            problems.append(Problem(relative(path), None, None, str(error)))
            continue
        if not isinstance(entries, list):
            problems.append(Problem(relative(path), None, None, "must hold a list under the key corrections"))
            continue
        for number, entry in enumerate(entries, start=1):
            place = f"{relative(path)}, entry {number}"
            wrong = _entry_problems(entry, place, names, year.reporting_year)
            if not wrong and "confidential" not in path.parts and entry["file"] in names and entry["file"] not in public:
                # PRIVACY: this file is in git; the old and new value of a confidential cell may not be.
                wrong = [Problem(place, None, "file", "is not public; put this entry in data/confidential/corrections")]
            problems += wrong
            if not wrong and entry["file"] in names:
                key = tuple((name, _text(entry["key"][name])) for name in keys(names[entry["file"]]))
                made = Correction(
                    place,
                    entry["file"],
                    key,
                    entry["column"],
                    _text(entry["old"]),
                    _text(entry["new"]),
                    entry["reason"],
                    entry["confirmed_by"],
                )
                twice = [other for other in found.get(made.file, []) if (other.key, other.column) == (made.key, made.column)]
                if twice:
                    problems.append(Problem(place, None, made.column, f"is corrected by {twice[0].place} too"))
                found.setdefault(made.file, []).append(made)
    return found, problems


def _text(value: object) -> str:
    if isinstance(value, datetime.date):
        return value.isoformat()
    return "" if value is None else str(value).strip()


def _entry_problems(entry: object, place: str, names: dict[str, str], reporting_year: int) -> list[Problem]:
    if not isinstance(entry, dict) or set(entry) != set(_FIELDS):
        return [Problem(place, None, None, f"must have exactly the fields {', '.join(_FIELDS)}")]
    problems = [
        Problem(place, None, field, "must be a text that is not empty")
        for field in ("file", "column", "reason", "confirmed_by")
        if not isinstance(entry[field], str) or not entry[field].strip()
    ]
    values = {"old": entry["old"], "new": entry["new"]} | (entry["key"] if isinstance(entry["key"], dict) else {})
    for field, value in values.items():
        # TRAP: YAML reads no as False and 8.0 as a number that may be written otherwise in the delivery.
        if isinstance(value, bool | float | list | dict):
            problems.append(
                Problem(place, None, str(field), "put this value between quotation marks, as it stands in the delivery")
            )
    if problems or entry["file"] not in names:
        return problems
    name = names[entry["file"]]
    if not isinstance(entry["key"], dict) or set(entry["key"]) != set(keys(name)):
        return [Problem(place, None, "key", f"must have exactly the fields {', '.join(keys(name))}")]
    delivered = {rule.name for rule in column_map(name, reporting_year) if rule.header}
    if entry["column"] not in delivered:
        known = ", ".join(variable.name for variable in variables(name) if variable.name in delivered)
        return [Problem(place, None, "column", f"must be one of: {known}", entry["column"])]
    if _text(entry["old"]) == _text(entry["new"]):
        return [Problem(place, None, "new", "is the same as old")]
    return []


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
        for name, value in correction.key:
            hits = pc.and_(hits, pc.equal(chunk.columns[header.index(headers[name])], value))
        for position in pc.indices_nonzero(hits).to_pylist():
            place, row = header.index(headers[correction.column]), int(chunk.rows[position])
            found = chunk.columns[place][position].as_py()
            if found != correction.old:
                rule = f"old is not what stands in row {row} of {correction.file}"
                problems.append(Problem(correction.place, None, correction.column, rule, found if show_values else None))
                continue
            mask = pa.array([other == position for other in range(len(chunk.rows))])
            columns[place] = pc.if_else(mask, correction.new, columns[place])
            made.append(Corrected(correction, row))
    return Chunk(chunk.rows, columns, chunk.problems), made, problems
