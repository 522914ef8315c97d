"""How fast deliveries become HTML: ours, the same packages plainly joined, and the least work imaginable; a Markdown table.

make bench, or a part of it: .venv/bin/python tests/benchmarks/engine.py --repeats 1 --sizes 7
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import yaml

sys.path.insert(0, str(Path(__file__).parent))

import copies
import speed_table
import ways

SIZES = (7, 21, 63)
SAMPLED_EVERY = 0.05  # seconds
REPORT = copies.ROOT / "docs" / "speed.md"


@dataclass
class Bench:
    """Copies of one repository for all ways, and what was measured in them: (state, way) -> seconds of every repeat."""

    folder: Path
    names: list[str]
    pages: list[str]
    parameters: dict[str, dict]
    seconds: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    plain_steps: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def copy(self, way: str) -> Path:
        return self.folder / way

    def note(self, state: str, way: str, seconds: float) -> None:
        self.seconds[state, way].append(seconds)
        print(f"  {state}, {way}: {seconds:.2f} s", file=sys.stderr, flush=True)


def prepare(repository: Path, folder: Path, size: int) -> Bench:
    template = folder / "template"
    names = copies.template(repository, template, size)
    for way in ("ours", "ours_all", "plain", "floor"):
        shutil.copytree(template, folder / way)
    parameters = yaml.safe_load((template / copies.YEAR_FILE).read_text(encoding="utf-8"))["annexes"]
    ways.warm_up(template)
    return Bench(folder, names, copies.book_pages(template), parameters)


# --- is the HTML really there ---------------------------------------------------------------------------------------
HTML = {
    "ours": ways.OURS_HTML,
    "ours_all": ways.OURS_ALL_HTML,
    "plain": ways.PLAIN_HTML,
    "floor": ways.FLOOR_HTML,
    "sphinx": ways.SPHINX_HTML,
}


def page(bench: Bench, way: str, name: str) -> str:
    path = bench.copy(way) / HTML[way] / f"{name}.html"
    if not path.is_file():
        raise SystemExit(f"{way} made no {name}.html: what was measured is worth nothing")
    return path.read_text(encoding="utf-8")


def require_site(bench: Bench, way: str) -> None:
    """Every page exists, every annex shows its tables, and the one that is changed its charts."""
    for name in bench.pages:
        page(bench, way, name)
    for name in bench.names:
        require(bench, way, f"book/annexes/{name}", "<table")
    require(bench, way, f"book/annexes/{copies.ANNEX}", "<svg")


def require(bench: Bench, way: str, name: str, *texts: str) -> None:
    found = page(bench, way, name)
    for text in texts:
        if text not in found:
            raise SystemExit(f"{way}: {name}.html does not show '{text}': what was measured is worth nothing")


def require_pdfs(bench: Bench) -> None:
    """All documents that the configuration of the book names."""
    config = yaml.safe_load((bench.copy("ours_all") / "_config.yml").read_text(encoding="utf-8"))
    documents = config["sphinx"]["config"]["typst_documents"]
    wanted = {document["name"] for document in documents if not isinstance(document.get("pages"), str)}
    made = {path.stem for path in (bench.copy("ours_all") / "_build/pdf").glob("*.pdf") if path.read_bytes()[:5] == b"%PDF-"}
    if wanted - made:
        raise SystemExit(f"ours_all made no {', '.join(sorted(wanted - made))}: what was measured is worth nothing")


# --- the states -----------------------------------------------------------------------------------------------------
def cold(bench: Bench, repeat: int) -> None:
    """Nothing was made before. Also what the other states need: a book that sphinx-build has read."""
    for way in ("ours", "plain", "floor", "ours_all"):
        copies.make_cold(bench.copy(way))
    bench.note("cold", "ours", ways.ours(bench.copy("ours")))
    steps = ways.plain(bench.copy("plain"), bench.names, bench.parameters)
    bench.note("cold", "plain", sum(steps.values()))
    for step, seconds in steps.items():
        bench.plain_steps[step].append(seconds)
    bench.note("cold", "floor", ways.floor(bench.copy("floor"), bench.names, bench.pages, validate=True))
    bench.note("cold", "ours_all", ways.ours(bench.copy("ours_all"), ways.OURS_ALL))
    for way in ("ours", "plain", "floor", "ours_all"):
        require_site(bench, way)
    require_pdfs(bench)
    copies.change_annex(bench.copy("template"), bench.copy("ours_all"), repeat)  # its next cold start differs from this one
    shutil.rmtree(bench.copy("sphinx"), ignore_errors=True)
    shutil.copytree(bench.copy("template"), bench.copy("sphinx"))
    ways.prepare_sphinx(bench.copy("sphinx"), bench.copy("plain"))
    require_site(bench, "sphinx")


def nothing(bench: Bench, repeat: int) -> None:
    bench.note("nothing", "ours", ways.ours(bench.copy("ours")))
    bench.note("nothing", "plain", ways.plain_book(bench.copy("plain")))
    for way in ("ours", "plain"):
        require_site(bench, way)


def annex(bench: Bench, repeat: int) -> None:
    for way in ("ours", "plain", "floor"):
        copies.change_annex(bench.copy("template"), bench.copy(way), repeat)
    bench.note("annex", "ours", ways.ours(bench.copy("ours")))
    bench.note("annex", "floor", ways.floor(bench.copy("floor"), [copies.ANNEX]))
    for way in ("ours", "floor"):
        require(bench, way, f"book/annexes/{copies.ANNEX}", f"{copies.mark(repeat)}-tekst", f"{copies.mark(repeat)}-code")


def delivery(bench: Bench, repeat: int) -> None:
    for way in ("ours", "plain", "floor"):
        checksum = copies.change_delivery(bench.copy("template"), bench.copy(way), repeat)
    readers = copies.readers_of(bench.copy("floor"), bench.names, copies.DELIVERY)
    bench.note("delivery", "ours", ways.ours(bench.copy("ours")))
    bench.note("delivery", "floor", ways.floor(bench.copy("floor"), readers, validate=True))
    require(bench, "ours", "book/key-figures", checksum[:8])
    if checksum not in (bench.copy("floor") / HTML["floor"] / "kept.json").read_text(encoding="utf-8"):
        raise SystemExit("floor does not know the changed delivery: what was measured is worth nothing")


def text(bench: Bench, repeat: int) -> None:
    for way in ("ours", "plain", "floor", "sphinx"):
        copies.change_page(bench.copy("template"), bench.copy(way), repeat)
    name = copies.PAGE.removesuffix(".md")
    bench.note("text", "ours", ways.ours(bench.copy("ours")))
    bench.note("text", "plain", ways.plain_book(bench.copy("plain")))
    bench.note("text", "floor", ways.floor(bench.copy("floor"), pages=[name]))
    seconds, read = ways.sphinx(bench.copy("sphinx"))
    bench.note("text", "sphinx", seconds)
    if read != (0, 1, 0):
        raise SystemExit(f"sphinx-build was not incremental: {read} pages added, changed and removed")
    for way in ("ours", "plain", "floor", "sphinx"):
        require(bench, way, name, f"{copies.mark(repeat)}-pagina")


def library(bench: Bench, repeat: int) -> None:
    """Its result is no other than before; that the annexes are run again for it, is looked at by `require_rerun`."""
    for way in ("ours", "plain", "floor"):
        copies.change_library(bench.copy("template"), bench.copy(way), repeat)
    users = copies.users_of(bench.copy("floor"), bench.names, copies.LIBRARY)
    bench.note("library", "ours", ways.ours(bench.copy("ours")))
    bench.note("library", "floor", ways.floor(bench.copy("floor"), users))
    for way in ("ours", "floor"):
        require_site(bench, way)


STATES = (cold, nothing, annex, delivery, text, library)


def require_rerun(bench: Bench) -> None:
    """A function with another result must show in every annex that uses it, also in the last one of many."""
    users = copies.users_of(bench.copy("floor"), bench.names, copies.LIBRARY)
    before = {(way, name): page(bench, way, f"book/annexes/{name}") for way in ("ours", "floor") for name in users}
    for way in ("ours", "floor"):
        copies.change_results(bench.copy("template"), bench.copy(way))
    ways.ours(bench.copy("ours"))
    ways.floor(bench.copy("floor"), users)
    for (way, name), text_before in before.items():
        if page(bench, way, f"book/annexes/{name}") == text_before:
            raise SystemExit(f"{way} does not show in annex {name} that a function of the library changed")


# --- memory ---------------------------------------------------------------------------------------------------------
def peak_memory(copy: Path) -> tuple[int, int]:
    """Bytes at the peak of a cold build by us: of all processes together, and of the largest one.

    Together: PSS, in which memory that forked processes share is counted once. The largest: RSS, what a limit would look at.
    """
    copies.make_cold(copy)
    command = [sys.executable, "-m", "missions", *ways.OURS]
    together, largest, seen = 0, 0, set()
    with tempfile.TemporaryFile() as told:  # not a pipe: nobody reads while we sample
        started = psutil.Popen(command, cwd=copy, env=ways.environment(copy), stdout=told, stderr=subprocess.STDOUT)
        while started.poll() is None:
            children = children_of(started)
            seen |= set(children)
            found = list(filter(None, map(memory_of, [started, *children])))
            together = max(together, sum(pss for pss, _ in found))
            largest = max([largest, *(rss for _, rss in found)])
            time.sleep(SAMPLED_EVERY)
        if started.returncode:
            told.seek(0)
            raise SystemExit(f"the build whose memory was measured failed:\n{told.read().decode()[-4000:]}")
    # Work that goes on when the build says that it is ready would be work that nobody measured.
    _, left = psutil.wait_procs(seen, timeout=2)
    if left:
        raise SystemExit(f"{len(left)} processes of ours outlived the build by two seconds")
    return together, largest


def children_of(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def memory_of(process: psutil.Process) -> tuple[int, int] | None:
    """PSS (RSS where the system has no PSS) and RSS; None for a process that is gone."""
    try:
        memory = process.memory_full_info()
    except psutil.Error:
        return None
    return getattr(memory, "pss", memory.rss), memory.rss


# --- all of it ------------------------------------------------------------------------------------------------------
def measured(repository: Path, folder: Path, size: int, repeats: int) -> speed_table.Measured:
    print(f"{size} notebooks: making copies", file=sys.stderr, flush=True)
    bench = prepare(repository, folder, size)
    for repeat in range(1, repeats + 1):
        print(f"{size} notebooks, repeat {repeat} of {repeats}", file=sys.stderr, flush=True)
        for state in STATES:
            state(bench, repeat)
    require_rerun(bench)
    together, largest = peak_memory(bench.copy("ours"))
    require_site(bench, "ours")
    medians = {key: statistics.median(found) for key, found in bench.seconds.items()}
    steps = {step: statistics.median(found) for step, found in bench.plain_steps.items()}
    shutil.rmtree(folder)
    return speed_table.Measured(size, medians, steps, together, largest)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="how often each state is measured (5)")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of notebooks, multiples of 7 (7 21 63)")
    parser.add_argument("--write", action="store_true", help=f"write {REPORT.relative_to(copies.ROOT).as_posix()}")
    chosen = parser.parse_args()
    if any(size < 7 or size % 7 for size in chosen.sizes) or chosen.repeats < 1:
        parser.error("sizes are multiples of 7, and there is at least one repeat")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        copies.copy_repository(folder / "repository")  # once: the checkout may change while this runs
        found = [measured(folder / "repository", folder / str(size), size, chosen.repeats) for size in sorted(set(chosen.sizes))]
    page = speed_table.page(found, chosen.repeats)
    print(page)
    if chosen.write:
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
