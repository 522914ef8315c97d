"""A saved file shows itself in the preview; an error too, and the next saved file mends it."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from support.background import AT_LAST_SECONDS, Background, started
from support.checkout import Checkout, edit
from support.tiny import HEADING, OTHER_HEADING


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


@dataclass
class Preview:
    """What somebody who has the preview open gets to see."""

    port: int
    program: Background

    def get(self, address: str) -> str:
        return self._open(address).read().decode()

    def _open(self, address: str, timeout: float = AT_LAST_SECONDS):
        return urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{address}", timeout=timeout)

    def states(self) -> Iterator[dict]:
        """What a page that is open is told: how it is now, and every change from then on."""
        with self._open(".state") as stream:
            for line in stream:
                if line.startswith(b"data: "):
                    yield json.loads(line.removeprefix(b"data: "))

    def until(self, holds: Callable[[dict], bool]) -> dict:
        """The first state of which this holds. A watch that starts itself anew closes the stream, and is asked again."""
        while True:
            assert self.program.process.poll() is None, self.program.rest()
            try:
                for state in self.states():
                    if holds(state):
                        return state
            except (ConnectionError, urllib.error.URLError):
                self.program.until(self.answers)

    def answers(self) -> bool:
        with socket.socket() as door:
            return door.connect_ex(("127.0.0.1", self.port)) == 0

    def after_build_of(self, change: Callable[[], object]) -> dict:
        """The state when the next build is ready, after `change` has saved something."""
        before = self.until(lambda state: not state["busy"])
        change()
        same = (before["since"], before["build"])
        return self.until(lambda state: not state["busy"] and state["build"] > 0 and (state["since"], state["build"]) != same)


@pytest.fixture
def preview(workshop: Checkout) -> Iterator[Preview]:
    port = free_port()
    with started(workshop, "watch", "--port", str(port)) as program:
        program.until_said("control-C ends this")
        yield Preview(port, program)


def test_saved_prose_annex_library_and_errors_show_themselves(workshop, preview):
    assert preview.until(lambda state: state["build"] == 1)["error"] == ""
    note = workshop.root / "book/note.md"
    preview.after_build_of(lambda: edit(note, "De brief noemt", "Een zin die net is opgeslagen. De brief noemt"))
    page = preview.get("book/note.html")
    assert "Een zin die net is opgeslagen." in page and "/.watch.js" in page, "the page asks for the next build"

    annex = workshop.root / "analysis/annexes/imvo.py"
    preview.after_build_of(lambda: edit(annex, HEADING, OTHER_HEADING))
    assert OTHER_HEADING.removeprefix("# ## ") in preview.get("book/annexes/imvo.html")

    # The library is not what the processes that stay have imported: it is read anew.
    numbers = workshop.root / "analysis/missions/present/numbers.py"
    state = preview.after_build_of(lambda: edit(numbers, '"exact": "{}"', '"exact": "precies {}"'))
    assert state["error"] == "" and "precies " in preview.get("book/index.html")

    text = annex.read_text(encoding="utf-8")
    broken = text.replace("imvo.chain(steps, missions)", "imvo.chain(steps, steps)")
    state = preview.after_build_of(lambda: annex.write_text(broken, encoding="utf-8"))
    assert "annex imvo: KeyError" in state["error"]
    assert OTHER_HEADING.removeprefix("# ## ") in preview.get("book/annexes/imvo.html"), "the last good preview stays"
    assert preview.after_build_of(lambda: annex.write_text(text, encoding="utf-8"))["error"] == ""


def test_the_preview_is_for_this_machine_alone_and_is_no_edition(workshop, preview):
    preview.until(lambda state: state["build"] == 1)
    command = f"ss -ltn 2>/dev/null | grep :{preview.port}"
    listening = subprocess.run(["bash", "-c", command], capture_output=True, text=True).stdout
    if listening:  # where that program is
        assert f"127.0.0.1:{preview.port}" in listening
        assert not re.search(rf"(0\.0\.0\.0|\*):{preview.port}\b", listening)
    assert "/.watch.js" in preview.get("book/index.html")
    for path in (workshop.root / "_build").rglob("*.html"):
        assert "/.watch.js" not in path.read_text(encoding="utf-8"), path


def test_what_a_build_writes_itself_is_no_reason_for_another(workshop, preview):
    """A second build comes only with a file that somebody saves, and knows nothing of the others."""
    preview.until(lambda state: state["build"] == 1)
    written = (".state/sphinx/something", "book/annexes/imvo.ipynb", "data/validated/sample/2025/imvo_steps.parquet")
    (workshop.root / written[0]).write_text("written", encoding="utf-8")
    for name in written:
        (workshop.root / name).touch()
    state = preview.after_build_of(lambda: edit(workshop.root / "book/note.md", "De brief noemt", "Nu noemt de brief"))
    assert state["build"] == 2 and "Nu noemt de brief" in preview.get("book/note.html")
    record = json.loads((workshop.root / "_build/preview/.build.json").read_text(encoding="utf-8"))
    assert "book/note.md" in record["sources"] and not set(written) & set(record["sources"])
