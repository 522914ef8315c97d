"""What a build would make, and why: told without making anything."""

from __future__ import annotations

from ..choice import Choice
from ..declared import door
from ..declared.year_file import YearError
from ..machine import cache, snapshot
from . import build, items, results, tables
from .plan import Plan, Step, why


def told(choice: Choice, name: str | None = None) -> str:
    """A line per step of a build: whether it would be made, and why; all reasons of one step when it is named.

    Errors: YearError for a step that there is not.
    """
    sources, environment = snapshot.sources(choice.data), snapshot.environment()
    _, plan = build.plan_of(choice, sources, environment, lambda deliveries: None, snapshot.commit())
    contents = items.contents(choice)
    known = items.found(plan, contents)
    plan, _ = items.completed(plan, known)
    before = results.last(results.where(choice.preview)).get("steps")
    steps = [_expected(step, known, before, contents) for step in plan.steps]
    if name is None:
        return "\n".join(
            _line(step, choice, plan, before, known) for step in steps if not (choice.preview and step.kind == "pdf")
        )
    chosen = [step for step in steps if name in (step.name, step.name.partition(" ")[2])]
    if not chosen:
        raise YearError(f"--why {name}: there is no such step (there are: {', '.join(step.name for step in steps)})")
    return "\n".join(f"{step.name}: {reason}" for step in chosen for reason in why(step, before, shown=None).split(", "))


def _expected(step: Step, known: dict[str, Step], before: dict | None, contents: dict) -> Step:
    """An annex that must run, with the state now of what it read when it ran last: the best guess of what it will read."""
    if step.kind != "annex" or step.name.partition(" ")[2] in known:
        return step
    old = (before or {}).get(step.name, {"inputs": {}})["inputs"]
    found = [(kind, name.removeprefix(f"{kind} ")) for name in old for kind in contents if name.startswith(f"{kind} ")]
    return step.having_read(door.states(found, contents))


def _line(step: Step, choice: Choice, plan: Plan, before: dict | None, known: dict[str, Step]) -> str:
    same = before is not None and before.get(step.name, {}).get("key") == step.key
    match step.kind:
        case "delivery":
            made = tables.missions_of(choice, {name: one.key for name, one in plan.deliveries.items()}) is not None
        case "annex":
            made = step.name.partition(" ")[2] in known
        case "facts":
            made = len(known) == len(plan.annexes) and cache.get("facts", step.key) is not None
        case _:
            made = same
    if made:
        return f"keep  {step.name}" + ("" if same else " (made before from the same inputs)")
    return f"make  {step.name}: {why(step, before)}"
