"""Ended at any moment: readers keep a whole edition, and the next build repairs itself."""

from __future__ import annotations

import os
import random
import shutil
import sys
import time

import psutil
import pytest

from missions.edition.results import RECORD
from support.background import AT_LAST_SECONDS, started
from support.checkout import Checkout, edit, fingerprint
from support.tiny import HEADING, OTHER_HEADING, OTHER_ROW, ROW, STEPS

CORRECTION = """corrections:
  - file: data/raw/2025/series.csv
    key: {indicator: mean_grade, period_start: 2025, period_end: 2025, qualifier: exact}
    column: value
    old: "8.0"
    new: "7.9"
    reason: a test
    confirmed_by: nobody
"""
CHANGED = (STEPS, "book/note.md")  # the files that a change of everything edits; the sidecar is written anew each time
WHOLE = "from missions.edition import results; print(len(results.last(results.where()).get('results', {})))"
# How far a build is, as it says; or as it shows, where it gathers what it has made.
MOMENTS = {
    "deliveries were read": lambda build, folder: build.until_said("deliveries: ready"),
    "an annex was made": lambda build, folder: build.until_said("annex imvo: made"),
    "facts are collected": lambda build, folder: build.until_said("facts: ready"),
    "pages are written": lambda build, folder: build.until_said("PDFs: made of the same pages"),
    "the site is ready": lambda build, folder: build.until_said("site: ready"),
    "results are gathered": lambda build, folder: build.until_made(folder / "_build/.making/html"),
}
ALL = list(MOMENTS)
KILLS = int(os.environ.get("KILLS", len(ALL)))  # `make bench` ends 50 builds, each a random while after such a moment


def files_of_whole_edition(checkout: Checkout) -> int:
    """How many files the edition has that readers see; 0 when not everything in it is what was built."""
    told = checkout.run(sys.executable, "-c", WHOLE)
    assert told.returncode == 0, told.stderr
    return int(told.stdout)


def change_everything(checkout: Checkout, number: int) -> None:
    """Something of every kind, so that every part of a build is at work; another thing for every number."""
    edit(checkout.root / STEPS, *((ROW, OTHER_ROW) if number % 2 == 0 else (OTHER_ROW, ROW)))
    checkout.reseal(STEPS, title=f"IMVO-stappen, levering {number}")
    note = checkout.root / "book/note.md"
    note.write_text(f"{note.read_text(encoding='utf-8')}\nZin {'x' * (number + 1)}.\n", encoding="utf-8")


def change_at_last(checkout: Checkout) -> None:
    """What all tests here end with, so that one clean build tells what is right for all of them."""
    change_everything(checkout, KILLS + KILLS % 2)
    edit(checkout.root / "analysis/annexes/imvo.py", HEADING, OTHER_HEADING)


@pytest.fixture(scope="module")
def right(tiny_built, tmp_path_factory) -> dict[str, str]:
    """What a clean build gives of the last change: file -> hash."""
    checkout = tiny_built.copied_to(tmp_path_factory.mktemp("right") / "checkout")
    for made in ("_build", ".state", "data/validated", "book/annexes"):
        shutil.rmtree(checkout.root / made)
    change_at_last(checkout)
    checkout.build()
    return fingerprint(checkout.root / "_build")


def test_builds_that_are_ended_anywhere_leave_a_whole_edition_and_the_next_one_is_right(workshop, right):
    before = {name: (workshop.root / name).read_bytes() for name in CHANGED}
    chance = random.Random(2025)
    files = files_of_whole_edition(workshop)
    assert files > 50
    for number in range(KILLS):
        moment = ALL[number % len(ALL)]
        if number < KILLS - 1:
            change_everything(workshop, number)
        else:  # the next build, which is not ended, finds what this one made of the same
            for name, content in before.items():
                (workshop.root / name).write_bytes(content)
            change_at_last(workshop)
        with started(workshop, "build") as build:
            MOMENTS[moment](build, workshop.root)
            time.sleep(chance.uniform(0, 1) if number >= len(ALL) else 0)
            build.end(with_children=chance.random() < 0.5)
        assert files_of_whole_edition(workshop) == files, f"kill {number}, when {moment}"
    workshop.build()
    assert fingerprint(workshop.root / "_build") == right
    left = {path.name for path in (workshop.root / "_build").iterdir() if path.name.startswith(".")}
    assert RECORD in left and not left & {".making", ".next"}, "what ended builds left is gone"


def test_a_second_build_waits_for_the_first_and_both_are_right(workshop, right):
    change_at_last(workshop)
    with started(workshop, "build") as first:
        first.until_said("deliveries: ready")
        with started(workshop, "build") as second:
            second.until_said("another build is at work here; waiting")
            assert first.process.poll() is None
            assert "nothing that this edition rests on has changed" in second.rest()
        assert "Ready in" in first.rest()
    assert [first.process.returncode, second.process.returncode] == [0, 0]
    assert fingerprint(workshop.root / "_build") == right


def test_processes_of_a_build_end_with_it(workshop):
    edit(workshop.root / "analysis/annexes/imvo.py", HEADING, OTHER_HEADING)
    with started(workshop, "build") as build:
        build.until(lambda: len(build.children()) >= 3)
        children = build.children()
        assert len(children) >= 3
        build.end(with_children=False)
        _, alive = psutil.wait_procs(children, timeout=AT_LAST_SECONDS)
        assert not alive, [child.cmdline() for child in alive]


def test_a_file_that_is_saved_while_it_is_used_is_built_with_its_new_content(workshop, right):
    change_at_last(workshop)
    annex = workshop.root / "analysis/annexes/imvo.py"
    edit(annex, OTHER_HEADING, "# ## Wat deze bijlage nooit zegt")
    with started(workshop, "build") as build:
        build.until_said("deliveries: ready")  # the plan was made, and what it rests on is known
        with build.held():
            edit(annex, "# ## Wat deze bijlage nooit zegt", OTHER_HEADING)
        said = build.rest()
    assert build.process.returncode == 0, said
    assert OTHER_HEADING.removeprefix("# ## ") in (workshop.html / "book/annexes/imvo.html").read_text(encoding="utf-8")
    assert "was saved while it was used; once more" in said
    assert fingerprint(workshop.root / "_build") == right


@pytest.mark.parametrize(
    "moment", [pytest.param(moment, marks=pytest.mark.long) for moment in list(MOMENTS)[:-1]] + list(MOMENTS)[-1:]
)
def test_what_is_saved_during_a_build_is_not_kept_under_what_was_there_before(workshop, right, moment):
    """A correction comes while the build runs, and is withdrawn afterwards: what was made with it may not come back."""
    change_at_last(workshop)
    template = workshop.root / "book/_ext/missions_book/pdf/document.typ"
    corrections = workshop.root / "data/corrections/2025.yml"
    with started(workshop, "build") as build:
        MOMENTS[moment](build, workshop.root)
        with build.held():
            edit(template, "bottom: 25mm", "bottom: 26mm")
            corrections.parent.mkdir()
            corrections.write_text(CORRECTION, encoding="utf-8")
        said = build.rest()
    assert build.process.returncode == 0, said
    corrections.unlink()
    edit(template, "bottom: 26mm", "bottom: 25mm")
    workshop.build()
    assert fingerprint(workshop.root / "_build") == right
