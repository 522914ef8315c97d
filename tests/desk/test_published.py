"""Releases that nobody edits, what changed since in reader's words, and that the last one comes out again."""

from __future__ import annotations

import csv
import json
import re

import pytest

from missions import published
from missions.desk.freeze import read_page, sentences_of
from missions.present.differences import differences
from missions.published import PublishedError, unexplained
from support.checkout import ROOT, Checkout, edit
from support.house import rooted_at
from support.publication import page
from support.tiny import NO_TALK, OTHER_ROW, ROW, STEPS, TALK

RELEASE = "data/published/sample/2025.json"
MANIFEST = "data/published/sample/2025.manifest.json"
CHANGES = "book/changes/sample/2025.csv"


@pytest.fixture(scope="module")
def moving(released, tmp_path_factory) -> Checkout:
    """A copy of the released book that changes; the tests of this module go on from what the one before left."""
    return released.copied_to(tmp_path_factory.mktemp("released") / "copy")


def test_a_release_holds_what_readers_saw(released):
    content = json.loads((released.root / RELEASE).read_text(encoding="utf-8"))
    assert (content["year"], content["deliveries"], content["edition"]) == (2025, "sample", "public")
    facts = released.facts()
    assert [fact["key"] for fact in content["facts"]] == list(facts)
    assert all(fact["text"] == facts[fact["key"]]["text"] for fact in content["facts"])
    assert {claim["key"] for claim in content["claims"]} >= {"imvo_no_exclusions", "cbs_totals_above_zero"}
    letter = content["sentences"][page(released, "letter").select_one("h1").contents[0].strip()]
    assert any("geen enkele deelname werd uitgesloten" in sentence for sentence in letter)
    table = content["tables"][page(released, "annexes/imvo").select_one("h1").contents[0].strip()]
    cells = table[next(caption for caption in table if caption.startswith("De stappen per regime"))]
    assert cells["deelnames van bedrijven > totaal"] == facts["imvo_participations_n"]["text"]


def test_a_release_is_final(released):
    before = (released.root / RELEASE).read_bytes()
    again = released.missions("freeze")
    assert again.returncode == 1 and f"{RELEASE} is there already: a release is final" in again.stderr
    assert (released.root / RELEASE).read_bytes() == before


def test_what_does_not_differ_is_told_as_such(released):
    told = released.missions("diff", "2025", "current")
    assert told.returncode == 0 and "Nothing that readers see is different." in told.stdout, told.stdout + told.stderr


def test_what_differs_by_one_company_stays_as_it_was_printed(moving):
    """Two editions with one talk between them would tell of one company."""
    before = moving.facts()
    edit(moving.root / STEPS, ROW, OTHER_ROW)
    moving.reseal(STEPS)
    moving.build()
    told = moving.missions("diff", "2025", "current")
    assert told.returncode == 0 and "Nothing that readers see is different." in told.stdout, told.stdout + told.stderr
    facts = moving.facts()
    assert facts["imvo_talk_n"] == before["imvo_talk_n"] | {"inputs": facts["imvo_talk_n"]["inputs"]}
    assert facts["imvo_agreement_n"]["status"] == "published"
    assert moving.missions("verify").returncode == 0, "a second build knows the release too"


def test_what_changed_is_told_in_words_and_waits_for_an_explanation(moving):
    """A dozen talks less: number, sentences and cells are told, and until that is explained the exit code is 3."""
    path = moving.root / STEPS
    path.write_text(path.read_text(encoding="utf-8").replace(TALK, NO_TALK, 12), encoding="utf-8")
    moving.reseal(STEPS)
    moving.build()
    old = {one["key"]: one for one in json.loads((moving.root / RELEASE).read_text(encoding="utf-8"))["facts"]}
    was, now = old["imvo_talk_n"], moving.facts()["imvo_talk_n"]
    assert now["value"] == was["value"] - 13, "these, and the one from before"
    told = moving.missions("diff", "2025", "current")
    assert told.returncode == 3, told.stderr
    assert f"IMVO > {was['estimand']}: {was['text']} -> {now['text']}" in told.stdout
    assert "Zinnen (" in told.stdout and "Tabellen (" in told.stdout
    assert "0 without" not in told.stdout and not (moving.root / CHANGES).exists()


def test_explanations_are_kept_and_shown_to_readers(moving):
    written = moving.missions("diff", "2025", "current", "--write")
    assert written.returncode == 3 and (moving.root / CHANGES).is_file()
    with (moving.root / CHANGES).open(encoding="utf-8", newline="") as file:
        heads, *rows = csv.reader(file)
    assert tuple(heads) == published.COLUMNS and all(row[-1] == "" for row in rows)
    rows[0][-1] = "RVO leverde de enquête opnieuw."
    with (moving.root / CHANGES).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows([heads, *rows])  # as a spreadsheet with Dutch settings saves it
    again = moving.missions("diff", "2025", "current", "--write")
    assert again.returncode == 3 and "verklaring: RVO leverde de enquête opnieuw." in again.stdout
    moving.build()
    shown = page(moving, "review").select_one("article").get_text(" ")
    assert "RVO leverde de enquête opnieuw." in shown and "nog geen verklaring" in shown
    text = (moving.root / CHANGES).read_text(encoding="utf-8")
    explained = [line + "omdat" if line.endswith(",") else line for line in text.splitlines()]
    (moving.root / CHANGES).write_text("\n".join(explained) + "\n", encoding="utf-8")
    assert moving.missions("diff", "2025", "current").returncode == 0, "all is explained"


def test_files_that_were_edited_are_refused_by_name(moving):
    for content, message in (
        ("{", f"{RELEASE}: was edited; take it back from git"),
        ("[]", f"{RELEASE}: was edited; take it back from git"),
        (
            (moving.root / RELEASE).read_text(encoding="utf-8").replace('"year": 2025', '"year": 2024'),
            f"{RELEASE}: was edited (year); take it back from git",
        ),
    ):
        kept = (moving.root / RELEASE).read_bytes()
        (moving.root / RELEASE).write_text(content, encoding="utf-8")
        refused = moving.missions("diff", "2025", "current")
        (moving.root / RELEASE).write_bytes(kept)
        assert refused.returncode == 1 and message in refused.stderr, refused.stderr
    refused = moving.missions("diff", "2019", "current")
    assert refused.returncode == 1 and "2019 was not released with sample deliveries" in refused.stderr


def test_a_file_that_is_no_release_is_refused_by_name(house, monkeypatch):
    rooted_at(monkeypatch, house)
    path = house / RELEASE
    path.parent.mkdir(parents=True)
    about = {name: [] for name in ("facts", "claims", "tables", "sentences")} | {"edition": "public", "deliveries": "sample"}
    about |= {"released_on": "2026-05-01", "version": "1.0.0", "year": 2024, "schema": published.SCHEMA}
    for content, message in (
        ("{", f"{RELEASE}: is not JSON; take it back from git"),
        ("[]", f"{RELEASE}: is no release, claims, deliveries"),
        (json.dumps(about), f"{RELEASE}: holds the release of 2024 with sample deliveries"),
    ):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(PublishedError, match=re.escape(message)):
            published.load_published(2025, "sample")


def test_what_is_not_the_public_edition_of_these_files_is_not_released(unreleased, tmp_path):
    checkout = unreleased.copied_to(tmp_path / "copy")
    edit(checkout.root / "book/note.md", "De brief", "Deze brief")
    refused = checkout.missions("freeze")
    assert refused.returncode == 1 and "_build was made from other files than those that are here now" in refused.stderr
    assert not (checkout.root / RELEASE).exists()


def test_edited_explanations_are_refused_by_row(house, monkeypatch):
    rooted_at(monkeypatch, house)
    path = house / CHANGES
    path.parent.mkdir(parents=True)
    path.write_text("place,what,old,new,explanation\na,b,c,d\n", encoding="utf-8")
    with pytest.raises(PublishedError, match="row 2: expected 5 cells, found 4"):
        published.load_changes(2025, "sample")
    path.write_text("plaats,wat\n", encoding="utf-8")
    with pytest.raises(PublishedError, match="the first line must be place,what,old,new,explanation"):
        published.load_changes(2025, "sample")


# --- differences by hand ---------------------------------------------------------------------------------------------
def edition(**parts) -> dict:
    return {"facts": [], "claims": [], "tables": {}, "sentences": {}} | parts


def test_a_changed_number_in_a_sentence_is_one_change_and_a_sentence_that_moved_is_none():
    before = edition(sentences={"Brief": ["Het cijfer is 7,9.", "Dank.", "Dit vervalt geheel en al."]})
    after = edition(sentences={"Brief": ["Dank.", "Het cijfer is 8,1.", "Er is iets nieuws gezegd over Kenia."]})
    assert [one[1:] for one in differences(before, after)] == [
        ("Brief", "zin", "Het cijfer is 7,9.", "Het cijfer is 8,1."),
        ("Brief", "zin", "Dit vervalt geheel en al.", ""),
        ("Brief", "zin", "", "Er is iets nieuws gezegd over Kenia."),
    ]


def test_a_changed_cell_is_told_by_table_row_and_column():
    before = edition(
        tables={"Bijlage effectmeting": {"Cijfer per missie": {"Kenia > Gemiddelde": "7,9", "Peru > Gemiddelde": "8,0"}}}
    )
    after = edition(tables={"Bijlage effectmeting": {"Cijfer per missie": {"Kenia > Gemiddelde": "8,1"}}})
    assert [one[1:] for one in differences(before, after)] == [
        ("Bijlage effectmeting", "Cijfer per missie > Kenia > Gemiddelde", "7,9", "8,1"),
        ("Bijlage effectmeting", "Cijfer per missie > Peru > Gemiddelde", "8,0", ""),
    ]


def test_a_page_is_read_as_its_reader_sees_it():
    html = """<html><body><article class="bd-article"><h1>Titel<a class="headerlink">#</a></h1>
    <p>Een zin. Nog een zin van 8,0<abbr class="synthetic-mark">S</abbr> punt.</p>
    <aside class="fact-cards"><section class="fact-card"><p>Niet hier.</p></section></aside>
    <table><caption><span class="caption-number">Tabel 1</span> Cijfers</caption><thead><tr><th>Missie</th><th>Cijfer</th></tr>
    </thead><tbody><tr><th>Kenia</th><td>7,9</td></tr><tr><th>Kenia</th><td>8,0</td></tr></tbody></table></article></body></html>"""
    title, tables, said = read_page(html)
    assert title == "Titel" and said == ["Een zin.", "Nog een zin van 8,0 punt."]
    assert tables == {"Cijfers": {"Kenia > Cijfer": "7,9", "Kenia (2) > Cijfer": "8,0"}}
    assert sentences_of("Het is 1.234 euro. Ja! (Echt.) klein") == ["Het is 1.234 euro.", "Ja!", "(Echt.) klein"]


# --- the back test ----------------------------------------------------------------------------------------------------
def fact(key: str, value: float, sha256: str = "a") -> dict:
    inputs = [{"delivery": "survey_answers", "sha256": sha256}]
    return {"key": key, "value": value, "text": str(value), "interval": None, "inputs": inputs}


def test_a_figure_that_does_not_come_out_again_needs_a_line_that_names_it():
    release = {"facts": [fact("a_score", 1.0), fact("b_score", 2.0), fact("c_score", 3.0)]}
    now = [fact("a_score", 1.0), fact("b_score", 2.5)]
    found = unexplained(release, now, "")
    assert [problem.split(":")[0] for problem in found] == ["b_score", "c_score"]
    assert "value was 2.0 and is 2.5" in found[0] and "value was 3.0 and is gone" in found[1]
    assert unexplained(release, now, "- `b_score`: gewogen. - `c_score`: vervallen.") == []


def test_another_version_of_a_delivery_explains_only_what_rests_on_it():
    release = {"facts": [fact("a_score", 1.0), fact("b_score", 2.0)]}
    now = [fact("a_score", 1.5, sha256="b"), fact("b_score", 2.5)]
    assert [problem.split(":")[0] for problem in unexplained(release, now, "`survey_answers` is opnieuw geleverd.")] == [
        "b_score"
    ]


def test_the_last_release_comes_out_again_or_the_method_page_says_why_not(built):
    page_on_method = (ROOT / "book" / "method" / "changes.md").read_text(encoding="utf-8")
    facts = json.loads((built.root / "_build" / "facts.json").read_text(encoding="utf-8"))
    release = published.load_published(facts["year"], facts["deliveries"])
    assert release is not None, "data/published holds no release of the edition that this repository builds"
    assert unexplained(release, facts["facts"], page_on_method) == []
