"""From deliveries to results: what the plan says must run is run, at once where it can be, and only a whole edition counts."""

from __future__ import annotations

import contextlib
import functools
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from .. import chain
from ..choice import EDITIONS, PUBLIC, Choice
from ..declared.assumptions import assumption
from ..declared.year_file import YearError, YearFile, load_year, require_complete
from ..machine import cache, imports, progress, snapshot, warm
from ..paths import ROOT
from . import begin, execute, items, results, site, tables
from .begin import WORK
from .execute import Failed
from .plan import Plan, Step, as_record, libraries_of_annexes, make_plan, outlines
from .steps import function_of

# Imported before there is a plan, in this order; the plan adds what is missing.
TABLES = ("numpy", "pandas", "pyarrow.parquet")
READING_LIBRARIES = (*TABLES, "pandera.pandas", "duckdb")  # all that the reading of deliveries waits for
ANNEX_LIBRARIES = (*TABLES, "altair", "IPython.core.interactiveshell", "jupytext", "papermill")
FIRST_USE = "missions.machine.first_use"
_AT_MOST = 3  # times that a build begins anew because somebody saves a file meanwhile


@dataclass(frozen=True)
class Running:
    """What all parts of one build share.

    stamps: of all sources, from before anything was read: what is written from then on is noticed. resident: the processes
    outlive this build, so that they may not import modules of ours. before: the steps of the last build.
    """

    choice: Choice
    year_file: YearFile
    processes: warm.Processes
    stamps: dict[str, list[int]]
    resident: bool
    scheduler: str | None
    before: dict | None

    def require_untouched(self) -> None:
        snapshot.require_untouched(self.stamps, self.choice.data)


def build(choice: Choice, processes: warm.Processes, scheduler: str | None = None, resident: bool = False) -> None:
    """The whole way from deliveries to results; tells what was made and where it is. Only for whoever has the lock.

    scheduler: address of a Dask scheduler that runs the annexes. resident: whether the processes are for many builds in a row.
    Errors: YearError, StepFailed, Failed.
    """
    start = time.perf_counter()
    require_complete(load_year(choice.year, choice.data))
    if scheduler:
        from . import cluster  # needs the extra of that name

        cluster.require_private(scheduler, choice)
    chain.require_whole()  # a release is not halfway, because it holds the lock too
    results.clear_left_overs()
    if choice.edition == PUBLIC:
        results.remove_internal_preview()
    for _ in range(_AT_MOST):
        try:
            _build_once(choice, processes, scheduler, resident)
            break
        except (snapshot.Changed, warm.StepFailed) as error:
            if getattr(error, "cause", "Changed") != "Changed":
                raise
            progress.clear()
            progress.say(f"{error} was saved while it was used; once more")
            if not resident:
                processes.close()  # they may have imported what was changed
    else:
        raise Failed("files keep changing while the build runs; nothing was replaced")
    cache.prune()
    print(f"\nReady in {time.perf_counter() - start:.1f} s:\n{results.told(results.where(choice.preview))}", flush=True)


def plan_of(
    choice: Choice,
    year_file: YearFile,
    sources: dict,
    environment: dict,
    read: Callable[[dict[str, Step]], object],
    commit: str = "",
) -> Plan:
    """read: reads all deliveries, when they were not read yet from these inputs."""
    if choice.edition not in EDITIONS:
        raise YearError(f"EDITION={choice.edition}: choose one of {', '.join(EDITIONS)}")

    def tables_of(deliveries: dict[str, Step]) -> tables.Tables | None:
        keys = {name: step.key for name, step in deliveries.items()}
        known = tables.validated(choice, keys)
        if known is None and read(deliveries):
            known = tables.validated(choice, keys)
        return known

    return make_plan(choice, year_file, sources, environment, tables_of, commit)


def _build_once(choice: Choice, processes: warm.Processes, scheduler: str | None, resident: bool) -> None:
    """Errors: Changed when a source was saved meanwhile; then the results may be inconsistent, and are thrown away."""
    place = results.where(choice.preview)
    stamps = snapshot.stamps(choice.data)
    sources, environment, commit = snapshot.sources(choice.data), snapshot.environment(), results.commit(choice)
    before = results.last(place)
    year_file = load_year(choice.year, choice.data)
    now = Running(choice, year_file, processes, stamps, resident, scheduler, before.get("steps"))
    # Importing takes longer than planning: what the rest of the build will wait for begins at once.
    changed = snapshot.differing(sources, before.get("sources", {}))
    if any(name.startswith(("analysis/", "data/")) for name in changed):
        reads = any(name.startswith("data/") for name in changed)
        processes.get("runner", (*READING_LIBRARIES, *ANNEX_LIBRARIES) if reads else ANNEX_LIBRARIES)
    else:
        begin.printer(processes)

    def read(deliveries: dict[str, Step]) -> bool:
        meanwhile = libraries_of_annexes(year_file) + ([] if resident else [FIRST_USE])
        return _read_deliveries(now, meanwhile, deliveries)

    plan = plan_of(choice, year_file, sources, environment, read, commit)
    imports.keep()
    contents, planned = items.contents(choice), plan
    found = items.found(planned, contents)
    record = {"options": choice.options, "sources": sources, "environment": environment, "commit": commit}
    record["outlines"] = outlines(sources)
    if found.facts is not None and before and _keys(before["steps"]) == _keys(as_record(found.plan)):
        print("nothing that this edition rests on has changed")
        results.renew_record(place, before | record | {"steps": as_record(found.plan)})
        return
    used = frozenset().union(*(step.files for step in plan.steps))
    imports.compile_by_content(ROOT / name for name in used if name.endswith(".py"))
    with contextlib.ExitStack() as cleaning:
        gathered = results.fresh(place, before)
        cleaning.callback(shutil.rmtree, gathered.folder, ignore_errors=True)
        printer = begin.printer(processes)
        readable = sorted(str(ROOT / name) for name in plan.site.files)
        _open_book(printer, now, plan, readable, idle=found.facts is None)
        if not choice.preview:
            printer.prepare(site.PDF_LIBRARIES)
        if found.annexes:
            progress.say(f"{len(found.annexes)} annexes are kept: nothing that they rest on has changed")
        try:
            for make in (_run_annexes, _decide, _make_pages, _make_facts):
                if found.facts is None:
                    make(now, found, contents)
                    found = items.found(planned, contents)
            plan = found.plan
        except BaseException:
            if not resident:  # else it goes on waiting
                _close_book(printer)
            raise
        site.put_pages(WORK, {name: step.key for name, step in plan.pages.items()}, plan.facts.key)
        _print_book(printer, now, plan, readable)
        gathered.copy(WORK / "html", "html", commit)
        if not choice.preview:
            _complete(now, gathered, plan, environment, printer)
        # PRIVACY: pages of another edition, on which this one could not build, do not stay behind.
        shutil.rmtree(WORK / "tmp", ignore_errors=True)
        now.require_untouched()
        results.put_in_place(gathered, record | {"steps": as_record(plan)})
        if resident:
            _open_book(printer, now, plan, readable, idle=True)  # ahead, for what is saved next


def _keys(steps: dict[str, dict]) -> dict[str, str]:
    return {name: step["key"] for name, step in steps.items()}


def _run_annexes(now: Running, found: items.Found, contents: dict) -> None:
    """Run the annexes whose drafts are not there."""
    missing = [step for name, step in found.plan.annexes.items() if name not in found.annexes]
    libraries = sorted(frozenset().union(*(step.libraries for step in missing)))
    libraries += [FIRST_USE] if missing and not now.resident else []
    if not missing:
        return
    runner = now.processes.get("runner", ())
    runner.prepare([*libraries, *sorted(found.plan.decision.libraries | found.plan.facts.libraries)])
    if not now.resident:
        runner.prepare(_modules((*missing, found.plan.decision, *found.plan.pages.values(), found.plan.facts)))
    now.require_untouched()
    run = functools.partial(execute.run_annexes, runner)
    if now.scheduler:
        from . import cluster

        run = functools.partial(cluster.run_annexes, now.scheduler)
    run(missing, now.year_file, now.choice, contents, now.before, now.require_untouched)


def _decide(now: Running, found: items.Found, contents: dict) -> None:
    """Decide what of all drafts together is shown. Errors: Failed where an attack on real deliveries finds anything."""
    step = found.plan.decision
    if found.decision is None:
        runner = now.processes.get("runner", sorted(step.libraries))
        keys = {name: annex.key for name, annex in found.annexes.items()}
        threshold = assumption("publication_threshold", now.choice.year)
        readable = sorted(str(ROOT / name) for name in step.files)
        progress.begin("disclosure", 0, "what may be shown, decided over everything together")
        made = warm.result(runner, "decision", function_of("decision"), now.choice, threshold, keys, readable)
        now.require_untouched()
        cache.put("decisions", step.key, made.encode("utf-8"))
        progress.end("disclosure")
    findings = json.loads(cache.require("decisions", step.key))["findings"]
    if findings and now.choice.data != "sample" and not now.choice.preview:
        raise Failed(
            f"{len(findings)} numbers could be found out from what would be shown, so that nothing is published:\n"
            + "\n".join(findings)
        )


def _make_pages(now: Running, found: items.Found, contents: dict) -> None:
    """Make the pages that are not there, from drafts and decision."""
    missing = {name: step for name, step in found.plan.pages.items() if name not in found.pages}
    if missing:
        libraries = frozenset().union(*(step.libraries for step in missing.values()))
        runner = now.processes.get("runner", sorted(libraries))
        renderer = now.processes.renderer() if warm.CAN_FORK else None
        withheld = found.decision["withheld"]
        execute.make_pages(runner, renderer, found.annexes, missing, withheld, contents, now.require_untouched)


def _make_facts(now: Running, found: items.Found, contents: dict) -> None:
    plan = found.plan
    keys = {name: step.key for name, step in plan.pages.items()}
    readable = sorted(str(ROOT / name) for name in plan.facts.files)
    runner = now.processes.get("runner", sorted(plan.facts.libraries))
    progress.begin("facts", 0, "collected and checked")
    facts = warm.result(runner, "facts", function_of("facts"), now.choice, keys, found.decision["public"], readable)
    now.require_untouched()
    cache.put("facts", plan.facts.key, facts.encode("utf-8"))
    progress.end("facts")


def _read_deliveries(now: Running, meanwhile: list[str], deliveries: dict[str, Step]) -> bool:
    """Read and judge all deliveries into the validated tables. Errors: StepFailed with everything that is wrong.

    meanwhile: what the annexes will need, imported while the deliveries are read.
    """
    runner = now.processes.get("runner", READING_LIBRARIES)
    runner.prepare(meanwhile)
    enough_to_read = 1 + max(map(runner.modules.index, READING_LIBRARIES))
    keys = {name: step.key for name, step in deliveries.items()}
    readable = {name: sorted(str(ROOT / file) for file in step.files) for name, step in deliveries.items()}
    # Nothing else of the year file decides about tables: a date or a signature reads no delivery again.
    year_file = replace(now.year_file, reference=None, dates={}, annexes={}, notebooks={}, waivers={}, signatures={})
    arguments = (now.choice, year_file, keys, readable, now.stamps)
    progress.begin("deliveries", len(deliveries), "read and judged")
    told = warm.result(
        runner, "deliveries", function_of("delivery"), *arguments, needs=enough_to_read,
        tell=lambda name: progress.step("deliveries", name),
    )  # fmt: skip
    progress.end("deliveries")
    progress.say(told)
    return True


def _modules(steps: tuple[Step, ...]) -> list[str]:
    """The modules of ours that steps import."""
    files = frozenset().union(*(step.files for step in steps))
    found = [Path(name).with_suffix("") for name in files if name.startswith("analysis/missions/") and name.endswith(".py")]
    return sorted(".".join(path.parts[1:]).removesuffix(".__init__") for path in found)


def _open_book(printer: warm.Warm, now: Running, plan: Plan, readable: list[str], idle: bool) -> None:
    """Start Sphinx, which takes a while before it needs a page; unless it was started ahead for just this.

    idle: whether it will have to wait.
    """
    arguments = (str(WORK), plan.shape, readable, now.choice)
    if printer.ahead.get("site") == arguments:
        return
    _close_book(printer)
    printer.submit("site", function_of("site"), *arguments, idle, hears=True)
    printer.ahead["site"] = arguments


def _close_book(printer: warm.Warm) -> None:
    """There will be no pages: leave the process as it was, for the next build."""
    if "site" in printer.running:
        with contextlib.suppress(OSError, warm.StepFailed):
            printer.say("site", None)
            for _ in warm.events(printer):
                pass


def _print_book(printer: warm.Warm, now: Running, plan: Plan, readable: list[str]) -> None:
    """The site, and the PDFs as soon as all pages have been read (or the site is ready because nothing had to be read)."""
    printer.ahead.clear()
    printer.say("site", now.stamps)
    begun = now.choice.preview
    progress.begin("site", 0, "Jupyter Book reads and writes pages")
    for job, kind, payload in warm.events(printer):
        if kind == "failed":
            raise warm.StepFailed(**payload)
        if not begun:
            begun = True
            progress.begin("PDFs", len(plan.pdfs), "made of the same pages")
            printer.submit("PDFs", function_of("pdf"), str(WORK), readable, now.choice, now.stamps)
        elif kind == "told" and job == "PDFs":
            progress.step("PDFs", str(payload))
        if kind == "done":
            progress.end(job)


def _complete(now: Running, gathered: results.Gathering, plan: Plan, environment: dict, printer: warm.Warm) -> None:
    """What an edition has besides its site: PDFs, facts, the pages as the annexes made them, and the record of their making."""
    for name in ("pdf", "html/pdf"):
        gathered.copy(WORK / "pdf", name)
    gathered.write("facts.json", (WORK / "facts.json").read_bytes())
    runs = {}
    for name, step in plan.annexes.items():
        gathered.write(f"annexes/{name}.ipynb", cache.get("pages", plan.pages[name].key))
        inputs = {file: step.inputs[file] for file in step.files}
        for table in step.tables:
            inputs |= {file: known for file, known in plan.deliveries[table].inputs.items() if file.startswith("data/")}
        runs[name] = {
            "notebook": f"analysis/annexes/{now.year_file.notebooks[now.year_file.annex_of(name)]}.py",
            "inputs": inputs,
            "parameters": {"year": now.choice.year, "deliveries": now.choice.data, **now.year_file.parameters_of(name)},
            **json.loads(cache.get("runs", step.key) or b"{}"),
        }
    book = [(name, plan.site.inputs[name]) for name in sorted(plan.site.files)]
    readable = sorted(str(ROOT / name) for name in plan.edition.files)
    warm.result(printer, "record", function_of("record"), str(gathered.folder), now.choice, runs, environment, book, readable)
