"""The ways from deliveries to HTML that the benchmark compares: ours, the packages plainly joined, and the floor.

As a program: the small script with which a team turns executed notebooks into pages and facts of the book.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
OURS, OURS_HTML = ("build", "--preview"), "_build/preview/html"
OURS_ALL, OURS_ALL_HTML = ("build",), "_build/html"
PLAIN_HTML, FLOOR_HTML, SPHINX_HTML = "_build/jupyter-book/html", "_build/floor", "_build/sphinx/html"
EXECUTED = "notebooks"  # the folder in which the plain way keeps notebooks; not _build, which Jupyter Book has for itself
STRICT = ("-W", "-n", "--keep-going")  # warnings are errors for every way: wrong pages are no result
PACKAGES = "jupyter_book.sphinx, papermill, jupytext, altair, scipy.stats, pyarrow.parquet, vl_convert, lxml.etree, missions"


def environment(copy: Path, code: tuple[str, ...] = ("analysis",)) -> dict[str, str]:
    """What every way runs with. One thread per process for all: the engine gives that to its annexes too."""
    # TRAP: without PYTHONPATH the installed library would look at the checkout that it was installed from.
    places = os.pathsep.join(str(copy / folder) for folder in code)
    ours = {"PYTHONPATH": places, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
    # The words that Sphinx uses to tell what it read are looked at: they must be English.
    return os.environ | ours | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "LANGUAGE": "en"}


def run(copy: Path, *command: object, code: tuple[str, ...] = ("analysis",)) -> tuple[float, str]:
    """Seconds and output of one command in a copy; a command that fails ends the benchmark."""
    words = [str(word) for word in command]
    start = time.perf_counter()
    result = subprocess.run(words, cwd=copy, env=environment(copy, code), capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if result.returncode:
        raise SystemExit(f"{' '.join(words[:6])} failed:\n{result.stdout[-4000:]}\n{result.stderr[-4000:]}")
    return seconds, result.stdout + result.stderr


def warm_up(copy: Path) -> None:
    """Have all packages in the memory of the machine, or the way that comes first pays for reading them from disk."""
    run(copy, sys.executable, "-c", f"import {PACKAGES}")


def ours(copy: Path, arguments: tuple[str, ...] = OURS) -> float:
    return run(copy, sys.executable, "-m", "missions", *arguments)[0]


# --- the packages plainly joined ------------------------------------------------------------------------------------
def plain(copy: Path, names: list[str], parameters: dict[str, dict]) -> dict[str, float]:
    """Everything, as a Makefile without memory would: step -> seconds."""
    made = copy / EXECUTED
    (made / "out").mkdir(parents=True, exist_ok=True)
    steps = {"check": run(copy, sys.executable, "-m", "missions", "check")[0]}
    # One call for all notebooks: kinder than a call for each. It writes beside the sources, and a build should not.
    for name in names:
        shutil.copyfile(copy / f"analysis/annexes/{name}.py", made / f"{name}.py")
    sources = [f"{EXECUTED}/{name}.py" for name in names]
    steps["jupytext"] = run(copy, BIN / "jupytext", "--quiet", "--to", "ipynb", *sources)[0]
    steps["papermill"] = 0.0
    for name in names:
        given = {"year": 2025, "data": "sample", **parameters[name]}
        words = [word for key, value in given.items() for word in ("-p", key, value)]
        files = (f"{EXECUTED}/{name}.ipynb", f"{EXECUTED}/out/{name}.ipynb")
        command = (BIN / "papermill", *files, "-k", "python3", "--no-progress-bar", *words)
        steps["papermill"] += run(copy, *command)[0]
    steps["collect"] = run(copy, sys.executable, __file__)[0]
    steps["book"] = plain_book(copy)
    return steps


def plain_book(copy: Path) -> float:
    """Jupyter Book on the pages that are there."""
    return run(copy, BIN / "jupyter-book", "build", ".", *STRICT)[0]


def collect_pages(copy: Path) -> None:
    """The script: executed notebooks to pages and facts, with the library's own functions."""
    import nbformat

    from missions.choice import Choice
    from missions.declared.year_file import load_year
    from missions.edition.facts import collect_facts
    from missions.edition.page import clean

    year = load_year(2025, "sample")
    executed = {name: nbformat.read(copy / EXECUTED / "out" / f"{name}.ipynb", as_version=4) for name in year.annexes}
    pages = {name: clean(name, notebook, {}) for name, notebook in executed.items()}
    facts = collect_facts(pages, year, Choice(2025))
    (copy / "book/annexes").mkdir(parents=True, exist_ok=True)
    for name, page in pages.items():
        nbformat.write(page, copy / "book/annexes" / f"{name}.ipynb")
    (copy / "_build").mkdir(exist_ok=True)
    # Where the configuration of the book looks for them when nobody says otherwise.
    (copy / "_build/facts.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")


# --- Sphinx alone, on pages and facts that the plain way made --------------------------------------------------------
def prepare_sphinx(copy: Path, made_by_plain: Path) -> None:
    """A book that sphinx-build has read once."""
    shutil.copytree(made_by_plain / "book/annexes", copy / "book/annexes")
    (copy / "_build").mkdir()
    shutil.copyfile(made_by_plain / "_build/facts.json", copy / "_build/facts.json")
    run(copy, BIN / "jupyter-book", "config", "sphinx", ".")
    sphinx(copy)


def sphinx(copy: Path) -> tuple[float, tuple[int, int, int]]:
    """Seconds, and how many pages were added, changed and removed."""
    command = (BIN / "sphinx-build", "-b", "html", *STRICT, "-d", "_build/sphinx/doctrees", ".", SPHINX_HTML)
    # The other ways find our extensions by the configuration of the book; the conf.py that is written leaves that out.
    seconds, told = run(copy, *command, code=("analysis", "book/_ext"))
    counts = re.search(r"(\d+) added, (\d+) changed, (\d+) removed", told)
    if not counts:
        raise SystemExit(f"sphinx-build does not tell what it read:\n{told[-2000:]}")
    return seconds, tuple(map(int, counts.groups()))


# --- the floor ------------------------------------------------------------------------------------------------------
def floor(copy: Path, annexes: list[str] = (), pages: list[str] = (), validate: bool = False) -> float:
    script = Path(__file__).with_name("floor.py")
    asked = ["--validate"] if validate else []
    return run(copy, sys.executable, script, FLOOR_HTML, "--annexes", *annexes, "--pages", *pages, *asked)[0]


if __name__ == "__main__":
    collect_pages(Path.cwd())
