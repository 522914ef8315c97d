"""Verdicts on judging sentences, as a table and for the record: what is stated, whether the data carry it, and on what."""

from __future__ import annotations

from ..declared.claims import declared_claims
from ..disclosure import SUPPRESSED, Released
from .fact_text import claim_rows
from .facts import inputs_told, number_or_none
from .numbers import WITHHELD, as_published, dutch, interval_as_published
from .outputs import Output, after_decision

_CANNOT_TELL = "cannot_tell"
TITLE = "Uitspraken uit deze publicatie, getoetst aan de gegevens"


def _claim(key: str, released: Released) -> dict:
    declared = declared_claims()[key]
    rows = released.table.to_dict("records")
    is_withheld = any(row["status"] == SUPPRESSED for row in rows)
    return {
        "key": key,
        "statement": declared["statement"],
        "wrong_if": declared["wrong_if"],
        # PRIVACY: a verdict on answers that may not be shown would tell of them.
        "verdict": _CANNOT_TELL if is_withheld else rows[0]["altogether"],
        "parts": [_part(row, declared["parts"][row["part"]]) for row in rows],
        "inputs": inputs_told(released),
        "synthetic": released.synthetic,
    }


def _part(row: dict, declared: dict) -> dict:
    withheld = row["status"] == SUPPRESSED
    ends = None if withheld else interval_as_published(row["low"], row["high"], declared["unit"])
    interval = ends and {"low": ends[0], "high": ends[1], "kind": row["interval_kind"]}
    value = None if withheld else number_or_none(as_published(row["value"], declared["unit"]))
    return {
        "name": row["part"],
        **declared,
        "verdict": _CANNOT_TELL if withheld else row["verdict"],
        "text": WITHHELD if withheld else dutch(value, declared["unit"]),
        "value": value,
        "interval": interval,
        "n": number_or_none(row["n"]),
        "population_n": None if withheld else number_or_none(row["population_n"]),
    }


@after_decision
def judge(**claims: Released) -> Output:
    """Tell of claims whether the data carry them: key=the rows of `missions.verdicts.verdicts`.

    Errors, when it is shown: KeyError for a claim that book/claims.yml does not declare.
    """
    made = [_claim(key, released) for key, released in claims.items()]
    columns = [
        {"header": "Uitspraak", "numeric": False},
        {"header": "Oordeel", "numeric": False},
        {"header": "Wat beslist", "numeric": False},
        {"header": "Wat het zou weerleggen", "numeric": False},
    ]
    return Output({"kind": "claims", "title": TITLE, "claims": made, "table": {"columns": columns, "rows": claim_rows(made)}})
