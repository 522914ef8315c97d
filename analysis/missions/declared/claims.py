"""The judging sentences of the publication, as declared in book/claims.yml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from ..paths import ROOT
from .door import Shelf
from .reading import FIGURE_FREE, Declared, Name, Sentence, Unit, must, read_by_key

BEHIND_THE_DOOR = ("book/claims.yml",)


def _is_threshold(value: object) -> bool:
    return type(value) in (int, float) or (isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value))


class Claim(Declared):
    """A claim says what it states, how that is tested, and what refutes it."""

    statement: Annotated[Sentence, FIGURE_FREE]
    test: Name
    threshold: Annotated[Any, must("be a number or a list of codes", _is_threshold)]
    unit: Unit
    wrong_if: Annotated[Sentence, FIGURE_FREE]


_CLAIMS = Shelf("declared claim", lambda: read_by_key(ROOT / BEHIND_THE_DOOR[0], Claim))


def declared_claims() -> Mapping[str, dict]:
    """Claim key -> statement and wrong_if (Dutch), test (a function of estimates/claim_tests.py), threshold, unit.

    Errors: DeclaredError.
    """
    return _CLAIMS
