"""The words around a fact or a claim that is already born: what pages and annexes both say of it."""

from __future__ import annotations

from .numbers import dutch, dutch_interval

VERDICTS = {
    "supported": "gedragen door de gegevens",
    "contradicted": "tegengesproken door de gegevens",
    "cannot_tell": "niet te zeggen met deze gegevens",
}


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


def claim_anchor(key: str) -> str:
    """The place of a claim in its annex."""
    return f"claim-{key.replace('_', '-')}"


def claim_rows(claims: list[dict]) -> list[list[str]]:
    """Per claim: statement, verdict, the figures that decide and what would refute it; the cells of every table of claims."""
    return [[c["statement"], VERDICTS[c["verdict"]], deciding_text(c), c["wrong_if"]] for c in claims]


def deciding_text(claim: dict) -> str:
    """The figure of the row that decides, with its interval or out of how many: "−0,08 punt (−0,13 tot −0,02 punt)"."""
    if claim["interval"]:
        return f"{claim['text']} ({interval_text(claim)})"
    if claim["unit"] == "count" and claim["population_n"] not in (None, claim["n"]) and claim["value"] is not None:
        return f"{claim['text']} van {dutch(claim['population_n'], 'count')}"
    return claim["text"]
