"""The test that each judging sentence must stand: declared in book/claims.yml, computed by estimates/claim_tests.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from .declared.claims import declared_claims
from .declared.reading import DeclaredError
from .disclosure import Draft, derived, on_record
from .estimates.claim_tests import TESTS, altogether


def verdict_rows(key: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The declared tests of a claim on the rows that it speaks of: one row per part, with its figures and its verdict.

    Beside them `altogether`, the verdict on the sentence, in every row.

    rows: value, low, high and the like, unrounded; with the name of the part in the column `name` where the claim has several.
    Errors: DeclaredError for a claim that is not declared, a test that does not exist, and parts that are not those declared.
    """
    if key not in declared_claims():
        raise DeclaredError(f"claim '{key}' is not declared in book/claims.yml")
    parts = declared_claims()[key]["parts"]
    of = rows["name"] if len(parts) > 1 else pd.Series(next(iter(parts)), index=rows.index)
    if len(parts) > 1 and set(of) != set(parts):
        given, said = (", ".join(sorted(map(str, names))) or "none" for names in (set(of), set(parts)))
        raise DeclaredError(f"claim '{key}' is judged on the parts {given}; book/claims.yml declares {said}")
    found = pd.concat([_part(key, name, part, rows[of == name], len(rows)) for name, part in parts.items()], ignore_index=True)
    return found.assign(altogether=altogether(found["verdict"]))


def _part(key: str, name: str, part: dict, rows: pd.DataFrame, chances: int) -> pd.DataFrame:
    if part["test"] not in TESTS:
        raise DeclaredError(f"book/claims.yml, {key}.parts.{name}: there is no test '{part['test']}' (known: {', '.join(TESTS)})")
    return TESTS[part["test"]](rows, part["threshold"], chances).assign(part=name)


def verdicts(of: Draft | Iterable[Draft], **rows: pd.DataFrame) -> dict[str, Draft]:
    """Claim key -> its verdict, for claims on answers or companies; told only if the drafts that it rests on are shown (of)."""
    of = [of] if isinstance(of, Draft) else list(of)
    return {key: derived(verdict_rows(key, found), groups=["part"], of=of) for key, found in rows.items()}


def verdicts_on_record(inputs: Sequence[pd.DataFrame], **rows: pd.DataFrame) -> dict[str, Draft]:
    """Claim key -> its verdict, for claims on figures that are on the public record already."""
    return {key: on_record(verdict_rows(key, found), groups=["part"], inputs=inputs) for key, found in rows.items()}
