"""The rule of version 0.6.1, which judged each table on its own: what the joint decision is compared with.

Source: Hundepool et al., Statistical Disclosure Control (2012), on tables that share margins.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd


def withheld(table: pd.DataFrame, threshold: int, n: str = "n", adds_up_within: Sequence[str] | None = None) -> pd.Series:
    """Whether each row of a table is withheld.

    adds_up_within: within each value of these columns ([]: the whole table) the rows add up to a total; then more are withheld,
    smallest first, until at least two are and together they hold `threshold` units.
    """
    counts = table[n].astype(float)
    small = counts.lt(threshold) | counts.isna()
    if adds_up_within is None:
        return small
    keys = [table[column] for column in adds_up_within] or [pd.Series(0, index=table.index)]
    for _, rows in table.groupby(keys, dropna=False):
        for candidate in counts[rows.index].sort_values(kind="stable").index:
            hidden = small[rows.index]
            if not hidden.any() or (hidden.sum() > 1 and counts[hidden.index[hidden]].sum() >= threshold):
                break
            small[candidate] = True
    return small


def withheld_of_chain(table: pd.DataFrame, threshold: int, step: str, part: str, total: str) -> pd.Series:
    """The same for ever smaller counts, in total and split into parts: also a small drop is withheld, and a split as a whole."""
    counts = table.pivot(index=step, columns=part, values="n").loc[table[step].unique()].astype(float)
    parts = [name for name in counts.columns if name != total]
    shown = pd.DataFrame(False, index=counts.index, columns=counts.columns)
    last = pd.Series(float("inf"), index=counts.columns)
    for name, row in counts.iterrows():
        fits = row.ge(threshold) & (last - row).pipe(lambda drop: drop.eq(0) | drop.ge(threshold))
        nobody = row[total] == 0
        shown.loc[name, total] = nobody or fits[total]
        shown.loc[name, parts] = nobody or (fits[total] and fits[parts].all())
        last = row.where(shown.loc[name], last)
    return pd.Series([not shown.loc[a, b] for a, b in zip(table[step], table[part], strict=True)], index=table.index)
