"""One annex under Papermill: its notebook, its parameters, and a run in this process that reads only what is declared."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Callable

import jupytext
import nbformat
import papermill
from papermill.engines import Engine, papermill_engines

from ..declared.year_file import ENGINE_PARAMETERS, YearFile, load_year
from ..machine.guard import close_to
from ..paths import ROOT
from ..present import drawing
from .page import ENGINE_TAG, PARAMETERS_TAG, AnnexError, clean

ANNEX_FOLDER = ROOT / "analysis" / "annexes"
IN_PROCESS = "missions-in-process"  # the name under which Papermill knows our engine
KERNEL = "python3"
SAVED_EVERY = 1.0  # seconds at least between two savings of a notebook that runs, for who wants to see how far it came


def read_annex(name: str, notebook: str | None = None) -> nbformat.NotebookNode:
    path = ANNEX_FOLDER / f"{notebook or name}.py"
    if not path.is_file():
        raise AnnexError(f"annex {name}: analysis/annexes/{path.name} does not exist")
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


def parameters_for(name: str, notebook: nbformat.NotebookNode, year: YearFile, world: str) -> dict:
    """The parameters of one annex; Papermill itself only warns when names differ.

    Errors: AnnexError that names the annex and the unknown, missing or mistyped parameter.
    """
    declared = declared_parameters(name, notebook)
    given = dict(zip(ENGINE_PARAMETERS, (year.reporting_year, world), strict=True)) | year.parameters_of(name)
    where = f"annex {name}, analysis/years/{year.reporting_year}.yml"
    for parameter in sorted(set(given) - set(declared)):
        raise AnnexError(f"{where}: unknown parameter '{parameter}' (the annex has: {', '.join(declared)})")
    for parameter in sorted(set(declared) - set(given)):
        raise AnnexError(f"{where}: parameter '{parameter}' is missing")
    for parameter, value in given.items():
        if type(value).__name__ != declared[parameter]:
            raise AnnexError(f"{where}: parameter '{parameter}' must be {declared[parameter]}, found {value!r}")
    return given


def run_annex(
    name: str,
    reporting_year: int,
    world: str,
    readable: list[str],
    scratch: str,
    renderer: str | None,
    tell: Callable[[str], None],
) -> str:
    """Execute an annex with Papermill in this process, which is of no other use afterwards; returns its page as JSON.

    readable: the files that it may read. scratch: the one folder that it may write to; `executed_in` says where its notebook is
    there, which is partly executed when a cell failed. tell: is told of every cell.
    renderer: address of a shared renderer of charts. Errors: AnnexError.
    """
    notebook, parameters = _prepare(name, reporting_year, world)
    papermill_engines.register(IN_PROCESS, InProcess)
    os.environ["IPYTHONDIR"] = scratch
    shell = new_shell()
    if renderer:
        drawing.share(renderer)
    else:
        drawing.prepare()
    offences = close_to(readable, [scratch], ROOT)
    try:
        executed = papermill.execute_notebook(
            notebook, executed_in(scratch, name), parameters=parameters, engine_name=IN_PROCESS, kernel_name=KERNEL,
            progress_bar=False, shell=shell, tell=tell,
        )  # fmt: skip
    except papermill.PapermillExecutionError as error:
        raise failure(name, error) from None
    if found := offences():
        raise AnnexError(f"annex {name}: {'; '.join(found)}")
    return page_text(name, executed, parameters)


def run_in_kernel(
    name: str, reporting_year: int, world: str, readable: list[str], scratch: str, renderer: None, tell: Callable[[str], None]
) -> str:
    """The same in an ordinary kernel, for systems that cannot fork; the kernel closes itself before the first cell."""
    notebook, parameters = _prepare(name, reporting_year, world)
    hidden = {"tags": [ENGINE_TAG]}
    lock = (
        "import sys\nsys.path[:] = [path for path in sys.path if path]\n"  # not the folder in which the kernel happens to be
        "from missions.machine.guard import close_to\nfrom missions.present import drawing\ndrawing.prepare()\n"
        f"_offences = close_to({readable!r}, [{scratch!r}], {str(ROOT)!r})"
    )
    judge = "assert not _offences(), '; '.join(_offences())"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(lock, metadata=hidden))
    notebook.cells.append(nbformat.v4.new_code_cell(judge, metadata=hidden))
    os.environ["IPYTHONDIR"] = scratch
    tell("started")
    try:
        executed = papermill.execute_notebook(
            notebook, executed_in(scratch, name), parameters=parameters, kernel_name=KERNEL, progress_bar=False, cwd=str(ROOT),
            extra_arguments=["--log-level=CRITICAL", "--HistoryManager.enabled=False"],
        )  # fmt: skip
    except papermill.PapermillExecutionError as error:
        raise failure(name, error) from None
    return page_text(name, executed, parameters)


def executed_in(scratch: str, name: str) -> str:
    return os.path.join(scratch, f"{name}.ipynb")


def _prepare(name: str, reporting_year: int, world: str) -> tuple[nbformat.NotebookNode, dict]:
    year = load_year(reporting_year, world)
    notebook = read_annex(name, year.notebooks[year.annex_of(name)])
    return notebook, parameters_for(name, notebook, year, world)


def page_text(name: str, executed: nbformat.NotebookNode, parameters: dict) -> str:
    return nbformat.writes(clean(name, executed, parameters), version=4) + "\n"


def failure(name: str, error: papermill.PapermillExecutionError) -> AnnexError:
    """What a person must know of a failed cell."""
    where = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback or []))  # without the colours of a terminal
    return AnnexError(f"annex {name}: {error.ename}: {error.evalue}\nin this cell:\n{error.source}\n\n{where}".rstrip())


def new_shell():
    """An IPython that keeps no history and writes nothing, so that cells mean what they mean in a kernel."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    return InteractiveShell.instance(
        config=Config({"HistoryManager": {"enabled": False}, "InteractiveShell": {"colors": "nocolor"}})
    )


class InProcess(Engine):
    """Papermill's interface for engines: cells run here, not in a kernel that must be started and import everything."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, shell=None, tell=print, **ignored):
        # Papermill writes the notebook before and after every cell, and once more in the end: more work than most of our cells.
        save = nb_man.save
        nb_man.save = lambda **_: save() if (nb_man.now() - nb_man.last_save_time).total_seconds() > SAVED_EVERY else None
        try:
            cls._run_cells(nb_man, shell, tell)
        finally:
            nb_man.save = save

    @staticmethod
    def _run_cells(nb_man, shell, tell: Callable[[str], None]) -> None:
        from IPython.utils.capture import capture_output

        cells = [(index, cell) for index, cell in enumerate(nb_man.nb.cells) if cell.cell_type == "code" and cell.source.strip()]
        for number, (index, cell) in enumerate(cells, start=1):
            tell(f"cell {number} of {len(cells)}")
            nb_man.cell_start(cell, index)
            errors = []
            shell._showtraceback = lambda kind, value, lines, errors=errors: errors.append(
                (kind.__name__, str(value), list(lines))
            )
            with capture_output() as shown:
                shell.display_trap.hook = sys.displayhook  # the shell would put its own in the place of the one that captures
                shell.run_cell(cell.source)
            cell.outputs = [
                nbformat.v4.new_output("stream", name=name, text=text)
                for name, text in (("stdout", shown.stdout), ("stderr", shown.stderr))
                if text
            ]
            cell.outputs += [
                nbformat.v4.new_output("display_data", out.data, metadata=out.metadata or {}) for out in shown.outputs
            ]
            if errors:
                kind, value, lines = errors[0]
                cell.outputs.append(nbformat.v4.new_output("error", ename=kind, evalue=value, traceback=lines))
                nb_man.cell_exception(cell, index, exception=None)
                return
            nb_man.cell_complete(cell, index)
