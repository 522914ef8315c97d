"""A whole year: its file, the method choices, and its deliveries together; all of it is good or nothing is stored."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pytest
import yaml

from missions.declared import assumptions
from missions.declared import year_file as year
from missions.dictionary import QUESTIONS, deliveries
from missions.sources.column_map import column_map
from support.deliveries import GOOD
from support.house import YEAR_FILE

REAL = year.load_year(2025, "real")


def test_the_year_file_gives_its_dates_scales_and_the_deliveries_of_one_world():
    sample = year.load_year(2025, "sample")
    assert (sample.reporting_year, sample.reference) == (2025, "BZ2627637")
    assert sample.dates["note_on"] == datetime.date(2026, 4, 17)
    assert sample.questions["grade"] == year.Question("score", (1, 10), (), highest_is_best=True, since=None)
    assert sample.questions["goal_reached"] == year.Question("choice", None, ("no", "partly", "yes"))
    assert sample.questions["new_contacts_n"] == year.Question("amount", (0, 500), ())
    assert sample.scales["grade"] == (1, 10) and "new_contacts_n" not in sample.scales
    assert sample.annexes["effect"] == {"first_year": 2021}
    places = {name: path.relative_to(year.ROOT).parts[1] for name, path in sample.deliveries.items()}
    assert places == {name: "sample" if name in PER_WORLD else "raw" for name in GOOD}
    # Public record is the same in both worlds; confidential deliveries lie where git does not look.
    places = {name: path.relative_to(year.ROOT).parts[1] for name, path in REAL.deliveries.items()}
    assert places == {name: "confidential" if name in PER_WORLD else "raw" for name in GOOD if name != "trade_panel"}
    assert REAL.not_delivered == {"trade_panel"} and not sample.not_delivered


PER_WORLD = tuple(name for name, delivery in deliveries().items() if delivery.is_microdata)
KEYS = "reporting_year, reference, annexes_n, dates, deliveries, questions, annexes, waivers, sign_off"
DATES = "note_on, decide_by_on, parliament_on"
GRADE, NOTE = "  grade: {scale: [1, 10], best: highest}", "  note_on: 2026-04-17"
ENTRY = "  record_sources: data/raw/2025/sources.csv"
PANEL, KIND = "    real: null # the panel stays inside CBS", "must have scale and best, or answers, or amount"
ENDS = "questions.grade.scale: must be [lowest, highest]"
PATH, QUOTED = "must be a path below the repository", "put it between quotation marks"
# What stands in the year file, what stands there instead, the line to be told less that of what is replaced, key and message.
WRONG_YEARS = [
    ("questions:\n", "asked:\n", None, "questions: is missing"),
    ("reference: BZ2627637", "colour: red", 0, f"colour: is not known here (known: {KEYS})"),
    ("reporting_year: 2025", "reporting_year: 2024", 0, "reporting_year: must be 2025, as in the name of the file (found: 2024)"),
    ("reporting_year: 2025", "reporting_year: '2025'", 0, "reporting_year: must be a whole number (found: '2025')"),
    ("annexes_n: 4", "annexes_n: 0", 0, "annexes_n: must be above 0 (found: 0)"),
    ("BZ2627637", "''", 0, "reference: must be a text that is not empty (found: '')"),
    ("BZ2627637", "2627637", 0, f"reference: must be a text; {QUOTED} (found: 2627637)"),
    (NOTE, "  # note_on: 2026-04-17", -1, "dates.note_on: is missing"),
    (NOTE, f"{NOTE}\n  sent_on: 2026-04-17", 1, f"dates.sent_on: is not known here (known: {DATES})"),
    (NOTE, "  note_on: 1 mei", 0, "dates.note_on: must be a date (YYYY-MM-DD) (found: '1 mei')"),
    (NOTE, "  note_on: 2026-02-30", 0, "dates.note_on: is no date that exists"),
    (GRADE, "  grade: {scale: [10, 1], best: highest}", 0, f"{ENDS} (found: [10, 1])"),
    (GRADE, "  grade: {scale: [5, 5], best: highest}", 0, f"{ENDS} (found: [5, 5])"),
    (GRADE, "  grade: {scale: [1], best: highest}", 0, f"{ENDS} (found: [1])"),
    (GRADE, "  grade: {scale: [1, x], best: highest}", 0, "questions.grade.scale.2: must be a whole number (found: 'x')"),
    (GRADE, "  grade: {scale: null, best: highest}", 0, "questions.grade.scale: must be a list"),
    (GRADE, "  grade: {scale: [1, 5], best: up}", 0, "questions.grade.best: must be 'highest' or 'lowest' (found: 'up')"),
    (GRADE, "  grade: {amount: [1, 5], since: '2021'}", 0, "questions.grade.since: must be a whole number (found: '2021')"),
    (GRADE, "  grade: {scale: [1, 5]}", 0, f"questions.grade: {KIND}"),
    (GRADE, "  grade: {scale: [1, 5], best: highest, answers: no < yes}", 0, f"questions.grade: {KIND}"),
    (GRADE, "  grade: {}", 0, f"questions.grade: {KIND}"),
    (GRADE, "  grade: 10", 0, "questions.grade: must hold named entries (found: 10)"),
    (GRADE, "  grade: {amount: 5}", 0, "questions.grade.amount: must be a list (found: 5)"),
    (GRADE, "  grade: {answers: no < no}", 0, "questions.grade.answers: must be: least < ... < most (found: 'no < no')"),
    (GRADE, "  grade: {answers: no < < yes}", 0, "questions.grade.answers: must be: least < ... < most (found: 'no < < yes')"),
    (
        GRADE,
        "  grade: {since: yes}",
        0,
        f"questions.grade.since: YAML takes this word for true or false: write that, or {QUOTED}",
    ),
    (ENTRY, "  record_sources: /etc/hostname", 0, f"deliveries.record_sources: {PATH} (found: '/etc/hostname')"),
    (ENTRY, "  record_sources: ../outside.csv", 0, f"deliveries.record_sources: {PATH} (found: '../outside.csv')"),
    (ENTRY, "  record_sources: null", 0, "deliveries.record_sources: must be a path, or a path for each of sample and real"),
    (ENTRY, "  record_sources: {sample: a.csv}", 0, "deliveries.record_sources.real: is missing"),
    (PANEL, f"{PANEL}\n    mixed: a.csv", 1, "deliveries.trade_panel.mixed: is not known here (known: sample, real)"),
    ("  overview: {}", "  overview: [x]", 0, "annexes.overview: must hold named entries (found: ['x'])"),
    ("each_mission: true", "each_mission: ja", 0, "annexes.factsheet.for_each_mission: must be true or false (found: 'ja')"),
    ("notebook: mission_factsheet", "notebook: 3", 0, f"annexes.factsheet.notebook: must be a text; {QUOTED} (found: 3)"),
]


@pytest.mark.parametrize(("old", "new", "further", "message"), WRONG_YEARS)
def test_a_wrong_year_file_is_told_with_line_and_key(house, old, new, further, message):
    before, _, after = YEAR_FILE.partition(old)
    assert after, old
    line = "" if further is None else f"line {before.count(chr(10)) + 1 + further}, "
    (house / "analysis" / "years" / "2025.yml").write_text(f"{before}{new}{after}", encoding="utf-8")
    with pytest.raises(year.YearError) as error:
        year.load_year(2025, "sample")
    assert f"analysis/years/2025.yml, {line}{message}" in str(error.value).splitlines()


@pytest.mark.parametrize("part", ["deliveries", "questions", "annexes"])
@pytest.mark.parametrize(("content", "what"), [("{}", "must not be empty"), ("", "must hold named entries")])
def test_a_part_of_the_year_file_without_content_is_told(house, part, content, what):
    text = re.sub(rf"(?ms)^{part}:.*?(?=^\w|\Z)", f"{part}: {content}\n", YEAR_FILE)
    (house / "analysis" / "years" / "2025.yml").write_text(text, encoding="utf-8")
    line = text[: text.index(f"\n{part}:")].count("\n") + 2
    with pytest.raises(year.YearError, match=rf"^analysis/years/2025\.yml, line {line}, {part}: {what}$"):
        year.load_year(2025, "sample")


def test_a_year_or_world_that_does_not_exist_is_told_with_what_there_is(house):
    with pytest.raises(year.YearError) as error:
        year.load_year(2031, "sample")
    assert str(error.value) == "analysis/years/2031.yml does not exist (years at hand: none)"
    for name in ("2026", "2024", "2027", "2023", "2025"):
        (house / "analysis" / "years" / f"{name}.yml").touch()
    with pytest.raises(year.YearError) as error:
        year.load_year(2031, "sample")
    assert str(error.value) == "analysis/years/2031.yml does not exist (years at hand: 2023, 2024, 2025, 2026, 2027)"
    with pytest.raises(year.YearError) as error:
        year.load_year(2025, "mixed")
    assert str(error.value) == "DELIVERIES=mixed: choose one of sample, real"


def test_every_question_of_the_year_stands_in_the_delivery_and_the_other_way_round():
    asked = {rule.name for rule in column_map("survey_answers", 2025) if rule.kind in QUESTIONS}
    assert asked == set(REAL.questions)


# --- method choices -------------------------------------------------------------------------------------------------
CHOICE = {"value": 10, "unit": "answers", "since_year": 2025, "source": "s", "reason": "r"}


def write_choices(house: Path, choices: dict) -> None:
    (house / "analysis" / "assumptions.yml").write_text(yaml.safe_dump(choices), encoding="utf-8")


def test_a_method_choice_holds_from_its_year_on(house):
    write_choices(house, {"threshold": CHOICE})
    assert [assumptions.assumption("threshold", y) for y in (2025, 2031)] == [10, 10]
    assert dict(assumptions.all_assumptions()) == {"threshold": CHOICE}
    with pytest.raises(KeyError) as error:
        assumptions.assumption("threshold", 2024)
    assert error.value.args == ("assumption 'threshold' holds from 2025, not for 2024",)
    with pytest.raises(KeyError) as error:
        assumptions.assumption("treshold", 2025)
    assert error.value.args == ("assumption 'treshold' is not in analysis/assumptions.yml",)


def test_the_choices_of_the_publication_are_numbers_with_a_source_and_a_reason():
    for key, choice in assumptions.all_assumptions().items():
        assert isinstance(assumptions.assumption(key, 2025), int | float)
        assert choice["source"] and choice["reason"], key


def test_what_a_letter_needs_may_be_unknown_until_it_is_built(house):
    text = YEAR_FILE.replace("BZ2627637", "null").replace("note_on: 2026-04-17", "note_on: null")
    (house / "analysis" / "years" / "2025.yml").write_text(text, encoding="utf-8")
    unfinished = year.load_year(2025, "sample")
    assert unfinished.reference is None and unfinished.dates["note_on"] is None
    with pytest.raises(year.YearError) as error:
        year.require_complete(unfinished)
    assert str(error.value).splitlines() == [
        f"analysis/years/2025.yml, line {line}, {key}: fill this in before the publication is built"
        for line, key in ((3, "reference"), (6, "dates.note_on"))
    ]
    year.require_complete(REAL)


WAIVER = "claim: x, reason: y, role: z, date: 2026-04-20"
SIGNATURE = "page: book/letter, made_by: a, read_by: b, date: 2026-04-20"
SAME, OTHER = SIGNATURE.replace("read_by: b", "read_by: a"), "read_by must be somebody else than made_by"
WRONG_DECISIONS = [
    ("waivers: none", "waivers: must be a list (found: 'none')"),
    ("waivers: [{claim: x, reason: y, role: z}]", "waivers.1.date: is missing"),
    (
        "waivers: [{claim: x, reason: '', role: z, date: 2026-04-20}]",
        "waivers.1.reason: must be a text that is not empty (found: '')",
    ),
    ("waivers: [{claim: x, reason: y, role: z, date: soon}]", "waivers.1.date: must be a date (YYYY-MM-DD) (found: 'soon')"),
    (f"waivers: [{{{WAIVER}}}, {{{WAIVER}}}]", "waivers: must name each claim once"),
    ("sign_off: book/letter", "sign_off: must be a list (found: 'book/letter')"),
    (f"sign_off: [{{{SIGNATURE}}}]", "sign_off.1.fingerprint: is missing"),
    (f"sign_off: [{{{SIGNATURE}, fingerprint: 123456}}]", f"sign_off.1.fingerprint: must be a text; {QUOTED} (found: 123456)"),
    (f"sign_off: [{{{SAME}, fingerprint: x}}]", f"sign_off.1: {OTHER}"),
    (f"sign_off: [{{{SIGNATURE}, fingerprint: x}}, {{{SIGNATURE}, fingerprint: y}}]", "sign_off: must name each page once"),
]


@pytest.mark.parametrize(("text", "message"), WRONG_DECISIONS)
def test_a_waiver_and_a_signature_say_who_why_and_when(house, text, message):
    path = house / "analysis" / "years" / "2025.yml"
    path.write_text(f"{YEAR_FILE}{text}\n", encoding="utf-8")
    with pytest.raises(year.YearError) as error:
        year.load_year(2025, "sample")
    assert str(error.value) == f"analysis/years/2025.yml, line {YEAR_FILE.count(chr(10)) + 1}, {message}"


def test_a_waiver_and_a_signature_know_their_line(house):
    path = house / "analysis" / "years" / "2025.yml"
    entries = f"waivers:\n  # claim: y\n  - {{{WAIVER}}}\nsign_off:\n\n  - page: book/letter\n    made_by: a\n    read_by: b\n"
    path.write_text(f"{YEAR_FILE}{entries}    date: 2026-04-20\n    fingerprint: x\n", encoding="utf-8")
    known, before = year.load_year(2025, "sample"), YEAR_FILE.count("\n")
    assert (known.waivers["x"].line, known.signatures["book/letter"].line) == (before + 3, before + 6)
    assert known.waivers["x"].date == datetime.date(2026, 4, 20) and known.signatures["book/letter"].read_by == "b"
