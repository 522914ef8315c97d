"""From deliveries to `_build`: what the plan says must run is run, at once where it can be, and only a whole edition counts."""

from __future__ import annotations

import contextlib
import functools
import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ..choice import EDITIONS, PUBLIC
from ..declared.year_file import YearError, YearFile, load_year, require_complete
from ..machine import cache, snapshot, warm
from ..machine.imports import compile_by_content
from ..paths import ROOT
from . import execute, results, site
from .execute import Failed
from .plan import Plan, Step, as_record, libraries_of_annexes, make_plan, why

WORK = results.BUILD / ".work"  # what Sphinx builds upon; kept so that the next build is incremental
# Imported before there is a plan, in this order; the plan adds what is missing.
TABLES = ("numpy", "pandas", "pyarrow.parquet")
READING_LIBRARIES = (*TABLES, "pandera.pandas", "duckdb")  # all that the reading of deliveries waits for
ANNEX_LIBRARIES = (*TABLES, "altair", "IPython.core.interactiveshell", "jupytext", "papermill")
FIRST_USE = "missions.machine.first_use"
_AT_MOST = 3  # times that a build begins anew because somebody saves a file meanwhile


def build(
    reporting_year: int,
    world: str,
    edition: str,
    preview: bool = False,
    scheduler: str | None = None,
    processes: warm.Processes | None = None,
) -> None:
    """The whole way from deliveries to `_build`; tells what was made and where it is.

    preview: the site alone, into `_build/preview`. scheduler: address of a Dask scheduler that runs the annexes. processes: those
    of a build before, which have imported everything already; they stay. Errors: YearError, StepFailed, Failed.
    """
    start = time.perf_counter()
    pointer = results.PREVIEW if preview else results.FINAL
    require_complete(load_year(reporting_year, world))
    with contextlib.ExitStack() as until_done:
        lock = until_done.enter_context(locked())
        at_work = processes or until_done.enter_context(warm.processes(str(ROOT), (lock,)))
        results.clear_left_overs()
        if edition == PUBLIC:
            results.remove_internal_preview()
        for _ in range(_AT_MOST):
            try:
                _build_once(reporting_year, world, edition, pointer, at_work, scheduler, resident=processes is not None)
                break
            except (snapshot.Changed, warm.StepFailed) as error:
                if getattr(error, "cause", "Changed") != "Changed":
                    raise
                print(f"{error} was saved while it was used; once more", flush=True)
        else:
            raise Failed("files keep changing while the build runs; nothing was replaced")
        cache.prune()
    print(f"\nReady in {time.perf_counter() - start:.1f} s:\n{results.told(pointer)}", flush=True)


def tell_plan(reporting_year: int, world: str, edition: str, preview: bool = False) -> str:
    """A line per step of a build: whether it would run, and why."""
    sources, environment = snapshot.sources(world), snapshot.environment()
    year, plan = _plan(reporting_year, world, edition, sources, environment, lambda keys: None, snapshot.commit())
    before = results.last(results.PREVIEW if preview else results.FINAL).get("steps")
    has_tables = cache.has_tables(year.reporting_year, world, plan.delivery_keys)
    lines = []
    for step in plan.steps:
        if preview and step.kind == "pdf":
            continue
        same = before is not None and before.get(step.name, {}).get("key") == step.key
        kept = {"annex": "annexes", "facts": "facts"}.get(step.kind)
        made = has_tables if step.kind == "delivery" else same if kept is None else cache.get(kept, step.key) is not None
        if made:
            lines.append(f"keep  {step.name}" + ("" if same else " (made before from the same inputs)"))
        else:
            lines.append(f"run   {step.name}: {why(step, before)}")
    return "\n".join(lines)


@contextlib.contextmanager
def locked() -> Iterator[int]:
    """One build at a time. The lock is held by all processes of a build, so that none of an ended one can still be writing."""
    results.BUILD.mkdir(exist_ok=True)
    with open(results.BUILD / ".lock", "w", encoding="utf-8") as file:
        try:
            import fcntl
        except ImportError:  # a system without such locks
            yield file.fileno()
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another build is at work here; waiting for it ...", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def _plan(
    reporting_year: int,
    world: str,
    edition: str,
    sources: dict,
    environment: dict,
    read: Callable[[dict[str, str]], object],
    commit: str = "",
) -> tuple[YearFile, Plan]:
    """read: reads all deliveries, when they were not read yet from these inputs."""
    if edition not in EDITIONS:
        raise YearError(f"EDITION={edition}: choose one of {', '.join(EDITIONS)}")

    def missions_of(keys: dict[str, str]) -> list[str]:
        known = cache.missions(reporting_year, world, keys)
        if known is None and read(keys):
            known = cache.missions(reporting_year, world, keys)
        return known or []

    year = load_year(reporting_year, world)
    return year, make_plan(year, world, edition, sources, environment, missions_of, commit)


def _build_once(
    reporting_year: int,
    world: str,
    edition: str,
    pointer: str,
    processes: warm.Processes,
    scheduler: str | None,
    resident: bool,
) -> None:
    """resident: the processes outlive this build, so that they may not import modules of ours.

    Errors: Changed when a source was saved meanwhile; then the results may be of two minds, and are thrown away.
    """
    preview = pointer == results.PREVIEW
    stamps = snapshot.stamps(world)  # before anything is read: what is written from here on is noticed
    sources, environment, commit = snapshot.sources(world), snapshot.environment(), snapshot.commit()
    before = results.last(pointer)
    # Importing takes longer than planning: what the rest of the build will wait for begins at once.
    changed = snapshot.differing(sources, before.get("sources", {}))
    if any(name.startswith(("analysis/", "data/")) for name in changed):
        reads = any(name.startswith("data/") for name in changed)
        processes.get("runner", (*READING_LIBRARIES, *ANNEX_LIBRARIES) if reads else ANNEX_LIBRARIES)
    else:
        processes.get("printer", site.LIBRARIES)

    def read(keys: dict[str, str]) -> bool:
        meanwhile = libraries_of_annexes(load_year(reporting_year, world)) + ([] if resident else [FIRST_USE])
        return _read_deliveries(reporting_year, world, processes, stamps, meanwhile, keys)

    year, plan = _plan(reporting_year, world, edition, sources, environment, read, commit)
    record = {
        "options": [reporting_year, world, edition],
        "sources": sources,
        "environment": environment,
        "commit": commit,
        "steps": as_record(plan),
    }
    if before and {name: step["key"] for name, step in before["steps"].items()} == {step.name: step.key for step in plan.steps}:
        print("nothing that this edition rests on has changed")
        results.renew_record(pointer, before | record)
        return
    compile_by_content(frozenset(ROOT / name for step in plan.steps for name in step.files if name.endswith(".py")))
    with contextlib.ExitStack() as cleaning:
        folder = results.fresh()
        cleaning.callback(results.throw_away, folder, pointer)
        printer = processes.get("printer", site.LIBRARIES)
        _open_book(printer, plan, preview, world, stamps)
        if not preview:
            printer.prepare(site.PDF_LIBRARIES)
        try:
            _make_facts(year, plan, world, edition, before.get("steps"), processes, scheduler, stamps, resident)
        except BaseException:
            _close_book(printer)
            raise
        _print_book(printer, plan, preview, world, stamps)
        results.put(WORK / "html", folder, "html", pointer, commit)
        if not preview:
            _complete(folder, year, plan, world, environment, printer)
        # PRIVACY: pages of another edition, on which this one could not build, do not stay behind.
        shutil.rmtree(WORK / "tmp", ignore_errors=True)
        snapshot.require_untouched(stamps, world)
        results.put_in_place(folder, pointer, record)


def _make_facts(
    year: YearFile,
    plan: Plan,
    world: str,
    edition: str,
    before: dict | None,
    processes: warm.Processes,
    scheduler: str | None,
    stamps: dict[str, list[int]],
    resident: bool,
) -> None:
    """Read deliveries, run annexes and collect their facts, as far as the results are not there."""
    missing = [step for step in plan.annexes.values() if cache.get("annexes", step.key) is None]
    libraries = sorted(frozenset().union(*(step.libraries for step in missing)))
    libraries += [FIRST_USE] if missing and not resident else []
    if not cache.has_tables(year.reporting_year, world, plan.delivery_keys):
        _read_deliveries(year.reporting_year, world, processes, stamps, libraries, plan.delivery_keys)
    has_facts = not missing and cache.get("facts", plan.facts.key) is not None
    if not has_facts:
        runner = processes.get("runner", ())
        runner.prepare([*libraries, *sorted(plan.facts.libraries)])
        if not resident:
            runner.prepare(_modules((*missing, plan.facts)))
    for name, step in plan.annexes.items():
        if step not in missing:
            print(f"  annex {name}: kept, nothing that it rests on has changed", flush=True)
    renderer = processes.renderer() if missing and warm.CAN_FORK and not scheduler else None
    untouched = functools.partial(snapshot.require_untouched, stamps, world)
    untouched()
    if missing and scheduler:
        from . import cluster  # needs the extra of that name

        cluster.run_annexes(scheduler, missing, year, world, before, untouched)
    elif missing:
        execute.run_annexes(runner, renderer, missing, year, world, before, untouched)
    if not has_facts:
        keys = {name: step.key for name, step in plan.annexes.items()}
        facts = warm.result(runner, "facts", "missions.edition.facts:make_facts", keys, year.reporting_year, world, edition)
        untouched()
        cache.put("facts", plan.facts.key, facts.encode("utf-8"))


def _read_deliveries(
    reporting_year: int,
    world: str,
    processes: warm.Processes,
    stamps: dict[str, list[int]],
    meanwhile: list[str],
    keys: dict[str, str],
) -> bool:
    """Read and judge all deliveries into the validated tables. Errors: StepFailed with everything that is wrong.

    meanwhile: what the annexes will need, imported while the deliveries are read.
    """
    runner = processes.get("runner", READING_LIBRARIES)
    runner.prepare(meanwhile)
    enough_to_read = 1 + max(map(runner.modules.index, READING_LIBRARIES))
    arguments = (reporting_year, world, keys, stamps)
    told = warm.result(runner, "deliveries", "missions.edition.deliveries:validate", *arguments, needs=enough_to_read)
    print(told, flush=True)
    return True


def _modules(steps: tuple[Step, ...]) -> list[str]:
    """The modules of ours that steps import."""
    files = frozenset().union(*(step.files for step in steps))
    found = [Path(name).with_suffix("") for name in files if name.startswith("analysis/missions/") and name.endswith(".py")]
    return sorted(".".join(path.parts[1:]).removesuffix(".__init__") for path in found)


def _open_book(printer: warm.Warm, plan: Plan, preview: bool, world: str, stamps: dict[str, list[int]]) -> None:
    """Start Sphinx, which takes a while before it needs a page."""
    readable = sorted(str(ROOT / name) for name in plan.site.files)
    pages = {name: step.key for name, step in plan.annexes.items()}
    arguments = (str(WORK), plan.shape, pages, plan.facts.key, readable, world, stamps, not preview)
    printer.submit("site", "missions.edition.site:make_site", *arguments, hears=True)


def _close_book(printer: warm.Warm) -> None:
    """There will be no pages: leave the process as it was, for the next build."""
    with contextlib.suppress(OSError, warm.StepFailed):
        printer.say("site", False)
        for _ in warm.events(printer):
            pass


def _print_book(printer: warm.Warm, plan: Plan, preview: bool, world: str, stamps: dict[str, list[int]]) -> None:
    """The site, and the PDFs as soon as all pages have been read (or the site is ready because nothing had to be read)."""
    readable = sorted(str(ROOT / name) for name in plan.site.files)
    printer.say("site", True)
    begun = preview
    for _, kind, payload in warm.events(printer):
        if kind == "failed":
            raise warm.StepFailed(**payload)
        if not begun:
            begun = True
            printer.submit("PDFs", "missions.edition.site:make_pdfs", str(WORK), readable, world, stamps)


def _complete(folder: Path, year: YearFile, plan: Plan, world: str, environment: dict, printer: warm.Warm) -> None:
    """What an edition has besides its site: PDFs, facts, the pages as the annexes made them, and the record of their making."""
    for name in ("pdf", "html/pdf"):
        results.put(WORK / "pdf", folder, name, results.FINAL)
    (folder / "facts.json").write_bytes((WORK / "facts.json").read_bytes())
    (folder / "annexes").mkdir()
    runs = {}
    for name, step in plan.annexes.items():
        (folder / "annexes" / f"{name}.ipynb").write_bytes(cache.get("annexes", step.key))
        inputs = {file: step.inputs[file] for file in step.files}
        for table in step.tables:
            inputs |= {file: known for file, known in plan.deliveries[table].inputs.items() if file.startswith("data/")}
        runs[name] = {
            "notebook": f"analysis/annexes/{year.notebooks[year.annex_of(name)]}.py",
            "inputs": inputs,
            "parameters": {"year": year.reporting_year, "deliveries": world, **year.parameters_of(name)},
            **json.loads(cache.get("runs", step.key) or b"{}"),
        }
    book = [(name, plan.site.inputs[name]) for name in sorted(plan.site.files)]
    arguments = (str(folder), year.reporting_year, world, runs, environment, book)
    warm.result(printer, "record", "missions.edition.record:write_run_record", *arguments)
