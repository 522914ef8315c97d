"""One annex under Papermill: its notebook, its parameters, and a run in this process that reads only what is declared."""

from __future__ import annotations

import ast
import json
import os
import pickle
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import jupytext
import nbformat
import papermill
from papermill.engines import Engine, papermill_engines

from ..declared import door
from ..machine.guard import close_to
from ..paths import ROOT, shown
from ..present import outputs
from .page import ENGINE_TAG, AnnexError, clean
from .parameters import require_fitting

ANNEX_FOLDER = ROOT / "analysis" / "annexes"
IN_PROCESS = "missions-in-process"  # the name under which Papermill knows our engine
KERNEL = "python3"
SAVED_EVERY = 1.0  # seconds at least between two savings of a notebook that runs, for whoever wants to see how far it came
# An annex is text without a head, so that no editor changes a line there: what a notebook must say of its kernel is said here.
_KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": KERNEL}


def read_annex(name: str, notebook: str | None = None) -> nbformat.NotebookNode:
    path = ANNEX_FOLDER / f"{notebook or name}.py"
    if not path.is_file():
        raise AnnexError(f"annex {name}: analysis/annexes/{path.name} does not exist")
    notebook = jupytext.read(path, fmt="py:percent")
    notebook.metadata["kernelspec"] = _KERNELSPEC
    return notebook


def run(
    name: str,
    notebook: str,
    parameters: dict,
    readable: list[str],
    contents: Mapping[str, bytes],
    scratch: str,
    tell: Callable[[str], None],
) -> tuple[str, list[door.Item]]:
    """Execute an annex with Papermill in this process, which is of no other use afterwards.

    notebook: its name. readable: the files that it may read. contents: of the shelves that it may read from, packed. scratch:
    the one folder that it may write to; `executed_in` says where its notebook is there, partly executed when a cell failed.
    tell: is told of every cell. Returns the draft of its page as JSON, and what it read from shelves. Errors: AnnexError.
    """
    text = _prepare(name, notebook, parameters)
    papermill_engines.register(IN_PROCESS, InProcess)
    os.environ["IPYTHONDIR"] = scratch
    shell = new_shell()
    outputs.without_preview()
    closed = close_to(readable, [scratch], ROOT)
    door.hand_over(contents)
    try:
        executed = papermill.execute_notebook(
            text, executed_in(scratch, name), parameters=parameters, engine_name=IN_PROCESS, kernel_name=KERNEL,
            progress_bar=False, shell=shell, tell=tell,
        )  # fmt: skip
    except papermill.PapermillExecutionError as error:
        raise failure(name, error) from None
    if found := closed.offences():
        raise AnnexError(f"annex {name}: {'; '.join(found)}")
    return page_text(name, executed, parameters), door.noted()


def run_in_kernel(
    name: str,
    notebook: str,
    parameters: dict,
    readable: list[str],
    contents: Mapping[str, bytes],
    scratch: str,
    tell: Callable[[str], None],
) -> tuple[str, list[door.Item]]:
    """The same in an ordinary kernel, for systems that cannot fork; the kernel closes itself before the first cell."""
    text = _prepare(name, notebook, parameters)
    hidden = {"tags": [ENGINE_TAG]}
    shelves = Path(scratch, "shelves")
    shelves.write_bytes(pickle.dumps(contents))
    lock = (  # not the folder in which the kernel happens to be
        "import pickle, sys\nsys.path[:] = [path for path in sys.path if path]\n"
        "from missions.declared import door\nfrom missions.machine.guard import close_to\nfrom missions.present import outputs\n"
        f"outputs.without_preview()\ndoor.hand_over(pickle.load(open({str(shelves)!r}, 'rb')))\n"
        f"_closed = close_to({readable!r}, [{scratch!r}], {str(ROOT)!r})"
    )
    judge = "import json\nassert not _closed.offences(), '; '.join(_closed.offences())\nprint(json.dumps(door.noted()))"
    text.cells.insert(0, nbformat.v4.new_code_cell(lock, metadata=hidden))
    text.cells.append(nbformat.v4.new_code_cell(judge, metadata=hidden))
    os.environ["IPYTHONDIR"] = scratch
    tell("started")
    try:
        executed = papermill.execute_notebook(
            text, executed_in(scratch, name), parameters=parameters, kernel_name=KERNEL, progress_bar=False, cwd=str(ROOT),
            extra_arguments=["--log-level=CRITICAL", "--HistoryManager.enabled=False"],
        )  # fmt: skip
    except papermill.PapermillExecutionError as error:
        raise failure(name, error) from None
    told = "".join(output.text for output in executed.cells[-1].outputs)
    return page_text(name, executed, parameters), [tuple(item) for item in json.loads(told)]


def executed_in(scratch: str, name: str) -> str:
    return os.path.join(scratch, f"{name}.ipynb")


def _prepare(name: str, notebook: str, parameters: dict) -> nbformat.NotebookNode:
    text = read_annex(name, notebook)
    require_python(name, notebook)
    require_fitting(name, text, parameters)
    return text


def require_python(name: str, notebook: str) -> None:
    """Errors: AnnexError with file, line and the line itself, for a notebook whose cells are not Python."""
    path = ANNEX_FOLDER / f"{notebook}.py"
    source = path.read_text(encoding="utf-8")
    try:
        compile(source, str(path), "exec", flags=ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as error:
        line = (error.text or "").strip()
        raise AnnexError(f"annex {name}: {shown(path)}, line {error.lineno}: {error.msg}\n    {line}") from None


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
