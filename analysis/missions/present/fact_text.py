"""The words around a fact or a claim that is published already: what pages and annexes both say of it."""

from __future__ import annotations

import datetime

from .numbers import WITHHELD, dutch, dutch_date, dutch_interval
from .words import label

SYNTHETIC_NOTE = "Synthetische gegevens: geen echte uitkomsten."
VERDICTS = {
    "supported": "de gegevens ondersteunen dit",
    "contradicted": "de gegevens spreken dit tegen",
    "cannot_tell": "de gegevens laten dit open",
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
    """The figures of every part, by what it says where there are several: "per missie: −0,08 punt (−0,13 tot −0,02 punt)"."""
    parts = claim["parts"]
    return "; ".join(f"{part['says']}: {part_text(part)}" if len(parts) > 1 else part_text(part) for part in parts)


def part_text(part: dict) -> str:
    """The figure of the row that decides on a part, with its interval or out of how many."""
    if part["interval"]:
        return f"{part['text']} ({interval_text(part)})"
    if part["unit"] == "count" and part["population_n"] not in (None, part["n"]) and part["value"] is not None:
        return f"{part['text']} van {dutch(part['population_n'], 'count')}"
    return part["text"]


_COUNTED = ("count", "year", "eur")
# Whether it was counted, and whether it was computed here from synthetic answers.
_NO_INTERVAL = {
    (True, True): "geen: dit is geen schatting",
    (True, False): "geen: dit is geen schatting",
    (False, True): "geen: geteld, of voor dit cijfer niet berekend",
    (False, False): "niet bekend: de bron geeft geen interval, of het is voor dit cijfer niet berekend",
}


def interval_words(fact: dict) -> str:
    """An interval with its kind: "7,2 tot 7,7 (95%, t-verdeling ...)"; why there is none where there is none."""
    if fact["interval"] is None:
        if fact["text"] == WITHHELD:
            return "geen: het cijfer is niet gepubliceerd"
        return _NO_INTERVAL[fact["unit"] in _COUNTED, fact["synthetic"]]
    about = label(f"interval_{fact['interval']['kind']}")
    if fact["interval"]["level"] is not None:
        about = f"{dutch(100 * fact['interval']['level'], 'pct')}; {about}"
    return f"{interval_text(fact)} ({about})"


def basis_words(fact: dict) -> str:
    """On what an estimate rests, with the response where it is known: "182 van 402 (respons 45%)"."""
    basis = basis_text(fact)
    if basis and fact["response_share"] is not None and fact["population_n"] != fact["n"]:
        return f"{basis} ({dutch(100 * fact['response_share'], 'pct')})"
    return basis


def checksum_words(source: dict) -> str:
    """The first signs of the checksum of a delivery, keyed where the delivery is not public."""
    return source["sha256"].rpartition(":")[2][:8]


def delivery_words(source: dict) -> str:
    """A delivery as a reader may look it up: title, producer, day of receipt, first signs of its checksum."""
    day = dutch_date(datetime.date.fromisoformat(source["received_on"]))
    return f"{source['title']} ({source['producer']}, ontvangen {day}, controlegetal {checksum_words(source)})"


def last_year_words(fact: dict, released: dict[str, dict]) -> str:
    """What was published of the same number the year before, with the difference: "7,6 (0,2 hoger)".

    released: key -> fact, as published the year before; empty when nothing was.
    """
    if not released:
        return "geen uitgave vastgelegd"
    before = released.get(fact["key"])
    return f"{before['text']}{_difference(fact, before)}" if before else "stond niet in de uitgave"


def _difference(fact: dict, before: dict) -> str:
    if None in (fact["value"], before["value"]) or fact["unit"] != before["unit"] or fact["unit"] == "year":
        return ""
    change = fact["value"] - before["value"]
    if fact["text"] == before["text"]:
        return " (gelijk)"
    # TRAP: the difference of two percentages is in percentage points.
    size = f"{dutch(abs(change), 'count')} procentpunt" if fact["unit"] == "pct" else dutch(abs(change), fact["unit"])
    return f" ({size} {'hoger' if change > 0 else 'lager'})"
