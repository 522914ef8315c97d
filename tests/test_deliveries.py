"""One delivery: every rule that its file breaks is told with file, row, column, rule and value."""

from __future__ import annotations

import csv
import datetime
import io
from itertools import accumulate
from pathlib import Path

import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from missions import contracts
from missions.sources import delivery, sidecar
from missions.year import load_year

YEAR = load_year(2025, "sample")
# The smallest year that keeps every rule. Rows are lines: the header is row 1.
GOOD = {
    "mission_register": (
        "missie_id;bestemmingen_iso3;begindatum;einddatum;soort;leiding;landengroep;sectoren;bedrijven;"
        "kennisinstellingen;organisaties;personen;zelfstandig_mkb;imvo_regime;enquetedatum;uitgenodigd\n"
        "2025-KEN-01;KEN;2025-03-02;2025-03-06;eigen missie;minister;OESO;water;3;2;5;9;3;standaard;2025-06-01;3\n"
        "2025-UGA-01;UGA;2025-04-02;2025-04-06;zonder bewindspersoon;geen;overig;zorg;1;0;1;1;0;"
        "extra aandacht;2025-07-01;1\n"
    ),
    "survey_answers": (
        "antwoord_nr;missie_id;rapportcijfer;kwaliteit_matchmaking;netwerken_voldoende;netwerken_effectief;"
        "meerwaarde_bewindspersoon;directe_interactie;goed_geinformeerd;bekend_met_rol\n"
        "1;2025-KEN-01;8;4;3;weet niet;2;2;n.v.t.;\n"
        "2;2025-UGA-01;1;1;5;5;4;4;3;2\n"
    ),
    "imvo_steps": (
        "deelname_nr;missie_id;zelfscan_volledig;signaal;gesprek;verbeterafspraak;uitgesloten\n"
        "1;2025-KEN-01;ja;nee;nee;nee;nee\n"
        "2;2025-KEN-01;ja;ja;ja;ja;nee\n"
    ),
    "record_sources": "source_id,title,publisher,date,address\nS-1,A title,A publisher,2024-04,\nS-2,Old,One,,\n",
    "record_series": (
        "indicator,period_start,period_end,value,qualifier,unit,population,source_id\n"
        "sme_share,2008,2022,66.7,about,percent,participants,S-1\n"
        "mean_grade,2025,2025,8.0,exact,grade_1_10,companies,S-1\n"
    ),
    "record_missions": (
        "mission_id,countries_iso3,start_on,end_on,date_precision,leader_names_public,leader_office,royal_visit,"
        "size_value,size_qualifier,size_unit,note,source_id\n"
        "2025-KEN-01,KEN;UGA,2025-03-01,2025-03-02,day,Name,minister,yes,60,exact,companies,,S-1\n"
        "2025-JPN-01,JPN,2025-05-01,2025-05-31,month,,,no,,not found,,,S-2\n"
    ),
    "cbs_effect": (
        "outcome,group_kind,group,effect,unit,missions_period,horizon_years,source_id\n"
        "start_trade,total,total,7.2,percent_as_published,2008-2022,2,S-1\n"
        "start_fdi,total,total,2.3,percent_as_published,2008-2022,2,S-1\n"
    ),
}
FIELDS = {"title": "t", "received_on": datetime.date(2026, 1, 1), "period": "2025", "licence": "CC0-1.0"}
FIELDS |= {"producer": "p", "sensitivity": "public", "obtained": "by hand", "synthetic": False}
OPTIONAL = ("date", "address", "leader_names_public", "leader_office", "note", "size_unit")


def separator(text: str) -> str:
    return ";" if text.split("\n")[0].count(";") > 1 else ","


def headers(name: str) -> list[str]:
    return GOOD[name].split("\n")[0].split(separator(GOOD[name]))


def edited(name: str, row: int = 2, **cells: str) -> str:
    """A good delivery with other cells in one row."""
    lines = list(csv.reader(io.StringIO(GOOD[name]), delimiter=separator(GOOD[name])))
    for header, value in cells.items():
        lines[row - 1][lines[0].index(header)] = value
    text = io.StringIO()
    csv.writer(text, delimiter=separator(GOOD[name]), lineterminator="\n").writerows(lines)
    return text.getvalue()


def put(folder: Path, name: str, content: str | bytes, **fields: object) -> Path:
    path = folder / f"{name}.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    sidecar.write_sidecar(path, **FIELDS | fields)
    return path


def read(folder: Path, name: str, content: str | bytes, world: str = "real", **fields: object):
    """One delivery through the real reader: the table or None, and the messages in order of the text."""
    path = put(folder, name, content, **fields)
    known, problems = sidecar.read_sidecar(path, world)
    assert problems == []
    table, problems = delivery.read_delivery(name, path, YEAR, known)
    assert (table is None) == bool(problems)
    return table, sorted(map(str, problems))


def table_of(text: str) -> list[list[str]]:
    return [line.split(" | ") for line in text.strip().splitlines()]


# Delivery, column, bad cell in row 2, rule.
BAD_CELLS = f"""
mission_register | missie_id | 2025-xaa-01 | must be like 2025-KEN-01
mission_register | begindatum | 02-03-2025 | must be a date like 2025-03-18
mission_register | einddatum | 2025-02-30 | must be a date like 2025-03-18
mission_register | enquetedatum | juni | must be a date like 2025-03-18
mission_register | soort | reis | must be one of: eigen missie, naast bezoek, inkomend, zonder bewindspersoon
mission_register | leiding | koning | must be one of: minister, staatssecretaris, minister-president, geen
mission_register | landengroep | EU | must be one of: OESO, BRICS, ontwikkelingsland, overig
mission_register | imvo_regime | geen | must be one of: standaard, extra aandacht
mission_register | bedrijven | 3,0 | must be a whole number
survey_answers | antwoord_nr | 0 | must be at least 1
survey_answers | rapportcijfer | 8,5 | must be a whole number, n.v.t., weet niet or empty
imvo_steps | deelname_nr | 0 | must be at least 1
imvo_steps | signaal | misschien | must be ja or nee (yes or no)
record_sources | date | April 2024 | must be a year, month or day
record_series | period_start | 1999 | must lie between 2000 and 2100
record_series | period_end | 2101 | must lie between 2000 and 2100
record_series | value | -0.5 | must be at least 0
record_series | value | 1.234,5 | must be a number (4000 or 4000,0, not 4.000)
record_series | qualifier | maybe | must be one of: {", ".join(contracts.QUALIFIERS)}
record_series | unit | pounds | must be one of: count, percent, EUR, grade_1_10
record_missions | mission_id | KEN-1 | must be like 2025-KEN-01
record_missions | countries_iso3 | KEN UGA | unknown country code
record_missions | date_precision | week | must be one of: day, month
record_missions | royal_visit | King | must be ja or nee (yes or no)
record_missions | size_value | -1 | must be at least 0
record_missions | size_qualifier | big | must be one of: {", ".join(contracts.QUALIFIERS)}
record_missions | size_unit | ships | must be one of: companies, companies and institutes, participants, organisations
cbs_effect | outcome | profit | must be one of: start_trade, start_fdi
cbs_effect | group_kind | age | must be one of: total, firm_size, destination
cbs_effect | group | old | must be one of: total, independent_sme, large, oecd, brics, developing
cbs_effect | effect | 100.5 | must lie between -100 and 100
cbs_effect | effect | -100.5 | must lie between -100 and 100
cbs_effect | unit | pp | must be one of: percent_as_published
cbs_effect | missions_period | 2008 | must be a period like 2008-2022
cbs_effect | horizon_years | 0 | must be at least 1
"""
# Delivery, cell in row 2 that contradicts its neighbours, rule.
BAD_ROWS = """
mission_register | missie_id=2024-KEN-01 | missie_id must begin with the year of begindatum
mission_register | einddatum=2025-03-01 | einddatum may not be before begindatum
mission_register | enquetedatum=2025-03-06 | enquetedatum must be after einddatum
mission_register | zelfstandig_mkb=4 | zelfstandig_mkb exceeds bedrijven
mission_register | organisaties=6 | organisaties must be bedrijven plus kennisinstellingen
mission_register | personen=4 | personen is below organisaties
mission_register | uitgenodigd=4 | uitgenodigd exceeds bedrijven
record_series | period_end=2007 | period_end may not be before period_start
record_series | value=100.1 | value may not exceed 100 when unit is percent
record_series | unit=grade_1_10 | value must lie between 1 and 10 when unit is grade_1_10
record_missions | end_on=2025-02-28 | end_on may not be before start_on
record_missions | size_value= | size_value must be empty when size_qualifier is not found, and only then
record_missions | size_qualifier=not found | size_value must be empty when size_qualifier is not found, and only then
"""
# Rules that no file can break, because the reader is stricter, and rules whose message to suppliers is half translated.
OWN_CELLS = """
mission_register | countries_iso3 | xaa | must be ISO 3166 alpha-3 codes, several joined by ';'
record_missions | countries_iso3 | KEN UGA | must be ISO 3166 alpha-3 codes, several joined by ';'
mission_register | mission_type | x | must be one of: own, alongside_visit, incoming, without_minister
mission_register | leader_office | x | must be one of: minister, state_secretary, prime_minister, none
mission_register | destination_group | x | must be one of: oecd, brics, developing, other
mission_register | imvo_regime | x | must be one of: standard, extra_attention
survey_answers | grade_no_answer | x | must be one of: not_applicable, do_not_know, blank
"""
OWN_ROWS = """
imvo_steps | {self_scan: false, signal: true} | signal needs self_scan
imvo_steps | {talk: true} | talk needs signal
imvo_steps | {agreement: true} | agreement needs talk
imvo_steps | {excluded: true} | excluded needs talk
mission_register | {leader_office: none} | DISAGREE
mission_register | {mission_type: without_minister} | DISAGREE
"""


@pytest.mark.parametrize(("name", "header", "value", "rule"), table_of(BAD_CELLS))
def test_a_bad_cell_is_told_with_row_column_rule_and_value(tmp_path, name, header, value, rule):
    _, messages = read(tmp_path, name, edited(name, **{header: value}))
    assert messages == [f"{name}.csv, row 2, column {header}: {rule} (found: {value})"]


@pytest.mark.parametrize(("name", "cell", "rule"), table_of(BAD_ROWS))
def test_a_row_that_contradicts_itself_is_told_in_the_suppliers_words(tmp_path, name, cell, rule):
    _, messages = read(tmp_path, name, edited(name, **dict([cell.split("=")])))
    assert messages == [f"{name}.csv, row 2: {rule}"]


# Delivery, cells in row 2 on the edge of what is allowed.
EDGES = """
mission_register | {einddatum: 2025-03-02, enquetedatum: 2025-03-03}
mission_register | {personen: 5, zelfstandig_mkb: 0, uitgenodigd: 0}
record_series | {value: 100, period_start: 2000, period_end: 2100}
record_series | {value: 0}
record_series | {value: 1, unit: grade_1_10}
record_series | {value: 10, unit: grade_1_10}
record_series | {value: 100.1, unit: count}
record_missions | {end_on: 2025-03-01, size_value: 0}
cbs_effect | {effect: 100, horizon_years: 1}
cbs_effect | {effect: -100}
"""


@pytest.mark.parametrize(("name", "cells"), table_of(EDGES))
def test_the_edge_of_what_is_allowed_is_allowed(tmp_path, name, cells):
    cells = {header: str(value) for header, value in yaml.safe_load(cells).items()}
    assert read(tmp_path, name, edited(name, **cells))[1] == []


def broken_table(folder: Path, name: str, cells: dict) -> list[str]:
    table, _ = read(folder, name, GOOD[name])
    for column, value in cells.items():
        table.loc[2, column] = value
    rules = {"questions": YEAR.questions, "supplier_columns": {}, "show_values": True}
    return [str(problem) for problem in contracts.validate(name, table, file="f.csv", **rules)]


@pytest.mark.parametrize(("name", "column", "value", "rule"), table_of(OWN_CELLS))
def test_a_table_has_only_known_codes_whatever_it_was_read_from(tmp_path, name, column, value, rule):
    messages = broken_table(tmp_path, name, {column: value})
    assert messages == [f"f.csv, row 2, column {column}: {rule} (found: {value})"]


@pytest.mark.parametrize(("name", "cells", "rule"), table_of(OWN_ROWS))
def test_the_steps_of_one_participation_and_the_leader_of_one_mission_agree(tmp_path, name, cells, rule):
    rule = rule.replace("DISAGREE", "mission_type and leader_office disagree on whether a member of government leads")
    assert broken_table(tmp_path, name, yaml.safe_load(cells)) == [f"f.csv, row 2: {rule}"]


COUNTS = ("companies_n", "knowledge_institutes_n", "organisations_n", "persons_n", "independent_sme_n", "invited_n")


@pytest.mark.parametrize("column", COUNTS)
def test_no_count_is_negative(tmp_path, column):
    messages = broken_table(tmp_path, "mission_register", {column: -1})
    assert f"f.csv, row 2, column {column}: must be at least 0 (found: -1)" in messages


@pytest.mark.parametrize("question", YEAR.questions)
def test_an_answer_lies_on_the_scale_of_its_question(tmp_path, question):
    header = next(rule.header for rule in delivery.column_map("survey_answers", 2025) if rule.name == question)
    low, high = YEAR.questions[question]
    for answer in (low, high):
        table, _ = read(tmp_path, "survey_answers", edited("survey_answers", **{header: str(answer)}))
        assert table.loc[2, question] == answer
    for answer in (low - 1, high + 1):
        _, messages = read(tmp_path, "survey_answers", edited("survey_answers", **{header: str(answer)}))
        rule = f"must lie between {low} and {high} (found: {answer})"
        assert messages == [f"survey_answers.csv, row 2, column {header}: {rule}"]


@pytest.mark.parametrize(("name", "header"), [(name, h) for name in GOOD for h in headers(name) if h != "size_value"])
def test_an_empty_cell_is_refused_unless_empty_means_something(tmp_path, name, header):
    table, messages = read(tmp_path, name, edited(name, **{header: ""}))
    ours, kind = next((rule.name, rule.kind) for rule in delivery.column_map(name, 2025) if rule.header == header)
    if kind == "answer":
        assert table.loc[2, f"{ours}_no_answer"] == "blank" and pd.isna(table.loc[2, ours])
    elif header in OPTIONAL:
        assert pd.isna(table.loc[2, ours])
    else:
        rule = "must be ja or nee (yes or no) (found: )" if kind == "yes_no" else "may not be empty"
        assert f"{name}.csv, row 2, column {header}: {rule}" in messages


@pytest.mark.parametrize("name", sorted(set(GOOD) - {"record_series", "cbs_effect"}))
def test_a_key_stands_once(tmp_path, name):
    key = headers(name)[0]
    value = GOOD[name].split("\n")[1].split(separator(GOOD[name]))[0]
    _, messages = read(tmp_path, name, edited(name, row=3, **{key: value}))
    assert messages == [f"{name}.csv, row {row}, column {key}: must be unique (found: {value})" for row in (2, 3)]


@pytest.mark.parametrize("name", ["record_series", "cbs_effect"])
def test_a_key_of_several_columns_stands_once(tmp_path, name):
    _, messages = read(tmp_path, name, GOOD[name] + GOOD[name].split("\n")[1] + "\n")
    rule = "the key of this row stands in another row too"
    assert messages == [f"{name}.csv, row 2: {rule}", f"{name}.csv, row 4: {rule}"]


CBS = GOOD["cbs_effect"]
TWO_NAMES = [", row 1, column eenheid: unknown column", ", row 1, column unit: column is missing"]
UNREADABLE = [
    ("", [": is empty"]),
    ("# only a remark\n", [": is empty"]),
    (CBS.replace("start_fdi", "caf\u00e9").encode("cp1252"), [", row 3: is not UTF-8 text"]),
    (CBS.encode("utf-16"), [", row 1: is not UTF-8 text"]),
    (CBS.replace(",S-1", "", 1), [", row 2: has 7 cells, the header has 8"]),
    (CBS + "a,b\n", [", row 4: has 2 cells, the header has 8"]),
    (CBS.replace("start_fdi,", "start_fdi,,"), [", row 3: has 9 cells, the header has 8"]),
    (CBS.replace("start_fdi", '"start_fdi'), [", row 3: cannot be read as CSV: unexpected end of data"]),
    (CBS.replace("start_fdi", '"start"_fdi'), [", row 3: cannot be read as CSV: ',' expected after '\"'"]),
    (CBS.replace("unit", "eenheid"), TWO_NAMES),
    (CBS.replace("unit", "group"), [", row 1, column group: column stands there twice", TWO_NAMES[1]]),
]


@pytest.mark.parametrize(("content", "expected"), UNREADABLE)
def test_a_file_that_cannot_be_read_is_told_with_its_line(tmp_path, content, expected):
    _, messages = read(tmp_path, "cbs_effect", content)
    assert messages == [f"cbs_effect.csv{message}" for message in expected]


SERIES = GOOD["record_series"]
SAME = {
    "byte order mark": "\ufeff" + SERIES,
    "Windows line ends": SERIES.replace("\n", "\r\n"),
    "semicolons and decimal commas": SERIES.replace(",", ";").replace("66.7", "66,7").replace("8.0", "8,0"),
    "decimal commas in quotes": SERIES.replace("66.7", '"66,7"').replace("8.0", '"8,0"'),
    "a remark first": "# made by hand; in a hurry, too\n" + SERIES,
    "byte order mark and a remark": "\ufeff# made by hand\n" + SERIES,
    "spaces and blank lines": SERIES.replace(",", " , ").replace("\n", "\n\n"),
    "columns in another order": "\n".join(",".join(reversed(line.split(","))) for line in SERIES.splitlines()),
}


@pytest.mark.parametrize("content", SAME.values(), ids=SAME)
def test_the_same_table_is_read_however_it_was_saved(tmp_path, content):
    plain, _ = read(tmp_path, "record_series", SERIES)
    table, _ = read(tmp_path, "record_series", content)
    pd.testing.assert_frame_equal(table.reset_index(drop=True), plain.reset_index(drop=True))
    assert plain["value"].tolist() == [66.7, 8.0]


NOTES = st.lists(st.text(st.sampled_from('a;,"\n #\u00eb'), max_size=12), min_size=2, max_size=6)


@settings(derandomize=True, deadline=None, max_examples=50)
@given(NOTES, st.booleans())
def test_a_row_number_is_a_line_as_editors_count_also_after_line_breaks_in_cells(tmp_path_factory, notes, remark):
    text = io.StringIO()
    written = [["a", "b"], *([note, "x"] for note in notes), ["too", "many", "cells"]]
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(written)
    path = tmp_path_factory.getbasetemp() / "quoted.csv"
    path.write_text("# a remark\n" * remark + text.getvalue(), encoding="utf-8", newline="")
    header, _, rows, problems = delivery.read_rows(path)
    assert header == ["a", "b"] and [row[0] for row in rows.values()] == [note.strip() for note in notes]
    lines = list(accumulate((1 + note.count("\n") for note in notes), initial=2 + remark))
    assert [*rows, *(problem.row for problem in problems)] == lines


NO_ANSWER = {"n.v.t.": "not_applicable", "weet niet": "do_not_know", "": "blank"}


@settings(derandomize=True, deadline=None, max_examples=20)
@given(st.lists(st.sampled_from([*NO_ANSWER, "N.V.T.", "Weet niet", *map(str, range(1, 11))]), min_size=1, max_size=30))
def test_not_applicable_do_not_know_and_blank_stay_themselves_and_are_never_zero(tmp_path_factory, answers):
    rows = [f"{n};2025-KEN-01;{answer};1;1;1;1;1;1;1" for n, answer in enumerate(answers, start=1)]
    content = "\n".join([GOOD["survey_answers"].split("\n")[0], *rows])
    table, _ = read(tmp_path_factory.getbasetemp(), "survey_answers", content)
    assert [NO_ANSWER.get(a.lower()) for a in answers] == [None if pd.isna(n) else n for n in table["grade_no_answer"]]
    assert [int(a) if a.isdigit() else None for a in answers] == [None if pd.isna(g) else g for g in table["grade"]]


@settings(derandomize=True, deadline=None, max_examples=20)
@given(st.lists(st.decimals(0, 100, places=2), min_size=1, max_size=9))
def test_a_decimal_comma_and_a_decimal_point_are_the_same_number(tmp_path_factory, values):
    head, row = SERIES.replace("66.7", "{}").replace("sme_share", "i{}").splitlines()[:2]
    plain = "\n".join([head, *(row.format(n, value) for n, value in enumerate(values))])
    folder = tmp_path_factory.getbasetemp()
    table, _ = read(folder, "record_series", plain.replace(",", ";").replace(".", ","))
    assert table["value"].tolist() == [float(value) for value in values]
    pd.testing.assert_frame_equal(table, read(folder, "record_series", plain)[0])
