"""A whole year: its file, the method choices, and its deliveries together; all of it is good or nothing is stored."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_deliveries import FIELDS, GOOD, edited, put, read

from missions import assumptions, store, year
from missions.contracts import DeliveryError
from missions.sources import sidecar
from missions.sources.delivery import column_map, receive_all

REAL = year.load_year(2025, "real")
YEAR_FILE = year.year_path(2025).read_text(encoding="utf-8")


# --- the year file --------------------------------------------------------------------------------------------------
def write_year(house: Path, change) -> None:
    content = yaml.safe_load(YEAR_FILE)
    change(content)
    (house / "analysis" / "years" / "2025.yml").write_text(yaml.safe_dump(content), encoding="utf-8")


def test_the_year_file_gives_its_dates_scales_and_the_deliveries_of_one_world():
    sample = year.load_year(2025, "sample")
    assert (sample.reporting_year, sample.reference) == (2025, "BZ2627637")
    assert sample.dates["note_on"] == datetime.date(2026, 4, 17)
    assert sample.questions["grade"] == (1, 10)
    assert sample.annexes["effect"] == {"first_year": 2021}
    places = {name: path.relative_to(year.ROOT).parts[1] for name, path in sample.deliveries.items()}
    assert places == {name: "sample" if name in PER_WORLD else "raw" for name in GOOD}
    # Public record is the same in both worlds; confidential deliveries lie where git does not look.
    places = {name: path.relative_to(year.ROOT).parts[1] for name, path in REAL.deliveries.items()}
    assert places == {name: "confidential" if name in PER_WORLD else "raw" for name in GOOD}


PER_WORLD = ("mission_register", "survey_answers", "imvo_steps")
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
    (lambda y: y["questions"].update(grade=[10, 1]), ", questions, grade: expected [lowest, highest], found [10, 1]"),
    (lambda y: y["questions"].update(grade=[5, 5]), ", questions, grade: expected [lowest, highest], found [5, 5]"),
    (lambda y: y["questions"].update(grade=[1]), ", questions, grade: expected [lowest, highest], found [1]"),
    (lambda y: y["questions"].update(grade=10), ", questions, grade: expected [lowest, highest], found 10"),
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
    asked = {rule.name for rule in column_map("survey_answers", 2025) if rule.kind == "answer"}
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


# --- all deliveries of a year together ------------------------------------------------------------------------------
def put_year(house: Path, **contents: str | bytes) -> year.Year:
    """Seven deliveries (good ones unless given) and the year that declares them."""
    return replace(REAL, deliveries={name: put(house, name, contents.get(name, text)) for name, text in GOOD.items()})


def messages_of(a_year: year.Year) -> list[str]:
    with pytest.raises(DeliveryError) as error:
        receive_all(a_year, "real")
    assert str(error.value).split("\n") == [str(problem) for problem in error.value.problems]
    return [str(problem) for problem in error.value.problems]


def stored(house: Path) -> dict[str, bytes]:
    return {p.relative_to(house).as_posix(): p.read_bytes() for p in (house / "data").rglob("*") if p.is_file()}


def test_a_good_year_is_stored_with_its_origin_and_replaces_what_was_there(house):
    a_year = put_year(house)
    # Left over from an earlier year of other deliveries, and from a run that was broken off while it wrote.
    for folder in ("2025", "2025.new"):
        (house / "data" / "validated" / "real" / folder).mkdir(parents=True)
        (house / "data" / "validated" / "real" / folder / "left_over.parquet").touch()
    assert receive_all(a_year, "real") == {name: 2 for name in GOOD}
    first = stored(house)
    folder = "data/validated/real/2025"
    assert set(first) == {f"{folder}/{name}.parquet" for name in GOOD} | {f"{folder}/manifest.json"}
    survey = store.read("survey_answers", 2025, "real")
    assert survey["grade"].tolist() == [8, 1]
    assert survey[["networking_effective", "minister_informed", "minister_role_known"]].iloc[0].isna().all()
    assert survey.attrs["origin"] == json.loads(first[f"{folder}/manifest.json"])["survey_answers"]
    assert survey.attrs["origin"] == {
        "delivery": "survey_answers",
        "file": "survey_answers.csv",
        "producer": "p",
        "title": "t",
        "received_on": "2026-01-01",
        "sensitivity": "public",
        "sha256": hashlib.sha256(GOOD["survey_answers"].encode()).hexdigest(),
        "synthetic": False,
    }
    receive_all(a_year, "real")
    assert stored(house) == first  # bit for bit
    receive_all(put_year(house, survey_answers=edited("survey_answers", rapportcijfer="9")), "real")
    assert store.read("survey_answers", 2025, "real")["grade"].tolist() == [9, 1]
    with pytest.raises(KeyError, match="no delivery 'weather'"):
        store.read("weather", 2025, "real")
    with pytest.raises(FileNotFoundError, match="run: missions check --year 2025 --deliveries sample"):
        store.read("survey_answers", 2025, "sample")


# Deliveries, each good by itself, that contradict each other.
MISSION = "mission_register.csv, row"
TOGETHER = [
    (
        {name: edited(name, missie_id="2025-TZA-01")},
        [f"{name}.csv, row 2, column missie_id: is not in mission_register.csv (found: 2025-TZA-01)"],
    )
    for name in ("survey_answers", "imvo_steps")
]
TOGETHER += [
    (
        {name: edited(name, source_id="S-9")},
        [f"{name}.csv, row 2, column source_id: is not in record_sources.csv (found: S-9)"],
    )
    for name in ("record_series", "record_missions", "cbs_effect")
]
TOGETHER += [
    (
        {"mission_register": edited("mission_register", row=3, uitgenodigd="0")},
        [f"{MISSION} 3, column uitgenodigd: fewer invited than answers in survey_answers.csv (found: 0)"],
    ),
    (
        {"imvo_steps": GOOD["imvo_steps"].replace("KEN", "UGA")},
        [f"{MISSION} 3, column bedrijven: fewer companies than participations in imvo_steps.csv (found: 1)"],
    ),
]


@pytest.mark.parametrize(("contents", "expected"), TOGETHER)
def test_deliveries_that_contradict_each_other_are_told(house, contents, expected):
    assert messages_of(put_year(house, **contents)) == expected


def test_all_failures_of_all_files_are_told_in_one_go_and_nothing_is_stored(house):
    receive_all(put_year(house), "real")
    before = stored(house)
    a_year = put_year(
        house,
        mission_register=edited("mission_register", personen="4", zelfstandig_mkb="4"),
        survey_answers=edited("survey_answers", rapportcijfer="11"),
        record_series=b"\xff",
    )
    del a_year.deliveries["cbs_effect"]
    a_year.deliveries["weather"] = house / "weather.csv"
    a_year.deliveries["imvo_steps"].unlink()
    sidecar.sidecar_path(a_year.deliveries["record_sources"]).unlink()
    assert messages_of(a_year) == [
        "analysis/years/2025.yml, column cbs_effect: delivery is not declared",
        "analysis/years/2025.yml, column weather: unknown delivery",
        "imvo_steps.csv: file is missing (delivery imvo_steps)",
        "mission_register.csv, row 2: personen is below organisaties",
        "mission_register.csv, row 2: zelfstandig_mkb exceeds bedrijven",
        "record_series.csv, row 1: is not UTF-8 text",
        "record_sources.source.yml: sidecar of record_sources.csv is missing",
        "survey_answers.csv, row 2, column rapportcijfer: must lie between 1 and 10 (found: 11)",
    ]
    assert stored(house) == before


def test_a_store_that_cannot_be_written_whole_stays_as_it_was(house):
    receive_all(put_year(house), "real")
    before = stored(house)
    unwritable = {"a": (pd.DataFrame({"x": [1]}), {}), "b": (pd.DataFrame({"x": [object()]}), {})}
    with pytest.raises(ValueError, match="object"):
        store.write_all(2025, "real", unwritable)
    assert {name: stored(house)[name] for name in before} == before
    assert store.read("imvo_steps", 2025, "real")["self_scan"].tolist() == [True, True]


# --- whatever arrives ------------------------------------------------------------------------------------------------
@st.composite
def damaged(draw, text: str) -> bytes:
    """A text with a few pieces cut out and others put in."""
    for _ in range(draw(st.integers(1, 3))):
        at, cut = draw(st.integers(0, len(text))), draw(st.integers(0, 12))
        text = text[:at] + draw(st.text(';,"\n\r\t\0#\ufeff\u00eb\u2028 -.xXA', max_size=4)) + text[at + cut :]
    return text.encode()


ANY_BYTES = st.binary(max_size=99)
ARRIVALS = st.one_of(*(st.tuples(st.just(name), ANY_BYTES | damaged(text)) for name, text in GOOD.items()))
SIDECAR = yaml.safe_dump(FIELDS | {"sha256": hashlib.sha256(b"x").hexdigest()})


@settings(derandomize=True, deadline=None, max_examples=80)
@given(ARRIVALS)
def test_any_file_is_a_table_or_a_list_of_problems(tmp_path_factory, arrival):
    name, content = arrival
    assume(content.strip())
    _, messages = read(tmp_path_factory.getbasetemp(), name, content)  # tells by itself that it is one or the other
    assert all(message.startswith(f"{name}.csv") for message in messages)


@settings(derandomize=True, deadline=None, max_examples=80)
@given(ANY_BYTES | damaged(SIDECAR))
def test_any_sidecar_is_used_or_told(tmp_path_factory, content):
    path = put(tmp_path_factory.getbasetemp(), "any", "x")
    sidecar.sidecar_path(path).write_bytes(content)
    known, problems = sidecar.read_sidecar(path, "real")
    assert (known is None) == bool(problems)
    assert all(problem.file == "any.source.yml" for problem in problems)


@settings(derandomize=True, deadline=None, max_examples=20)
@given(ARRIVALS)
def test_the_store_holds_the_year_before_or_the_whole_new_year(fuzzed_house, arrival):
    name, content = arrival
    assume(content.strip())
    before = stored(fuzzed_house)
    try:
        rows = receive_all(put_year(fuzzed_house, **{name: content}), "real")
    except DeliveryError as error:
        assert error.problems and stored(fuzzed_house) == before
    else:
        manifest = store.read_manifest(2025, "real")
        assert manifest[name]["sha256"] == hashlib.sha256(content).hexdigest()
        assert {n: len(store.read(n, 2025, "real")) for n in manifest} == rows


@pytest.fixture(scope="module")
def fuzzed_house(tmp_path_factory) -> Iterator[Path]:
    """A repository with a good year in the store, shared by all examples: each must leave it whole for the next."""
    with pytest.MonkeyPatch.context() as patch:
        house = tmp_path_factory.mktemp("fuzzed")
        patch.setattr(store, "ROOT", house)
        receive_all(put_year(house), "real")
        yield house
