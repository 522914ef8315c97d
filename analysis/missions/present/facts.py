"""Facts: every number that prose may use, published once, with all that a reader may ask about it."""

from __future__ import annotations

from ..declared.facts import declared_facts
from ..disclosure import PUBLISHED, SUPPRESSED, Draft, Released
from ..disclosure.draft import LEFT_OUT
from .fact_text import fact_rows
from .numbers import WITHHELD, as_published, dutch, interval_as_published, is_missing
from .outputs import Output, after_decision

TITLE = "Cijfers uit deze bijlage"
_TOLD_OF_INPUTS = ("delivery", "title", "producer", "received_on", "sha256")


def number_or_none(value: object) -> float | int | None:
    if is_missing(value):
        return None
    value = float(value)
    return int(value) if value.is_integer() else value


def inputs_told(released: Released) -> list[dict]:
    """What a reader may know of the deliveries that a number rests on."""
    return [{name: origin[name] for name in _TOLD_OF_INPUTS} for origin in released.inputs]


def _fact(key: str, released: Released, column: str) -> dict:
    if key not in declared_facts():
        raise KeyError(f"fact '{key}' is not declared in book/facts.yml")
    if len(released.table) != 1:
        raise ValueError(f"fact '{key}' needs exactly one row, found {len(released.table)}")
    row = released.table.iloc[0]
    unit = declared_facts()[key]["unit"]
    qualifier = row.get("qualifier", "exact") if column == "value" else "exact"
    value = number_or_none(as_published(row[column], unit))
    if column in ("low", "high") and not is_missing(row["interval_level"]) and row["interval_level"] < 1:
        # An end of an interval is told as it is printed, outwards; a bound that holds for certain is a figure like any other.
        ends = interval_as_published(row["low"], row["high"], unit)
        value = number_or_none(ends[column == "high"]) if ends else value
    withheld = row["status"] == SUPPRESSED or column in row[LEFT_OUT].split()
    interval = None
    ends = interval_as_published(row["low"], row["high"], unit) if column == "value" and not withheld else None
    if ends is not None:
        interval = {
            "low": number_or_none(ends[0]),
            "high": number_or_none(ends[1]),
            "level": number_or_none(row["interval_level"]),
            "kind": row["interval_kind"],
        }
    n, population_n = (None, None) if withheld else (number_or_none(row["n"]), number_or_none(row["population_n"]))
    return {
        "key": key,
        "text": WITHHELD if withheld else dutch(value, unit, qualifier),
        "value": value,
        "unit": unit,
        "n": n,
        "population_n": population_n,
        "response_share": round(n / population_n, 4) if n is not None and population_n else None,
        "interval": interval,
        "estimand": declared_facts()[key]["estimand"],
        "inputs": inputs_told(released),
        "synthetic": released.synthetic,
        "status": SUPPRESSED if withheld else PUBLISHED,
    }


def publish(**facts: Draft | tuple[Draft, str]) -> Output:
    """Publish facts: key=one row of a draft, or key=(one row, column) for another column than `value`.

    Errors, when it is shown: KeyError for a key that book/facts.yml does not declare, ValueError when it is not exactly one row.
    """
    pairs = {key: source if isinstance(source, tuple) else (source, "value") for key, source in facts.items()}
    # What has a name may be used in a sentence: the decision withholds something else before it.
    headlines = {key: (one.as_headline() if isinstance(one, Draft) else one, column) for key, (one, column) in pairs.items()}
    return show_facts(headlines)


@after_decision
def show_facts(facts: dict[str, tuple[Released, str]]) -> Output:
    """Facts as `publish` notes them."""
    made = [_fact(key, released, column) for key, (released, column) in facts.items()]
    columns = [
        {"header": "Wat het zegt", "numeric": False},
        {"header": "Cijfer", "numeric": True},
        {"header": "Interval", "numeric": True},
        {"header": "Rust op", "numeric": True},
    ]
    return Output({"kind": "facts", "title": TITLE, "facts": made, "table": {"columns": columns, "rows": fact_rows(made)}})
