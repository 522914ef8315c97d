"""The year file: all that belongs to one reporting year, read and checked once."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from ..choice import DATA
from ..paths import ROOT, shown, year_path
from .reading import Declared, DeclaredError, Text, must, read

BEHIND_THE_DOOR = ("analysis/years/{year}.yml",)
LETTERS = ("book/letter", "book/note")  # what somebody signs for besides the annexes
MISSION = "mission_id"  # given to an annex that is run for each mission


class YearError(DeclaredError):
    """The year file is missing or wrong, or a choice that does not exist was asked for."""


class Waiver(Declared):
    """A claim that may be published though the data do not carry it: why, by which role it was decided, and when."""

    claim: Text
    reason: Text
    role: Text
    date: datetime.date


class Signature(Declared):
    """Who made a page and who read it, as roles, on which day, and the fingerprint that the page had then."""

    page: Text
    made_by: Text
    read_by: Text
    date: datetime.date
    fingerprint: Text

    @model_validator(mode="after")
    def _is_read_by_another(self) -> Signature:
        if self.made_by == self.read_by:
            raise ValueError("read_by must be somebody else than made_by")
        return self


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
    one kind of data ("sample" or "real"); not_delivered: those that the year file says there are none of. questions: survey
    question -> how it was put.
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


# --- the file as people write it --------------------------------------------------------------------------------------
def _steps(answers: str) -> list[str]:
    return [answer.strip() for answer in answers.split("<")]


def _once(key: str) -> AfterValidator:
    return must(f"name each {key} once", lambda entries: len({getattr(entry, key) for entry in entries}) == len(entries))


def _is_below_the_repository(path: str) -> bool:
    return bool(path) and not Path(path).is_absolute() and ".." not in Path(path).parts


_Path = Annotated[str, must("be a path below the repository", _is_below_the_repository)]
_Ends = Annotated[list[int], must("be [lowest, highest]", lambda ends: len(ends) == 2 and ends[0] < ends[1])]
_Answers = Annotated[str, must("be: least < ... < most", lambda text: len(set(_steps(text)) - {""}) == text.count("<") + 1 > 1)]


class _Question(Declared):
    """{scale: [1, 5], best: highest}, {answers: no < partly < yes} or {amount: [0, 500]}, with or without since.

    None where it is not there; it may not be written.
    """

    scale: _Ends = None
    best: Literal["highest", "lowest"] = "highest"
    answers: _Answers = None
    amount: _Ends = None
    since: int = None

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> _Question:
        if self.model_fields_set - {"since"} not in ({"scale", "best"}, {"answers"}, {"amount"}):
            raise ValueError("must have scale and best, or answers, or amount")
        return self

    def made(self) -> Question:
        if self.answers:
            return Question("choice", None, tuple(_steps(self.answers)), since=self.since)
        ends = tuple(self.scale or self.amount)
        return Question("score" if self.scale else "amount", ends, (), self.best == "highest", self.since)


class _PerWorld(Declared):
    sample: _Path | None
    real: _Path | None


class _Annex(Declared):
    """What the engine must know of it; all else are its parameters."""

    model_config = ConfigDict(extra="allow")
    notebook: Text | None = None
    for_each_mission: bool = False


class _Dates(Declared):
    note_on: datetime.date | None
    decide_by_on: datetime.date | None
    parliament_on: datetime.date | None


def _per_world(entry: object) -> dict:
    if not isinstance(entry, str | dict):
        raise ValueError(f"must be a path, or a path for each of {' and '.join(DATA)}")
    return dict.fromkeys(DATA, entry) if isinstance(entry, str) else entry


_NotEmpty = Field(min_length=1)


class _File(Declared):
    reporting_year: int
    reference: Text | None
    annexes_n: Annotated[int, must("be above 0", lambda number: number > 0)]
    dates: _Dates
    deliveries: Annotated[dict[str, Annotated[_PerWorld, BeforeValidator(_per_world)]], _NotEmpty]
    questions: Annotated[dict[str, _Question], _NotEmpty]
    annexes: Annotated[dict[str, _Annex | None], _NotEmpty]
    waivers: Annotated[list[Waiver], _once("claim")] = Field([])
    sign_off: Annotated[list[Signature], _once("page")] = Field([])


def load_year(reporting_year: int, data: str) -> YearFile:
    """Read `analysis/years/<reporting_year>.yml` for one kind of deliveries.

    Errors: YearError for a missing file, for everything that is wrong in it, or for an unknown kind of data.
    """
    if data not in DATA:
        raise YearError(f"DELIVERIES={data}: choose one of {', '.join(DATA)}")
    path = year_path(reporting_year)
    if not path.is_file():
        have = sorted(p.stem for p in path.parent.glob("*.yml"))
        raise YearError(f"{shown(path)} does not exist (years at hand: {', '.join(have) or 'none'})")
    try:
        known = read(path, _File)
    except DeclaredError as error:
        raise YearError(*error.problems) from None
    if known.reporting_year != reporting_year:
        wrong = f"must be {reporting_year}, as in the name of the file (found: {known.reporting_year})"
        raise YearError(known.fault("reporting_year", wrong))
    paths = {name: getattr(entry, data) for name, entry in known.deliveries.items()}
    annexes = {name: annex or _Annex() for name, annex in known.annexes.items()}
    return YearFile(
        reporting_year=reporting_year,
        reference=known.reference,
        annexes_n=known.annexes_n,
        dates=known.dates.model_dump(),
        deliveries={name: ROOT / place for name, place in paths.items() if place is not None},
        not_delivered=frozenset(name for name, place in paths.items() if place is None),
        questions={name: question.made() for name, question in known.questions.items()},
        annexes={name: dict(annex.model_extra or {}) for name, annex in annexes.items()},
        notebooks={name: annex.notebook or name for name, annex in annexes.items()},
        waivers={waiver.claim: waiver for waiver in known.waivers},
        per_mission=frozenset(name for name, annex in annexes.items() if annex.for_each_mission),
        signatures={signature.page: signature for signature in known.sign_off},
    )


def require_complete(year: YearFile) -> None:
    """Errors: YearError when something that stands in a letter is still unknown."""
    if year.reference is None or None in year.dates.values():
        known, wrong = read(year_path(year.reporting_year), _File), "fill this in before the publication is built"
        still_open = [known.fault("reference", wrong)] if year.reference is None else []
        raise YearError(
            *still_open, *(known.dates.fault(f"dates.{key}", wrong) for key, day in year.dates.items() if day is None)
        )
