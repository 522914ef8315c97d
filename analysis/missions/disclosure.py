"""The only exit for tables: what rests on too few answers never leaves this module.

PRIVACY: companies were promised anonymity. Every table, chart, download and fact is made from a `Released` table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

PUBLISHED, SUPPRESSED = "published", "suppressed"
ORIGIN = "origin"
KEPT = ("population_n", "status")  # the size of a population is in the register, which is no answer of a company


@dataclass(frozen=True)
class Released:
    """A table that may leave the building.

    table: group columns, result columns and `status`; result columns of a suppressed row are empty.
    inputs: origin of every delivery that it rests on (delivery, file, title, producer, sha256, synthetic, ...).
    """

    table: pd.DataFrame
    groups: tuple[str, ...]
    inputs: tuple[dict, ...]

    @property
    def synthetic(self) -> bool:
        return any(origin["synthetic"] for origin in self.inputs)

    def where(self, **groups: object) -> Released:
        """Only the rows of some groups, in the same order; still released."""
        keep = pd.Series(True, index=self.table.index)
        for column, value in groups.items():
            keep &= self.table[column] == value
        return Released(self.table[keep].reset_index(drop=True), self.groups, self.inputs)


def _origins(inputs: Sequence[pd.DataFrame]) -> tuple[dict, ...]:
    origins = {}
    for table in inputs:
        origin = table.attrs.get(ORIGIN)
        if origin is None:
            raise ValueError("every input must be a table as it was read from the store: its origin is not known")
        origins[origin["delivery"]] = origin
    if not origins:
        raise ValueError("name the tables that this result rests on")
    return tuple(origins[name] for name in sorted(origins))


def release(
    table: pd.DataFrame,
    *,
    groups: Sequence[str],
    inputs: Sequence[pd.DataFrame],
    threshold: int,
    n: str = "n",
    adds_up_within: Sequence[str] | None = None,
    total: Mapping[str, str] | None = None,
    steps: str | None = None,
    public_zeros: bool = False,
) -> Released:
    """A table without any row that rests on fewer than `threshold` answers or companies.

    table: group columns, result columns and the count `n`.
    inputs: the tables, as read from the store, that the result rests on.
    adds_up_within: set when the rows (within each value of these columns; [] = the whole table) add up to a total that is
        published here or elsewhere. Then one suppressed row could be found by subtraction, so more rows are suppressed, smallest
        first, until at least two are and together they hold `threshold` units.
    total: group value that marks the rows holding that total; they are judged on their own size only.
    steps: column whose order is a chain of ever smaller counts; a step that differs from the one before by fewer than
        `threshold` is suppressed, because the difference is a count of its own.
    public_zeros: whether a count of zero may be shown (nobody is in it, and that is public policy).

    This guards one table; tables that share units are not yet weighed against each other.
    Errors: ValueError when an input did not come from the store.
    """
    origins = _origins(inputs)
    result = table.reset_index(drop=True).copy()
    counts = result[n].astype(float)
    small = counts.lt(threshold) | counts.isna()
    if public_zeros:
        small &= counts.ne(0)
    is_total = pd.Series(False, index=result.index)
    for column, value in (total or {}).items():
        is_total |= result[column] == value
    if steps is not None:
        others = [column for column in groups if column != steps]
        chains = [result[column] for column in others] or [pd.Series(0, index=result.index)]
        drop = -counts.groupby(chains).diff()
        small |= drop.gt(0) & drop.lt(threshold) & counts.gt(0)
    if adds_up_within is not None:
        parts = result[~is_total]
        keys = [parts[column] for column in adds_up_within] or [pd.Series(0, index=parts.index)]
        for _, rows in parts.groupby(keys):
            by_size = counts[rows.index].sort_values(kind="stable").index
            for candidate in by_size:
                hidden = small[rows.index]
                if not hidden.any() or (hidden.sum() > 1 and counts[hidden.index[hidden]].sum() >= threshold):
                    break
                if counts[candidate] > 0:
                    small[candidate] = True
    # Result columns become nullable first: an emptied count must not turn its whole column into decimals.
    for column in [c for c in result.columns if c not in (*groups, *KEPT)]:
        result[column] = result[column].convert_dtypes(convert_string=False).where(~small)
    result["status"] = small.map({True: SUPPRESSED, False: PUBLISHED})
    return Released(result, tuple(groups), origins)


def release_public(table: pd.DataFrame, *, groups: Sequence[str], inputs: Sequence[pd.DataFrame]) -> Released:
    """A table of figures that are on the public record already.

    Errors: ValueError when an input is not public or is synthetic: such a table goes through `release`.
    """
    origins = _origins(inputs)
    for origin in origins:
        if origin["sensitivity"] != "public" or origin["synthetic"]:
            raise ValueError(f"{origin['delivery']} is not a public record: use release")
    return Released(table.reset_index(drop=True).assign(status=PUBLISHED), tuple(groups), origins)
