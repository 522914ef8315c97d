"""Runs annexes with Papermill, each in a kernel of its own, with the parameters of the reporting year."""

from __future__ import annotations

import ast
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import jupytext
import nbformat
import papermill

from ..year import ENGINE_PARAMETERS, ROOT, Year

ANNEX_FOLDER = ROOT / "analysis" / "annexes"
PARAMETERS_TAG = "parameters"
# One thread per kernel: results do not depend on how many cores a machine has. A fixed hash seed: nor on set order.
KERNEL_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}


class AnnexError(RuntimeError):
    """An annex that cannot run or failed; the message names the annex and what is wrong."""


def read_annex(name: str) -> nbformat.NotebookNode:
    path = ANNEX_FOLDER / f"{name}.py"
    if not path.is_file():
        raise AnnexError(f"annex {name}: analysis/annexes/{name}.py does not exist")
    return jupytext.read(path)


def declared_parameters(name: str, notebook: nbformat.NotebookNode) -> dict[str, str]:
    """Name -> type of the annotated assignments in the one cell that is tagged `parameters`."""
    cells = [cell for cell in notebook.cells if PARAMETERS_TAG in cell.metadata.get("tags", [])]
    if len(cells) != 1:
        raise AnnexError(f"annex {name}: needs exactly one cell tagged '{PARAMETERS_TAG}', found {len(cells)}")
    declared = {}
    for statement in ast.parse(cells[0].source).body:
        if not (isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value):
            raise AnnexError(f"annex {name}: line {statement.lineno} of the parameters cell is not 'name: type = default'")
        declared[statement.target.id] = ast.unparse(statement.annotation)
    return declared


def parameters_for(name: str, notebook: nbformat.NotebookNode, year: Year, world: str) -> dict:
    """The parameters of one annex; Papermill itself only warns when names differ.

    Errors: AnnexError that names the annex and the unknown, missing or mistyped parameter.
    """
    declared = declared_parameters(name, notebook)
    given = dict(zip(ENGINE_PARAMETERS, (year.reporting_year, world), strict=True)) | year.annexes[name]
    where = f"annex {name}, analysis/years/{year.reporting_year}.yml"
    for parameter in sorted(set(given) - set(declared)):
        raise AnnexError(f"{where}: unknown parameter '{parameter}' (the annex has: {', '.join(declared)})")
    for parameter in sorted(set(declared) - set(given)):
        raise AnnexError(f"{where}: parameter '{parameter}' is missing")
    for parameter, value in given.items():
        if type(value).__name__ != declared[parameter]:
            raise AnnexError(f"{where}: parameter '{parameter}' must be {declared[parameter]}, found {value!r}")
    return given


def _run(name: str, notebook: nbformat.NotebookNode, parameters: dict) -> tuple[nbformat.NotebookNode, float]:
    os.environ.update(KERNEL_ENVIRONMENT)
    os.chdir(ROOT)
    start = time.perf_counter()
    try:
        executed = papermill.execute_notebook(
            notebook,
            None,
            parameters=parameters,
            kernel_name="python3",
            progress_bar=False,
            extra_arguments=["--log-level=CRITICAL"],  # the kernel's own notices are no result of the annex
        )
    except papermill.PapermillExecutionError as error:
        raise AnnexError(f"annex {name}: {error.ename}: {error.evalue}\nin this cell:\n{error.source}") from None
    return executed, time.perf_counter() - start


def run_annexes(
    year: Year, world: str, report: Callable[[str], None] = print, workers: int | None = None
) -> dict[str, nbformat.NotebookNode]:
    """Execute every annex of the year: name -> executed notebook. All annexes finish, then all failures are raised.

    Errors: AnnexError for wrong parameters (before anything runs) or failed annexes.
    """
    notebooks = {name: read_annex(name) for name in year.annexes}
    parameters = {name: parameters_for(name, notebook, year, world) for name, notebook in notebooks.items()}
    executed, failures = {}, []
    count = workers or min(os.cpu_count() or 1, len(notebooks))
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(_run, name, notebooks[name], parameters[name]): name for name in notebooks}
        for done, future in enumerate(as_completed(running), start=1):
            name = running[future]
            try:
                executed[name], seconds = future.result()
                report(f"  annex {done} of {len(running)}: {name} ({seconds:.1f} s)")
            except AnnexError as error:
                failures.append(str(error))
                report(f"  annex {done} of {len(running)}: {name} FAILED")
    if failures:
        raise AnnexError("\n\n".join(failures))
    return {name: executed[name] for name in notebooks}


def write_if_changed(path: Path, text: str) -> bool:
    """Write a file only when its content differs, so that what depends on it is not made again for nothing."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True
