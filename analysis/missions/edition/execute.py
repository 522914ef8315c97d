"""Runs annexes: every one in a process of its own, all cores at once, and all of them to the end, also when one fails."""

from __future__ import annotations

import datetime
import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from ..choice import ENGINE_PARAMETERS, Choice
from ..declared import door
from ..declared.year_file import YearFile
from ..machine import cache, progress, warm
from ..paths import ROOT, STATE, shown, table_files
from ..present.renderer import MIME
from . import items
from .plan import Step, why
from .steps import function_of

SCRATCH = STATE / "scratch"
FAILED = STATE / "failed"  # partly executed notebooks of annexes that failed


class Failed(RuntimeError):
    """Annexes that failed; the message names each and what is wrong."""


def run_annexes(
    runner: warm.Warm,
    steps: list[Step],
    year_file: YearFile,
    choice: Choice,
    contents: Mapping[str, Mapping],
    before: dict | None,
    require_untouched: Callable[[], None],
) -> dict[str, Step]:
    """Run annexes and keep drafts and ledgers under their keys; returns annex -> its step with what it read through the door.

    contents: of the shelves that they may read from. before: the
    steps of the last build, to say what changed. require_untouched: raises Changed when a source is not what it was when the
    keys were made.

    Errors: Failed after all have finished, Changed.
    """
    began, failures, made, packed = {}, [], {}, door.packed(contents)
    # PRIVACY: a notebook as executed has not passed disclosure; what a killed build leaves is cleared by the next one.
    cache.make_folder(SCRATCH)
    with tempfile.TemporaryDirectory(dir=SCRATCH, ignore_cleanup_errors=True) as scratch:
        for step in steps:
            began[step.name] = now()
            own = Path(scratch) / step.key
            own.mkdir()
            arguments = (*arguments_for(step, year_file, choice), packed, str(own))
            runner.submit(step.name, function_of("annex"), *arguments)
        known = {step.name: step for step in steps}
        progress.begin("annexes", len(steps), "Papermill runs them")
        for job, kind, payload in warm.events(runner):
            if kind == "told":
                progress.at_work("annexes", f"{job}: {payload}")
            elif kind == "failed":
                executed = Path(scratch) / known[job].key / f"{job.partition(' ')[2]}.ipynb"
                failures.append(payload["message"] + fail_with(known[job], executed.read_bytes() if executed.is_file() else None))
                progress.step("annexes", f"{job}: FAILED")
            else:
                step = keep(known[job], payload, contents, began[job], require_untouched)
                made[job.partition(" ")[2]] = step
                progress.step("annexes", f"{job}: made, {why(step, before)}")
        progress.end("annexes")
    if failures:
        raise Failed("\n\n".join(sorted(failures)))
    return made


def make_pages(
    runner: warm.Warm,
    renderer: str | None,
    drafts: Mapping[str, Step],
    steps: Mapping[str, Step],
    withheld: Mapping[str, dict],
    contents: Mapping[str, Mapping],
    require_untouched: Callable[[], None],
) -> None:
    """Make pages of drafts, now that it is decided what is withheld of them, and keep them under their keys.

    renderer: address of the renderer of charts that they share. drafts: annex -> the step that made its draft. steps: annex ->
    the step of its page. Errors: Failed after all have finished, Changed.
    """
    failures, packed = [], door.packed(contents)
    for name, step in steps.items():
        readable = sorted(str(ROOT / file) for file in step.files)
        runner.submit(name, function_of("page"), name, drafts[name].key, withheld[name], readable, packed, renderer)
    progress.begin("pages", len(steps), "of what may be shown")
    for name, kind, payload in warm.events(runner):
        if kind == "failed":
            failures.append(payload["message"])
        elif kind == "done":
            require_untouched()
            page, reading = payload
            cache.put("pages", steps[name].having_read(door.states(reading, contents)).key, page.encode("utf-8"))
            items.remember(steps[name], reading)
            progress.step("pages", name)
    progress.end("pages")
    if failures:
        raise Failed("\n\n".join(sorted(failures)))


def fail_with(step: Step, notebook: bytes | None) -> str:
    """Keep the notebook of a failed annex as far as it came; returns where, for the message."""
    if notebook is None:
        return ""
    path = FAILED / f"{step.name.partition(' ')[2]}.ipynb"
    cache.write_whole(path, notebook)
    return f"\nas far as it came: {shown(path)}"


def arguments_for(step: Step, year_file: YearFile, choice: Choice) -> tuple[str, str, dict, list[str]]:
    """What an annex must be given, wherever it runs: name, notebook, parameters by name, the files that it may read."""
    name = step.name.partition(" ")[2]
    tables = [path for table in step.tables for path in table_files(table, choice.year, choice.data)]
    readable = [str(path) for path in (*(ROOT / file for file in sorted(step.files)), *tables)]
    given = dict(zip(ENGINE_PARAMETERS, (choice.year, choice.data), strict=True)) | year_file.parameters_of(name)
    return name, year_file.notebooks[year_file.annex_of(name)], given, readable


def keep(
    step: Step,
    result: tuple[str, list[door.Item]],
    contents: Mapping[str, Mapping],
    began: str,
    require_untouched: Callable[[], None],
) -> Step:
    """Keep a draft and its ledger under the key of their step, which is complete now that it is known what was read.

    result: the draft, and the items that were read. Errors: Changed when what the key stands for was changed meanwhile.
    """
    require_untouched()
    page, reading = result
    whole = step.having_read(door.states(reading, contents))
    cache.put("runs", whole.key, json.dumps({"started": began, "ended": now()}).encode())
    ledger = json.dumps(_ledger_of(json.loads(page)), ensure_ascii=False)
    cache.put("ledgers", whole.key, ledger.encode("utf-8"))
    cache.put("annexes", whole.key, page.encode("utf-8"))
    items.remember(step, reading)
    (FAILED / f"{step.name.partition(' ')[2]}.ipynb").unlink(missing_ok=True)
    return whole


def _ledger_of(draft: dict) -> dict[str, dict]:
    """What a draft of a page would show of rows that must be decided: key -> row (missions.disclosure.cells)."""
    ledger: dict[str, dict] = {}
    for payload in (output["data"][MIME] for cell in draft["cells"] for output in cell.get("outputs", [])):
        for row in payload.get("ledger", ()):
            known = ledger.get(row["key"], row)
            ledger[row["key"]] = row | {"headline": row["headline"] or known["headline"]}
    return dict(sorted(ledger.items()))


def now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
