"""What a build would make, and why: told without making anything."""

from __future__ import annotations

import json
import re

from ..choice import Choice
from ..declared import door
from ..declared.documents import pdf_documents
from ..declared.year_file import YearError, load_year
from ..machine import cache, snapshot
from ..present import shelves
from . import build, items, results, tables
from .plan import Plan, Step, differing, in_words, outlines, shapes

_SAID = re.compile(r" (changed|is new|is gone)$")
# Inputs that are not known before the annexes are made.
_NOT_KNOWN = re.compile(
    r"(ledger of annex|draft|what is withheld|report of the decision|page of annex|content of the facts|facts|site|pdf|annex"
    r"|decision|page|assumption) ?.* is gone$"
)
READINGS = "readings.json"  # laid there by the extension of the book (reading/freshness.py)


def told(choice: Choice, name: str | None = None) -> str:
    """A line per step of a build: whether it would be made, and why; all reasons of one step when it is named.

    Errors: YearError for a step that there is not.
    """
    year_file, sources, environment = load_year(choice.year, choice.data), snapshot.sources(choice.data), snapshot.environment()
    plan = build.plan_of(choice, year_file, sources, environment, lambda deliveries: None, results.commit(choice))
    contents = items.contents(choice)
    found = items.found(plan, contents)
    plan, known, facts = found.plan, found.annexes, found.facts
    record = results.last(results.where(choice.preview))
    before = record.get("steps")
    reasons = {step.name: differing(_expected(step, known, before, contents), before) for step in plan.steps}
    if running := [f"annex {name} is made" for name in plan.annexes if name not in known]:
        for step in (plan.decision, *plan.pages.values(), plan.facts, plan.site, *plan.pdfs.values(), plan.edition):
            reasons[step.name] = [*(one for one in reasons[step.name] if not _NOT_KNOWN.match(one)), *running]
    if before and not choice.preview and (build.WORK / READINGS).is_file():
        reasons |= _of_pdfs(plan, known, facts, record, reasons)
    if name is not None:
        chosen = [step for step in reasons if name in (step, step.partition(" ")[2])]
        if not chosen:
            raise YearError(f"--why {name}: there is no such step (there are: {', '.join(reasons)})")
        return "\n".join(f"{step}: {reason}" for step in chosen for reason in reasons[step] or ["nothing has changed"])
    shown = [step for step in plan.steps if not (choice.preview and step.kind == "pdf")]
    return "\n".join(_line(step, choice, plan, known, reasons[step.name]) for step in shown)


def _expected(step: Step, known: dict[str, Step], before: dict | None, contents: dict) -> Step:
    """An annex that must run, with the state now of what it read when it ran last: the best guess of what it will read."""
    if step.kind not in ("annex", "page") or step.name.partition(" ")[2] in known:
        return step
    old = (before or {}).get(step.name, {"inputs": {}})["inputs"]
    found = [(kind, name.removeprefix(f"{kind} ")) for name in old for kind in contents if name.startswith(f"{kind} ")]
    return step.having_read(door.states(found, contents))


def _line(step: Step, choice: Choice, plan: Plan, known: dict[str, Step], reasons: list[str]) -> str:
    match step.kind:
        case "delivery":
            made = tables.validated(choice, {name: one.key for name, one in plan.deliveries.items()}) is not None
        case "annex":
            made = step.name.partition(" ")[2] in known
        case "decision":
            made = len(known) == len(plan.annexes) and cache.get("decisions", step.key) is not None
        case "page":
            made = cache.get("pages", step.key) is not None
        case "facts":
            made = len(known) == len(plan.annexes) and cache.get("facts", step.key) is not None
        case _:
            made = not reasons
    if made:
        return f"keep  {step.name}" + (" (made before from the same inputs)" if reasons else "")
    return f"make  {step.name}: {in_words(reasons)}"


def _of_pdfs(
    plan: Plan, known: dict[str, Step], facts: bytes | None, record: dict, reasons: dict[str, list[str]]
) -> dict[str, list[str]]:
    """PDF -> why its content can differ: its looks, what its pages read, or titles and numbers anywhere in the book."""
    content = facts or (results.where() / "facts.json").read_bytes()
    shelves.open_edition(lambda: json.loads(content))
    door.open_anew()
    readings = json.loads((build.WORK / READINGS).read_bytes())
    running = {name for name in plan.annexes if name not in known}
    outline = outlines(record["sources"].keys() & snapshot.sources(plan.choice.data).keys())
    moved = [f"titles or numbers in {name} changed" for name in sorted(outline) if outline[name] != record["outlines"].get(name)]
    now: dict[tuple[str, str], str | None] = {}

    def of_page(page: str) -> list[str]:
        annex = page.removeprefix("book/annexes/")
        if annex in running:
            return [f"annex {annex} is made"]
        found = []
        for kind, key, before in readings.get(page, []):
            if kind == "fact" and shelves.FACTS.content().get(key, {"origin": {"annex": ""}})["origin"]["annex"] in running:
                found.append(f"{kind} {key} may change")
            elif not (kind in ("file", "text") and key.startswith("book/annexes/")) and kind != "page":
                if (kind, key) not in now:
                    now[kind, key] = door.state(kind, key)
                found += [f"{key if kind in ('file', 'text') else f'{kind} {key}'} changed"] if now[kind, key] != before else []
        return found

    documents = {one["name"]: one["pages"] for one in pdf_documents(list(readings))}
    found = {}
    for name, step in plan.pdfs.items():
        # Of what the PDF itself rests on only its looks count; for texts and figures its pages speak.
        looks = [reason for reason in reasons[step.name] if shapes(_SAID.sub("", reason))]
        pages = documents.get(name, [])
        found[step.name] = list(dict.fromkeys([*looks, *(reason for page in pages for reason in of_page(page)), *moved]))
    return found
