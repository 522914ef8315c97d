"""What we patch in libraries of others is still there, and the fault that makes us do so still shows.

A test that fails here after an update says either that a patch no longer reaches what it was for, or that the library was mended:
then delete ours.
"""

from __future__ import annotations

import inspect
import subprocess
import sys
from multiprocessing.connection import Listener

import nbformat
import papermill.engines
import pytest
import snowballstemmer
import sphinx.builders
import sphinx_multitoc_numbering
from IPython.core.displayhook import DisplayHook
from IPython.core.interactiveshell import InteractiveShell
from jupyter_book.sphinx import build_sphinx
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxParallelError
from sphinx.search import IndexBuilder
from sphinx.search.nl import SearchDutch
from sphinx.util.parallel import ParallelTasks
from sphinx.writers.html5 import HTML5Translator

from missions.edition.site import LIBRARIES, NEVER_USED
from missions.paths import ROOT
from missions_book.speed.side_by_side import _Telling

MENDED = "the library was mended: delete ours"


def test_papermill_saves_a_notebook_before_and_after_every_cell(tmp_path):
    """edition/annex.py saves it once a second."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    notebook.metadata["papermill"] = {}
    manager = papermill.engines.NotebookExecutionManager(notebook, output_path=str(tmp_path / "out.ipynb"), progress_bar=False)
    assert manager.now() and manager.last_save_time
    saved = []
    manager.save = lambda **_: saved.append(1)
    manager.notebook_start()
    manager.cell_start(notebook.cells[0], 0)
    manager.cell_complete(notebook.cells[0], 0)
    assert len(saved) >= 3, MENDED


def test_ipython_has_the_names_by_which_errors_and_outputs_are_heard():
    assert hasattr(InteractiveShell, "_showtraceback")
    shell = InteractiveShell()
    assert isinstance(shell.display_trap.hook, DisplayHook), "the shell puts its own hook in the place of a captured one"


def test_sphinx_has_the_names_that_are_set_or_read():
    assert "parallel" in inspect.signature(Sphinx).parameters and hasattr(BuildEnvironment, "get_doctree")
    assert hasattr(HTML5Translator, "visit_table") and hasattr(HTML5Translator, "visit_entry")
    assert sphinx.builders.ParallelTasks in (ParallelTasks, _Telling)
    wanted = {
        "noconfig",
        "path_config",
        "confoverrides",
        "doctreedir",
        "builder",
        "jobs",
        "warningiserror",
        "keep_going",
        "quiet",
    }
    assert wanted <= set(inspect.signature(build_sphinx).parameters)


class _Env:
    """All that an index keeps between builds, empty."""

    def __getattr__(self, name: str) -> dict:
        return self.__dict__.setdefault(name, {})


def test_the_search_index_keeps_the_words_of_pages_that_are_gone():
    """reading/freshness.py removes them."""
    index = IndexBuilder(_Env(), "en", {}, "")
    assert all(hasattr(index, name) for name in ("_mapping", "_title_mapping", "_index_entries", "_titles"))
    index._mapping["word"], index._titles["gone"] = {"gone"}, "Gone"
    index.prune(["other"])
    assert "word" in index._mapping and not index._mapping["word"], MENDED


def test_sphinx_cuts_dutch_words_in_another_way_than_its_own_script():
    """site/search.py asks for the stemmer of the script."""
    assert '"dutch"' in inspect.getsource(SearchDutch) or "'dutch'" in inspect.getsource(SearchDutch), MENDED
    sphinx_cuts, script_cuts = snowballstemmer.stemmer("dutch"), snowballstemmer.stemmer("dutch_porter")
    words = ("waardering", "bedrijven", "missies", "ondernemen", "gemiddelde", "begeleiding")
    assert any(sphinx_cuts.stemWord(word) != script_cuts.stemWord(word) for word in words), MENDED


def test_the_numbering_of_parts_does_not_say_that_pages_may_be_read_side_by_side():
    """speed/side_by_side.py says it."""
    assert "parallel_read_safe" not in inspect.getsource(sphinx_multitoc_numbering), MENDED


def test_sphinx_loses_the_failure_of_a_page_while_others_are_handed_out():
    """speed/side_by_side.py passes it on; it also says of every process that it ends with Sphinx."""
    assert hasattr(ParallelTasks, "_process")

    def hand_out(kind: type[ParallelTasks]) -> None:
        tasks = kind(1)
        tasks.add_task(_fails)
        for process in tasks._procs.values():
            process.join()  # its failure is there when the next page is handed out
        tasks.add_task(_works)
        tasks.join()

    hand_out(ParallelTasks)  # says nothing: when this raises, delete ours
    with pytest.raises(SphinxParallelError):
        hand_out(_Telling)


def _fails() -> None:
    raise ValueError("a page that fails")


def _works() -> None:
    pass


def test_a_listener_has_a_socket_that_can_be_waited_for(tmp_path):
    """present/drawing.py waits for several things at once."""
    with Listener(str(tmp_path / "door"), "AF_UNIX") as door:
        assert door._listener._socket.fileno() > 0


def test_a_sheet_of_openpyxl_knows_its_file():
    assert "_worksheet_path" in inspect.getsource(ReadOnlyWorksheet) or hasattr(ReadOnlyWorksheet, "_worksheet_path")


def test_myst_nb_imports_what_runs_notebooks_and_does_without(tmp_path):
    """machine/stand_ins.py leaves it out of the process that only reads pages."""
    imports = "; ".join(f"import {name}" for name in LIBRARIES)
    told = f"print(*sorted({set(NEVER_USED)!r} & set(sys.modules)))"

    def run(first: str) -> list[str]:
        command = [
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, {str(ROOT / 'analysis')!r}); {first}; {imports}; {told}",
        ]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.split()

    assert set(run("pass")) == set(NEVER_USED), "what is no longer imported need not be left out"
    left_out = f"from missions.machine.stand_ins import leave_out; leave_out({NEVER_USED!r})"
    assert set(run(left_out)) <= set(NEVER_USED)
