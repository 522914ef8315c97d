"""All deliveries of a year: together they are good, or nothing is stored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from missions import store
from missions.dictionary import deliveries
from missions.sources import sidecar
from missions.sources.receive import Received, receive_all
from support.deliveries import FIELDS, GOOD, edited, put, read
from support.house import messages_of, put_year, rooted_at, stored, told_hash


def rows_of(received: Received) -> dict[str, int]:
    assert received.problems == []
    return {reading.name: reading.rows for reading in received.readings}


def test_a_good_year_is_stored_with_its_origin_and_replaces_what_was_there(house):
    a_year = put_year(house)
    # Left over from an earlier year of other deliveries, and from a run that was broken off while it wrote.
    for folder in ("2025", "2025.new"):
        (house / "data" / "validated" / "real" / folder).mkdir(parents=True)
        (house / "data" / "validated" / "real" / folder / "left_over.parquet").touch()
    lines = {name: len(text.splitlines()) - 1 for name, text in GOOD.items()}
    assert rows_of(receive_all(a_year, "real")) == lines
    first = stored(house)
    folder = "data/validated/real/2025"
    assert set(first) == {f"{folder}/{name}.parquet" for name in GOOD} | {f"{folder}/{name}.json" for name in GOOD}
    survey = store.read("survey_answers", 2025, "real")
    assert survey["grade"].tolist() == [8, 1]
    assert survey[["networking_effective", "minister_informed", "minister_role_known"]].iloc[0].isna().all()
    assert survey.attrs["origin"] == json.loads(first[f"{folder}/survey_answers.json"])
    assert survey.attrs["origin"] == {
        "delivery": "survey_answers",
        "file": "survey_answers.csv",
        "producer": "p",
        "title": "t",
        "received_on": "2026-01-01",
        "sensitivity": "confidential",
        "sha256": told_hash(house, "survey_answers", GOOD["survey_answers"].encode()),
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


# Deliveries, each good by itself, that contradict each other. The microdata are confidential: their values are not told.
REGISTER = "mission_register.csv, row"
SOURCES = "is not in record_sources.csv (found: S-9)"
TOGETHER = [
    ({name: edited(name, missie_id="2025-TZA-01")}, f"{name}.csv, row 2, column missie_id: is not in mission_register.csv")
    for name in ("survey_answers", "participations", "imvo_steps")
]
TOGETHER += [
    ({name: edited(name, source_id="S-9")}, f"{name}.csv, row 2, column source_id: {SOURCES}")
    for name in ("record_series", "record_missions", "cbs_effect")
]
TOGETHER += [
    ({"mission_register": edited("mission_register", row=row, **cells)}, f"{REGISTER} {row}, column {message}")
    for row, cells, message in (
        (3, {"uitgenodigd": "0", "antwoorden": "0"}, "uitgenodigd: fewer invited than answers in survey_answers.csv"),
        (2, {"antwoorden": "2"}, "antwoorden: is not the number of answers in survey_answers.csv"),
        (2, {"zelfstandig_mkb": "1"}, "zelfstandig_mkb: is not the number of participations in participations.csv"),
        (2, {"grootbedrijf": "0"}, "grootbedrijf: is not the number of participations in participations.csv"),
        (2, {"bedrijven": "4", "organisaties": "6"}, "bedrijven: is not the number of participations in participations.csv"),
    )
]
TOGETHER += [
    (
        {"imvo_steps": edited("imvo_steps", deelname_nr="9")},
        "imvo_steps.csv, row 2, column deelname_nr: is not in participations.csv",
    ),
    (
        {"imvo_steps": edited("imvo_steps", deelname_nr="5")},
        "imvo_steps.csv, row 2, column missie_id: is another mission than in participations.csv",
    ),
    (
        {"imvo_steps": GOOD["imvo_steps"].replace("KEN", "UGA")},
        f"{REGISTER} 3, column bedrijven: fewer companies than participations in imvo_steps.csv",
    ),
]


@pytest.mark.parametrize(("contents", "expected"), TOGETHER)
def test_deliveries_that_contradict_each_other_are_told(house, contents, expected):
    assert expected in messages_of(put_year(house, **contents))


def test_counts_are_compared_only_for_the_years_that_a_delivery_is_about(house):
    """A register goes back further than the survey of one year."""
    earlier = GOOD["mission_register"].splitlines()[1].replace("2025", "2024")
    a_year = put_year(house, mission_register=GOOD["mission_register"] + earlier + "\n")
    assert messages_of(a_year) == []


def test_all_failures_of_all_files_are_told_in_one_go_and_nothing_is_stored(house):
    receive_all(put_year(house), "real")
    before = stored(house)
    a_year = put_year(
        house,
        mission_register=edited("mission_register", personen="4", zelfstandig_mkb="3"),
        survey_answers=edited("survey_answers", rapportcijfer="11"),
        record_series=b"\x81",
    )
    del a_year.deliveries["cbs_effect"]
    a_year.deliveries["weather"] = house / "weather.csv"
    a_year.deliveries["imvo_steps"].unlink()
    sidecar.sidecar_path(a_year.deliveries["record_sources"]).unlink()
    assert messages_of(a_year) == [
        "analysis/years/2025.yml, deliveries.cbs_effect: delivery is not declared (null says that there is none)",
        f"analysis/years/2025.yml, deliveries.weather: unknown delivery (known: {', '.join(deliveries())})",
        "imvo_steps.csv: file is missing (delivery imvo_steps)",
        "mission_register.csv, row 2: personen is below organisaties",
        "mission_register.csv, row 2: zelfstandig_mkb plus grootbedrijf exceeds bedrijven",
        "record_series.csv, row 1: is neither UTF-8 nor Windows-1252 text",
        "record_sources.source.yml: sidecar of record_sources.csv is missing",
        "survey_answers.csv, row 2, column rapportcijfer: must lie between 1 and 10",
    ]
    assert stored(house) == before


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
    known, problems = sidecar.read_sidecar(path, "real", is_microdata=False)
    assert (known is None) == bool(problems)
    assert all(problem.file == "any.source.yml" for problem in problems)


@settings(derandomize=True, deadline=None, max_examples=20)
@given(ARRIVALS)
def test_the_store_holds_the_year_before_or_the_whole_new_year(fuzzed_house, arrival):
    name, content = arrival
    assume(content.strip())
    before = stored(fuzzed_house)
    received = receive_all(put_year(fuzzed_house, **{name: content}), "real")
    if received.problems:
        assert stored(fuzzed_house) == before
    else:
        rows = rows_of(received)
        tables = {n: store.read(n, 2025, "real") for n in rows}
        assert tables[name].attrs["origin"]["sha256"] == told_hash(fuzzed_house, name, content)
        assert {n: len(table) for n, table in tables.items()} == rows


@pytest.fixture(scope="module")
def fuzzed_house(tmp_path_factory) -> Iterator[Path]:
    """A repository with a good year in the store, shared by all examples: each must leave it whole for the next."""
    with pytest.MonkeyPatch.context() as patch:
        house = tmp_path_factory.mktemp("fuzzed")
        rooted_at(patch, house)
        receive_all(put_year(house), "real")
        yield house
