"""Ended at any moment: readers keep a whole edition, and the next build repairs itself."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time

import psutil
import pytest

from support.checkout import SURVEY, Checkout, edit

CORRECTION = """corrections:
  - file: data/raw/2025/series.csv
    key: {indicator: mean_grade, period_start: 2025, period_end: 2025, qualifier: exact}
    column: value
    old: "8.0"
    new: "7.9"
    reason: a test
    confirmed_by: nobody
"""
KILLS = int(os.environ.get("KILLS", "4"))  # `make bench` ends 50 builds
LONGEST_SECONDS = 5.0


def whole_edition(checkout: Checkout) -> dict:
    """The record of the edition that readers see, if everything in it is what was built."""
    folder = checkout.root / "_build" / "current"
    program = (
        "import sys; from missions.edition import results; record = results.last(results.FINAL);"
        "print(len(record.get('results', {})))"
    )
    told = checkout.run(sys.executable, "-c", program)
    assert told.returncode == 0, told.stderr
    return {"files": int(told.stdout), "folder": folder.resolve()}


def end(process: subprocess.Popen, everything: bool) -> None:
    """SIGKILL to the build alone, as a terminal that is closed, or to all its processes at once, as when memory is short."""
    with contextlib.suppress(psutil.NoSuchProcess):  # it was ready before
        build = psutil.Process(process.pid)
        for one in [build, *(build.children(recursive=True) if everything else [])]:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
    process.wait()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="a signal of POSIX")
def test_builds_that_are_ended_anywhere_leave_a_whole_edition_and_the_next_one_is_right(workshop):
    chance = random.Random(2025)
    files = whole_edition(workshop)["files"]
    assert files > 100
    environment = os.environ | {"PYTHONPATH": str(workshop.root / "analysis")}
    grades = [7, 8]
    finished = 0
    for number in range(KILLS):
        # Something of every kind changes, so that every part of a build is at work.
        old, new = grades[number % 2], grades[(number + 1) % 2]
        edit(workshop.root / SURVEY, f"\n1;2019-XAK-02;herinnering;{old};", f"\n1;2019-XAK-02;herinnering;{new};")
        workshop.reseal(SURVEY, title=f"Effectmeting, levering {number}")
        note = workshop.root / "book/note.md"
        note.write_text(note.read_text(encoding="utf-8") + f"\nZin {'x' * (number + 1)}.\n", encoding="utf-8")
        build = subprocess.Popen(
            [sys.executable, "-m", "missions", "build"], cwd=workshop.root, env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(chance.uniform(0.05, LONGEST_SECONDS))
        finished += build.poll() is not None
        end(build, everything=chance.random() < 0.5)
        assert whole_edition(workshop)["files"] == files, f"kill {number}"
    assert finished < KILLS / 2, "most builds must be ended before they are ready"
    workshop.build()
    verified = workshop.missions("verify")
    assert verified.returncode == 0, verified.stderr
    left = [path.name for path in (workshop.root / "_build/.editions").iterdir()]
    assert left == [(workshop.root / "_build/current").resolve().name], "what ended builds left is gone"


def test_a_second_build_waits_for_the_first_and_both_are_right(workshop):
    edit(workshop.root / SURVEY, "\n1;2019-XAK-02;herinnering;7;", "\n1;2019-XAK-02;herinnering;8;")
    workshop.reseal(SURVEY)
    environment = os.environ | {"PYTHONPATH": str(workshop.root / "analysis")}
    builds = [
        subprocess.Popen(
            [sys.executable, "-m", "missions", "build"], cwd=workshop.root, env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    told = [build.communicate()[0] for build in builds]
    assert [build.returncode for build in builds] == [0, 0]
    assert sum("another build is at work here; waiting" in text for text in told) == 1
    assert sum("nothing that this edition rests on has changed" in text for text in told) == 1
    assert workshop.missions("verify").returncode == 0


def test_processes_of_a_build_end_with_it(workshop):
    edit(workshop.root / "analysis/annexes/imvo.py", "# ## Wat deze bijlage niet zegt", "# ## Wat deze bijlage niet kan zeggen")
    environment = os.environ | {"PYTHONPATH": str(workshop.root / "analysis")}
    build = subprocess.Popen(
        [sys.executable, "-m", "missions", "build"], cwd=workshop.root, env=environment, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 20
    children: list[psutil.Process] = []
    while len(children) < 3 and time.monotonic() < deadline:
        children = psutil.Process(build.pid).children(recursive=True)
    assert len(children) >= 3
    end(build, everything=False)
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive, [child.cmdline() for child in alive]


@pytest.mark.long
def test_a_file_that_is_saved_while_it_is_used_is_built_with_its_new_content(workshop):
    annex = workshop.root / "analysis/annexes/imvo.py"
    edit(annex, "# ## Wat deze bijlage niet zegt", "# ## Wat deze bijlage niet kan zeggen")
    environment = os.environ | {"PYTHONPATH": str(workshop.root / "analysis")}
    build = subprocess.Popen(
        [sys.executable, "-m", "missions", "build"], cwd=workshop.root, env=environment, stdout=subprocess.PIPE, text=True
    )
    time.sleep(0.8)  # while libraries are imported: the plan is made, the annex has not begun
    edit(annex, "# ## Wat deze bijlage niet kan zeggen", "# ## Wat deze bijlage nooit zegt")
    told, _ = build.communicate()
    assert build.returncode == 0, told
    assert "Wat deze bijlage nooit zegt" in (workshop.html / "book/annexes/imvo.html").read_text(encoding="utf-8")
    assert "was saved while it was used; once more" in told
    assert workshop.missions("verify").returncode == 0


@pytest.mark.long
@pytest.mark.parametrize("moment", [0.5, 1.5, 2.8])
def test_what_is_saved_during_a_build_is_not_kept_under_what_was_there_before(workshop, moment):
    """A correction comes while the build runs, and is withdrawn afterwards: what was made with it may not come back."""
    edit(workshop.root / SURVEY, "\n1;2019-XAK-02;herinnering;7;", "\n1;2019-XAK-02;herinnering;8;")
    workshop.reseal(SURVEY)
    environment = os.environ | {"PYTHONPATH": str(workshop.root / "analysis")}
    build = subprocess.Popen(
        [sys.executable, "-m", "missions", "build"], cwd=workshop.root, env=environment, stdout=subprocess.PIPE, text=True
    )
    time.sleep(moment)
    template = workshop.root / "book/_ext/missions_book/pdf/document.typ"
    edit(template, "bottom: 25mm", "bottom: 26mm")
    path = workshop.root / "data/corrections/2025.yml"
    path.parent.mkdir()
    path.write_text(CORRECTION, encoding="utf-8")
    told, _ = build.communicate()
    assert build.returncode == 0, told
    path.unlink()
    edit(template, "bottom: 26mm", "bottom: 25mm")
    workshop.build()
    verified = workshop.missions("verify")
    assert verified.returncode == 0, verified.stderr
