"""The year file: all that belongs to one reporting year, read and checked once."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

from .strict_yaml import load_mapping

ROOT = Path(__file__).resolve().parents[2]
WORLDS = ("sample", "real")
EDITIONS = ("public", "internal")
ENGINE_PARAMETERS = ("year", "deliveries")  # the engine gives these to every annex

_KEYS = {"reporting_year", "reference", "annexes_n", "dates", "deliveries", "questions", "annexes"}
_DATES = {"note_on", "decide_by_on", "parliament_on"}


class YearError(ValueError):
    """The year file is missing or wrong; the message names the file and the key."""


@dataclass(frozen=True)
class Year:
    """One reporting year.

    deliveries: delivery name -> path below ROOT, for one world ("sample" or "real").
    questions: survey question -> (lowest, highest) answer on its scale.
    annexes: annex name -> its parameters, without the ones that the engine gives.
    """

    reporting_year: int
    reference: str
    annexes_n: int
    dates: dict[str, datetime.date]
    deliveries: dict[str, Path]
    questions: dict[str, tuple[int, int]]
    annexes: dict[str, dict]


def _require_keys(found: object, wanted: set[str], where: str) -> None:
    if not isinstance(found, dict):
        raise YearError(f"{where}: expected keys {', '.join(sorted(wanted))}, found {found!r}")
    for key in sorted(wanted - set(found)):
        raise YearError(f"{where}: key '{key}' is missing")
    for key in sorted(set(found) - wanted, key=str):
        raise YearError(f"{where}: unknown key '{key}' (known: {', '.join(sorted(wanted))})")


def _require(holds: bool, where: str, expected: str, found: object) -> None:
    if not holds:
        raise YearError(f"{where}: expected {expected}, found {found!r}")


def _delivery_path(entry: object, where: str) -> Path:
    inside = isinstance(entry, str) and entry and not Path(entry).is_absolute() and ".." not in Path(entry).parts
    _require(inside, where, "a path below the repository", entry)
    return ROOT / entry


def _is_scale(scale: object) -> bool:
    return isinstance(scale, list) and [type(end) for end in scale] == [int, int] and scale[0] < scale[1]


def year_path(reporting_year: int) -> Path:
    return ROOT / "analysis" / "years" / f"{reporting_year}.yml"


def load_year(reporting_year: int, world: str) -> Year:
    """Read `analysis/years/<reporting_year>.yml` for one world of deliveries.

    Errors: YearError for a missing or unreadable file, an unknown, missing or mistyped key, or an unknown world.
    """
    if world not in WORLDS:
        raise YearError(f"DELIVERIES={world}: choose one of {', '.join(WORLDS)}")
    path = year_path(reporting_year)
    where = path.relative_to(ROOT).as_posix()
    if not path.is_file():
        have = sorted(p.stem for p in path.parent.glob("*.yml"))
        raise YearError(f"{where} does not exist (years at hand: {', '.join(have) or 'none'})")
    try:
        content = load_mapping(path)
    except ValueError as error:
        raise YearError(f"{where}: {error}") from None
    _require_keys(content, _KEYS, where)
    _require_keys(content["dates"], _DATES, f"{where}, dates")
    if content["reporting_year"] != reporting_year:
        raise YearError(f"{where}: reporting_year is {content['reporting_year']}, not {reporting_year}")
    reference, annexes_n = content["reference"], content["annexes_n"]
    _require(isinstance(reference, str) and bool(reference.strip()), f"{where}, reference", "a text", reference)
    _require(type(annexes_n) is int and annexes_n > 0, f"{where}, annexes_n", "a whole number", annexes_n)
    for key, value in content["dates"].items():
        if type(value) is not datetime.date:
            raise YearError(f"{where}, dates, {key}: not a date (YYYY-MM-DD): {value!r}")
    for key in ("deliveries", "questions", "annexes"):
        _require(isinstance(content[key], dict) and bool(content[key]), f"{where}, {key}", "named entries", content[key])
    deliveries = {}
    for name, entry in content["deliveries"].items():
        if isinstance(entry, dict):
            _require_keys(entry, set(WORLDS), f"{where}, deliveries, {name}")
            entry = entry[world]
        deliveries[name] = _delivery_path(entry, f"{where}, deliveries, {name}")
    for question, scale in content["questions"].items():
        if not _is_scale(scale):
            raise YearError(f"{where}, questions, {question}: expected [lowest, highest], found {scale!r}")
    for name, parameters in content["annexes"].items():
        _require(isinstance(parameters, dict | None), f"{where}, annexes, {name}", "parameters by name", parameters)
    return Year(
        reporting_year=reporting_year,
        reference=reference,
        annexes_n=annexes_n,
        dates=content["dates"],
        deliveries=deliveries,
        questions={name: tuple(scale) for name, scale in content["questions"].items()},
        annexes={name: parameters or {} for name, parameters in content["annexes"].items()},
    )
