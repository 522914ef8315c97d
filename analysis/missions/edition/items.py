"""What annexes and their pages read through the door (missions.declared.door): handed over, remembered, and part of their keys.

An annex is looked up in two steps. Its notebook, code, tables and parameters are known beforehand; what it reads of labels,
assumptions and other small files is known from the times that it ran. Where one of those readings would give the same now, its
draft is the one that it made then. So it is with pages.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..choice import INTERNAL, Choice
from ..declared import assumptions, citation, claims, door, errata, facts, judging, questions, redacted, typed_figures
from ..keyed import keyed
from ..machine import cache
from ..machine.snapshot import digest
from ..paths import ROOT
from ..present import words
from . import earlier
from .plan import Plan, Step

_KIND = "readings"
_REMEMBERED = 20  # readings of one step, the latest first


def contents(choice: Choice) -> dict[str, Mapping]:
    """All that annexes may read of small files, by kind, as it is now.

    Errors: DeclaredError, also for the small files that only the book reads: nothing is made before all of them are good.
    """
    door.open_anew()
    citation.citation(), errata.declared_errata().content(), typed_figures.allowed_figures().content()
    claims.declared_said().content(), judging.allowed_judgements().content(), judging.judging_vocabulary().content()
    if choice.edition == INTERNAL:
        redacted.read_redacted(choice.year)
    shelves = (
        *(assumptions.all_assumptions(), claims.declared_claims(), facts.declared_facts(), words.labels()),
        *(questions.questions(choice.year, choice.data), questions.scales(choice.year, choice.data)),
    )
    return {shelf.kind: shelf.content() for shelf in shelves}


@dataclass(frozen=True)
class Found:
    """How far an edition is made already. plan: with all that is known. The rest: what is there, None where it must be made."""

    plan: Plan
    annexes: dict[str, Step]
    decision: dict | None
    pages: dict[str, Step]
    facts: bytes | None


def found(plan: Plan, contents: Mapping[str, Mapping]) -> Found:
    """What is there of the steps of a plan, one after the other: each is looked for when all before it are there."""
    annexes = _there(plan.annexes, "annexes", contents)
    plan = replace(plan, annexes=plan.annexes | annexes)
    if set(annexes) != set(plan.annexes):
        return Found(plan, annexes, None, {}, None)
    threshold = contents["assumption"].get("publication_threshold")
    plan = plan.with_ledgers(
        {name: _told(plan, _hash("ledgers", step)) for name, step in annexes.items()}, threshold, earlier.states(plan.choice)
    )
    made = cache.get("decisions", plan.decision.key)
    if made is None:
        return Found(plan, annexes, None, {}, None)
    decision = json.loads(made)
    drafts = {name: _told(plan, _hash("annexes", step)) for name, step in annexes.items()}
    withheld = {name: _told(plan, digest(hidden)) for name, hidden in decision["withheld"].items()}
    plan = plan.with_decision(drafts, withheld, decision["public"])
    pages = _there(plan.pages, "pages", contents)
    plan = replace(plan, pages=plan.pages | pages)
    if set(pages) != set(plan.pages):
        return Found(plan, annexes, decision, pages, None)
    plan = plan.with_pages({name: _hash("pages", step) for name, step in pages.items()})
    content = cache.get("facts", plan.facts.key)
    if content is not None:
        plan = plan.with_facts(hashlib.sha256(content).hexdigest())
    return Found(plan, annexes, decision, pages, content)


def _told(plan: Plan, known: str) -> str:
    """A hash as the record of a build tells it: of what is not public only to who has the key."""
    return keyed(known, str(ROOT)) if plan.choice.data == "real" else known


def _hash(kind: str, step: Step) -> str:
    return hashlib.sha256(cache.get(kind, step.key) or b"").hexdigest()


def _there(steps: Mapping[str, Step], kind: str, contents: Mapping[str, Mapping]) -> dict[str, Step]:
    """The steps whose results are kept, with what they read through the door."""
    there = {}
    for name, step in steps.items():
        for reading in _readings(step):
            candidate = step.having_read(door.states(reading, contents))
            if cache.get(kind, candidate.key) is not None:
                there[name] = candidate
                break
    return there


def _readings(step: Step) -> list[list[door.Item]]:
    kept = cache.get(_KIND, step.key)
    return [] if kept is None else [[tuple(item) for item in reading] for reading in json.loads(kept)]


def remember(step: Step, reading: list[door.Item]) -> None:
    """Note what a step read when it ran. step: as planned, without what it read."""
    readings = [reading, *(one for one in _readings(step) if one != reading)][:_REMEMBERED]
    cache.put(_KIND, step.key, json.dumps(readings).encode())
