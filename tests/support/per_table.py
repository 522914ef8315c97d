"""The rule of version 0.6.1, which judged each table on its own: what the joint decision is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

PUBLISHED, SUPPRESSED = "published", "suppressed"
ORIGIN = "origin"


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


def _origins(inputs: Sequence[pd.DataFrame]) -> tuple[dict, ...]:
    origins = {}
    for table in inputs:
        origin = table.attrs.get(ORIGIN)
        if origin is None:
            raise ValueError("every input must be a table as it was read from the store: its origin is not known")
        origins[origin["delivery"], origin["sha256"], origin["synthetic"]] = origin
    if not origins:
        raise ValueError("name the tables that this result rests on")
    return tuple(origins[key] for key in sorted(origins))


def _without(table: pd.DataFrame, hidden: pd.Series, groups: Sequence[str], kept: Sequence[str] = ()) -> pd.DataFrame:
    """The table with the result columns of hidden rows empty, and a column that says which rows those are."""
    result = table.copy()
    # Columns become nullable first: an emptied count must not turn its whole column into decimals.
    for column in [c for c in result.columns if c not in (*groups, *kept)]:
        result[column] = result[column].convert_dtypes().where(~hidden)
    return result.assign(status=hidden.map({True: SUPPRESSED, False: PUBLISHED}))


def _require(table: pd.DataFrame, columns: Sequence[str]) -> None:
    for column in columns:
        if column not in table.columns:
            raise KeyError(f"the table has no column '{column}' (it has: {', '.join(table.columns)})")


def release(
    table: pd.DataFrame,
    *,
    groups: Sequence[str],
    inputs: Sequence[pd.DataFrame],
    threshold: int,
    n: str = "n",
    adds_up_within: Sequence[str] | None = None,
    total: Mapping[str, str] | None = None,
    public_population: bool = False,
    dominance: float | None = None,
) -> Released:
    """A table without any row that rests on fewer than `threshold` answers or companies.

    table: group columns, result columns and the count `n` that is judged.
    inputs: the tables, as read from the store, that the result rests on.
    adds_up_within: set when the rows (within each value of these columns; [] = the whole table) add up to a total that is
        published here or elsewhere. Then one suppressed row could be found by subtraction, so more rows are suppressed, smallest
        first, until at least two are and together they hold `threshold` units.
    total: group value that marks the rows holding that total; they are judged on their own size only.
    public_population: keep `population_n` of a suppressed row, because it stands in the register and is no answer; it is still
        emptied below the threshold.

    dominance: for sums, with a column `largest_share`: the largest part of a sum (0-1) that one answer may be.

    This guards one table; tables that share units are not yet weighed against each other.
    Errors: ValueError when an input did not come from the store, KeyError for an unknown column.
    """
    origins = _origins(inputs)
    _require(table, [*groups, n, *(adds_up_within or [])])
    table = table.reset_index(drop=True)
    counts = table[n].astype(float)
    small = counts.lt(threshold) | counts.isna()
    if dominance is not None:
        _require(table, ["largest_share"])
        small |= table["largest_share"].astype(float).gt(dominance)
    is_total = pd.Series(False, index=table.index)
    for column, value in (total or {}).items():
        is_total |= table[column] == value
    if adds_up_within is not None:
        parts = table[~is_total]
        keys = [parts[column] for column in adds_up_within] or [pd.Series(0, index=parts.index)]
        for _, rows in parts.groupby(keys, dropna=False):
            for candidate in counts[rows.index].sort_values(kind="stable").index:
                hidden = small[rows.index]
                if not hidden.any() or (hidden.sum() > 1 and counts[hidden.index[hidden]].sum() >= threshold):
                    break
                small[candidate] = True
    kept = ("population_n",) if public_population else ()
    result = _without(table, small, groups, kept)
    if public_population:
        result["population_n"] = result["population_n"].where(~(small & (result["population_n"] < threshold)))
    return Released(result, tuple(groups), origins)


def release_chain(
    table: pd.DataFrame, *, step: str, part: str, total: str, inputs: Sequence[pd.DataFrame], threshold: int
) -> Released:
    """A chain of ever smaller counts, in total and split into parts, without any count or drop below `threshold`.

    table: columns `step` (in the order of the chain), `part`, `n` and results; a row per step and part, `total` among the parts.

    A count between zero and `threshold` is withheld, and so is a step that lies fewer than `threshold` under the last step
    that is shown, because the drop is a count of companies too. The split of a step is shown for all parts or for none: a part
    that is withheld alone could be found from the total. A zero is shown only where the whole step is zero: nobody reached it.

    Source: Hundepool et al., Statistical Disclosure Control (2012), on tables that share margins.
    Errors: ValueError when a step has no total or a count grows along the chain.
    """
    origins = _origins(inputs)
    _require(table, [step, part, "n"])
    table = table.reset_index(drop=True)
    counts = table.pivot(index=step, columns=part, values="n").loc[table[step].unique()].astype(float)
    if total not in counts or counts.isna().any(axis=None) or (counts.diff() > 0).any(axis=None):
        raise ValueError("a chain needs a count for every step and part, a total, and may not grow")
    parts = [name for name in counts.columns if name != total]
    shown = pd.DataFrame(False, index=counts.index, columns=counts.columns)
    last = pd.Series(float("inf"), index=counts.columns)
    for name, row in counts.iterrows():
        fits = row.ge(threshold) & (last - row).pipe(lambda drop: drop.eq(0) | drop.ge(threshold))
        nobody = row[total] == 0
        shown.loc[name, total] = nobody or fits[total]
        shown.loc[name, parts] = nobody or (fits[total] and fits[parts].all())
        last = row.where(shown.loc[name], last)
    hidden = pd.Series([not shown.loc[a, b] for a, b in zip(table[step], table[part], strict=True)], index=table.index)
    result = _without(table, hidden, [step, part])
    if "population_n" in result:
        # The population of a part is the first step of its chain: it is as public as that.
        begins = shown.iloc[0]
        result["population_n"] = result["population_n"].where(result[part].map(begins))
    return Released(result, (step, part), origins)
