"""Two editions of one year: what was released stays as it was printed until enough answers differ, also in a second build."""

from __future__ import annotations

import json

import pytest

from support.checkout import Checkout, edit
from support.tiny import NO_TALK, OTHER_ROW, ROW, STEPS, TALK

KEPT = "data/confidential/released/sample-2025.json"


@pytest.fixture(scope="module")
def released(tiny_built, tmp_path_factory) -> Checkout:
    checkout = tiny_built.copied_to(tmp_path_factory.mktemp("editions") / "copy")
    for name in ("data/published/sample/2025.json", "data/published/sample/2025.manifest.json"):
        (checkout.root / name).unlink(missing_ok=True)
    checkout.build()
    told = checkout.missions("freeze")
    assert told.returncode == 0, told.stderr
    assert KEPT in told.stdout
    return checkout


def talks(checkout: Checkout) -> dict:
    return checkout.facts()["imvo_talk_n"]


def test_the_counts_behind_a_release_are_for_their_owner_alone_and_not_in_git(released):
    assert (released.root / KEPT).stat().st_mode & 0o077 == 0
    assert (released.root / KEPT).parent.stat().st_mode & 0o077 == 0
    assert "data/confidential" in (released.root / ".gitignore").read_text(encoding="utf-8")


def test_one_late_or_corrected_answer_is_not_found_by_subtraction(released):
    before = talks(released)
    edit(released.root / STEPS, ROW, OTHER_ROW)
    released.reseal(STEPS)
    released.build()
    assert talks(released) == before | {"inputs": talks(released)["inputs"]}
    shown = json.dumps(released.facts()["imvo_agreement_n"])
    assert json.loads(shown)["status"] == "published"
    assert released.missions("verify").returncode == 0, "a second build knows the release too"


def test_a_dozen_corrected_answers_are_told(released):
    before = talks(released)["value"]
    path = released.root / STEPS
    path.write_text(path.read_text(encoding="utf-8").replace(TALK, NO_TALK, 12), encoding="utf-8")
    released.reseal(STEPS)
    released.build()
    assert talks(released)["value"] == before - 13  # the one from before and these


def test_without_the_release_a_correction_shows_at_once(workshop):
    before = talks(workshop)["value"]
    edit(workshop.root / STEPS, ROW, OTHER_ROW)
    workshop.reseal(STEPS)
    workshop.build()
    assert talks(workshop)["value"] == before - 1
