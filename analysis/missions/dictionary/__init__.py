"""The dictionary of deliveries and variables: what each is called, means and may hold, in one place.

One CSV file per delivery beside this module. Contracts, the report of `missions check` and the page on variables read it;
what suppliers call a column stands elsewhere (sources/columns), because that changes from year to year.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

READS = ("analysis/missions/dictionary/*.csv",)
FOLDER = Path(__file__).parent
TYPES = (
    "text",
    "code",  # an identifier: `values` names the pattern that it must have
    "codes",  # several, joined by ";"
    "category",
    "categories",  # several, joined by ";"
    "integer",
    "decimal",
    "date",  # a day
    "yes_no",
    "score",  # a question: a number on the scale that the year file gives
    "choice",  # a question: one of the answers in the order that the year file gives
    "amount",  # a question: a number of things, between the bounds that the year file gives
    "remark",  # a question: free text, counted and never kept
)
QUESTIONS = ("score", "choice", "amount")


@dataclass(frozen=True)
class Delivery:
    """One kind of delivery.

    unit_nl: what one row is. sensitivity: the least that a real delivery of this kind has.
    """

    name: str
    label_nl: str
    producer_nl: str
    is_microdata: bool
    sensitivity: str
    unit_nl: str


@dataclass(frozen=True)
class Variable:
    """One variable of a delivery.

    values: categories and choices: the codes, in order; code and codes: the name of the pattern; numbers: (low, high), where None
    is no bound. may_be_empty: whether a cell may be empty. is_key: part of what makes a row unique. source_nl: who knows it.
    """

    name: str
    label_nl: str
    type: str
    values: tuple
    may_be_empty: bool
    is_key: bool
    source_nl: str


def _rows(name: str) -> list[dict[str, str]]:
    with open(FOLDER / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def deliveries() -> dict[str, Delivery]:
    """All kinds of delivery by name."""
    return {
        row["delivery"]: Delivery(
            row["delivery"], row["label_nl"], row["producer_nl"], row["microdata"] == "yes", row["sensitivity"], row["unit_nl"]
        )
        for row in _rows("deliveries")
    }


def _values(row: dict[str, str]) -> tuple:
    if row["type"] in ("integer", "decimal") and row["values"]:
        low, _, high = row["values"].partition("..")
        return (float(low) if low else None, float(high) if high else None)
    return tuple(row["values"].split("|")) if row["values"] else ()


@cache
def variables(delivery: str) -> tuple[Variable, ...]:
    """The variables of a delivery, in the order of its file."""
    return tuple(
        Variable(
            name=row["name"],
            label_nl=row["label_nl"],
            type=row["type"],
            values=_values(row),
            may_be_empty=row["empty"] == "yes",
            is_key=row["key"] == "yes",
            source_nl=row["source_nl"],
        )
        for row in _rows(delivery)
    )


def variable(delivery: str, name: str) -> Variable:
    """One variable; KeyError when the delivery has none of that name."""
    for known in variables(delivery):
        if known.name == name:
            return known
    raise KeyError(f"no variable '{name}' in {delivery}")


def has_questions(delivery: str) -> bool:
    """Whether rows of a delivery hold answers, which are read as the year file says they were asked."""
    return delivery in deliveries() and any(known.type in QUESTIONS for known in variables(delivery))


def keys(delivery: str) -> list[str]:
    """The variables that together make a row unique."""
    return [known.name for known in variables(delivery) if known.is_key]
