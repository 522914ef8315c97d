"""The judging sentences of the publication, as declared in book/claims.yml."""

from __future__ import annotations

from functools import cache

from ..paths import ROOT
from .reading import load_mapping

READS = ("book/claims.yml",)
PLACE = "book/claims.yml"
_FIELDS = {"statement", "test", "threshold", "unit", "wrong_if"}


class ClaimError(ValueError):
    """A claim that is not declared as it must be; the message names file, key and rule."""


@cache
def declared_claims() -> dict[str, dict]:
    """Claim key -> statement and wrong_if (Dutch), test (a function of estimates/claims.py), threshold and unit of its figures.

    Errors: ClaimError for a claim without one of these.
    """
    try:
        declared = load_mapping(ROOT / PLACE)
    except ValueError as error:
        raise ClaimError(f"{PLACE}: {error}") from None
    for key, claim in declared.items():
        found = set(claim) if isinstance(claim, dict) else set()
        for field in sorted(_FIELDS - found):
            what = "a claim says what it states, how that is tested and what refutes it"
            raise ClaimError(f"{PLACE}, {key}: '{field}' is missing; {what}")
        for field in sorted(found - _FIELDS):
            raise ClaimError(f"{PLACE}, {key}: unknown '{field}' (known: {', '.join(sorted(_FIELDS))})")
    return declared
