"""What the benchmark of the engine found, as a page in Markdown with the targets beside it."""

from __future__ import annotations

import datetime
import os
import platform
from dataclasses import dataclass

import psutil

STATES = {
    "cold": "Cold: nothing made before",
    "nothing": "Nothing changed",
    "annex": "One annex changed (text and code)",
    "delivery": "One delivery changed (one answer)",
    "text": "One page of text changed",
    "library": "One library function changed",
}
# Which measurement of the plain way stands beside a state: it has no memory, so most changes cost it everything.
PLAIN_STATE = {"annex": "cold", "delivery": "cold", "library": "cold"}
AT_MOST = {
    ("cold", "plain"): 0.20,
    ("cold", "floor"): 1.4,
    ("nothing", "plain"): 0.06,
    ("annex", "plain"): 0.17,
    ("annex", "floor"): 1.4,
    ("delivery", "plain"): 0.17,
    ("delivery", "floor"): 1.4,
    ("text", "sphinx"): 1.0,
}
PDF_AT_MOST, COST_AT_MOST, MEMORY_AT_MOST = 0.5, 1.0, 1.5
SMALLEST, LARGEST = 7, 63  # the sizes that are compared for what a notebook costs

NOTES = """\
- Ours: `missions build --preview` (the site). Each change is a real edit of a file, another one in every repeat.
- Plain: the same packages joined as a Makefile would: `missions check`, `jupytext`, the command `papermill` for one annex after
  the other, a small script that writes pages and facts, `jupyter-book build`. It has no memory: a changed annex, delivery or
  library costs it everything, so there its cold time stands again; it was measured once per repeat. With nothing or only a page
  of text changed it is `jupyter-book build` alone.
- Floor: the least work imaginable, in one process: the deliveries validated, the cells of notebooks run with `exec`, and HTML
  without a book. It is told what a change touches and does only that. With nothing changed it has nothing to do.
- sphinx-build: incremental, on the same book, with the conf.py that `jupyter-book config sphinx` writes.
- Medians; the ways take turns in every repeat, so that what else the machine does weighs on all. Ratios are quotients of medians.
- Byte code of the library is kept for all ways; each has one thread per process. Warnings stop ours, plain and sphinx-build.
- After every run its HTML was looked at: all pages exist and show what was changed. The changed function gives the same result;
  that annexes are run again for it was seen by another change, of its result.
- More than seven notebooks: the seven annexes copied under other names, without the cells that publish facts and verdicts.
"""


@dataclass(frozen=True)
class Measured:
    """Of one size: medians in seconds by (state, way), those of the plain way's steps, and peaks of memory in bytes."""

    size: int
    seconds: dict[tuple[str, str], float]
    plain_steps: dict[str, float]
    memory: int
    memory_of_one: int

    @property
    def cost(self) -> float:
        """Seconds per notebook in a cold build."""
        return self.seconds["cold", "ours"] / self.size

    @property
    def pdfs_on_top(self) -> float:
        html = self.seconds["cold", "ours"]
        return (self.seconds["cold", "ours_all"] - html) / html


def page(found: list[Measured], repeats: int) -> str:
    """The whole page."""
    cores, memory = os.cpu_count(), psutil.virtual_memory().total / 1e9
    machine = f"{cores} cores, {memory:.0f} GB, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    times = "once" if repeats == 1 else f"{repeats} times"
    parts = [
        "# How fast deliveries become a site",
        f"Measured on {datetime.date.today().isoformat()}: {machine}; each state {times}. In seconds.\n"
        "A ratio has its target behind it: at most that, and whether it is met.\n"
        "Absolute times differ per machine; ratios hold better.\n"
        "Made by `tests/benchmarks/engine.py`; do it again with `make bench`.",
        *(part for one in found for part in (f"## {one.size} notebooks", _states(one), _besides(one))),
        "## More notebooks",
        _growth(found),
        "## What was measured",
        NOTES.rstrip(),
    ]
    return "\n\n".join(parts) + "\n"


def _states(one: Measured) -> str:
    heads = ["State", "Ours", "Plain", "Floor", "sphinx-build", "Ours / plain", "Ours / floor", "Ours / sphinx-build"]
    rows = []
    for state, title in STATES.items():
        times = {way: one.seconds.get((state, way)) for way in ("ours", "plain", "floor", "sphinx")}
        times["plain"] = one.seconds.get((PLAIN_STATE.get(state, state), "plain"))
        against = [_ratio(times["ours"], times[way], AT_MOST.get((state, way))) for way in ("plain", "floor", "sphinx")]
        rows.append([title, *("" if seconds is None else f"{seconds:.2f}" for seconds in times.values()), *against])
    return _table(heads, rows)


def _besides(one: Measured) -> str:
    whole = one.seconds["cold", "ours_all"]
    steps = ", ".join(f"{step} {seconds:.1f}" for step, seconds in one.plain_steps.items())
    return (
        f"PDFs on top of cold HTML: {_verdict(one.pdfs_on_top, PDF_AT_MOST)}.\n"
        f"The cold build of site and all PDFs takes {whole:.2f}.\n"
        f"The plain way, step by step: {steps}."
    )


def _growth(found: list[Measured]) -> str:
    smallest = next((one for one in found if one.size == SMALLEST), None)
    heads = ["Notebooks", "Cold", "Per notebook", f"Times {SMALLEST} notebooks", "Memory, MB", f"Times {SMALLEST} notebooks"]
    rows = []
    for one in found:
        cost, memory = _times(one, smallest)
        times = [f"{one.seconds['cold', 'ours']:.2f}", f"{one.cost:.2f}", cost]
        rows.append([str(one.size), *times, f"{one.memory / 1e6:.0f}", memory, f"{one.memory_of_one / 1e6:.0f}"])
    told = (
        "Memory: the peak of a cold build by us, all processes together (PSS: what they share counts once),\n"
        "and the peak of the largest process (RSS); sampled every 50 ms in a run of its own."
    )
    return f"{_table([*heads, 'Largest process, MB'], rows)}\n\n{told}"


def _times(one: Measured, smallest: Measured | None) -> tuple[str, str]:
    """Cost per notebook and memory, as times those of the smallest size; targets hold for the largest."""
    if smallest is None or one.size == SMALLEST:
        return "", ""
    is_largest = one.size == LARGEST
    cost = _verdict(one.cost / smallest.cost, COST_AT_MOST if is_largest else None)
    return cost, _verdict(one.memory / smallest.memory, MEMORY_AT_MOST if is_largest else None)


def _ratio(seconds: float, of: float | None, at_most: float | None) -> str:
    return "" if of is None else _verdict(seconds / of, at_most)


def _verdict(value: float, at_most: float | None) -> str:
    """A ratio, with its target where there is one. Three decimals where two would hide the size of a small one."""
    number = f"{value:.3f}" if abs(value) < 0.1 else f"{value:.2f}"
    return number if at_most is None else f"{number} (at most {at_most}: {'met' if value <= at_most else '**not met**'})"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
