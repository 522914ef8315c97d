"""Key figures and the cards of numbers: what a reader may ask of a number is one click away, in files too."""

from __future__ import annotations

import csv
import io
import json

import openpyxl
import pytest

from missions.present.fact_text import basis_words, interval_words, last_year_words
from missions.present.workbook import workbook
from missions.published import SCHEMA
from support.publication import ANNEXES, page

PAGES = ["letter", "note", "index", "key-figures", "method/questions", *(f"annexes/{name}" for name in ANNEXES)]


def fact(**changes) -> dict:
    made = {"key": "a_pct", "text": "50%", "value": 50, "unit": "pct", "n": 20, "population_n": 40, "response_share": 0.5}
    return made | {"interval": None, "estimand": "Iets.", "inputs": [], "synthetic": False, "status": "published"} | changes


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        ({}, None, "stond niet in de uitgave"),
        ({}, {"text": "43%", "value": 43, "unit": "pct"}, "43% (7 procentpunt hoger)"),  # 50 - 43
        ({}, {"text": "50%", "value": 50, "unit": "pct"}, "50% (gelijk)"),
        ({"text": "7,4", "value": 7.4, "unit": "grade"}, {"text": "7,6", "value": 7.6, "unit": "grade"}, "7,6 (0,2 lager)"),
        ({}, {"text": "niet gepubliceerd", "value": None, "unit": "pct"}, "niet gepubliceerd"),
        ({}, {"text": "5,0", "value": 5, "unit": "score"}, "5,0"),  # another unit cannot be subtracted
        ({"text": "2026", "value": 2026, "unit": "year"}, {"text": "2025", "value": 2025, "unit": "year"}, "2025"),
    ],
)
def test_last_year_is_told_with_the_difference(now, before, words):
    assert last_year_words(fact(**now), {"a_pct": before, "another": fact()} if before else {"another": fact()}) == words
    assert last_year_words(fact(**now), {}) == "geen uitgave vastgelegd"


def test_an_interval_says_of_what_kind_it_is_and_why_there_is_none():
    interval = {"low": 45, "high": 55, "level": 0.95, "kind": "t_finite_population"}
    assert interval_words(fact(interval=interval)) == "45 tot 55% (95%; t-interval, met correctie voor een eindige groep)"
    assert interval_words(fact(unit="count")) == "geen: dit is geen schatting"
    assert interval_words(fact()).startswith("niet bekend: de bron geeft geen interval"), "a mean of others is an estimate"
    assert interval_words(fact(synthetic=True)) == "geen: geteld, of voor dit cijfer niet berekend"
    assert interval_words(fact(text="niet gepubliceerd")) == "geen: het cijfer is niet gepubliceerd"
    assert basis_words(fact()) == "20 van 40 (50%)" and basis_words(fact(unit="count")) == ""


@pytest.mark.parametrize("name", PAGES)
def test_every_number_has_a_card_that_says_what_the_record_says(built, name):
    facts, soup = built.facts(), page(built, name)
    numbers = soup.select("article span.fact")
    keys = dict.fromkeys(span.find_parent("a")["href"].partition("#fact-")[2].replace("-", "_") for span in numbers)
    cards = soup.select("article .fact-card")
    assert [card["id"].removeprefix("card-fact-").replace("-", "_") for card in cards] == list(keys)
    for card, key in zip(cards, keys, strict=True):
        one, told = facts[key], card.get_text(" ")
        assert card.has_attr("hidden"), "without JavaScript the number leads to its row instead"
        assert card.select_one("h2").get_text() == one["estimand"]
        assert card.select_one(".fact-card-number").get_text() == one["text"]
        assert all(source["sha256"][:8] in told and source["title"] in told for source in one["inputs"])
        assert ("Synthetische gegevens" in told) == one["synthetic"]
        reference = card.select_one(".fact-card-reference").get_text()
        assert reference.startswith("Synthetisch cijfer") == one["synthetic"]
        assert key in reference and one["text"] in reference and "BZ2627637" in reference
        annex, row = (link["href"] for link in card.select("a"))
        assert one["origin"]["annex"] in annex or name.endswith(one["origin"]["annex"])
        assert row.endswith(f"#{one['origin']['anchor']}")


def test_every_number_in_prose_leads_to_its_row_and_that_to_its_annex(built):
    facts, rows = built.facts(), page(built, "key-figures")
    for name in PAGES:
        for span in page(built, name).select("article span.fact"):
            target, _, anchor = span.find_parent("a")["href"].partition("#")
            key = anchor.removeprefix("fact-").replace("-", "_")
            if name != "key-figures":
                assert target.endswith("key-figures.html")
                row = rows.find(id=anchor).find_parent("tr")
                assert facts[key]["text"] in row.get_text() and facts[key]["estimand"] in row.get_text()
            else:
                assert target == f"annexes/{facts[key]['origin']['annex']}.html"
                assert page(built, f"annexes/{facts[key]['origin']['annex']}").find(id=anchor) is not None


def test_key_figures_can_be_taken_along_as_csv_and_excel(built):
    facts = list(built.facts().values())
    links = {link["href"] for link in page(built, "key-figures").select(".download a")}
    assert links == {"../data/kerncijfers.csv", "../data/kerncijfers.xlsx"}
    heads, *lines = csv.reader(io.StringIO((built.html / "data" / "kerncijfers.csv").read_bytes().decode("utf-8-sig")))
    assert len(lines) == len(facts)
    book = openpyxl.load_workbook(built.html / "data" / "kerncijfers.xlsx")
    assert book.sheetnames == ["Kerncijfers", "Toelichting"]
    assert "geen echte uitkomsten" in json.dumps([cell.value for row in book["Toelichting"] for cell in row])
    cells = list(book["Kerncijfers"].iter_rows(values_only=True))
    assert list(cells[0]) == heads
    for one, line, row in zip(facts, lines, cells[1:], strict=True):
        in_csv, in_excel = dict(zip(heads, line, strict=True)), dict(zip(heads, row, strict=True))
        for found in (in_csv, in_excel):
            assert (found["sleutel"], found["zoals gepubliceerd"]) == (one["key"], one["text"])
            assert found["synthetisch"] == ("ja" if one["synthetic"] else "nee")
        assert in_excel["waarde"] == one["value"], "a number stays a number"
        assert in_csv["waarde"] == ("" if one["value"] is None else str(one["value"]))


def test_a_workbook_has_the_same_bytes_every_time_and_no_formulas():
    rows = [["a", "b"], ["=1+1", 2.5], ["naïef\x07", None]]
    made = workbook({"Blad": rows})
    assert workbook({"Blad": rows}) == made
    sheet = openpyxl.load_workbook(io.BytesIO(made))["Blad"]
    assert (sheet["A2"].value, sheet["A2"].data_type, sheet["B2"].value, sheet["A3"].value) == ("=1+1", "s", 2.5, "naïef")


def test_last_year_stands_beside_this_year_when_there_was_a_release(workshop):
    """A release of the year before: the same facts, one of them lower and one withheld."""
    facts = [dict(one) for one in workshop.facts().values()]
    by_key = {one["key"]: one for one in facts}
    now = by_key["imvo_participations_n"]["value"]
    by_key["imvo_participations_n"] |= {"value": now - 5, "text": str(now - 5)}
    by_key["imvo_talk_n"] |= {"value": None, "text": "niet gepubliceerd"}
    release = {"year": 2024, "deliveries": "sample", "edition": "public", "released_on": "2025-05-01", "version": "0.0.1"}
    release["schema"] = SCHEMA
    path = workshop.root / "data" / "published" / "sample" / "2024.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(release | {"facts": facts, "claims": [], "tables": {}, "sentences": {}}), encoding="utf-8")
    assert workshop.missions("freeze", "--migrate", "--year", "2024").returncode == 0, "a release is known by its manifest"
    workshop.build()
    for name in ("key-figures", "letter"):
        text = page(workshop, name).get_text(" ")
        assert f"{now - 5} (5 hoger)" in text, name
    row = page(workshop, "key-figures").find(id="fact-imvo-talk-n").find_parent("tr")
    heads = [head.get_text(strip=True) for head in row.find_parent("table").select("thead th")]
    assert row.find_all(["th", "td"])[heads.index("Vorig jaar")].get_text(strip=True) == "niet gepubliceerd"


BESIDE = {
    "{fact}`cbs_start_fdi_total_pct` procentpunt": "'procentpunt' beside {fact}`cbs_start_fdi_total_pct`, which is in pct",
    "{fact}`cbs_start_fdi_total_pct`%": "'%' beside {fact}`cbs_start_fdi_total_pct`, which is in pct",
    "€ {fact}`imvo_talk_n`": "'€' beside {fact}`imvo_talk_n`, which is in count",
    "{fact}`imvo_talk_n` miljoen": "'miljoen' beside {fact}`imvo_talk_n`, which is in count",
}


def test_units_beside_numbers_are_refused_each_with_its_line(workshop):
    note = workshop.root / "book" / "note.md"
    text = note.read_text(encoding="utf-8")
    first = len(text.splitlines()) + 2
    note.write_text(text + "".join(f"\nHet zijn {words} van de bedrijven.\n" for words in BESIDE), encoding="utf-8")
    refused = workshop.missions("build", "--preview")
    assert refused.returncode == 1
    for number, problem in enumerate(BESIDE.values()):
        assert f"book/note.md, line {first + 2 * number}: {problem}" in refused.stderr, refused.stderr
