"""A saved file shows itself in the preview; an error too, and the next saved file mends it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.checkout import Checkout, edit


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


@dataclass
class Browser:
    """What somebody who has the preview open gets to see."""

    port: int
    process: subprocess.Popen
    log: Path

    def get(self, address: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{address}", timeout=10) as answer:
            return answer.read().decode()

    def after_build(self, number: int) -> dict:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "the watch has ended"
            try:
                state = json.loads(self.get(".state"))
            except OSError:
                state = {"build": -1}
            if state["build"] >= number:
                return state
            time.sleep(0.1)
        raise AssertionError(f"build {number} did not come: {self.log.read_text(encoding='utf-8')}")


@pytest.fixture
def browser(workshop: Checkout, tmp_path: Path) -> Iterator[Browser]:
    port = free_port()
    environment = os.environ | {"PYTHONPATH": str(workshop.root / "analysis")}
    log = tmp_path / "watch.log"
    with open(log, "w", encoding="utf-8") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "missions", "watch", "--port", str(port)], cwd=workshop.root, env=environment,
            stdout=told, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        yield Browser(port, process, log)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def test_saved_prose_annex_library_and_errors_show_themselves(workshop, browser):
    assert browser.after_build(1)["error"] == ""
    note = workshop.root / "book/note.md"
    note.write_text(note.read_text(encoding="utf-8") + "\nEen zin die net is opgeslagen.\n", encoding="utf-8")
    browser.after_build(2)
    page = browser.get("book/note.html")
    assert "Een zin die net is opgeslagen." in page and "/.watch.js" in page, "the page asks for the next build"

    annex = workshop.root / "analysis/annexes/imvo.py"
    edit(annex, "# ## Wat deze bijlage niet zegt", "# ## Wat deze bijlage niet kan zeggen")
    browser.after_build(3)
    assert "Wat deze bijlage niet kan zeggen" in browser.get("book/annexes/imvo.html")

    # The library is not what the processes that stay have imported: it is read anew.
    numbers = workshop.root / "analysis/missions/present/numbers.py"
    edit(numbers, '"exact": "{}"', '"exact": "precies {}"')
    assert browser.after_build(4)["error"] == ""
    assert "precies " in browser.get("book/letter.html")

    text = annex.read_text(encoding="utf-8")
    annex.write_text(text.replace("imvo.chain(steps, missions)", "imvo.chain(steps, steps)"), encoding="utf-8")
    assert "annex imvo: KeyError" in browser.after_build(5)["error"]
    assert "Wat deze bijlage niet kan zeggen" in browser.get("book/annexes/imvo.html"), "the last good preview stays"
    annex.write_text(text, encoding="utf-8")
    assert browser.after_build(6)["error"] == ""


def test_the_preview_is_for_this_machine_alone_and_is_no_edition(workshop, browser):
    browser.after_build(1)
    command = f"ss -ltn 2>/dev/null | grep :{browser.port}"
    listening = subprocess.run(["bash", "-c", command], capture_output=True, text=True).stdout
    if listening:  # where that program is
        assert f"127.0.0.1:{browser.port}" in listening and not re.search(rf"(0\.0\.0\.0|\*):{browser.port}\b", listening)
    script = browser.get("book/index.html")
    assert "/.watch.js" in script
    for path in (workshop.root / "_build").rglob("*.html"):
        assert "/.watch.js" not in path.read_text(encoding="utf-8"), path


def test_what_a_build_writes_itself_is_no_reason_for_another(workshop, browser):
    first = browser.after_build(1)["build"]
    (workshop.root / "_build/.work/something").write_text("written", encoding="utf-8")
    (workshop.root / "book/annexes/imvo.ipynb").touch()
    (workshop.root / "data/validated/sample/2025/imvo_steps.parquet").touch()
    time.sleep(3)
    assert json.loads(browser.get(".state"))["build"] == first
