"""What an analyst reads after `missions check`: per delivery what was found, on the terminal and on a page."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from missions.contracts.problems import SHOWN, Problem, told
from missions.declared.year_file import Question
from missions.desk import report
from missions.dictionary import variables
from missions.sources.receive import Received, receive_all
from support.corrections import CONFIDENTIAL, CONFIDENTIAL_ENTRY, ENTRY, write_entries
from support.deliveries import GOOD, edited
from support.house import put_year


def lines_about(received: Received, name: str) -> list[str]:
    """The lines of one delivery on the terminal."""
    text = report.in_full(received)
    part = re.search(rf"(?m)^  {name}: .*\n((?:    .*\n?)*)", text + "\n")
    return [line.strip() for line in part.group(1).splitlines()]


def test_each_delivery_says_its_form_its_origin_and_its_rows(house):
    received = receive_all(put_year(house), "real")
    assert received.problems == []
    assert lines_about(received, "record_series") == [
        "CSV with commas, UTF-8, decimal point; from p, received 2026-01-01, public",
        "2 rows",
    ]
    assert lines_about(received, "survey_answers")[0] == "CSV with semicolons, UTF-8; from p, received 2026-01-01, confidential"


def test_rows_are_counted_against_the_year_before_in_the_same_delivery(house):
    steps = "".join(f"{n};2024-KEN-01;ja;nee;nee;;nee;nee;nee\n" for n in (11, 12, 13))
    register = GOOD["mission_register"].splitlines()[1].replace("2025", "2024")
    people = GOOD["participations"].splitlines()[1:4]
    people = [
        line.replace("2025-KEN", "2024-KEN").replace(line[0], str(n), 1) for n, line in zip((11, 12, 13), people, strict=True)
    ]
    a_year = put_year(
        house,
        imvo_steps=GOOD["imvo_steps"] + steps,
        mission_register=GOOD["mission_register"] + register + "\n",
        participations=GOOD["participations"] + "\n".join(people) + "\n",
    )
    received = receive_all(a_year, "real")
    assert received.problems == []
    assert lines_about(received, "imvo_steps")[1] == "5 rows; 2 about 2025, 3 about 2024"


def test_rows_are_counted_against_what_was_stored_last_year(house):
    year = put_year(house)
    receive_all(year, "real")
    (house / "data/validated/real/2025").rename(house / "data/validated/real/2024")
    received = receive_all(year, "real")
    assert lines_about(received, "record_series")[1] == "2 rows; last year 2"
    assert lines_about(received, "survey_answers")[1] == "2 rows; 2 about 2025, 0 about 2024"


def test_corrections_and_what_was_set_aside_or_turned_are_told_without_confidential_values(house):
    write_entries(house, ENTRY)
    write_entries(house, CONFIDENTIAL_ENTRY, place=CONFIDENTIAL)
    a_year = put_year(house)
    changed = {"minister_informed": Question("score", (1, 5), (), since=2026)}
    changed["networking_enough"] = Question("score", (1, 5), (), highest_is_best=False)
    received = receive_all(replace(a_year, questions=a_year.questions | changed), "real")
    assert received.problems == []
    place = "typed over wrongly from the source (confirmed by editor of the record; data"
    assert lines_about(received, "record_series")[2] == (
        f"corrected: row 2, value from '66.7' to '66.6': {place}/corrections/2025.yml, line 2)"
    )
    assert lines_about(received, "survey_answers")[2:] == [
        f"corrected: row 2, grade: {place}/confidential/corrections/2025.yml, line 2)",
        "set aside: 1 answer to minister_informed, given on an earlier scale",
        "turned: networking_enough, whose lowest answer was the best",
    ]


def test_the_page_has_every_column_and_how_many_cells_are_filled_or_say_why_not(house):
    page = BeautifulSoup(report.page(receive_all(put_year(house), "real")), "lxml")
    assert page.html["lang"] == "en" and page.title.get_text() == "Deliveries of 2025 (real)"
    assert "keep their contracts" in page.select_one(".good").get_text()
    tables = dict(zip(GOOD, page.select("table"), strict=True))
    for name, table in tables.items():
        assert [row.td.get_text() for row in table.select("tbody tr")] == [variable.name for variable in variables(name)]
        assert all(cell.get("scope") for cell in table.select("th"))
    survey = tables["survey_answers"]
    heads = [cell.get_text() for cell in survey.select("thead th")]
    found = {}
    for row in survey.select("tbody tr"):
        found[row.td.get_text()] = dict(zip(heads, [cell.get_text() for cell in row.find_all(["th", "td"])], strict=True))
    # The first of both answers: minister_informed is n.v.t., minister_role_known is empty, networking_effective is weet niet.
    for name, reason in (
        ("minister_informed", "not applicable"),
        ("minister_role_known", "blank"),
        ("networking_effective", "do not know"),
    ):
        assert (found[name]["Filled"], found[name][reason]) == ("1", "1")
    assert found["grade"]["Filled"] == "2" and found["grade"]["Column in the file"] == "rapportcijfer"
    assert found["remark"]["Filled"] == "1"


def test_a_page_is_made_of_what_is_wrong_too_and_shows_no_mark_up_of_others(house):
    content = edited("record_sources", title="<script>alert(1)</script>", date="<b>April</b>")
    html = report.page(receive_all(put_year(house, record_sources=content), "real"))
    assert "<script" not in html and "<b>" not in html
    page = BeautifulSoup(html, "lxml")
    assert page.select_one(".bad p").get_text() == "1 problem; nothing was stored."
    assert [line.get_text() for line in page.select(".bad li")] == [
        "record_sources.csv, row 2, column date: must be a year, month or day (found: <b>April</b>)"
    ]


def test_of_one_rule_that_breaks_very_often_the_first_are_told_and_the_rest_is_counted():
    often = [Problem("a.csv", row, "x", "must be y") for row in range(1, SHOWN + 6)]
    once = Problem("a.csv", 3, "z", "may not be empty")
    lines = told([*often, once])
    assert lines[0] == "a.csv, row 1, column x: must be y"
    assert len(lines) == SHOWN + 2 and lines[-2] == str(once)
    assert lines[-1] == "a.csv, column x: must be y (in 5 more rows)"


@pytest.mark.parametrize("good", [True, False])
def test_the_verb_writes_the_page_and_says_where(workshop, good):
    delivery = "data/sample/2025/synthetisch_imvo_stappen.csv"
    if not good:
        path = workshop.root / delivery
        path.write_text(path.read_text(encoding="utf-8").replace(";nee;ja", ";misschien;ja", 1), encoding="utf-8")
        workshop.reseal(delivery)
    result = workshop.missions("check")
    assert result.returncode == (0 if good else 1)
    assert "more: .state/check/sample-2025.html" in result.stdout
    page = BeautifulSoup((workshop.root / ".state/check/sample-2025.html").read_text(encoding="utf-8"), "lxml")
    assert bool(page.select_one(".good")) == good and bool(page.select_one(".bad")) == (not good)
    if not good:
        told_line = page.select_one(".bad li").get_text()
        assert told_line.startswith(delivery) and told_line in result.stderr
