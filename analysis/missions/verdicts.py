"""The test that each judging sentence must stand: declared in book/claims.yml, computed by estimates/claims.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from .declared.claims import declared_claims
from .declared.reading import DeclaredError
from .disclosure import Draft, derived, on_record
from .estimates.claim_tests import TESTS


def verdict_row(key: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The declared test of a claim on the rows that it speaks of: one row with figures and verdict.

    Errors: DeclaredError for a claim that is not declared, or whose test does not exist.
    """
    if key not in declared_claims():
        raise DeclaredError(f"claim '{key}' is not declared in book/claims.yml")
    claim = declared_claims()[key]
    if claim["test"] not in TESTS:
        raise DeclaredError(f"book/claims.yml, {key}: there is no test '{claim['test']}' (known: {', '.join(TESTS)})")
    return TESTS[claim["test"]](rows, claim["threshold"])


def verdicts(of: Draft | Iterable[Draft], **rows: pd.DataFrame) -> dict[str, Draft]:
    """Claim key -> its verdict, for claims on answers or companies; told only if the drafts that it rests on are shown (of)."""
    of = [of] if isinstance(of, Draft) else list(of)
    return {key: derived(verdict_row(key, found), groups=[], of=of) for key, found in rows.items()}


def verdicts_on_record(inputs: Sequence[pd.DataFrame], **rows: pd.DataFrame) -> dict[str, Draft]:
    """Claim key -> its verdict, for claims on figures that are on the public record already."""
    return {key: on_record(verdict_row(key, found), groups=[], inputs=inputs) for key, found in rows.items()}
