"""The words around a fact that is already born: what pages and annexes both say of it."""

from __future__ import annotations

from .numbers import dutch, dutch_interval


def anchor(key: str) -> str:
    """The place of a fact in its annex."""
    return f"fact-{key.replace('_', '-')}"


def fact_rows(facts: list[dict]) -> list[list[str]]:
    """Per fact: estimand, text, interval and what it rests on; the cells of every table of facts."""
    return [[f["estimand"], f["text"], interval_text(f), basis_text(f)] for f in facts]


def interval_text(fact: dict) -> str:
    if fact["interval"] is None:
        return ""
    return dutch_interval(fact["interval"]["low"], fact["interval"]["high"], fact["unit"])


def basis_text(fact: dict) -> str:
    """On how many answers or companies an estimate rests; empty for a count, which rests on itself, and where it is unknown."""
    if fact["n"] is None or fact["unit"] in ("count", "year"):
        return ""
    if fact["population_n"] in (None, fact["n"]):
        return dutch(fact["n"], "count")
    return f"{dutch(fact['n'], 'count')} van {dutch(fact['population_n'], 'count')}"
