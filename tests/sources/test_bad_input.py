"""Bad input that once crashed, was guessed at, or was lost without a word."""

import pytest

from missions.declared import year_file as year
from missions.sources import sidecar
from support.deliveries import GOOD, edited, put, read
from support.house import messages_of, put_year, write_year


def test_a_file_of_blank_lines_is_empty(house):
    assert messages_of(put_year(house, imvo_steps="\n\n")) == ["imvo_steps.csv: is empty"]


def test_a_header_alone_is_no_delivery(tmp_path):
    assert read(tmp_path, "imvo_steps", GOOD["imvo_steps"].split("\n")[0] + "\n")[1]


@pytest.mark.parametrize("date", ["1025-03-02", "9999-12-31", "-2025-03-02", "today", "now"])
def test_only_plain_dates_are_dates(tmp_path, date):
    _, messages = read(tmp_path, "mission_register", edited("mission_register", begindatum=date))
    rule = "must be a date like 2025-03-18 or 18-3-2025"
    assert messages == [f"mission_register.csv, row 2, column begindatum: {rule} (found: {date})"]


@pytest.mark.parametrize(
    ("name", "header", "value"),
    [("mission_register", "bedrijven", "٤"), ("survey_answers", "rapportcijfer", "٨"), ("cbs_effect", "effect", "٨")],
)
def test_digits_of_other_scripts_are_no_numbers(tmp_path, name, header, value):
    _, messages = read(tmp_path, name, edited(name, **{header: value}))
    assert len(messages) == 1 and f"column {header}: must be a" in messages[0] and value in messages[0]


@pytest.mark.parametrize("header", ["begindatum", "einddatum"])
def test_an_empty_date_blames_nobody_else(tmp_path, header):
    _, messages = read(tmp_path, "mission_register", edited("mission_register", **{header: ""}))
    assert messages == [f"mission_register.csv, row 2, column {header}: may not be empty"]


def test_values_of_confidential_deliveries_stay_out_of_cross_rules(house):
    content = edited("mission_register", row=3, uitgenodigd="0", antwoorden="0")
    messages = messages_of(put_year(house, mission_register=content))
    assert messages and "found" not in "".join(messages)


def test_a_confidential_country_stays_out_of_messages(tmp_path):
    content = edited("mission_register", bestemmingen_iso3="ZZZ")
    _, messages = read(tmp_path, "mission_register", content, sensitivity="confidential")
    rule = "column bestemmingen_iso3: unknown country code"
    assert messages == [f"mission_register.csv, row 2, {rule}"]


def test_a_confidential_file_without_header_is_not_printed(tmp_path):
    content = GOOD["mission_register"].split("\n", 1)[1]
    _, messages = read(tmp_path, "mission_register", content, sensitivity="confidential")
    assert "2025-KEN-01" not in "".join(messages)


def test_cross_rules_use_the_suppliers_columns(house):
    messages = messages_of(put_year(house, imvo_steps=edited("imvo_steps", missie_id="2025-TZA-01")))
    assert "imvo_steps.csv, row 2, column missie_id: is not in mission_register.csv" in messages


def test_the_header_after_a_remark_stands_in_row_two(tmp_path):
    _, messages = read(tmp_path, "cbs_effect", "# remark\n" + GOOD["cbs_effect"].replace("unit", "group"))
    assert all(", row 2, " in message for message in messages)


def test_the_line_of_a_bad_byte_after_a_byte_order_mark(tmp_path):
    assert read(tmp_path, "cbs_effect", b"\xef\xbb\xbfa;b\n\x81")[1] == [
        "cbs_effect.csv, row 2: is neither UTF-8 nor Windows-1252 text"
    ]


def test_two_stray_quotes_cannot_swallow_the_rows_between(tmp_path):
    head, first, second = GOOD["mission_register"].splitlines()
    third = second.replace("UGA", "TZA").replace("zorg", 'zorg"')
    content = "\n".join([head, first.replace("water", '"water'), second, third])
    assert read(tmp_path, "mission_register", content)[1]


@pytest.mark.parametrize("value", ["4.000", "1,234"])
def test_thousands_are_not_read_as_decimals(tmp_path, value):
    assert read(tmp_path, "record_series", edited("record_series", value=value, unit="count"))[1]


def test_one_duplicate_key_is_one_message_per_row(tmp_path):
    assert len(read(tmp_path, "record_series", GOOD["record_series"] + GOOD["record_series"].split("\n")[1])[1]) == 2


def test_type_errors_do_not_hide_other_rules(tmp_path):
    content = edited("mission_register", sectoren="", personen="x", uitgenodigd="99")
    assert len(read(tmp_path, "mission_register", content)[1]) == 3


def test_an_impossible_date_in_a_sidecar_is_told(tmp_path):
    path = put(tmp_path, "a", "x")
    side = sidecar.sidecar_path(path)
    side.write_text(side.read_text().replace("2026-01-01", "2026-02-30"))
    assert sidecar.read_sidecar(path, "real", is_microdata=False)[1]


def test_a_field_twice_in_a_sidecar_is_told(tmp_path):
    path = put(tmp_path, "a", "x")
    side = sidecar.sidecar_path(path)
    side.write_text("sensitivity: confidential\n" + side.read_text())
    assert sidecar.read_sidecar(path, "real", is_microdata=False)[1]


@pytest.mark.parametrize(
    "change",
    [
        lambda y: y.update(questions=None),
        lambda y: y["questions"].update(grade={"scale": [1, "x"], "best": "highest"}),
        lambda y: y["questions"].update(grade={"scale": [1, 5], "best": "highest", "colour": 1}),
        lambda y: y["deliveries"].update(a=None),
        lambda y: y["deliveries"].update(a="/etc/hostname"),
        lambda y: y["deliveries"].update(a="../outside.csv"),
        lambda y: y.update(annexes=["overview"]),
        lambda y: y["annexes"].update(overview=["x"]),
        lambda y: y.update(reference=""),
        lambda y: y.update({2024: "x", "colour": "red"}),
    ],
)
def test_wrong_year_files_are_refused(house, change):
    write_year(house, change)
    with pytest.raises(year.YearError):
        year.load_year(2025, "sample")


@pytest.mark.parametrize("content", [b"dates: {note_on: 2026-02-30}", b"\xff"])
def test_unreadable_year_files_are_refused(house, content):
    (house / "analysis" / "years" / "2025.yml").write_bytes(content)
    with pytest.raises(year.YearError):
        year.load_year(2025, "sample")


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("cbs_effect", {"group_kind": "firm_size", "group": "oecd"}),
        ("cbs_effect", {"missions_period": "2022-2008"}),
        ("record_sources", {"date": "2024-99"}),
        ("mission_register", {"bestemmingen_iso3": "BEL"}),  # missie_id says KEN
        ("mission_register", {"bestemmingen_iso3": "KEN;KEN"}),
        (
            "mission_register",
            {"missie_id": "2031-KEN-01", "begindatum": "2031-03-01", "einddatum": "2031-03-02", "enquetedatum": "2031-06-01"},
        ),
    ],
)
def test_contradictions_within_a_row_are_seen(tmp_path, name, cells):
    assert read(tmp_path, name, edited(name, **cells))[1]


@pytest.mark.parametrize("first", ["sep=;\n", "# a remark\n# and another\n", "\ufeff# a remark\n\n"])
def test_what_programs_put_before_a_header_is_passed_over(tmp_path, first):
    assert read(tmp_path, "imvo_steps", first + GOOD["imvo_steps"])[1] == []


def test_tabs_separate_too(tmp_path):
    assert read(tmp_path, "imvo_steps", GOOD["imvo_steps"].replace(";", "\t"))[1] == []


def test_an_invented_country_is_refused_in_a_real_delivery(tmp_path):
    content = GOOD["mission_register"].replace("KEN", "XAA")
    _, messages = read(tmp_path, "mission_register", content)
    rule = "column bestemmingen_iso3: invented country in a real delivery (found: XAA)"
    assert messages == [f"mission_register.csv, row 2, {rule}"]


def test_a_confidential_folder_holds_nothing_public(tmp_path):
    folder = tmp_path / "confidential"
    folder.mkdir()
    _, problems = sidecar.read_sidecar(put(folder, "a", "x", sensitivity="public"), "real", is_microdata=False)
    assert [problem.rule for problem in problems] == ["a delivery in a confidential folder cannot be public"]
