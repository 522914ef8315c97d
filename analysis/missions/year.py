"""The year file: all that belongs to one reporting year, read and checked once."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
WORLDS = ("sample", "real")
EDITIONS = ("public", "internal")
ENGINE_PARAMETERS = ("year", "deliveries")  # the engine gives these to every annex

_KEYS = {"reporting_year", "reference", "dates", "deliveries", "questions", "annexes"}
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
    dates: dict[str, datetime.date]
    deliveries: dict[str, Path]
    questions: dict[str, tuple[int, int]]
    annexes: dict[str, dict]


def _require_keys(found: dict, wanted: set[str], where: str) -> None:
    if not isinstance(found, dict):
        raise YearError(f"{where}: expected keys {', '.join(sorted(wanted))}, found {found!r}")
    for key in sorted(wanted - set(found)):
        raise YearError(f"{where}: key '{key}' is missing")
    for key in sorted(set(found) - wanted):
        raise YearError(f"{where}: unknown key '{key}' (known: {', '.join(sorted(wanted))})")


def year_path(reporting_year: int) -> Path:
    return ROOT / "analysis" / "years" / f"{reporting_year}.yml"


def load_year(reporting_year: int, world: str) -> Year:
    """Read `analysis/years/<reporting_year>.yml` for one world of deliveries.

    Errors: YearError for a missing file, an unknown or missing key, or an unknown world.
    """
    if world not in WORLDS:
        raise YearError(f"DELIVERIES={world}: choose one of {', '.join(WORLDS)}")
    path = year_path(reporting_year)
    where = path.relative_to(ROOT).as_posix()
    if not path.is_file():
        have = sorted(p.stem for p in path.parent.glob("*.yml"))
        raise YearError(f"{where} does not exist (years at hand: {', '.join(have) or 'none'})")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise YearError(f"{where}: not valid YAML: {error}") from error
    _require_keys(content, _KEYS, where)
    _require_keys(content["dates"], _DATES, f"{where}, dates")
    if content["reporting_year"] != reporting_year:
        raise YearError(f"{where}: reporting_year is {content['reporting_year']}, not {reporting_year}")
    for key, value in content["dates"].items():
        if not isinstance(value, datetime.date):
            raise YearError(f"{where}, dates, {key}: not a date (YYYY-MM-DD): {value!r}")
    deliveries = {}
    for name, entry in content["deliveries"].items():
        if isinstance(entry, dict):
            _require_keys(entry, set(WORLDS), f"{where}, deliveries, {name}")
            entry = entry[world]
        deliveries[name] = ROOT / entry
    for question, scale in content["questions"].items():
        if not (isinstance(scale, list) and len(scale) == 2 and scale[0] < scale[1]):
            raise YearError(f"{where}, questions, {question}: expected [lowest, highest], found {scale!r}")
    return Year(
        reporting_year=reporting_year,
        reference=str(content["reference"]),
        dates=content["dates"],
        deliveries=deliveries,
        questions={name: tuple(scale) for name, scale in content["questions"].items()},
        annexes={name: parameters or {} for name, parameters in content["annexes"].items()},
    )
