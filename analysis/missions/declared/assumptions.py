"""Method choices by key, from analysis/assumptions.yml."""

from __future__ import annotations

from collections.abc import Mapping

from ..paths import ROOT
from .door import Shelf
from .reading import Declared, Number, Text, read_by_key

BEHIND_THE_DOOR = ("analysis/assumptions.yml",)


class Assumption(Declared):
    value: Number
    unit: Text
    since_year: int
    source: Text
    reason: Text


_CHOICES = Shelf("assumption", lambda: read_by_key(ROOT / BEHIND_THE_DOOR[0], Assumption))


def all_assumptions() -> Mapping[str, dict]:
    """Every method choice: key -> value, unit, since_year, source, reason. Errors: DeclaredError."""
    return _CHOICES


def assumption(key: str, reporting_year: int) -> int | float:
    """The value of one method choice in a reporting year.

    Errors: KeyError for an unknown key or a year before the choice was made; DeclaredError.
    """
    choice = _CHOICES.get(key)
    if choice is None:
        raise KeyError(f"assumption '{key}' is not in {BEHIND_THE_DOOR[0]}")
    if reporting_year < choice["since_year"]:
        raise KeyError(f"assumption '{key}' holds from {choice['since_year']}, not for {reporting_year}")
    return choice["value"]
