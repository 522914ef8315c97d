"""What suppliers call a column, and how they write its codes: columns/<delivery>.csv, a column per year in which it changed."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..contracts import DeliveryError, Problem
from ..dictionary import variables

READS = ("analysis/missions/sources/columns/*.csv",)
FOLDER = Path(__file__).parent / "columns"
SYNTHETIC_HEADER = "synthetisch"  # a column that only synthetic deliveries have


@dataclass(frozen=True)
class ColumnRule:
    """One column of a delivery. codes: supplier's code -> ours. header: empty when it is not delivered in this year."""

    name: str
    kind: str
    codes: dict[str, str]
    header: str


@cache
def column_map(delivery: str, reporting_year: int) -> tuple[ColumnRule, ...]:
    """The columns of a delivery in one reporting year, in the order of the dictionary.

    Errors: DeliveryError when the map has no column for this year or an earlier one, or other variables than the dictionary.
    """
    with open(FOLDER / f"{delivery}.csv", encoding="utf-8", newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    place = f"columns/{delivery}.csv"
    known = variables(delivery)
    if set(rows) != {variable.name for variable in known}:
        odd = ", ".join(sorted(set(rows) ^ {variable.name for variable in known}))
        raise DeliveryError([Problem(place, None, "name", f"does not list the variables of the dictionary: {odd}")])
    # A year without a column of its own has the headers of the last year before it.
    years = [int(key) for key in next(iter(rows.values())) if key.isdigit() and int(key) <= reporting_year]
    if not years:
        raise DeliveryError([Problem(place, 1, str(reporting_year), "no headers for this year")])
    return tuple(
        ColumnRule(
            variable.name,
            variable.type,
            dict(code.split("=") for code in rows[variable.name]["codes"].split("|")) if rows[variable.name]["codes"] else {},
            rows[variable.name][str(max(years))],
        )
        for variable in known
    )
