"""From deliveries to `_build`: check, run the annexes, assemble site and PDFs, and only then replace the last good build."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ..contracts import DeliveryError
from ..sources.receive import Received, receive_all
from ..year import EDITIONS, ROOT, Year, YearError, load_year, require_complete
from . import collect, execute, report

BUILD = ROOT / "_build"
WORK = BUILD / ".work"  # what a build in progress writes; kept so that the next build is incremental
PAGES = ROOT / "book" / "annexes"
RESULTS = ("html", "pdf", "facts.json")
NOT_FOR_READERS = shutil.ignore_patterns("typst", ".buildinfo*")  # the PDF builder's own files, Sphinx's bookkeeping


class BookError(RuntimeError):
    """Jupyter Book could not assemble the site or the PDFs; the message holds what Sphinx said."""


@dataclass
class Clock:
    """How long each step took, in seconds, told while it happens."""

    steps: dict[str, float] = field(default_factory=dict)

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[None]:
        print(f"{title} ...", flush=True)
        start = time.perf_counter()
        yield
        self.steps[title] = time.perf_counter() - start


def check(reporting_year: int, world: str, told: Callable[[Received], str] = report.in_full) -> Year:
    """Read and judge all deliveries of a year, tell what was found, and write all of it to a page for the analyst.

    Errors: DeliveryError with everything that is wrong; the tables of before are then still there.
    """
    received = receive_all(load_year(reporting_year, world), world)
    print(told(received))
    path = BUILD / "check" / f"{world}-{reporting_year}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(report.page(received), encoding="utf-8")
    print(f"  more: {path.relative_to(ROOT).as_posix()}")
    if received.problems:
        raise DeliveryError(received.problems)
    return received.year


def run(year: Year, world: str, edition: str) -> None:
    """Execute the annexes and write their pages and facts for the book."""
    if edition not in EDITIONS:
        raise YearError(f"EDITION={edition}: choose one of {', '.join(EDITIONS)}")
    executed = execute.run_annexes(year, world, report=lambda line: print(line, flush=True))
    pages = {name: collect.clean(name, notebook) for name, notebook in executed.items()}
    facts = collect.collect_facts(pages, year, world, edition)
    collect.write_pages(pages, PAGES)
    collect.write_facts(facts, WORK / "facts.json")


def _shape() -> str:
    """Hash of what shapes the pages without being a page: our extensions, settings, labels, and which pages and outputs exist.

    Sphinx sees when a page changes. It does not see when an extension does, and it leaves what no longer exists where it was.
    """
    digest = hashlib.sha256()
    shaping = [ROOT / "_config.yml", ROOT / "_toc.yml", ROOT / "book" / "labels.yml", ROOT / "book" / "facts.yml"]
    shaping += sorted((ROOT / "book" / "_ext").iterdir()) + sorted((ROOT / "analysis" / "missions" / "present").iterdir())
    for path in shaping:
        if path.is_file():
            digest.update(path.read_bytes())
    for page in sorted(PAGES.glob("*.ipynb")):
        digest.update(" ".join(re.findall(r'"id": "[^"]*"', page.read_text(encoding="utf-8"))).encode())
    return digest.hexdigest()


def assemble(builder: str, folder: str) -> None:
    """Run one builder of Jupyter Book into the working folder: strict, nothing unresolved, all warnings shown.

    The same as `jupyter-book build . -W -n --keep-going`, in this process and in a folder that is not yet public.
    Errors: BookError with Sphinx's own messages.
    """
    from jupyter_book.sphinx import build_sphinx
    from sphinx.util.console import nocolor

    nocolor()
    log = WORK / f"{folder}.log"
    with open(log, "w", encoding="utf-8") as errors:
        kept, sys.stderr = sys.stderr, errors
        try:
            result = build_sphinx(
                ROOT,
                WORK / folder,
                doctreedir=WORK / "doctrees",
                noconfig=True,
                path_config=ROOT / "_config.yml",
                confoverrides={
                    "external_toc_path": (ROOT / "_toc.yml").as_posix(),
                    "latex_individualpages": False,
                    "nitpicky": True,
                    "missions_facts": (WORK / "facts.json").as_posix(),
                },
                builder=builder,
                warningiserror=True,
                keep_going=True,
                quiet=True,
            )
        finally:
            sys.stderr = kept
    if result:
        raise BookError(log.read_text(encoding="utf-8").strip() or f"{builder}: {result}")


def replace_results() -> None:
    """Put the finished results in place of the last good ones; copies first, so that the swap itself is short."""
    shutil.rmtree(BUILD / ".fresh", ignore_errors=True)
    (BUILD / ".fresh").mkdir(parents=True)
    for name in RESULTS:
        source, fresh = WORK / name, BUILD / ".fresh" / name
        shutil.copytree(source, fresh, ignore=NOT_FOR_READERS) if source.is_dir() else shutil.copyfile(source, fresh)
    shutil.rmtree(BUILD / ".old", ignore_errors=True)
    (BUILD / ".old").mkdir()
    for name in RESULTS:
        if (BUILD / name).exists():
            os.replace(BUILD / name, BUILD / ".old" / name)
        os.replace(BUILD / ".fresh" / name, BUILD / name)
    shutil.rmtree(BUILD / ".old")
    shutil.rmtree(BUILD / ".fresh")


def book() -> None:
    """Assemble site and PDFs from the pages and facts that are there, and make them the last good build."""
    # TRAP: the builders share one reading of the pages. The site must come first, because Sphinx writes only pages that were read
    # anew in the same run; after a run that did not finish everything is made anew, or pages would keep old numbers.
    if not (WORK / "facts.json").is_file():
        raise BookError("no annexes have been executed yet; run: missions build")
    finished, shape = WORK / "finished", _shape()
    if not finished.is_file() or finished.read_text(encoding="utf-8") != shape:
        for folder in ("doctrees", "html", "pdf"):
            shutil.rmtree(WORK / folder, ignore_errors=True)
    finished.unlink(missing_ok=True)
    assemble("html", "html")
    assemble("typst", "pdf")
    finished.write_text(shape, encoding="utf-8")
    target = WORK / "html" / "pdf"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(WORK / "pdf", target, ignore=NOT_FOR_READERS)
    replace_results()


def build(reporting_year: int, world: str, edition: str) -> None:
    """The whole way from deliveries to `_build`; prints where the results are and how long each step took."""
    clock = Clock()
    require_complete(load_year(reporting_year, world))
    with clock.step("Checking deliveries"):
        year = check(reporting_year, world, report.in_brief)
    with clock.step("Running annexes"):
        run(year, world, edition)
    with clock.step("Making site and PDFs"):
        book()
    print("\nReady:")
    print(f"  site   {(BUILD / 'html' / 'index.html').relative_to(ROOT)}")
    for pdf in sorted((BUILD / "pdf").glob("*.pdf")):
        print(f"  PDF    {pdf.relative_to(ROOT)}")
    print(f"  facts  {(BUILD / 'facts.json').relative_to(ROOT)}")
    print("\n" + "\n".join(f"  {seconds:5.1f} s  {title}" for title, seconds in clock.steps.items()))
