"""Our plugin for MyST-NB is found by every book in the same environment: it must do no harm there."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys

import nbformat

from missions.paths import ROOT


def test_another_book_with_myst_nb_is_built_in_the_same_environment(tmp_path):
    (entry,) = importlib.metadata.entry_points(group="myst_nb.mime_renderers", name="missions")
    assert entry.value == "missions.present.renderer:OutputRenderer"
    (tmp_path / "conf.py").write_text('extensions = ["myst_nb"]\nnb_execution_mode = "off"\n', encoding="utf-8")
    shown = nbformat.v4.new_output("display_data", {"text/html": "<b>a table of theirs</b>", "text/plain": "a table"})
    cells = [nbformat.v4.new_markdown_cell("# Another book"), nbformat.v4.new_code_cell("1 + 1", outputs=[shown])]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
    nbformat.write(notebook, tmp_path / "index.ipynb")
    places = str(ROOT / "analysis")  # as it is installed: the extension of our book is not
    result = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "-b", "html", ".", "site"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": places}, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "<b>a table of theirs</b>" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
