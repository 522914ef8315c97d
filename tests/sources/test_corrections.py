"""Known errors are mended by confirmed entries, and an entry that fits nothing is an error itself."""

from __future__ import annotations

import pytest

from missions import store
from missions.sources.receive import receive_all
from support.corrections import CONFIDENTIAL, CONFIDENTIAL_ENTRY, ENTRY, PUBLIC, write_entries
from support.deliveries import edited
from support.house import messages_of, put_year, stored


def test_a_correction_changes_the_table_and_not_the_file(house):
    a_year = put_year(house)
    delivered = a_year.deliveries["record_series"].read_bytes()
    write_entries(house, ENTRY)
    write_entries(house, CONFIDENTIAL_ENTRY, place=CONFIDENTIAL)
    received = receive_all(a_year, "real")
    assert received.problems == []
    assert store.read("record_series", 2025, "real")["value"].tolist() == [66.6, 8.0]
    assert store.read("survey_answers", 2025, "real")["grade"].tolist() == [7, 1]
    assert a_year.deliveries["record_series"].read_bytes() == delivered
    made = {reading.name: reading.corrected for reading in received.readings if reading.corrected}
    assert {name: [(done.row, done.correction.new) for done in all_done] for name, all_done in made.items()} == {
        "record_series": [(2, "66.6")],
        "survey_answers": [(2, "7")],
    }


def test_a_cell_that_cannot_be_read_can_be_corrected(house):
    """Corrections come before types: a date that a person typed is mended too, and so is a key."""
    register = edited("mission_register", row=3, begindatum="2 april", missie_id="2025-UGX-01")
    a_year = put_year(house, mission_register=register)
    date = ENTRY | {"file": "mission_register.csv", "key": {"mission_id": "2025-UGX-01"}, "column": "start_on"}
    key = date | {"column": "mission_id", "old": "2025-UGX-01", "new": "2025-UGA-01"}
    write_entries(house, date | {"old": "2 april", "new": "2025-04-02"}, key, place=CONFIDENTIAL)
    assert messages_of(a_year) == []
    assert store.read("mission_register", 2025, "real")["start_on"].astype(str).tolist()[1] == "2025-04-02"


def test_a_corrected_value_keeps_the_contract_too(house):
    write_entries(house, ENTRY | {"new": "-1"})
    assert messages_of(put_year(house)) == ["record_series.csv, row 2, column value: must be at least 0 (found: -1)"]


FIELDS = "file, key, column, old, new, reason, confirmed_by"
KEYS = "indicator, period_start, period_end, qualifier"
COLUMNS = "indicator, period_start, period_end, value, qualifier, unit, population, source_id"
QUOTES = "put it between quotation marks, as it stands in the delivery"
OTHER = ENTRY["key"] | {"period_end": 2023}
WHICH = "indicator sme_share, period_end 2023, period_start 2008, qualifier about"
PART = "corrections.1."
WRONG = [
    ({"old": "66.8"}, f"line 2, old: is not what stands in row 2 of {ENTRY['file']} (found: 66.7)"),
    ({"key": OTHER}, f"line 2, key: record_series.csv has no row with {WHICH}"),
    ({"key": {"indicator": "sme_share"}}, f"line 5, key: must have exactly the fields {KEYS}"),
    ({"key": "sme_share"}, f"line 5, {PART}key: must hold named entries (found: 'sme_share')"),
    ({"key": OTHER | {"period_end": 2023.5}}, f"line 7, {PART}key.period_end: {QUOTES} (found: 2023.5)"),
    ({"column": "colour"}, f"line 2, column: must be one of: {COLUMNS}"),
    ({"new": "66.7"}, "line 10, new: is the same as old"),
    ({"reason": " "}, f"line 12, {PART}reason: must be a text that is not empty (found: ' ')"),
    ({"confirmed_by": None}, f"line 3, {PART}confirmed_by: must be a text"),
    ({"old": 66.7}, f"line 11, {PART}old: {QUOTES} (found: 66.7)"),
    ({"new": False}, f"line 10, {PART}new: {QUOTES} (found: False)"),
    ({"new": [1]}, f"line 10, {PART}new: {QUOTES} (found: [1])"),
    ({"colour": "red"}, f"line 2, {PART}colour: is not known here (known: {FIELDS})"),
]


@pytest.mark.parametrize(("change", "message"), WRONG)
def test_an_entry_that_does_not_fit_is_told_and_nothing_is_stored(house, change, message):
    a_year = put_year(house)
    receive_all(a_year, "real")
    before = {name: content for name, content in stored(house).items() if "validated" in name}
    write_entries(house, ENTRY | change)
    assert messages_of(a_year) == [f"{PUBLIC}, {message}"]
    assert {name: content for name, content in stored(house).items() if "validated" in name} == before


def test_one_cell_is_corrected_once(house):
    write_entries(house, ENTRY, ENTRY | {"new": "66.5"})
    assert f"{PUBLIC}, line 16, key: this cell is corrected in {PUBLIC}, line 2 too" in messages_of(put_year(house))


def test_what_is_confidential_is_not_corrected_where_git_looks(house):
    write_entries(house, CONFIDENTIAL_ENTRY)
    rule = "is not public; put this entry in data/confidential/corrections"
    assert messages_of(put_year(house)) == [f"{PUBLIC}, line 4, file: {rule}"]


def test_the_old_value_of_a_confidential_cell_stays_out_of_messages(house):
    write_entries(house, CONFIDENTIAL_ENTRY | {"old": 9}, place=CONFIDENTIAL)
    message = f"{CONFIDENTIAL}, line 2, old: is not what stands in row 2 of survey_answers.csv"
    assert messages_of(put_year(house)) == [message]


def test_of_a_confidential_entry_that_is_no_entry_no_value_is_told(house):
    write_entries(house, CONFIDENTIAL_ENTRY | {"old": 8.5, "reason": 1234}, place=CONFIDENTIAL)
    assert messages_of(put_year(house)) == [
        f"{CONFIDENTIAL}, line 8, {PART}old: {QUOTES}",
        f"{CONFIDENTIAL}, line 9, {PART}reason: must be a text; put it between quotation marks",
    ]


def test_an_entry_for_a_file_of_another_world_waits_for_that_build(house):
    write_entries(house, ENTRY | {"file": "data/sample/2025/synthetisch_effectmeting.csv"})
    assert messages_of(put_year(house)) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff", ": is not UTF-8 text"),
        (b"corrections: [", ", line 1: cannot be read as YAML: did not find expected node content"),
        (b"corrections: none", ", line 1, corrections: must be a list (found: 'none')"),
        (b"# entries: []\n{}", ", corrections: is missing"),
        (b"corrections:\n- a", ", line 2, corrections.1: must hold named entries (found: 'a')"),
    ],
)
def test_a_file_of_corrections_that_cannot_be_read_is_told(house, content, message):
    (house / PUBLIC).parent.mkdir(parents=True)
    (house / PUBLIC).write_bytes(content)
    assert messages_of(put_year(house)) == [f"{PUBLIC}{message}"]
