"""Figures and tables to take along: files of every table, drawings of every chart, and one package that describes all data."""

from __future__ import annotations

import csv
import hashlib
import json
import re

import openpyxl
import pytest
import yaml
from bs4 import BeautifulSoup
from frictionless import Package, validate
from lxml import etree

from missions.declared.year_file import load_year
from missions.paths import ROOT
from missions.present.fact_text import SYNTHETIC_NOTE
from support.publication import ANNEXES, all_pages, page


@pytest.fixture(scope="module")
def described(built) -> dict:
    return json.loads((built.html / "data/datapackage.json").read_text(encoding="utf-8"))


def downloads(checkout) -> set[str]:
    """Every file of the folder with data that a page offers."""
    found = set()
    for path in all_pages(checkout):
        for link in BeautifulSoup(path.read_text(encoding="utf-8"), "lxml").select("a[download]"):
            target = (path.parent / link["href"]).resolve()
            assert target.is_file(), (path, link["href"])
            found.add(target.name)
    return found


def test_the_package_and_every_table_in_it_are_valid(built):
    report = validate(str(built.html / "data/datapackage.json"))
    assert report.valid, report.flatten(["title", "message"])
    assert len(report.tasks) > 40


def test_a_table_that_is_not_as_described_would_be_found(built, tmp_path, described):
    one = next(resource for resource in described["resources"] if resource["name"] == "effect-response")
    (tmp_path / one["path"]).write_text((built.html / "data" / one["path"]).read_text().replace("2025", "twee"), encoding="utf-8")
    (tmp_path / "datapackage.json").write_text(json.dumps(described | {"resources": [one]}), encoding="utf-8")
    assert not validate(str(tmp_path / "datapackage.json")).valid


def test_the_package_describes_every_file_with_data_and_nothing_else(built, described):
    tables = {name for name in downloads(built) if name.endswith(".csv")}
    assert {resource["path"] for resource in described["resources"]} == tables
    assert tables == {path.name for path in (built.html / "data").glob("*.csv")}, "no page, no file"
    for resource in described["resources"]:
        content = (built.html / "data" / resource["path"]).read_bytes()
        assert resource["bytes"] == len(content) and resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        head, *rows = csv.DictReader(content.decode("utf-8-sig").splitlines()), *csv.reader(content.decode().splitlines())
        assert head.fieldnames == [field["name"] for field in resource["schema"]["fields"]]
        assert all(field["title"] for field in resource["schema"]["fields"]) and rows
        if "synthetic" in head.fieldnames:
            assert {row["synthetic"] for row in head} <= {str(resource["synthetic"]).lower()}


def test_the_package_says_whose_it_is_as_the_publication_does(described):
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert described["version"] == cff["version"] and described["id"] == load_year(2025, "sample").reference
    assert described["created"].startswith(str(cff["date-released"]))
    assert [one["title"] for one in described["contributors"]] == [author["name"] for author in cff["authors"]]
    assert described["licenses"][0]["name"] in cff["license"] and "synthetische gegevens" in described["description"]
    assert Package.from_descriptor(described).version == cff["version"]


def test_every_table_is_offered_as_csv_and_as_a_spreadsheet(built):
    offered = downloads(built)
    shown = 0
    for annex in ANNEXES:
        for table in page(built, f"annexes/{annex}").select("table[id]"):
            if table["id"].startswith(("facts-from", "claims-from")):
                continue  # these are on the page of key figures and on that for reviewers
            assert {f"{table['id']}.csv", f"{table['id']}.xlsx"} <= offered, table["id"]
            shown += 1
    assert shown > 20


def test_a_spreadsheet_has_numbers_as_numbers_words_in_dutch_and_the_warning(built):
    for path in sorted((built.html / "data").glob("*.xlsx")):
        figures, notes = openpyxl.load_workbook(path).worksheets
        rows = list(csv.DictReader((path.with_suffix(".csv")).read_text(encoding="utf-8-sig").splitlines()))
        assert figures.max_row == len(rows) + 1, path.name
        if path.stem == "kerncijfers":
            continue
        said = " ".join(str(cell.value) for line in notes.iter_rows() for cell in line)
        assert (SYNTHETIC_NOTE in said) == any(row["synthetic"] == "true" for row in rows), path.name
        for row, cells in zip(rows, figures.iter_rows(min_row=2), strict=True):
            for name, cell in zip(row, cells, strict=True):
                if name in ("value", "low", "high", "n", "population_n"):
                    assert cell.value is None if row[name] == "" else cell.value == float(row[name]), (path.name, name)
                elif isinstance(cell.value, str) and name not in ("title", "source_id"):
                    assert not re.search(r"_|\b(published|suppressed|true|false|exact|first|yes|no)\b", cell.value), cell.value


def test_a_chart_is_offered_as_a_drawing_that_stands_on_its_own(built):
    charts = 0
    for annex in ANNEXES:
        for figure in page(built, f"annexes/{annex}").select("figure.chart"):
            charts += 1
            drawing = etree.parse(str(built.html / "data" / f"{figure['id']}.svg")).getroot()
            texts = {etree.QName(one).localname: one.text for one in drawing if etree.QName(one).localname in ("title", "desc")}
            assert texts["title"] in figure.figcaption.get_text() and texts["desc"] == figure.svg.find("desc").get_text()
            if figure.select_one(".synthetic-badge"):
                assert "SYNTHETISCHE GEGEVENS" in "".join(drawing.itertext())
            picture = (built.html / "data" / f"{figure['id']}.png").read_bytes()
            assert picture.startswith(b"\x89PNG") and len(picture) > 5000
    assert charts >= 8


def test_the_words_of_a_chart_are_its_numbers(built):
    """What a screen reader says of a chart are the numbers of its table, each with its interval."""
    for annex in ANNEXES:
        for figure in page(built, f"annexes/{annex}").select("figure.chart"):
            said = figure.svg.find("desc").get_text()
            rows = csv.DictReader((built.html / "data" / f"{figure['id']}.csv").read_text(encoding="utf-8").splitlines())
            for row in rows:
                for name in ("value", "low", "high"):
                    if row.get(name) and not row.get("other"):
                        whole, _, behind = row[name].partition(".")
                        shown = rf"{int(whole):,}".replace(",", ".") + (rf"(,{behind})" if behind else r"(,0+)?")
                        assert re.search(rf"(?<![\d,]){shown}(?![\d])", said), (figure["id"], row[name], said)


def test_every_figure_and_table_says_how_to_refer_to_it(built):
    version = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"]
    for annex in ANNEXES:
        soup = page(built, f"annexes/{annex}")
        for one in soup.select("figure.chart, table[id]"):
            if one["id"].startswith(("facts-from", "claims-from")):
                continue
            words = one.find_next("details", class_="cite").p.get_text()
            assert f"book/annexes/{annex}.html#{one['id']}" in words and f"versie {version}" in words
            assert (SYNTHETIC_NOTE in words) == bool(one.select_one(".synthetic-badge")), one["id"]
