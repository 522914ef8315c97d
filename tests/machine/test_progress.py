"""Progress as a person sees it in a terminal, and as a log keeps it."""

from __future__ import annotations

import contextlib
import io
import os
import pty
import subprocess
import sys

import pytest

from missions.machine import progress

PROGRAM = """
from missions.machine import progress
progress.begin("annexes", 2, "run")
progress.at_work("annexes", "cell 1 of 9")
progress.step("annexes", "imvo")
progress.begin("site", 0)
progress.step("site", "book/letter")
progress.say("annex effect: FAILED")
progress.step("annexes", "effect")
progress.end("annexes")
progress.end("site")
"""
ERASE = "\r\x1b[K"


def in_a_terminal(columns: int) -> str:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=theirs, env=os.environ | {"COLUMNS": str(columns), "LINES": "24"}
    )
    os.close(theirs)
    seen = b""
    with contextlib.suppress(OSError):  # the terminal is gone when the program has ended
        while piece := os.read(ours, 4096):
            seen += piece
    assert process.wait() == 0
    os.close(ours)
    return seen.decode().replace("\r\n", "\n")


def without_seconds(text: str) -> str:
    return "\n".join(line.partition(" in ")[0] for line in text.splitlines())


def test_a_log_has_a_plain_line_for_everything_that_is_done():
    told = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert without_seconds(told.stdout).splitlines() == [
        "annexes: run (2)",
        "  annexes 1 of 2: imvo",
        "site: begins",
        "  site 1: book/letter",
        "annex effect: FAILED",
        "  annexes 2 of 2: effect",
        "annexes: ready",
        "site: ready",
    ]


def test_a_terminal_has_one_line_that_is_written_anew_and_only_what_matters_stays():
    seen = in_a_terminal(columns=100)
    drawn = [line for line in seen.split(ERASE) if line]
    assert drawn[0] == f"annexes [{'.' * 20}] 0 of 2 run"
    assert drawn[1] == f"annexes [{'.' * 20}] 0 of 2 cell 1 of 9"
    assert drawn[2] == f"annexes [{'#' * 10}{'.' * 10}] 1 of 2 imvo"
    assert drawn[4] == f"annexes [{'#' * 10}{'.' * 10}] 1 of 2 imvo   site 1 book/letter", "stages that overlap share it"
    stays = [line for piece in drawn for line in [piece.rpartition("\n")[0]] if line]
    assert without_seconds("\n".join(stays)).splitlines() == ["annex effect: FAILED", "annexes: ready", "site: ready"]


def test_a_line_is_never_wider_than_the_terminal():
    for line in in_a_terminal(columns=30).replace(ERASE, "\n").splitlines():
        assert len(line) < 30, line


def test_whoever_redirects_the_output_hears_nothing_else(capfd):
    heard = io.StringIO()
    with contextlib.redirect_stdout(heard):
        progress.begin("facts", 1)
        progress.step("facts", "collected")
        progress.end("facts")
    assert heard.getvalue().count("\n") == 3 and capfd.readouterr() == ("", "")


def test_what_broke_off_is_cleared_away():
    progress.begin("site", 0)
    progress.clear()
    with pytest.raises(KeyError):
        progress.step("site", "a page of a build that is over")
