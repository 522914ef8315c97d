"""`jupyter-book build .` makes the same book, beside the edition that `make book` has sealed."""

from __future__ import annotations

import pytest

from missions.machine.snapshot import tree
from missions.paths import ROOT
from support.checkout import Checkout, copy_repository
from support.jupyter_book import BESIDE, edition, jupyter_book, made_beside


def sealed(checkout: Checkout) -> list:
    """All that readers get of an edition."""
    return [tree(str(checkout.html)), tree(str(checkout.pdf)), checkout.facts()]


def test_the_same_book_is_made_beside_the_edition_which_stays_as_it_is(workshop):
    before = sealed(workshop)
    assert made_beside(workshop) == edition(workshop)
    page = workshop.root / "book" / "letter.md"
    page.write_text(page.read_text(encoding="utf-8").replace("Hoogachtend", "Met vriendelijke groet"), encoding="utf-8")
    result = jupyter_book(workshop.root, workshop.root)
    assert f"this book is in {BESIDE.as_posix()}; the edition in _build/html is as `make book` made it" in result.stdout
    assert "Met vriendelijke groet" in (workshop.root / BESIDE / "book" / "letter.html").read_text(encoding="utf-8")
    assert sealed(workshop) == before


@pytest.mark.long
def test_a_folder_that_was_asked_for_is_used(workshop, tmp_path):
    result = jupyter_book(workshop.root, workshop.root, "--path-output", str(tmp_path / "elsewhere"))
    assert result.returncode == 0, result.stderr
    made = tree(str(tmp_path / "elsewhere" / "_build" / "html"))
    assert made == edition(workshop) and not (workshop.root / BESIDE).exists()


def test_without_an_edition_it_says_what_to_run_and_leaves_no_folder_for_one(tmp_path):
    checkout = copy_repository(tmp_path)
    result = jupyter_book(checkout.root, checkout.root)
    assert result.returncode == 1 and "Traceback" not in result.stderr
    assert result.stderr.splitlines()[-1].startswith("there are no facts yet; run `make book`")
    assert not checkout.html.exists()


@pytest.mark.parametrize("foreign", ["analysis", "book/_ext"])
def test_the_prose_of_one_checkout_is_not_built_with_the_code_of_another(tmp_path, foreign):
    """Also where only one of both packages is another's."""
    here, there = copy_repository(tmp_path / "here"), tmp_path / "there"
    for place in ("analysis", "book/_ext"):
        (there / place).parent.mkdir(parents=True, exist_ok=True)
        (there / place).symlink_to((ROOT if place == foreign else here.root) / place)
    result = jupyter_book(here.root, there)
    assert result.returncode == 1 and "Traceback" not in result.stderr
    assert result.stderr.splitlines() == [
        f"{here.root} is not the checkout that this environment belongs to, which is {ROOT}; run `make book` in the one you mean"
    ]
    assert not (here.root / "_build").exists()
