"""The year file: all that belongs to one reporting year, read and checked once."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..choice import DATA
from ..paths import ROOT, year_path
from .reading import load_mapping

BEHIND_THE_DOOR = ("analysis/years/{year}.yml",)
MISSION = "mission_id"  # given to an annex that is run for each mission

_KEYS = {"reporting_year", "reference", "annexes_n", "dates", "deliveries", "questions", "annexes"}
_WAIVER = {"claim", "reason", "role", "date"}
_SIGNATURE = {"page", "made_by", "read_by", "date", "fingerprint"}
_DATES = {"note_on", "decide_by_on", "parliament_on"}


@dataclass(frozen=True)
class Waiver:
    """A claim that may be published though the data do not carry it: why, by which role it was decided, and when.

    line: where it stands in the year file.
    """

    claim: str
    reason: str
    role: str
    date: datetime.date
    line: int


@dataclass(frozen=True)
class Signature:
    """Who made a page and who read it, as roles, on which day, and the fingerprint that the page had then.

    line: where it stands in the year file.
    """

    page: str
    made_by: str
    read_by: str
    date: datetime.date
    fingerprint: str
    line: int


class YearError(ValueError):
    """The year file is missing or wrong; the message names the file and the key."""


@dataclass(frozen=True)
class Question:
    """How a survey question was put in a year: a scale or an amount with its ends, or answers from least to most.

    highest_is_best: False when the lowest number of a scale is the most positive. since: first year of missions that were
    asked in this way; answers about earlier ones cannot be compared.
    """

    kind: str  # score, amount or choice
    range: tuple[int, int] | None
    answers: tuple[str, ...]
    highest_is_best: bool = True
    since: int | None = None


@dataclass(frozen=True)
class YearFile:
    """One reporting year.

    reference, dates: None where it is not known yet; a build needs all of them. deliveries: delivery name -> path below ROOT for
    one world ("sample" or "real"); not_delivered: those that the year file says there are none of. questions: survey question ->
    how it was put.
    annexes: annex name -> its parameters, without the ones that the engine gives. notebooks: annex name -> its notebook, which
    has the same name unless the annex says otherwise: one notebook may be run many times. per_mission: annexes that are run once
    for each mission of the year; such a run is named <annex>-<mission_id>.
    """

    reporting_year: int
    reference: str | None
    annexes_n: int
    dates: dict[str, datetime.date | None]
    deliveries: dict[str, Path]
    not_delivered: frozenset[str]
    questions: dict[str, Question]
    annexes: dict[str, dict]
    notebooks: dict[str, str]
    waivers: dict[str, Waiver] = field(default_factory=dict)  # by claim
    per_mission: frozenset[str] = frozenset()
    signatures: dict[str, Signature] = field(default_factory=dict)  # by page

    def runs(self, missions: Sequence[str]) -> list[str]:
        """All runs of annexes, in the order of the year file."""
        return [
            run for name in self.annexes for run in ([f"{name}-{id}" for id in missions] if name in self.per_mission else [name])
        ]

    def annex_of(self, run: str) -> str:
        """The annex that a run belongs to. Errors: YearError for a run that the year file does not have."""
        for name in self.annexes:
            if run == name if name not in self.per_mission else run.startswith(f"{name}-"):
                return name
        raise YearError(f"annex {run}: does not stand in analysis/years/{self.reporting_year}.yml")

    def parameters_of(self, run: str) -> dict:
        """The parameters of a run, without those that the engine gives to every annex."""
        name = self.annex_of(run)
        return self.annexes[name] | ({MISSION: run.removeprefix(f"{name}-")} if name in self.per_mission else {})

    @property
    def scales(self) -> dict[str, tuple[int, int]]:
        """Question on a scale -> (lowest, highest)."""
        return {name: question.range for name, question in self.questions.items() if question.kind == "score"}


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


def _is_range(ends: object) -> bool:
    return isinstance(ends, list) and [type(end) for end in ends] == [int, int] and ends[0] < ends[1]


def _question(entry: object, where: str) -> Question:
    """One question of the year file: {scale: [1, 5], best: highest}, {answers: no < partly < yes} or {amount: [0, 500]}."""
    entry = dict(entry) if isinstance(entry, dict) else {}
    since = entry.pop("since", None)
    _require(since is None or type(since) is int, f"{where}, since", "a year", since)
    if set(entry) == {"scale", "best"}:
        _require(_is_range(entry["scale"]), f"{where}, scale", "[lowest, highest]", entry["scale"])
        _require(entry["best"] in ("highest", "lowest"), f"{where}, best", "highest or lowest", entry["best"])
        return Question("score", tuple(entry["scale"]), (), entry["best"] == "highest", since)
    if set(entry) == {"amount"}:
        _require(_is_range(entry["amount"]), f"{where}, amount", "[lowest, highest]", entry["amount"])
        return Question("amount", tuple(entry["amount"]), (), since=since)
    if set(entry) == {"answers"}:
        answers = tuple(answer.strip() for answer in str(entry["answers"]).split("<"))
        _require(
            len(set(answers)) == len(answers) > 1 and all(answers), f"{where}, answers", "least < ... < most", entry["answers"]
        )
        return Question("choice", None, answers, since=since)
    raise YearError(f"{where}: expected scale and best, answers, or amount")


def _decisions(entries: object, where: str, path: Path, part: str, key: str, fields: set[str]) -> dict[str, dict]:
    """Entries of a list in the year file by their `key`, each with its line; all fields are texts but the date."""
    _require(isinstance(entries, list), f"{where}, {part}", "a list", entries)
    lines = path.read_text(encoding="utf-8").splitlines()
    found: dict[str, dict] = {}
    for entry in entries:
        name = entry.get(key) if isinstance(entry, dict) else None
        pattern = rf"\b{key}: *{re.escape(str(name))}(?![\w/-])"
        line = next((n for n, text in enumerate(lines, 1) if re.search(pattern, text)), 0)
        place = f"{where}, line {line}, {part}"
        _require_keys(entry, fields, place)
        for field_name in sorted(fields - {"date"}):
            value = entry[field_name]
            _require(isinstance(value, str) and bool(value.strip()), f"{place}, {field_name}", "a text", value)
        _require(type(entry["date"]) is datetime.date, f"{place}, date", "a date (YYYY-MM-DD)", entry["date"])
        if name in found:
            raise YearError(f"{place}: '{name}' stands there already (line {found[name]['line']})")
        found[name] = entry | {"line": line}
    return found


def _waivers(entries: object, where: str, path: Path) -> dict[str, Waiver]:
    return {name: Waiver(**entry) for name, entry in _decisions(entries, where, path, "waivers", "claim", _WAIVER).items()}


def _signatures(entries: object, where: str, path: Path) -> dict[str, Signature]:
    found = _decisions(entries, where, path, "sign_off", "page", _SIGNATURE)
    for entry in found.values():
        place = f"{where}, line {entry['line']}, sign_off"
        _require(entry["made_by"] != entry["read_by"], place, "another reader than the maker", entry["read_by"])
    return {name: Signature(**entry) for name, entry in found.items()}


def load_year(reporting_year: int, world: str) -> YearFile:
    """Read `analysis/years/<reporting_year>.yml` for one world of deliveries.

    Errors: YearError for a missing or unreadable file, an unknown, missing or mistyped key, or an unknown world.
    """
    if world not in DATA:
        raise YearError(f"DELIVERIES={world}: choose one of {', '.join(DATA)}")
    path = year_path(reporting_year)
    where = path.relative_to(ROOT).as_posix()
    if not path.is_file():
        have = sorted(p.stem for p in path.parent.glob("*.yml"))
        raise YearError(f"{where} does not exist (years at hand: {', '.join(have) or 'none'})")
    try:
        content = load_mapping(path)
    except ValueError as error:
        raise YearError(f"{where}: {error}") from None
    waivers = _waivers(content.pop("waivers", []), where, path)
    signatures = _signatures(content.pop("sign_off", []), where, path)
    _require_keys(content, _KEYS, where)
    _require_keys(content["dates"], _DATES, f"{where}, dates")
    if content["reporting_year"] != reporting_year:
        raise YearError(f"{where}: reporting_year is {content['reporting_year']}, not {reporting_year}")
    reference, annexes_n = content["reference"], content["annexes_n"]
    named = reference is None or (isinstance(reference, str) and bool(reference.strip()))
    _require(named, f"{where}, reference", "a text", reference)
    _require(type(annexes_n) is int and annexes_n > 0, f"{where}, annexes_n", "a whole number", annexes_n)
    for key, value in content["dates"].items():
        if value is not None and type(value) is not datetime.date:
            raise YearError(f"{where}, dates, {key}: not a date (YYYY-MM-DD): {value!r}")
    for key in ("deliveries", "questions", "annexes"):
        _require(isinstance(content[key], dict) and bool(content[key]), f"{where}, {key}", "named entries", content[key])
    deliveries, not_delivered = {}, set()
    for name, entry in content["deliveries"].items():
        if isinstance(entry, dict):
            _require_keys(entry, set(DATA), f"{where}, deliveries, {name}")
            entry = entry[world]
            if entry is None:
                not_delivered.add(name)
                continue
        deliveries[name] = _delivery_path(entry, f"{where}, deliveries, {name}")
    questions = {name: _question(entry, f"{where}, questions, {name}") for name, entry in content["questions"].items()}
    for name, parameters in content["annexes"].items():
        _require(isinstance(parameters, dict | None), f"{where}, annexes, {name}", "parameters by name", parameters)
    annexes = {name: dict(parameters or {}) for name, parameters in content["annexes"].items()}
    notebooks = {name: parameters.pop("notebook", name) for name, parameters in annexes.items()}
    per_mission = set()
    for name, parameters in annexes.items():
        each = parameters.pop("for_each_mission", False)
        _require(type(each) is bool, f"{where}, annexes, {name}, for_each_mission", "yes or no", each)
        per_mission |= {name} if each else set()
    for name, notebook in notebooks.items():
        _require(isinstance(notebook, str), f"{where}, annexes, {name}, notebook", "the name of a notebook", notebook)
    return YearFile(
        reporting_year=reporting_year,
        reference=reference,
        annexes_n=annexes_n,
        dates=content["dates"],
        deliveries=deliveries,
        not_delivered=frozenset(not_delivered),
        questions=questions,
        annexes=annexes,
        notebooks=notebooks,
        waivers=waivers,
        per_mission=frozenset(per_mission),
        signatures=signatures,
    )


def require_complete(year: YearFile) -> None:
    """Errors: YearError when something that stands in a letter is still unknown."""
    open_keys = [] if year.reference else ["reference"]
    open_keys += [f"dates, {key}" for key, day in year.dates.items() if day is None]
    if open_keys:
        where = year_path(year.reporting_year).relative_to(ROOT).as_posix()
        raise YearError("\n".join(f"{where}, {key}: fill this in before the publication is built" for key in open_keys))
