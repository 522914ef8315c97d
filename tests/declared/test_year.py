"""A whole year: its file, the method choices, and its deliveries together; all of it is good or nothing is stored."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import yaml

from missions.declared import assumptions
from missions.declared import year_file as year
from missions.dictionary import QUESTIONS, deliveries
from missions.sources.column_map import column_map
from support.deliveries import GOOD
from support.house import YEAR_FILE, write_year

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
KEYS = "annexes, annexes_n, dates, deliveries, questions, reference, reporting_year"
DATES = "decide_by_on, note_on, parliament_on"
WRONG_YEARS = [
    (lambda y: y.pop("questions"), ": key 'questions' is missing"),
    (lambda y: y.update(colour="red"), f": unknown key 'colour' (known: {KEYS})"),
    (lambda y: y.update(reporting_year=2024), ": reporting_year is 2024, not 2025"),
    (lambda y: y["dates"].pop("note_on"), ", dates: key 'note_on' is missing"),
    (lambda y: y["dates"].update(sent_on=1), f", dates: unknown key 'sent_on' (known: {DATES})"),
    (lambda y: y.update(dates="soon"), f", dates: expected keys {DATES}, found 'soon'"),
    (lambda y: y["dates"].update(note_on="1 mei"), ", dates, note_on: not a date (YYYY-MM-DD): '1 mei'"),
    (
        lambda y: y["questions"]["grade"].update(scale=[10, 1]),
        ", questions, grade, scale: expected [lowest, highest], found [10, 1]",
    ),
    (
        lambda y: y["questions"]["grade"].update(scale=[5, 5]),
        ", questions, grade, scale: expected [lowest, highest], found [5, 5]",
    ),
    (lambda y: y["questions"]["grade"].update(scale=[1]), ", questions, grade, scale: expected [lowest, highest], found [1]"),
    (lambda y: y["questions"]["grade"].update(best="up"), ", questions, grade, best: expected highest or lowest, found 'up'"),
    (lambda y: y["questions"]["grade"].update(since="2021"), ", questions, grade, since: expected a year, found '2021'"),
    (lambda y: y["questions"]["grade"].pop("best"), ", questions, grade: expected scale and best, answers, or amount"),
    (lambda y: y["questions"].update(grade=10), ", questions, grade: expected scale and best, answers, or amount"),
    (lambda y: y["questions"].update(grade={"amount": 5}), ", questions, grade, amount: expected [lowest, highest], found 5"),
    (
        lambda y: y["questions"].update(grade={"answers": "no < no"}),
        ", questions, grade, answers: expected least < ... < most, found 'no < no'",
    ),
    (lambda y: y["deliveries"].update(a={"sample": "a.csv"}), ", deliveries, a: key 'real' is missing"),
    (
        lambda y: y["deliveries"].update(a={"sample": "a.csv", "real": "a.csv", "mixed": "a.csv"}),
        ", deliveries, a: unknown key 'mixed' (known: real, sample)",
    ),
]


@pytest.mark.parametrize(("change", "message"), WRONG_YEARS)
def test_a_wrong_year_file_is_told_with_its_key(house, change, message):
    write_year(house, change)
    with pytest.raises(year.YearError) as error:
        year.load_year(2025, "sample")
    assert str(error.value) == f"analysis/years/2025.yml{message}"


def test_a_year_file_that_is_empty_or_no_yaml_is_told(house):
    path = house / "analysis" / "years" / "2025.yml"
    path.write_text("", encoding="utf-8")
    with pytest.raises(year.YearError, match=r"^analysis/years/2025\.yml: holds no keys$"):
        year.load_year(2025, "sample")
    path.write_text("dates: [", encoding="utf-8")
    with pytest.raises(year.YearError, match=r"^analysis/years/2025\.yml: is not valid YAML \(line 1\)$"):
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
    assert assumptions.all_assumptions() == {"threshold": CHOICE}
    with pytest.raises(KeyError) as error:
        assumptions.assumption("threshold", 2024)
    assert error.value.args == ("assumption 'threshold' holds from 2025, not for 2024",)
    with pytest.raises(KeyError) as error:
        assumptions.assumption("treshold", 2025)
    assert error.value.args == ("assumption 'treshold' is not in analysis/assumptions.yml",)


@pytest.mark.parametrize("wrong", [{}, {"value": 10}, CHOICE | {"colour": "red"}])
def test_a_method_choice_without_all_its_fields_is_refused(house, wrong):
    write_choices(house, {"good": CHOICE, "wrong": wrong})
    with pytest.raises(ValueError) as error:
        assumptions.assumption("good", 2025)
    fields = "reason, since_year, source, unit, value"
    assert str(error.value) == f"analysis/assumptions.yml, wrong: needs exactly {fields}"


def test_the_choices_of_the_publication_are_numbers_with_a_source_and_a_reason():
    for key, choice in assumptions.all_assumptions().items():
        assert isinstance(assumptions.assumption(key, 2025), int | float)
        assert choice["source"] and choice["reason"], key


def test_what_a_letter_needs_may_be_unknown_until_it_is_built(house):
    def forget(content: dict) -> None:
        content["reference"] = None
        content["dates"]["note_on"] = None

    write_year(house, forget)
    unfinished = year.load_year(2025, "sample")
    assert unfinished.reference is None and unfinished.dates["note_on"] is None
    with pytest.raises(year.YearError) as error:
        year.require_complete(unfinished)
    assert str(error.value).splitlines() == [
        f"analysis/years/2025.yml, {key}: fill this in before the publication is built" for key in ("reference", "dates, note_on")
    ]
    year.require_complete(REAL)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            "- {page: book/letter, made_by: a, read_by: a, date: 2026-04-20, fingerprint: x}",
            "expected another reader than the maker",
        ),
        ("- {page: book/letter, made_by: a, read_by: b, date: vandaag, fingerprint: x}", "date: expected a date"),
        ("- {page: book/letter, made_by: a, date: 2026-04-20, fingerprint: x}", "key 'read_by' is missing"),
        ("book/letter", "sign_off: expected a list"),
    ],
)
def test_a_signature_needs_two_roles_a_day_and_a_fingerprint(house, entry, message):
    path = house / "analysis" / "years" / "2025.yml"
    path.write_text(f"{YEAR_FILE}\nsign_off:\n  {entry}\n", encoding="utf-8")
    with pytest.raises(year.YearError, match=message):
        year.load_year(2025, "sample")
