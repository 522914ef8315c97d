"""What was made is there whole or not at all, and what was damaged is not used."""

from __future__ import annotations

import fnmatch
import json
import os
import shutil
import subprocess
import sys

import pytest

from missions.edition import results
from missions.machine import cache
from support.checkout import SURVEY, edit, fingerprint
from support.house import rooted_at


@pytest.fixture
def kept(tmp_path, monkeypatch):
    rooted_at(monkeypatch, tmp_path)
    return tmp_path / "_build" / ".cache"


def test_what_was_kept_comes_back_and_what_was_not_does_not(kept):
    cache.put("annexes", "key", b"page")
    assert cache.get("annexes", "key") == b"page"
    assert cache.get("annexes", "other") is None
    assert cache.get("facts", "key") is None


@pytest.mark.parametrize(
    "damage", [lambda text: text[:-1], lambda text: text[:40], lambda text: b"", lambda text: text[:-1] + b"?"]
)
def test_a_damaged_entry_is_not_used(kept, damage):
    cache.put("annexes", "key", b"the page of an annex")
    path = kept / "annexes" / "key"
    path.write_bytes(damage(path.read_bytes()))
    assert cache.get("annexes", "key") is None
    cache.put("annexes", "key", b"the page of an annex")
    assert cache.get("annexes", "key") == b"the page of an annex"


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_nothing_half(tmp_path, monkeypatch):
    path = tmp_path / "facts.json"
    cache.write_whole(path, b"old")

    def full(*ignored):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        cache.write_whole(path, b"new")
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_entries_that_were_not_used_for_longest_are_forgotten(kept, monkeypatch):
    monkeypatch.setattr(cache, "KEPT", 2)
    for second, key in enumerate(("first", "second", "third")):
        cache.put("annexes", key, b"page")
        os.utime(kept / "annexes" / key, (second, second))
    (kept / "annexes" / ".half-written").touch()
    cache.get("annexes", "first")  # a use counts
    cache.prune()
    assert {path.name for path in (kept / "annexes").iterdir()} == {"first", "third"}


@pytest.fixture
def editions(tmp_path, monkeypatch):
    """A way to make one edition after another of a file."""
    monkeypatch.setattr(results, "BUILD", tmp_path)
    monkeypatch.setattr(results, "EDITIONS", tmp_path / ".editions")
    (tmp_path / "made").mkdir()

    def make(content: bytes):
        (tmp_path / "made" / "page.html").write_bytes(content)
        folder = results.fresh()
        results.put(tmp_path / "made", folder, "html", results.PREVIEW)
        results.put_in_place(folder, results.PREVIEW, dict.fromkeys(MADE_FROM))
        return folder / "html" / "page.html"

    return make


def test_a_file_that_did_not_change_is_that_of_the_edition_before_and_one_that_did_is_not(editions):
    first = editions(b"a page")
    number = first.stat().st_ino
    second = editions(b"a page")
    assert second.stat().st_ino == number and second.stat().st_nlink == 1 and not first.exists()
    third = editions(b"another page")
    assert third.read_bytes() == b"another page" and third.stat().st_ino != number


MADE_FROM = {"options": [2025, "sample", "public"], "sources": {"a": "1"}, "environment": {}, "commit": ""}


def test_results_are_sealed_until_something_is_written_to_them_or_they_were_made_from_something_else(editions, tmp_path):
    page = editions(b"a page")
    made = {name: None for name in MADE_FROM}
    assert results.is_sealed(results.PREVIEW, made)
    assert not results.is_sealed(results.PREVIEW, MADE_FROM)
    results.renew_record(results.PREVIEW, results.last(results.PREVIEW) | MADE_FROM)
    assert results.is_sealed(results.PREVIEW, MADE_FROM)
    page.write_bytes(b"a pagf")
    assert not results.is_sealed(results.PREVIEW, MADE_FROM) and not results.last(results.PREVIEW)
    page.write_bytes(b"a page")  # the same again: read, it turns out to be what was built
    assert not results.is_sealed(results.PREVIEW, MADE_FROM) and results.last(results.PREVIEW)


def test_what_is_made_later_never_shows_in_an_edition(editions, tmp_path):
    page = editions(b"a page")
    (tmp_path / "made" / "page.html").write_bytes(b"not published")
    assert page.read_bytes() == b"a page"


def test_without_links_a_file_system_gets_copies(editions, monkeypatch):
    def refused(*ignored):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    assert [editions(content).read_bytes() for content in (b"a page", b"a page")] == [b"a page", b"a page"]


def test_a_damaged_result_is_noticed_and_made_again(workshop):
    before = fingerprint(workshop.root / "_build")
    page = workshop.html / "book" / "letter.html"
    page.write_text(page.read_text(encoding="utf-8").replace("8,0", "9,0"), encoding="utf-8")
    assert "Nothing has changed" not in workshop.build().stdout
    assert fingerprint(workshop.root / "_build") == before
    assert "Nothing has changed" in workshop.build().stdout


def test_what_sphinx_builds_upon_is_made_anew_when_it_is_damaged(workshop):
    before = fingerprint(workshop.root / "_build")
    for path in (workshop.root / "_build/.work/doctrees/book").glob("*.doctree"):
        path.write_bytes(path.read_bytes()[:-100])
    (workshop.root / "_build/.work/html/book/letter.html").write_text("stale", encoding="utf-8")
    note = workshop.root / "book/note.md"
    old = note.read_text(encoding="utf-8")
    note.write_text(old + "\nEen zin erbij.\n", encoding="utf-8")
    workshop.build()
    note.write_text(old, encoding="utf-8")
    workshop.build()
    assert fingerprint(workshop.root / "_build") == before


def test_validated_tables_that_were_changed_by_hand_are_made_again(workshop):
    table = workshop.root / "data/validated/sample/2025/survey_answers.parquet"
    before = table.read_bytes()
    table.write_bytes(before[:-1])
    edit(workshop.root / "analysis/annexes/imvo.py", "# ## Wat deze bijlage niet zegt", "# ## Wat deze bijlage niet kan zeggen")
    workshop.build()
    assert table.read_bytes() == before


def test_going_back_is_as_quick_as_staying(workshop):
    before = fingerprint(workshop.root / "_build")
    annex = workshop.root / "analysis/annexes/imvo.py"
    old = annex.read_text(encoding="utf-8")
    edit(annex, "# ## Wat deze bijlage niet zegt", "# ## Wat deze bijlage niet kan zeggen")
    assert "annex imvo: made, analysis/annexes/imvo.py changed" in workshop.build().stdout
    annex.write_text(old, encoding="utf-8")
    again = workshop.build().stdout
    assert "annex imvo: kept" in again and "made," not in again
    assert fingerprint(workshop.root / "_build") == before


@pytest.mark.parametrize("limit", [20_000, pytest.param(500_000, marks=pytest.mark.long)])
def test_out_of_disk_the_last_good_build_stays_and_the_next_repairs_itself(workshop, limit):
    """No file may grow over a limit: every write of more fails, as on a full disk."""
    before = fingerprint(workshop.root / "_build")
    edit(workshop.root / SURVEY, "\n1;2019-XAK-02;herinnering;7;", "\n1;2019-XAK-02;herinnering;8;")
    workshop.reseal(SURVEY)
    command = f'ulimit -f {limit // 1024}; exec "$@"'
    environment = os.environ | {"PYTHONPATH": str(workshop.root / "analysis")}

    full = subprocess.run(
        ["bash", "-c", command, "bash", sys.executable, "-m", "missions", "build"],
        cwd=workshop.root, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert full.returncode != 0
    assert fingerprint(workshop.root / "_build") == before
    workshop.build()
    assert fingerprint(workshop.root / "_build") != before
    if limit > 100_000:  # the long one
        assert workshop.missions("verify").returncode == 0


def test_an_edition_is_replaced_in_one_step_with_all_its_parts(workshop):
    build = workshop.root / "_build"
    assert {name: os.readlink(build / name) for name in results.NAMES} == {name: f"current/{name}" for name in results.NAMES}
    first = (build / "current").resolve()
    note = workshop.root / "book/note.md"
    note.write_text(note.read_text(encoding="utf-8") + "\nEen zin erbij.\n", encoding="utf-8")
    workshop.build()
    assert (build / "current").resolve() != first and not first.exists()
    record = json.loads((build / "current" / results.RECORD).read_text(encoding="utf-8"))
    assert record["results"] == results.contents(build / "current")


def test_a_folder_of_an_earlier_version_of_this_program_makes_place(workshop):
    build = workshop.root / "_build"
    before = fingerprint(build)
    for name in ("current", *results.NAMES):
        (build / name).unlink()
    (build / "html").mkdir()
    (build / "html" / "index.html").write_text("of before", encoding="utf-8")
    workshop.build()
    assert fingerprint(build) == before and (build / "html").is_symlink()


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
    steps = json.loads((build / "current" / results.RECORD).read_text(encoding="utf-8"))["steps"]
    for name, step in steps.items():
        if fnmatch.fnmatchcase(name, anew):
            (build / ".cache/annexes" / step["key"]).unlink(missing_ok=True)
    for name in ("current", *results.NAMES):
        (build / name).unlink()
    if anew == "*":
        shutil.rmtree(workshop.root / "data/validated")
    environment = os.environ | {"PYTHONPATH": str(workshop.root / "analysis"), "MISSIONS_FORK": "no"}
    command = [sys.executable, "-m", "missions", "build"]
    result = subprocess.run(command, cwd=workshop.root, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "annex imvo: made" in result.stdout and fingerprint(build) == before
    # An offence is refused there too.
    edit(
        workshop.root / "analysis/annexes/imvo.py",
        "\n# %%\nsteps = ",
        "\n# %%\nextra = open('README.md').read()\n\n# %%\nsteps = ",
    )
    result = subprocess.run(command, cwd=workshop.root, env=environment, capture_output=True, text=True)
    assert result.returncode == 1 and "reads README.md, which is not among its declared inputs" in result.stderr, result.stderr
