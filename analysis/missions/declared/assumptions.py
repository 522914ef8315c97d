"""Method choices by key, from analysis/assumptions.yml."""

from __future__ import annotations

from collections.abc import Mapping

from ..paths import ROOT
from .door import Shelf
from .reading import load_mapping

BEHIND_THE_DOOR = ("analysis/assumptions.yml",)
_FIELDS = {"value", "unit", "since_year", "source", "reason"}


def _read() -> dict[str, dict]:
    path = ROOT / "analysis" / "assumptions.yml"
    choices = load_mapping(path)
    for key, choice in choices.items():
        if set(choice) != _FIELDS:
            raise ValueError(f"analysis/assumptions.yml, {key}: needs exactly {', '.join(sorted(_FIELDS))}")
    return choices


_CHOICES = Shelf("assumption", _read)


def all_assumptions() -> Mapping[str, dict]:
    """Every method choice: key -> value, unit, since_year, source, reason."""
    return _CHOICES


def assumption(key: str, reporting_year: int) -> int | float:
    """The value of one method choice in a reporting year.

    Errors: KeyError for an unknown key or a year before the choice was made.
    """
    choice = _CHOICES.get(key)
    if choice is None:
        raise KeyError(f"assumption '{key}' is not in analysis/assumptions.yml")
    if reporting_year < choice["since_year"]:
        raise KeyError(f"assumption '{key}' holds from {choice['since_year']}, not for {reporting_year}")
    return choice["value"]
