"""All that a page of the book may read, by kind, as shelves behind the door (missions.declared.door).

No page and no part of the extension opens a file for any of it: what is not here cannot be read, and what is read here is noted.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ..choice import INTERNAL
from ..declared.assumptions import all_assumptions
from ..declared.citation import citation
from ..declared.claims import declared_said, declared_wordings
from ..declared.door import Shelf
from ..declared.redacted import read_redacted
from ..declared.year_file import Question, Signature, YearFile, load_year
from ..dictionary import Variable, deliveries, variables
from ..paths import ROOT
from ..published import fact_before, load_changes, load_published
from .numbers import dutch, dutch_date

BEHIND_THE_DOOR = ("analysis/annexes/*.py",)
_DATA_PHRASES = {"sample": "In de synthetische voorbeeldgegevens", "real": "In de gegevens van RVO en het ministerie"}
_facts: list[Callable[[], dict]] = []  # gives the content of facts.json of this edition


class NoFacts(FileNotFoundError):
    """There are no facts yet; the message says how to make them."""


def open_edition(facts: Callable[[], dict]) -> None:
    """From here on shelves are those of the edition of which this gives the content of facts.json."""
    _facts[:] = [facts]


def facts_in(path: Path) -> dict:
    """The content of facts.json. Errors: NoFacts."""
    if not path.is_file():
        raise NoFacts("there are no facts yet; run `make book`: annexes are executed before the book is assembled")
    return json.loads(path.read_text(encoding="utf-8"))


def _edition_file() -> dict:
    return _facts[0]()


_FILE = Shelf("edition file", _edition_file)  # never read by a page: the shelves below are what it holds


def _content() -> Mapping:
    return _FILE.content()


def _about_edition() -> dict[str, object]:
    content = _content()
    return {
        "year": content["year"],
        "data": content["deliveries"],
        "edition": content["edition"],
        "synthetic": any(fact["synthetic"] for fact in content["facts"]),
    }


EDITION: Mapping = Shelf("edition", _about_edition)  # year, data, edition, synthetic (whether any fact is)
FACTS: Mapping = Shelf("fact", lambda: {fact["key"]: fact for fact in _content()["facts"]})
DISCLOSURE: Mapping = Shelf("disclosure", lambda: _content()["disclosure"])
CLAIMS: Mapping = Shelf("claim", lambda: {claim["key"]: claim for claim in _content()["claims"]})
WORDINGS: Mapping[str, list[dict]] = declared_wordings()  # claim -> the words in which it may stand, by verdict
SAID: Mapping[str, dict] = declared_said()


def _year_file() -> YearFile:
    return load_year(_content()["year"], _content()["deliveries"])


def choice_text(choice: dict) -> str:
    """The value of a method choice, in Dutch."""
    return dutch(100 * choice["value"], "pct") if choice["unit"] == "share" else dutch(choice["value"], "count")


def _settings() -> dict[str, str]:
    year_file = _year_file()
    return {
        "reporting_year": str(year_file.reporting_year),
        "reference": year_file.reference,
        "annexes_n": str(year_file.annexes_n),
        # Opens every sentence with numbers that are not on record: no reader may take them for RVO's own.
        "in_the_data": _DATA_PHRASES[_content()["deliveries"]],
        **{key: dutch_date(day) for key, day in year_file.dates.items()},
        **{f"scale_{name}": f"{low} tot en met {high}" for name, (low, high) in year_file.scales.items()},
        **{key: choice_text(choice) for key, choice in all_assumptions().content().items()},
    }


SETTINGS: Mapping[str, str] = Shelf("setting", _settings)  # what {setting} may print, in Dutch
DAYS: Mapping[str, datetime.date] = Shelf("day", lambda: _year_file().dates)
QUESTIONS_ASKED: Mapping[str, Question] = Shelf("question asked", lambda: _year_file().questions)
SIGNATURES: Mapping[str, Signature] = Shelf("signature", lambda: _year_file().signatures)
ANNEXES: Mapping[str, str] = Shelf("annex", lambda: _year_file().notebooks)  # annex -> its notebook
VARIABLES: Mapping[str, tuple[Variable, ...]] = Shelf("variables", lambda: {name: variables(name) for name in deliveries()})
# Fact -> as it was published the year before.
LAST_YEAR: Mapping[str, dict] = Shelf("last year", lambda: fact_before(_content()["year"], _content()["deliveries"]))


def _releases() -> dict[str, object]:
    year, data = _content()["year"], _content()["deliveries"]
    changes = load_changes(year, data)
    # As pairs: a state is the hash of a JSON text, of which keys are texts.
    return {"this year": load_published(year, data), "changes": None if changes is None else list(changes.items())}


RELEASED: Mapping = Shelf("release", _releases)  # of this year, and the explanations of what changed since
CITATION: Mapping = Shelf("citation", lambda: citation().model_dump())


def _redacted() -> dict[str, str]:
    # PRIVACY: a build of the public edition may not open it, whatever is written here (edition/plan.py).
    return read_redacted(_content()["year"]) if _content()["edition"] == INTERNAL else {}


REDACTED: Mapping[str, str] = Shelf("redacted", _redacted)


class _Lazy(Mapping):
    """A mapping that finds a value when it is asked for; None stands for what is not there."""

    def __init__(self, find):
        self._find = find

    def __getitem__(self, key: str) -> object:
        return self._find(key)

    def __iter__(self) -> Iterator[str]:
        raise TypeError("what there is to find is not listed")

    def __len__(self) -> int:
        raise TypeError("what there is to find is not counted")


def _text_of(name: str) -> str | None:
    path = ROOT / name
    return path.read_text(encoding="utf-8") if path.is_file() else None


def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"


TEXTS: Mapping[str, str | None] = Shelf("text", lambda: _Lazy(_text_of))  # any file of the repository, by its path
FILES: Mapping[str, str] = Shelf("file", lambda: _Lazy(lambda name: hash_of(ROOT / name)))  # whether it changed
