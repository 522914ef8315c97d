"""Results are there whole or not at all, those of the next build replace them in one step, and what was damaged is not used."""

from __future__ import annotations

import fnmatch
import itertools
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from missions.edition import results
from support.checkout import edit, fingerprint
from support.house import rooted_at
from support.tiny import HEADING, OTHER_HEADING, OTHER_ROW, ROW, STEPS

MADE_FROM = {"options": [2025, "sample", "public"], "sources": {"a": "1"}, "environment": {}, "commit": ""}


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """Where editions of one file are put; a preview, because that is a site alone."""
    rooted_at(monkeypatch, tmp_path)
    return results.where(preview=True)


@pytest.fixture
def make(place, tmp_path) -> Callable[[bytes], Path]:
    """Makes one edition after another, and gives its file as readers see it."""
    made = tmp_path / "made"
    made.mkdir()

    def make(content: bytes) -> Path:
        (made / "page.html").write_bytes(content)
        gathered = results.fresh(place, results.last(place))
        gathered.copy(made, "html")
        results.put_in_place(gathered, MADE_FROM)
        return place / "html" / "page.html"

    return make


def test_a_file_that_did_not_change_is_that_of_the_edition_before_and_one_that_did_is_not(make):
    page = make(b"a page")
    number = page.stat().st_ino
    assert make(b"a page").stat().st_ino == number and page.stat().st_nlink == 1
    assert make(b"another page").read_bytes() == b"another page" and page.stat().st_ino != number


def test_results_are_sealed_until_something_is_written_to_them_or_they_were_made_from_something_else(make, place):
    page = make(b"a page")
    other = MADE_FROM | {"commit": "another"}
    assert results.is_sealed(place, MADE_FROM) and not results.is_sealed(place, other)
    results.renew_record(place, results.last(place) | other)
    assert results.is_sealed(place, other) and not results.is_sealed(place, MADE_FROM)
    page.write_bytes(b"a pagf")
    assert not results.is_sealed(place, other) and not results.last(place)
    page.write_bytes(b"a page")  # the same again: read, it turns out to be what was built
    assert not results.is_sealed(place, other) and results.last(place)


def test_what_is_made_later_never_shows_in_an_edition(make, tmp_path):
    page = make(b"a page")
    (tmp_path / "made" / "page.html").write_bytes(b"not published")
    assert page.read_bytes() == b"a page"


def test_without_links_a_file_system_gets_copies(make, monkeypatch):
    def refused(*ignored):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    assert [make(content).read_bytes() for content in (b"a page", b"a page")] == [b"a page", b"a page"]


WRITES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "ctypes.dlsym"}  # the last: two change places


def ended_before(number: int, action: Callable[[], object]) -> bool:
    """Whether a process that does this is ended: just before its write of this number, if it gets that far."""
    child = os.fork()
    if child == 0:
        written = 0

        def count(event: str, arguments: tuple) -> None:
            nonlocal written
            opened = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
            written += event in WRITES or bool(opened)
            if written == number:
                os._exit(9)

        sys.addaudithook(count)
        action()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def replace(content: bytes) -> None:
    """Make an edition of which every part has this content."""
    gathered = results.fresh(results.where(), {})
    for name in ("html/part", "pdf/part", "annexes/part", "facts.json"):
        gathered.write(name, content)
    (gathered.folder / results.RUN).write_bytes(content)
    results.put_in_place(gathered, MADE_FROM)


def test_a_build_that_is_ended_while_it_replaces_the_edition_is_carried_through_or_never_was(place):
    seen = []
    for number in itertools.count(1):
        replace(b"old")
        ended = ended_before(number, lambda: replace(b"new"))
        results.clear_left_overs()
        build = results.where()
        parts = [build / name / "part" for name in ("html", "pdf", "annexes")] + [build / "facts.json", build / results.RUN]
        (content,) = {part.read_bytes() for part in parts}
        seen.append(content)
        assert results.last(build), f"no whole edition after write {number}"
        assert {path.name for path in build.iterdir()} <= {*results.NAMES, results.RECORD, results.SEAL}, "nothing is left"
        if not ended:
            break
    assert seen == sorted(seen, reverse=True) and seen.count(b"old") > 10 and seen.count(b"new") > 10


def test_a_damaged_result_is_noticed_and_made_again(workshop):
    before = fingerprint(workshop.root / "_build")
    page = workshop.html / "book" / "letter.html"
    page.write_text(page.read_text(encoding="utf-8").replace("8,0", "9,0"), encoding="utf-8")
    assert "Nothing has changed" not in workshop.build().stdout
    assert fingerprint(workshop.root / "_build") == before
    assert "Nothing has changed" in workshop.build().stdout


def test_what_is_built_upon_is_made_anew_when_it_is_damaged_and_going_back_is_as_quick_as_staying(workshop, tmp_path):
    """Doctrees that are cut off, a page that is not that of Sphinx, a table that was changed by hand; then back to what was."""
    build, before = workshop.root / "_build", fingerprint(workshop.root / "_build")
    for path in (workshop.root / ".state/sphinx/doctrees/book").glob("*.doctree"):
        path.write_bytes(path.read_bytes()[:-100])
    (workshop.root / ".state/sphinx/html/book/letter.html").write_text("stale", encoding="utf-8")
    table = workshop.root / "data/validated/sample/2025/imvo_steps.parquet"
    validated = table.read_bytes()
    table.write_bytes(validated[:-1])
    annex = workshop.root / "analysis/annexes/imvo.py"
    old = annex.read_text(encoding="utf-8")
    edit(annex, HEADING, OTHER_HEADING)
    assert "annex imvo: made, analysis/annexes/imvo.py changed" in workshop.build().stdout
    assert table.read_bytes() == validated

    # What is new in part and the same in part consists of real files that can be copied, and the record knows them.
    assert not [path for path in build.rglob("*") if path.is_symlink()]
    copied = shutil.copytree(build, tmp_path / "copied", symlinks=True)
    record = json.loads((build / results.RECORD).read_text(encoding="utf-8"))
    assert record["results"] == results.contents(build) == results.contents(copied)
    assert {path.name for path in build.iterdir()} == {*results.NAMES, results.RECORD, results.SEAL}

    annex.write_text(old, encoding="utf-8")
    again = workshop.build().stdout
    assert "2 annexes are kept" in again and "made," not in again
    assert fingerprint(build) == before


@pytest.mark.parametrize("limit", [20_000, pytest.param(500_000, marks=pytest.mark.long)])
def test_out_of_disk_the_last_good_build_stays_and_the_next_repairs_itself(workshop, limit):
    """No file may grow over a limit: every write of more fails, as on a full disk."""
    before = fingerprint(workshop.root / "_build")
    edit(workshop.root / STEPS, ROW, OTHER_ROW)
    workshop.reseal(STEPS)
    command = f'ulimit -f {limit // 1024}; exec "$@"'
    full = workshop.run("bash", "-c", command, "bash", sys.executable, "-m", "missions", "build")
    assert full.returncode != 0
    assert fingerprint(workshop.root / "_build") == before
    workshop.build()
    assert fingerprint(workshop.root / "_build") != before
    if limit > 100_000:  # the long one
        assert workshop.missions("verify").returncode == 0


def test_links_of_an_earlier_version_of_this_program_make_place(workshop):
    build = workshop.root / "_build"
    before = fingerprint(build)
    (build / "current").mkdir()
    for name in results.NAMES:
        (build / name).rename(build / "current" / name)
        (build / name).symlink_to(f"current/{name}")
    (build / "current/html/index.html").write_text("of an earlier version", encoding="utf-8")
    workshop.build()
    assert fingerprint(build) == before and not (build / "html").is_symlink()


def test_the_record_of_a_preview_and_of_an_edition_are_apart(workshop):
    workshop.build("--preview")
    assert (workshop.root / "_build/preview/html/index.html").is_file()
    assert "Nothing has changed" in workshop.build("--preview").stdout
    # The edition came here as a copy: its files are not those that were written, so they are read, and found to be the same.
    assert "nothing that this edition rests on has changed" in workshop.build().stdout
    assert "Nothing has changed" in workshop.build().stdout


@pytest.mark.parametrize("anew", ["annex imvo", pytest.param("*", marks=pytest.mark.long)])
def test_without_forking_ordinary_kernels_give_the_same_bytes(workshop, anew):
    """As on systems that cannot fork: slower, and otherwise no difference. anew: the steps of which nothing is kept."""
    build = workshop.root / "_build"
    before = fingerprint(build)
    steps = json.loads((build / results.RECORD).read_text(encoding="utf-8"))["steps"]
    for name, step in steps.items():
        if fnmatch.fnmatchcase(name, anew):
            (workshop.root / ".state/cache/annexes" / step["key"]).unlink(missing_ok=True)
    shutil.rmtree(build)
    if anew == "*":
        shutil.rmtree(workshop.root / "data/validated")
    result = workshop.missions("build", MISSIONS_FORK="no")
    assert result.returncode == 0, result.stderr
    assert "annex imvo: made" in result.stdout and fingerprint(build) == before
    # An offence is refused there too.
    edit(
        workshop.root / "analysis/annexes/imvo.py",
        "\n# %%\nsteps = ",
        "\n# %%\nextra = open('README.md').read()\n\n# %%\nsteps = ",
    )
    result = workshop.missions("build", MISSIONS_FORK="no")
    assert result.returncode == 1 and "reads README.md, which is not among its declared inputs" in result.stderr, result.stderr
