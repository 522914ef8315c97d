"""From the pages of all annexes to facts.json: every fact and verdict once, by the rules between them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema

from ..choice import Choice
from ..declared.claims import declared_claims
from ..declared.facts import declared_facts
from ..declared.year_file import YearFile, load_year
from ..machine import cache
from ..machine.guard import close_to
from ..paths import ROOT, year_path
from ..present.fact_text import anchor, claim_anchor
from ..present.renderer import MIME
from .page import require_no_drafts

RECORD_PREFIXES = ("record_", "cbs_")
READS = ("analysis/missions/present/facts.schema.json",)
_SCHEMA = Path(__file__).parents[1] / "present" / "facts.schema.json"


class FactError(ValueError):
    """Facts that break a rule; the message names the fact and the rule."""


def facts_of(name: str, page: dict) -> list[dict]:
    """The facts that an annex published, with their origin."""
    return [
        {**fact, "origin": {"annex": name, "anchor": anchor(fact["key"]), "cell": number}}
        for number, fact in _published(page, "facts")
    ]


def claims_of(name: str, page: dict) -> list[dict]:
    """The verdicts that an annex gave, with their origin."""
    return [
        {**claim, "origin": {"annex": name, "anchor": claim_anchor(claim["key"]), "cell": number}}
        for number, claim in _published(page, "claims")
    ]


def _published(page: dict, kind: str) -> list[tuple[int, dict]]:
    """Number of the cell on the page, and what it published."""
    found = []
    for number, cell in enumerate(page["cells"], 1):
        payloads = [output["data"][MIME] for output in cell.get("outputs", [])]
        found += [(number, one) for payload in payloads if payload["kind"] == kind for one in payload[kind]]
    return found


def _claim_problems(claims: list[dict], year: YearFile) -> list[str]:
    keys = [claim["key"] for claim in claims]
    verdicts = {claim["key"]: claim["verdict"] for claim in claims}
    problems = [f"claim '{key}' is judged {keys.count(key)} times" for key in sorted(set(keys)) if keys.count(key) > 1]
    problems += [
        f"claim '{key}' is declared in book/claims.yml but no annex judges it" for key in declared_claims() if key not in keys
    ]
    for claim, waiver in year.waivers.items():
        place = f"{year_path(year.reporting_year).relative_to(ROOT).as_posix()}, line {waiver.line}"
        if claim not in declared_claims():
            problems.append(f"{place}: a waiver for '{claim}', which is not declared in book/claims.yml")
        elif verdicts.get(claim) == "supported":
            problems.append(f"{place}: a waiver for '{claim}', which the data carry; remove it")
    return problems


def _waiver(year: YearFile, key: str) -> dict | None:
    waiver = year.waivers.get(key)
    return waiver and {"reason": waiver.reason, "role": waiver.role, "date": waiver.date.isoformat()}


def collect_facts(pages: dict[str, dict], year: YearFile, choice: Choice, report: dict) -> dict:
    """facts.json of one edition, checked against its schema and the rules between facts.

    pages: annex -> its page, a notebook. report: what may be known of the decision what is shown (missions.disclosure.audit).

    Errors: FactError for a fact that is published twice, declared but never published, breaks the schema, or is named as public
    record while it rests on synthetic rows (or the other way round).
    """
    facts = [fact for name, page in pages.items() for fact in facts_of(name, page)]
    keys = [fact["key"] for fact in facts]
    problems = [f"fact '{key}' is published {keys.count(key)} times" for key in sorted(set(keys)) if keys.count(key) > 1]
    problems += [
        f"fact '{key}' is declared in book/facts.yml but no annex publishes it" for key in declared_facts() if key not in keys
    ]
    for fact in facts:
        if fact["key"].startswith(RECORD_PREFIXES) and fact["synthetic"]:
            problems.append(f"fact '{fact['key']}' is named as public record but rests on synthetic rows")
        if fact["key"].startswith(RECORD_PREFIXES) and any(
            not source["delivery"].startswith(RECORD_PREFIXES) for source in fact["inputs"]
        ):
            problems.append(f"fact '{fact['key']}' is named as public record but rests on other deliveries")
    claims = [claim for name, page in pages.items() for claim in claims_of(name, page)]
    problems += _claim_problems(claims, year)
    order, claim_order = list(declared_facts()), list(declared_claims())
    result = {
        "year": year.reporting_year,
        "deliveries": choice.data,
        "edition": choice.edition,
        "disclosure": report,
        "facts": sorted(facts, key=lambda fact: order.index(fact["key"])),
        "claims": [
            claim | {"waiver": _waiver(year, claim["key"])}
            for claim in sorted(claims, key=lambda claim: claim_order.index(claim["key"]))
        ],
    }
    schema = json.loads(_SCHEMA.read_text(encoding="utf-8"))
    for error in jsonschema.Draft202012Validator(schema).iter_errors(result):
        place = list(error.absolute_path)
        key = result["facts"][place[1]]["key"] if len(place) > 1 and place[0] == "facts" else "facts.json"
        problems.append(f"{key}: {'.'.join(map(str, place[2:]))} {error.message}")
    if problems:
        raise FactError("\n".join(problems))
    return result


def make(choice: Choice, keys: dict[str, str], report: dict, readable: list[str], tell: Callable[[str], None]) -> str:
    """facts.json as text.

    keys: annex -> key of its page in the cache. report: what may be known of the decision (missions.disclosure.audit). readable:
    the files that may be read. Errors: FactError, Gone, and UndeclaredRead for whatever else is touched.
    """
    closed = close_to([*readable, *(cache.folder("pages") / key for key in keys.values())], [cache.folder("pages")], ROOT)
    year_file = load_year(choice.year, choice.data)
    pages = {name: json.loads(cache.require("pages", key)) for name, key in keys.items()}
    for name, page in pages.items():
        if not choice.preview:
            require_no_drafts(name, page)
    found = json.dumps(collect_facts(pages, year_file, choice, report), ensure_ascii=False, indent=1) + "\n"
    if offences := closed.offences():
        raise FactError(f"collecting facts {'; '.join(offences)}")
    return found
