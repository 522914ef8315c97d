"""Method choices by key, from analysis/assumptions.yml."""

from __future__ import annotations

from functools import cache

from ..paths import ROOT
from .reading import load_mapping

READS = ("analysis/assumptions.yml",)
_FIELDS = {"value", "unit", "since_year", "source", "reason"}


@cache
def _all() -> dict[str, dict]:
    path = ROOT / "analysis" / "assumptions.yml"
    choices = load_mapping(path)
    for key, choice in choices.items():
        if set(choice) != _FIELDS:
            raise ValueError(f"analysis/assumptions.yml, {key}: needs exactly {', '.join(sorted(_FIELDS))}")
    return choices


def assumption(key: str, reporting_year: int) -> int | float:
    """The value of one method choice in a reporting year.

    Errors: KeyError for an unknown key or a year before the choice was made.
    """
    choices = _all()
    if key not in choices:
        raise KeyError(f"assumption '{key}' is not in analysis/assumptions.yml")
    if reporting_year < choices[key]["since_year"]:
        raise KeyError(f"assumption '{key}' holds from {choices[key]['since_year']}, not for {reporting_year}")
    return choices[key]["value"]


def all_assumptions() -> dict[str, dict]:
    """Every method choice, for the method page: key -> value, unit, since_year, source, reason."""
    return _all()
