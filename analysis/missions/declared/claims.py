"""The judging sentences of the publication, as declared in book/claims.yml."""

from __future__ import annotations

from collections.abc import Mapping

from ..paths import ROOT
from .door import Shelf
from .reading import load_mapping

BEHIND_THE_DOOR = ("book/claims.yml",)
PLACE = "book/claims.yml"
_FIELDS = {"statement", "test", "threshold", "unit", "wrong_if"}


class ClaimError(ValueError):
    """A claim that is not declared as it must be; the message names file, key and rule."""


def _read() -> dict[str, dict]:
    """Errors: ClaimError for a claim that lacks a part, or has another."""
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


_CLAIMS = Shelf("declared claim", _read)


def declared_claims() -> Mapping[str, dict]:
    """Claim key -> statement and wrong_if (Dutch), test (a function of estimates/claim_tests.py), threshold, unit."""
    return _CLAIMS
