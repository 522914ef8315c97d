"""Two editions of one year: what was released stays as it was printed until enough answers differ, also in a second build."""

from __future__ import annotations

from support.checkout import Checkout, edit
from support.tiny import OTHER_ROW, ROW, STEPS

KEPT = "data/confidential/released/sample-2025.json"


def talks(checkout: Checkout) -> dict:
    return checkout.facts()["imvo_talk_n"]


def test_the_counts_behind_a_release_are_for_their_owner_alone_and_not_in_git(released):
    assert (released.root / KEPT).stat().st_mode & 0o077 == 0
    assert (released.root / KEPT).parent.stat().st_mode & 0o077 == 0
    assert "data/confidential" in (released.root / ".gitignore").read_text(encoding="utf-8")


def test_without_the_release_a_correction_shows_at_once(workshop):
    before = talks(workshop)["value"]
    edit(workshop.root / STEPS, ROW, OTHER_ROW)
    workshop.reseal(STEPS)
    workshop.build()
    assert talks(workshop)["value"] == before - 1
