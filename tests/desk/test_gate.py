"""What is released has passed every check, is kept whole, and stays what it was."""

from __future__ import annotations

import hashlib
import json
import re
import shutil

import pytest

from missions import chain
from missions.desk import gate
from support.checkout import ROOT, Checkout, edit
from support.publication import sign_off_table
from support.real import REAL

RECORD, MANIFEST = "data/published/sample/2025.json", "data/published/sample/2025.manifest.json"
SEEN = ".state/verified"  # the edition that verify has built a second time


@pytest.fixture
def desk(unreleased, tmp_path) -> Checkout:
    return unreleased.copied_to(tmp_path / "desk")


def files_of(checkout: Checkout) -> dict[str, str]:
    return json.loads((checkout.root / MANIFEST).read_text(encoding="utf-8"))["files"]


def test_every_file_that_readers_get_is_kept_under_its_hash(released):
    files, build = files_of(released), released.root / "_build"
    paths = [path for name in ("html", "pdf", "annexes") for path in (build / name).rglob("*") if path.is_file()]
    there = {path.relative_to(build).as_posix() for path in paths}
    assert set(files) == there | {"facts.json", "ro-crate-metadata.json"}
    for name, known in files.items():
        kept = released.root / "releases" / known[:2] / known
        assert hashlib.sha256(kept.read_bytes()).hexdigest() == known and kept.stat().st_mode & 0o222 == 0
        assert kept.read_bytes() == (build / name).read_bytes()
    assert len(list((released.root / "releases").rglob("*"))) < 2 * len(files), "a file with two names is kept once"
    assert "/releases/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_verify_is_asked_for_by_the_release_itself_and_only_once(released, desk):
    """The release built the edition a second time; what verify has seen of just this edition is not asked again."""
    assert (released.root / "_build/checksums.txt").is_file()
    shutil.copy2(released.root / SEEN, desk.root / SEEN)  # as if verify had run here
    told = desk.missions("freeze")
    assert told.returncode == 0, told.stderr
    assert not (desk.root / "_build/checksums.txt").exists(), "a second build would have written them"


def test_an_edition_that_does_not_come_out_the_same_is_not_released(released, desk):
    """A page that hangs on the hour of the build, as no step may: verify finds it, and so the release."""
    shutil.copy2(released.root / SEEN, desk.root / SEEN)  # of the edition without the page: it says nothing about this one
    record = json.loads((desk.root / "_build/.build.json").read_text(encoding="utf-8"))
    page = desk.root / "_build/html/book/note.html"
    content = page.read_bytes() + b"<!-- once -->"
    page.unlink()
    page.write_bytes(content)
    record["results"]["html/book/note.html"] = hashlib.sha256(content).hexdigest()
    (desk.root / "_build/.build.json").write_text(json.dumps(record), encoding="utf-8")
    refused = desk.missions("freeze")
    assert refused.returncode == 1 and "html/book/note.html" in refused.stderr
    assert "differ after a second build" in refused.stderr
    assert not (desk.root / RECORD).exists() and not (desk.root / MANIFEST).exists() and not (desk.root / "releases").exists()


def test_a_claim_that_is_neither_carried_nor_waived_nor_worded_is_told(tmp_path, house):
    words = {
        "a_lower": {"supported": "lager"},
        "b_lower": {"supported": "lager", "cannot_tell": "niet aantoonbaar lager"},
        "c_lower": {"supported": "lager"},
        "d_lower": {"supported": "lager", "contradicted": "hoger"},
        "e_lower": {"supported": "lager", "cannot_tell": "niet aantoonbaar lager"},
    }
    about = {"statement": "Het daalt.", "wrong_if": "Het stijgt."}
    parts = {"fall": {"says": "verandering", "test": "below", "threshold": 0, "unit": "count"}}
    declared = {key: about | {"parts": parts, "words": [one]} for key, one in words.items()}
    (house / "book").mkdir(exist_ok=True)
    (house / "book/claims.yml").write_text(json.dumps(declared), encoding="utf-8")  # no anchors
    claims = [
        {"key": "a_lower", "verdict": "supported", "waiver": None},
        {"key": "b_lower", "verdict": "contradicted", "waiver": None},
        {"key": "c_lower", "verdict": "cannot_tell", "waiver": {"reason": "r", "role": "director", "date": "2026-04-20"}},
        {"key": "d_lower", "verdict": "cannot_tell", "waiver": None},
        {"key": "e_lower", "verdict": "cannot_tell", "waiver": None},
    ]
    found = gate.carried(gate.Edition(None, tmp_path, {}, {"claims": claims}))
    assert [problem.partition(":")[0] for problem in found] == ["claim b_lower", "claim d_lower"]
    assert "give a waiver in the year file" in found[0]


def test_every_check_of_the_gate_stands_in_one_list_and_all_that_is_wrong_is_told_at_once(monkeypatch):
    asked = []
    checks = (lambda edition: ["one"], lambda edition: [], lambda edition: ["two"], lambda edition: asked.append(1) or ["late"])
    monkeypatch.setattr(gate, "CHECKS", checks)
    assert gate.problems(None) == ["one", "two"] and not asked, "the last one builds, and waits for the others"
    monkeypatch.setattr(gate, "CHECKS", checks[1:2] + checks[3:])
    assert gate.problems(None) == ["late"]


def test_edited_releases_stop_every_build_and_every_comparison(released, tmp_path):
    checkout = released.copied_to(tmp_path / "copy")
    before = (checkout.root / "_build/facts.json").read_bytes()
    path = checkout.root / RECORD
    fact = json.loads(path.read_text(encoding="utf-8"))["facts"][0]
    edit(path, f'"text": "{fact["text"]}"', f'"text": "{fact["text"]}0"')
    for verb in (["build"], ["build", "--preview"], ["diff", "2025", "current"], ["freeze", "--year", "2024"]):
        refused = checkout.missions(*verb)
        assert refused.returncode == 1 and f"{RECORD}: was edited (fact {fact['key']})" in refused.stderr, refused.stderr
        assert "Traceback" not in refused.stderr
    assert (checkout.root / "_build/facts.json").read_bytes() == before


def test_a_record_of_before_there_were_manifests_gets_one_that_says_so(released, tmp_path):
    checkout = released.copied_to(tmp_path / "copy")
    (checkout.root / MANIFEST).unlink()
    record = (checkout.root / RECORD).read_bytes()
    refused = checkout.missions("build")
    assert refused.returncode == 1 and f"{RECORD}: has no manifest" in refused.stderr
    told = checkout.missions("freeze", "--migrate")
    assert told.returncode == 0 and "were not kept" in told.stdout, told.stderr
    made = json.loads((checkout.root / MANIFEST).read_text(encoding="utf-8"))
    assert made["migrated"] is True and made["files"] == {} and (checkout.root / RECORD).read_bytes() == record
    assert checkout.missions("diff", "2025", "current").returncode == 0
    again = checkout.missions("freeze", "--migrate")
    assert again.returncode == 1 and "is there already: a release is final" in again.stderr
    none = checkout.missions("freeze", "--migrate", "--year", "2024")
    assert none.returncode == 1 and "data/published/sample/2024.json does not exist" in none.stderr


def test_the_releases_of_this_repository_are_a_chain():
    chain.require_whole()


# --- real deliveries ----------------------------------------------------------------------------------------------------
def test_real_deliveries_are_not_released_before_every_page_is_signed(real_built, tmp_path):
    checkout = real_built.copied_to(tmp_path / "copy")
    refused = checkout.missions("freeze", *REAL)
    pages = ["book/letter", "book/note", "book/annexes/effect_cbs", "book/annexes/imvo"]
    assert refused.returncode == 1 and "4 problems" in refused.stderr, refused.stderr
    assert re.findall(r"(book/\S+): nobody has signed for it", refused.stderr) == pages
    assert not (checkout.root / "data/published/2025.json").exists()

    marks = [row[0] for row in sign_off_table(checkout).values()]
    about = "made_by: adviser\n    read_by: director\n    date: 2026-04-20"
    entries = "".join(
        f"  - page: {page}\n    {about}\n    fingerprint: '{mark}'\n" for page, mark in zip(pages, marks, strict=True)
    )
    path = checkout.root / "analysis/years/2025.yml"
    path.write_text(f"{path.read_text(encoding='utf-8')}\nsign_off:\n{entries}", encoding="utf-8")
    checkout.build(*REAL)
    told = checkout.missions("freeze", *REAL)
    assert told.returncode == 0, told.stderr
    manifest = json.loads((checkout.root / "data/published/2025.manifest.json").read_text(encoding="utf-8"))
    assert manifest["number"] == 1 and "pdf/kamerbrief.pdf" in manifest["files"]
