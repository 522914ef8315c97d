"""What annexes read through the door (missions.declared.door): handed over to them, remembered, and part of their keys.

An annex is looked up in two steps. Its notebook, code, tables and parameters are known beforehand; what it reads of labels,
assumptions and other small files is known from the times that it ran. Where one of those readings would give the same now, its
page is the one that it made then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace

from ..choice import INTERNAL, Choice
from ..declared import assumptions, citation, claims, door, errata, facts, questions, redacted
from ..machine import cache
from ..present import words
from .plan import Plan, Step

_KIND = "readings"
_REMEMBERED = 20  # readings of one annex, the latest first


def contents(choice: Choice) -> dict[str, Mapping]:
    """All that annexes may read of small files, by kind, as it is now.

    Errors: DeclaredError, also for the small files that only the book reads: nothing is made before all of them are good.
    """
    door.open_anew()
    citation.citation(), errata.declared_errata().content()
    if choice.edition == INTERNAL:
        redacted.read_redacted(choice.year)
    shelves = (
        *(assumptions.all_assumptions(), claims.declared_claims(), facts.declared_facts(), words.labels()),
        *(questions.questions(choice.year, choice.data), questions.scales(choice.year, choice.data)),
    )
    return {shelf.kind: shelf.content() for shelf in shelves}


def found(plan: Plan, contents: Mapping[str, Mapping]) -> dict[str, Step]:
    """The annexes whose pages are there, with what they read."""
    known = {}
    for name, step in plan.annexes.items():
        for reading in _readings(step):
            candidate = step.having_read(door.states(reading, contents))
            if cache.get("annexes", candidate.key) is not None:
                known[name] = candidate
                break
    return known


def _readings(step: Step) -> list[list[door.Item]]:
    kept = cache.get(_KIND, step.key)
    return [] if kept is None else [[tuple(item) for item in reading] for reading in json.loads(kept)]


def remember(step: Step, reading: list[door.Item]) -> None:
    """Note what an annex read when it ran. step: as planned, without what it read."""
    readings = [reading, *(one for one in _readings(step) if one != reading)][:_REMEMBERED]
    cache.put(_KIND, step.key, json.dumps(readings).encode())


def completed(plan: Plan, known: dict[str, Step]) -> tuple[Plan, bytes | None]:
    """The plan as far as it can be known: with the annexes that are there and, where all are, with the facts if they are too."""
    plan = replace(plan, annexes={name: known.get(name, step) for name, step in plan.annexes.items()})
    if set(known) != set(plan.annexes):
        return plan, None
    pages = {name: hashlib.sha256(cache.get("annexes", step.key) or b"").hexdigest() for name, step in plan.annexes.items()}
    plan = plan.with_annexes(plan.annexes, pages)
    content = cache.get("facts", plan.facts.key)
    return (plan, None) if content is None else (plan.with_facts(hashlib.sha256(content).hexdigest()), content)
