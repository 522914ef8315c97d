"""The judging sentences of the publication (book/claims.yml), and words that are taken over from others (book/said.yml)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from ..paths import ROOT
from .door import Shelf
from .reading import FIGURE_FREE, Declared, Name, Sentence, Text, Unit, must, read_by_key

BEHIND_THE_DOOR = ("book/claims.yml", "book/said.yml")


def _is_threshold(value: object) -> bool:
    return type(value) in (int, float) or (isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value))


_ONE_AT_LEAST = must("not be empty", bool)
_LINE = must("stand on one line, without space around them", lambda text: " ".join(text.split()) == text)
Words = Annotated[Text, FIGURE_FREE, _LINE]


class Part(Declared):
    """One of the things that must all hold for a sentence to be true."""

    says: Words
    test: Name
    threshold: Annotated[Any, must("be a number or a list of codes", _is_threshold)]
    unit: Unit


class Wording(Declared):
    """Words of a sentence: those that stand where the data carry the claim, and what takes their place where they do not.

    Without words for a verdict, a publication with that verdict is refused.
    """

    supported: Words
    cannot_tell: Words | None = None
    contradicted: Words | None = None


class Claim(Declared):
    """A claim says what it states, of which parts that consists, in what words it may stand, and what refutes it."""

    statement: Annotated[Sentence, FIGURE_FREE]
    parts: Annotated[dict[Name, Part], _ONE_AT_LEAST]
    wrong_if: Annotated[Sentence, FIGURE_FREE]
    words: Annotated[list[Wording], _ONE_AT_LEAST]


class Said(Declared):
    """Words of others that nothing here can test: who says it in what words, and why there is no test."""

    statement: Annotated[Sentence, FIGURE_FREE]
    untested: Annotated[Sentence, FIGURE_FREE]
    words: Annotated[list[Words], _ONE_AT_LEAST]


def _read() -> dict[str, dict]:
    return read_by_key(ROOT / BEHIND_THE_DOOR[0], Claim)


def _without_words(claim: dict) -> dict:
    return {name: value for name, value in claim.items() if name != "words"}


# Apart: other words make no annex run again.
_CLAIMS = Shelf("declared claim", lambda: {key: _without_words(claim) for key, claim in _read().items()})
_WORDINGS = Shelf("wording", lambda: {key: claim["words"] for key, claim in _read().items()})
_SAID = Shelf("said", lambda: read_by_key(ROOT / BEHIND_THE_DOOR[1], Said))


def declared_claims() -> Mapping[str, dict]:
    """Claim key -> statement and wrong_if (Dutch); parts: name -> what it says, test (a function of estimates/claim_tests.py),
    threshold, unit.

    Errors: DeclaredError.
    """
    return _CLAIMS


def declared_wordings() -> Mapping[str, list[dict]]:
    """Claim key -> the words in which it may stand, by verdict; None for a verdict without. Errors: DeclaredError."""
    return _WORDINGS


def declared_said() -> Mapping[str, dict]:
    """Key -> statement (who says what), untested (why there is no test), words. Errors: DeclaredError."""
    return _SAID
