"""A page and a PDF for every mission of the year, from one notebook; what may not be shown of a small one is not."""

from __future__ import annotations

import re
import shutil
import sys

import pandas as pd
import pytest

from missions.declared.year_file import YearError, load_year
from missions.edition.annex import AnnexError
from missions.edition.page import in_words
from support.checkout import REGISTER, Checkout
from support.publication import page, pdf_pages


def register(checkout: Checkout) -> pd.DataFrame:
    """The delivered register, missions of the year alone."""
    table = pd.read_csv(checkout.root / REGISTER, sep=";", skiprows=1, dtype=str, keep_default_na=False)
    return table[table["missie_id"].str.startswith("2025-")].set_index("missie_id")


def test_every_mission_of_the_year_has_a_page_and_a_pdf_and_is_listed(built):
    missions = set(register(built).index)
    assert len(missions) >= 6
    listed = page(built, "factsheets").select("article li")
    assert {re.search(r"2025-[A-Z]{3}-\d\d", item.get_text()).group(0) for item in listed} == missions
    for item in listed:
        there, as_pdf = (link["href"] for link in item.select("a"))
        assert (built.html / "book" / there).is_file() and (built.html / "book" / as_pdf).resolve().is_file()
    for mission in missions:
        title = page(built, f"annexes/factsheet-{mission}").h1.get_text()
        assert title.startswith(f"Missie Voorbeeldland {mission[7]}") and f"({mission})" in title
        text = " ".join(pdf_pages(built.pdf / f"factsheet-{mission.lower()}.pdf"))
        assert "Voorbeelduitgave met synthetische gegevens" in text and mission in text
    whole = " ".join(pdf_pages(built.pdf / "publicatie.pdf"))
    assert "De missie volgens het register" not in whole, "they have PDFs of their own"


def test_a_factsheet_says_what_the_register_says_and_no_more_than_may_be_shown(built):
    small = 0
    for mission, row in register(built).iterrows():
        sheet = page(built, f"annexes/factsheet-{mission}")
        facts = {
            line.th.get_text(strip=True): line.td.get_text(strip=True) for line in sheet.select_one("table").select("tbody tr")
        }
        assert facts["Deelnemende bedrijven"] in (row["bedrijven"], "x")
        grade = [cell.get_text(strip=True) for cell in sheet.select("table")[1].select("tbody td")]
        if int(row["antwoorden"]) < 10:
            small += 1
            assert grade[:3] == ["x", "x", "x"] and "te weinig bedrijven" in sheet.select_one("article").get_text()
            assert not sheet.select("article svg"), "an empty drawing says nothing"
        assert facts["Land"] in sheet.h1.get_text()
    assert small, "the sample has a mission with too few answers"


def test_what_was_not_asked_is_not_shown_as_withheld(built):
    """Only participants of a mission with a bewindspersoon are asked about the bewindspersoon."""
    led, asked = set(), [name for name in load_year(2025, "sample").scales if name.startswith("minister_")]
    for mission, row in register(built).iterrows():
        questions = [line.th.get_text(strip=True) for line in page(built, f"annexes/factsheet-{mission}").select("tbody tr")]
        about = [text for text in questions if "bewindspersoon" in text]
        led.add(row["leiding"] != "geen")
        assert len(about) == (len(asked) if row["leiding"] != "geen" else 0), mission
        assert any("matchmaking" in text for text in questions), mission
    assert led == {True, False}


def test_what_is_withheld_is_the_same_everywhere(built):
    """A number that the annex withholds must not stand on the factsheet, nor the other way round."""
    in_annex = {}
    for table in page(built, "annexes/effect").select("table"):
        if table.caption and "per missie van het verslagjaar" in table.caption.get_text():
            in_annex = {line.th.get_text(strip=True): line.td.get_text(strip=True) for line in table.select("tbody tr")}
    assert in_annex
    for mission, shown in in_annex.items():
        grade = page(built, f"annexes/factsheet-{mission}").select("table")[1].select_one("tbody td").get_text(strip=True)
        assert grade == shown, mission


@pytest.fixture(scope="module")
def moving(built, tmp_path_factory) -> Checkout:
    """A checkout that goes through the changes of this module, one after the other."""
    target = tmp_path_factory.mktemp("factsheets") / "checkout"
    shutil.copytree(built.root, target, symlinks=True)
    return Checkout(target)


@pytest.mark.long
def test_a_mission_that_is_gone_has_no_page_and_no_pdf_any_more(moving):
    """Other missions in the same year, from another seed: pages and PDFs follow the register, as they do from year to year
    (desk/test_receive_and_new_year.py)."""
    before = set(register(moving).index)
    made = moving.missions("sample", "--seed", "5")
    assert made.returncode == 0, made.stderr
    now = set(register(moving).index)
    assert now != before
    moving.build()
    pages = {path.stem.removeprefix("factsheet-") for path in (moving.html / "book" / "annexes").glob("factsheet-*.html")}
    assert pages == now
    assert {path.stem for path in moving.pdf.glob("factsheet-*.pdf")} == {f"factsheet-{mission.lower()}" for mission in now}


@pytest.mark.long
def test_after_that_every_output_is_what_a_clean_build_gives(moving):
    verified = moving.missions("verify")
    assert verified.returncode == 0, verified.stderr


LARGE = """
from dataclasses import replace
from missions import sample
from missions.paths import ROOT
sample.SCENARIOS["large"] = replace(sample.SCENARIOS["base"], missions_per_year=(60, 61), missions_in={})
sample.write_sample(ROOT / "data/sample/2025", 4, 2025, "large")
"""


@pytest.mark.long
def test_sixty_missions_a_year_are_a_publication_with_sixty_factsheets(moving):
    made = moving.run(sys.executable, "-c", LARGE)
    assert made.returncode == 0, made.stderr
    refused = moving.missions("build")
    if refused.returncode:
        moving.waive(*sorted(set(re.findall(r'" \((\w+)\): the data', refused.stderr))))
        moving.build()
    missions = set(register(moving).index)
    pages = {path.stem.removeprefix("factsheet-") for path in (moving.html / "book" / "annexes").glob("factsheet-*.html")}
    assert len(missions) == 60 and pages == missions and len(list(moving.pdf.glob("factsheet-*.pdf"))) == 60


def test_a_run_is_named_by_annex_and_mission():
    year = load_year(2025, "sample")
    runs = year.runs(["2025-XAA-01", "2025-XAB-01"])
    assert runs[-2:] == ["factsheet-2025-XAA-01", "factsheet-2025-XAB-01"] and "factsheet" not in runs and "effect" in runs
    assert year.parameters_of("factsheet-2025-XAA-01") == {"mission_id": "2025-XAA-01"}
    assert year.annex_of("effect") == "effect" and year.parameters_of("effect") == {"first_year": 2021}
    for wrong in ("factsheet", "effects", "effect-2025-XAA-01"):
        with pytest.raises(YearError, match=f"annex {wrong}: does not stand in analysis/years/2025.yml"):
            year.annex_of(wrong)


def test_prose_has_parameters_and_words_of_the_record_and_an_unknown_one_is_named():
    text = "# Missie naar {record}`Bestemming` ({parameter}`mission_id`)"
    given, recorded = {"parameter": {"mission_id": "2025-KEN-01"}}, {"record": {"Bestemming": "Kenia"}}
    # What the record shows is known when it is decided what is shown.
    half = in_words("x", text, given)
    assert half == "# Missie naar {record}`Bestemming` (2025-KEN-01)"
    assert in_words("x", half, recorded) == "# Missie naar Kenia (2025-KEN-01)"
    with pytest.raises(AnnexError, match=r"annex x: unknown parameter 'mission' in .* \(it has: mission_id\)"):
        in_words("x", "{parameter}`mission`", given)
    with pytest.raises(AnnexError, match=r"annex x: unknown record 'Land' in .* \(it has: none\)"):
        in_words("x", "{record}`Land`", {"record": {}})


def test_every_run_of_sixty_has_a_name_and_parameters_of_its_own():
    missions = [f"2025-XA{letter}-{number:02}" for letter in "ABCDEFGHIJ" for number in range(1, 7)]
    year = load_year(2025, "sample")
    runs = [run for run in year.runs(missions) if run.startswith("factsheet-")]
    assert len(runs) == len(set(runs)) == 60
    assert sorted(year.parameters_of(run)["mission_id"] for run in runs) == sorted(missions)
