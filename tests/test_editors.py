"""Analysts open, run and save annexes in the editor of their choice; git sees what they wrote and nothing else."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from jupytext.config import load_jupytext_config

from missions.paths import ROOT
from missions.present.renderer import MIME
from support.browser import chromium
from support.checkout import Checkout

ANNEXES = sorted((ROOT / "analysis" / "annexes").glob("*.py"))
LAB = ROOT / ".venv-lab"


def environment_of(checkout: Checkout) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(checkout.root / "analysis")}


# --- what is saved ---------------------------------------------------------------------------------------------------
def as_an_editor_leaves_it(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """With all that editors note: kernel, language, outputs, numbers of runs, what is folded."""
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python (.venv)", "language": "python"}
    notebook.metadata["language_info"] = {"name": "python", "version": "3.99"}
    notebook.metadata["widgets"] = {"state": {}}
    for number, cell in enumerate(notebook.cells):
        cell.metadata |= {"collapsed": True, "jupyter": {"outputs_hidden": True}, "vscode": {"languageId": "python"}}
        if cell.cell_type == "code":
            cell.execution_count = number
            cell.outputs = [nbformat.v4.new_output("stream", text="42")]
    return notebook


@pytest.mark.parametrize("path", ANNEXES, ids=lambda path: path.stem)
def test_an_annex_that_is_opened_and_saved_is_the_same_bytes(path):
    settings = load_jupytext_config(str(path))
    notebook = jupytext.read(path, config=settings)
    assert any("parameters" in cell.metadata.get("tags", []) for cell in notebook.cells)
    saved = jupytext.writes(as_an_editor_leaves_it(notebook), "py:percent", config=settings)
    assert saved.encode() == path.read_bytes()


def test_a_tag_is_saved():
    """The one thing about a cell that a build reads."""
    path = ANNEXES[0]
    settings = load_jupytext_config(str(path))
    notebook = jupytext.read(path, config=settings)
    notebook.cells[-1].metadata["tags"] = ["mine"]
    assert 'tags=["mine"]' in jupytext.writes(notebook, "py:percent", config=settings)


# --- what runs -------------------------------------------------------------------------------------------------------
def test_cells_run_in_a_kernel_wherever_it_starts_and_show_what_a_page_shows(built):
    manager, client = start_new_kernel(kernel_name="python3", cwd=built.root / "analysis" / "annexes", env=environment_of(built))
    shown = []

    def hear(message: dict) -> None:
        assert message["msg_type"] != "error", message["content"]
        if message["msg_type"] in ("display_data", "execute_result"):
            shown.append(message["content"]["data"])

    try:
        for cell in jupytext.read(ROOT / "analysis/annexes/minister_valuation.py").cells:
            if cell.cell_type == "code":
                client.execute_interactive(cell.source, output_hook=hear, timeout=120)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert len(shown) > 5 and all(MIME in output for output in shown)
    for output in shown:
        assert output["text/html"].startswith('<div class="missions-output">') and "</table></div>" in output["text/html"]
    assert any("<svg" in output["text/html"] and "Fira Sans" in output["text/html"] for output in shown)


def test_the_commands_of_the_page_on_editing_do_what_it_says(built, tmp_path):
    page = (ROOT / "docs" / "editing.md").read_text(encoding="utf-8")
    commands = [shlex.split(line) for line in re.findall(r"^    (\.venv/bin/.*)$", page, re.MULTILINE)]
    assert [Path(command[0]).name for command in commands] == ["jupytext", "papermill"]
    for program, *arguments in commands:
        command = [Path(sys.prefix, "bin", Path(program).name), *arguments]
        command = [tmp_path / one if one in ("in.ipynb", "out.ipynb") else one for one in command]  # it stays beside the copy
        done = subprocess.run(command, cwd=built.root, env=environment_of(built), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    made = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert [cell.source for cell in made.cells if "injected-parameters" in cell.metadata.get("tags", [])] == [
        "# Parameters\nyear = 2025\n"
    ]
    assert sum(MIME in output.get("data", {}) for cell in made.cells for output in cell.get("outputs", [])) > 3


def test_vs_code_finds_the_interpreter_and_runs_cells_at_the_root():
    settings = json.loads((ROOT / ".vscode" / "settings.json").read_text(encoding="utf-8"))
    assert settings["python.defaultInterpreterPath"] == "${workspaceFolder}/.venv/bin/python"
    assert settings["jupyter.notebookFileRoot"] == "${workspaceFolder}"
    assert json.loads((ROOT / ".vscode" / "extensions.json").read_text(encoding="utf-8"))["recommendations"]


# --- JupyterLab itself -----------------------------------------------------------------------------------------------
@pytest.fixture
def lab(workshop) -> Iterator[str]:
    """The address of a JupyterLab that shows a copy, as `make lab` starts it."""
    made = subprocess.run(["make", ".venv-lab/.installed"], cwd=ROOT, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    settings = {"JUPYTER_CONFIG_PATH": str(workshop.root / ".jupyter"), "JUPYTER_CONFIG_DIR": str(workshop.root / "home")}
    process = subprocess.Popen(
        [LAB / "bin/jupyter", "lab", "--no-browser", "--allow-root", "--port=0", "--IdentityProvider.token=t"],
        cwd=workshop.root, env=environment_of(workshop) | settings | {"JUPYTER_RUNTIME_DIR": str(workshop.root / "runtime")},
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while not (found := list((workshop.root / "runtime").glob("jpserver-*.json"))):
            assert process.poll() is None and time.monotonic() < deadline, "JupyterLab did not start"
            time.sleep(0.1)
        yield json.loads(found[0].read_text(encoding="utf-8"))["url"]
    finally:
        process.terminate()
        process.wait()


@pytest.mark.long
def test_in_jupyterlab_a_double_click_opens_an_annex_that_runs_and_is_saved_as_it_was(workshop, lab):
    annex = workshop.root / "analysis/annexes/minister_valuation.py"
    before = annex.read_bytes()
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.goto(f"{lab}lab?token=t", timeout=120_000)
        page.locator(".jp-DirListing-item", has_text=annex.name).dblclick(timeout=120_000)
        page.locator(".jp-Notebook .jp-MarkdownOutput h1").first.wait_for(timeout=120_000)
        assert page.locator("dialog").count() == 0, "nothing is asked"
        page.get_by_text("Python (.venv) | Idle").wait_for(timeout=120_000)
        page.get_by_text("Run", exact=True).first.click()
        page.get_by_text("Run All Cells", exact=True).click()
        page.locator(".missions-output svg").first.wait_for(timeout=120_000)
        page.get_by_text("Python (.venv) | Idle").wait_for(timeout=120_000)
        assert page.locator(".missions-output").count() > 5
        assert page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
        fonts = "[...document.fonts].filter(font => font.family.includes('Fira Sans') && font.status === 'loaded').length"
        assert page.evaluate(fonts) > 0
        words = page.locator(".missions-output td.text").first
        assert words.evaluate("cell => getComputedStyle(cell).fontFamily").startswith('"Fira Sans"')
        with page.expect_response(lambda answer: answer.request.method == "PUT" and annex.name in answer.url) as saved:
            page.keyboard.press("Control+s")
        assert saved.value.ok
    assert annex.read_bytes() == before
    with urllib.request.urlopen(f"{lab}api/kernelspecs?token=t") as answer:
        spec = json.load(answer)["kernelspecs"]["python3"]["spec"]
    assert spec["argv"][0] == str(ROOT / ".venv/bin/python")
