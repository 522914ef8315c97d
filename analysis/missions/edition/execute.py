"""Runs annexes: every one in a process of its own, all cores at once, and all of them to the end, also when one fails."""

from __future__ import annotations

import datetime
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from ..declared.year_file import YearFile
from ..machine import cache, warm
from ..paths import ROOT, table_files
from .plan import Step, why

SCRATCH = ROOT / "_build" / ".scratch"
FAILED = ROOT / "_build" / "failed"  # partly executed notebooks of annexes that failed


class Failed(RuntimeError):
    """Annexes that failed; the message names each and what is wrong."""


def run_annexes(
    runner: warm.Warm,
    renderer: str | None,
    steps: list[Step],
    year: YearFile,
    world: str,
    before: dict | None,
    require_untouched: Callable[[], None],
) -> None:
    """Run annexes and keep their pages under their keys.

    renderer: address of the renderer of charts that they share. before: the steps of the last build, to say what changed.
    require_untouched: raises Changed when a source is not what it was when the keys were made.

    Errors: Failed after all have finished, Changed.
    """
    began, failures = {}, []
    function = "run_annex" if warm.CAN_FORK else "run_in_kernel"
    # PRIVACY: a notebook as executed has not passed disclosure; what a killed build leaves is cleared by the next one.
    SCRATCH.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=SCRATCH, ignore_cleanup_errors=True) as scratch:
        for step in steps:
            began[step.name] = now()
            own = Path(scratch) / step.key
            own.mkdir()
            runner.submit(step.name, f"missions.edition.annex:{function}", *arguments_for(step, year, world), str(own), renderer)
        known = {step.name: step for step in steps}
        for job, kind, payload in warm.events(runner):
            if kind == "told":
                _progress(job, payload)
            elif kind == "failed":
                executed = Path(scratch) / known[job].key / f"{job.partition(' ')[2]}.ipynb"
                failures.append(payload["message"] + fail_with(known[job], executed.read_bytes() if executed.is_file() else None))
                print(f"  {job}: FAILED", flush=True)
            else:
                keep(known[job], payload, began[job], require_untouched)
                print(f"  {job}: made, {why(known[job], before)}", flush=True)
    if failures:
        raise Failed("\n\n".join(sorted(failures)))


def fail_with(step: Step, notebook: bytes | None) -> str:
    """Keep the notebook of a failed annex as far as it came; returns where, for the message."""
    if notebook is None:
        return ""
    path = FAILED / f"{step.name.partition(' ')[2]}.ipynb"
    cache.write_whole(path, notebook)
    return f"\nas far as it came: {path.relative_to(ROOT).as_posix()}"


def arguments_for(step: Step, year: YearFile, world: str) -> tuple:
    """What `run_annex` must be given, wherever it runs."""
    name = step.name.partition(" ")[2]
    tables = [path for table in step.tables for path in table_files(table, year.reporting_year, world)]
    readable = [str(path) for path in (*(ROOT / file for file in sorted(step.files)), *tables)]
    return name, year.reporting_year, world, readable


def keep(step: Step, page: str, began: str, require_untouched: Callable[[], None]) -> None:
    """Keep a page under the key of its step. Errors: Changed when what the key stands for was changed meanwhile."""
    require_untouched()
    cache.put("runs", step.key, json.dumps({"started": began, "ended": now()}).encode())
    cache.put("annexes", step.key, page.encode("utf-8"))
    (FAILED / f"{step.name.partition(' ')[2]}.ipynb").unlink(missing_ok=True)


def _progress(job: str, told: object) -> None:
    if sys.stdout.isatty():
        print(f"  {job}: {told}   ", end="\r", flush=True)


def now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
