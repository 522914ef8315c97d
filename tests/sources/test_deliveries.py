"""One delivery: every rule that its file breaks is told with file, row, column, rule and value."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from missions import contracts
from missions.dictionary import QUESTIONS, keys, variable, variables
from missions.sources.column_map import column_map
from support.deliveries import GOOD, OPTIONAL, YEAR, edited, headers, read, read_file, separator, table_of

QUALIFIERS = ", ".join(variable("record_series", "qualifier").values)
SECTORS = "agrifood, creatieve industrie, energie, gezondheid, hightech, logistiek, water, overig"
CLASSES = "geen, minder dan 50.000, 50.000 tot 250.000, 250.000 tot 1 miljoen, 1 miljoen of meer"
# Delivery, column, bad cell in row 2, rule.
BAD_CELLS = f"""
mission_register | missie_id | 2025-xaa-01 | must be like 2025-KEN-01
mission_register | begindatum | 02/03/2025 | must be a date like 2025-03-18 or 18-3-2025
mission_register | einddatum | 2025-02-30 | must be a date like 2025-03-18 or 18-3-2025
mission_register | enquetedatum | juni | must be a date like 2025-03-18 or 18-3-2025
mission_register | soort | reis | must be one of: eigen missie, naast bezoek, inkomend, zonder bewindspersoon
mission_register | leiding | koning | must be one of: minister, staatssecretaris, minister-president, geen
mission_register | landengroep | EU | must be one of: OESO, BRICS, ontwikkelingsland, overig
mission_register | imvo_regime | geen | must be one of: standaard, extra aandacht
mission_register | bedrijven | 3,0 | must be a whole number
mission_register | demissionair | 2 | must be ja or nee (yes or no)
mission_register | sectoren | water;wijn | must be one or several of: {SECTORS}
mission_register | breed_of_gericht | smal | must be one of: breed, gericht
mission_register | vrouwen_pct | 100,5 | must lie between 0 and 100
mission_register | matchmaking_gesprekken | -1 | must be at least 0
mission_register | verwachte_omzet_eur | 1.500 | must be a number (4000 or 4000,0, not 4.000)
participations | deelname_nr | 0 | must be at least 1
participations | missie_id | KEN-1 | must be like 2025-KEN-01
participations | kvk_nr | 1234567 | must be a number of the Kamer van Koophandel (8 digits)
participations | grootteklasse | reus | must be one of: micro, klein, middelgroot, groot
participations | zelfstandig_mkb | ? | must be ja or nee (yes or no)
participations | sector | wijn | must be one of: {SECTORS}
participations | eerdere_missies | -1 | must be at least 0
participations | aangemeld_op | 1 mei | must be a date like 2025-03-18 or 18-3-2025
participations | afgemeld | ziek | must be ja or nee (yes or no)
survey_answers | missie_id | 2025-ken-01 | must be like 2025-KEN-01
survey_answers | ronde | tweede | must be one of: eerste, herinnering
survey_answers | doel_bereikt | bijna | must be one of: nee, deels, ja, n.v.t., weet niet or empty
survey_answers | nieuwe_contacten | veel | must be a whole number, n.v.t., weet niet or empty
survey_answers | nieuwe_contacten | 501 | must lie between 0 and 500
survey_answers | serieuze_kansen | -1 | must lie between 0 and 100
survey_answers | contract_getekend | deels | must be one of: nee, ja, n.v.t., weet niet or empty
survey_answers | verwachte_omzet | veel | must be one of: {CLASSES}, n.v.t., weet niet or empty
imvo_steps | opgevolgd | soms | must be ja or nee (yes or no)
imvo_steps | gesprek_met | CBS | must be one of: RVO, ministerie
trade_panel | bedrijf | a-1 | must be a code of 4 to 64 letters and digits
trade_panel | land | Kenia | unknown country code
trade_panel | jaar | 1989 | must lie between 1990 and 2100
trade_panel | uitvoer_eur | -1 | must be at least 0
trade_panel | invoer_eur | een | must be a number (4000 or 4000,0, not 4.000)
trade_panel | dochter_in_land | 3 | must be ja or nee (yes or no)
trade_panel | eerste_missie_jaar | 2101 | must lie between 1990 and 2100
trade_panel | met_bewindspersoon | koning | must be ja or nee (yes or no)
survey_answers | antwoord_nr | 0 | must be at least 1
survey_answers | rapportcijfer | 8,5 | must be a whole number, n.v.t., weet niet or empty
imvo_steps | deelname_nr | 0 | must be at least 1
imvo_steps | signaal | misschien | must be ja or nee (yes or no)
record_sources | date | April 2024 | must be a year, month or day
record_series | period_start | 1999 | must lie between 2000 and 2100
record_series | period_end | 2101 | must lie between 2000 and 2100
record_series | value | -0.5 | must be at least 0
record_series | value | 1.234,5 | must be a number (4000 or 4000,0, not 4.000)
record_series | qualifier | maybe | must be one of: {QUALIFIERS}
record_series | unit | pounds | must be one of: count, percent, EUR, grade_1_10
record_missions | mission_id | KEN-1 | must be like 2025-KEN-01
record_missions | countries_iso3 | KEN UGA | unknown country code
record_missions | date_precision | week | must be one of: day, month
record_missions | royal_visit | King | must be ja or nee (yes or no)
record_missions | size_value | -1 | must be at least 0
record_missions | size_qualifier | big | must be one of: {QUALIFIERS}
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
mission_register | zelfstandig_mkb=3 | zelfstandig_mkb plus grootbedrijf exceeds bedrijven
mission_register | leiding=geen | soort and leiding disagree on whether a member of government leads
mission_register | soort=zonder bewindspersoon | soort and leiding disagree on whether a member of government leads
mission_register | antwoorden=4 | antwoorden exceeds uitgenodigd
mission_register | enquetedatum= | enquetedatum is empty but uitgenodigd is not 0
mission_register | sectoren=water;energie | breed_of_gericht and sectoren disagree
participations | grootteklasse=groot | zelfstandig_mkb and grootteklasse disagree
survey_answers | contract_getekend=nee | contract_dankzij_missie is answered, but contract_getekend does not say yes
imvo_steps | signaal=ja,zelfscan_volledig=nee | signaal needs zelfscan_volledig
imvo_steps | gesprek=ja,gesprek_met=RVO | gesprek needs signaal
imvo_steps | verbeterafspraak=ja | verbeterafspraak needs gesprek
imvo_steps | uitgesloten=ja | uitgesloten needs gesprek
imvo_steps | opgevolgd=ja | opgevolgd needs verbeterafspraak
imvo_steps | gesprek_met=RVO | gesprek_met must be filled when gesprek is yes, and only then
trade_panel | met_bewindspersoon= | met_bewindspersoon must be filled when eerste_missie_jaar is, and only then
trade_panel | bedrijf=12345678 | bedrijf looks like a number of the Kamer van Koophandel; a panel has numbers without meaning
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
trade_panel | country_iso3 | xaa | must be an ISO 3166 alpha-3 code
trade_panel | sector | x | must be one of: agrifood, creative, energy, health, high_tech, logistics, water, other_sector
participations | size_class | x | must be one of: micro, small, medium, large
survey_answers | goal_reached | x | must be one of: no, partly, yes
mission_register | countries_iso3 | xaa | must be ISO 3166 alpha-3 codes, several joined by ';'
record_missions | countries_iso3 | KEN UGA | must be ISO 3166 alpha-3 codes, several joined by ';'
mission_register | mission_type | x | must be one of: own, alongside_visit, incoming, without_minister
mission_register | leader_office | x | must be one of: minister, state_secretary, prime_minister, none
mission_register | destination_group | x | must be one of: oecd, brics, developing, other
mission_register | imvo_regime | x | must be one of: standard, extra_attention
survey_answers | grade_no_answer | x | must be one of: not_applicable, do_not_know, blank, not_asked, other_scale
"""


@pytest.mark.parametrize(("name", "header", "value", "rule"), table_of(BAD_CELLS))
def test_a_bad_cell_is_told_with_row_column_rule_and_value(tmp_path, name, header, value, rule):
    _, messages = read(tmp_path, name, edited(name, **{header: value}))
    assert messages == [f"{name}.csv, row 2, column {header}: {rule} (found: {value})"]


@pytest.mark.parametrize(("name", "cell", "rule"), table_of(BAD_ROWS))
def test_a_row_that_contradicts_itself_is_told_in_the_suppliers_words(tmp_path, name, cell, rule):
    _, messages = read(tmp_path, name, edited(name, **dict(part.split("=") for part in cell.split(","))))
    assert messages == [f"{name}.csv, row 2: {rule}"]


# Delivery, cells in row 2 on the edge of what is allowed.
EDGES = """
mission_register | {einddatum: 2025-03-02, enquetedatum: 2025-03-03}
mission_register | {personen: 5, zelfstandig_mkb: 0, uitgenodigd: 1, vrouwen_pct: 100}
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


COUNTS = [v.name for v in variables("mission_register") if v.type == "integer"]


@pytest.mark.parametrize("column", COUNTS)
def test_no_count_is_negative(tmp_path, column):
    messages = broken_table(tmp_path, "mission_register", {column: -1})
    assert f"f.csv, row 2, column {column}: must be at least 0 (found: -1)" in messages


@pytest.mark.parametrize("question", YEAR.scales)
def test_an_answer_lies_on_the_scale_of_its_question(tmp_path, question):
    header = next(rule.header for rule in column_map("survey_answers", 2025) if rule.name == question)
    low, high = YEAR.scales[question]
    for answer in (low, high):
        table, _ = read(tmp_path, "survey_answers", edited("survey_answers", **{header: str(answer)}))
        assert table.loc[2, question] == answer
    for answer in (low - 1, high + 1):
        _, messages = read(tmp_path, "survey_answers", edited("survey_answers", **{header: str(answer)}))
        rule = f"must lie between {low} and {high} (found: {answer})"
        assert messages == [f"survey_answers.csv, row 2, column {header}: {rule}"]


# May be empty, but not in this row.
NOT_ALONE = {"enquetedatum": "is empty but uitgenodigd is not 0"}
NOT_ALONE |= dict.fromkeys(("eerste_missie_jaar", "met_bewindspersoon"), "met_bewindspersoon must be filled when")


@pytest.mark.parametrize(("name", "header"), [(name, h) for name in GOOD for h in headers(name) if h != "size_value"])
def test_an_empty_cell_is_refused_unless_empty_means_something(tmp_path, name, header):
    table, messages = read(tmp_path, name, edited(name, **{header: ""}))
    ours, kind = next((rule.name, rule.kind) for rule in column_map(name, 2025) if rule.header == header)
    if kind in QUESTIONS:
        assert table.loc[2, f"{ours}_no_answer"] == "blank" and pd.isna(table.loc[2, ours])
    elif kind == "remark":
        assert not table.loc[2, f"has_{ours}"]
    elif header in OPTIONAL[name] and header not in NOT_ALONE:
        assert pd.isna(table.loc[2, ours])
    else:
        rule = "must be ja or nee (yes or no) (found: )" if kind == "yes_no" else "may not be empty"
        told = f"{name}.csv, row 2, column {header}: {rule}"
        assert any(NOT_ALONE[header] in message for message in messages) if header in NOT_ALONE else told in messages


@pytest.mark.parametrize("name", GOOD)
def test_a_key_stands_once(tmp_path, name):
    first, last = GOOD[name].split("\n")[1], len(GOOD[name].splitlines()) + 1
    _, messages = read(tmp_path, name, GOOD[name] + first + "\n")
    if len(keys(name)) == 1:
        value = first.split(separator(GOOD[name]))[0]
        rule = f", column {headers(name)[0]}: must be unique (found: {value})"
    else:
        rule = ": the key of this row stands in another row too"
    assert messages == [f"{name}.csv, row {row}{rule}" for row in (2, last)]


# Rules that no single row can break: delivery, cells in row 3, message.
BAD_GROUPS = """
participations | {kvk_nr: "00000001"} | row 2: the same company is in this mission twice
trade_panel | {jaar: 2025} | row 2: a year between the first and the last of this company and country is missing
trade_panel | {eerste_missie_jaar: 2023} | row 2: {FIRST}
trade_panel | {eerste_missie_jaar: "", met_bewindspersoon: ""} | row 2: {FIRST}
"""


@pytest.mark.parametrize(("name", "cells", "message"), table_of(BAD_GROUPS))
def test_rows_that_contradict_each_other_are_told_with_the_first(tmp_path, name, cells, message):
    cells = {header: str(value) for header, value in yaml.safe_load(cells).items()}
    first = "the first mission of this company to this country is not the same in all years"
    _, messages = read(tmp_path, name, edited(name, row=3, **cells))
    assert messages == [f"{name}.csv, {message.replace('{FIRST}', first)}"]


def test_dates_as_people_write_them_in_dutch_are_read_and_told(tmp_path):
    content = re.sub(r"(2025)-(\d\d)-(\d\d)", lambda day: f"{int(day[3])}-{int(day[2])}-{day[1]}", GOOD["mission_register"])
    assert ";2-3-2025;6-3-2025;" in content
    table, messages = read(tmp_path, "mission_register", content)
    assert messages == [] and read_file.reading.form == "CSV with semicolons, UTF-8, decimal comma, dates day-month-year"
    plain, _ = read(tmp_path, "mission_register", GOOD["mission_register"])
    pd.testing.assert_frame_equal(table, plain)


def test_dates_in_two_orders_in_one_file_are_refused(tmp_path):
    _, messages = read(tmp_path, "mission_register", edited("mission_register", begindatum="2-3-2025"))
    rule = "has dates written year-month-day (or real dates) and day-month-year; which is it?"
    assert messages == [f"mission_register.csv: {rule}"]


@pytest.mark.parametrize("date", ["30-2-2025", "2025-3-2", "1-13-2025", "2-3-25"])
def test_days_that_do_not_exist_or_are_written_otherwise_are_refused(tmp_path, date):
    _, messages = read(tmp_path, "mission_register", edited("mission_register", begindatum=date))
    told = f"column begindatum: must be a date like 2025-03-18 or 18-3-2025 (found: {date})"
    assert f"mission_register.csv, row 2, {told}" in messages


def test_a_share_is_not_taken_for_a_percentage(tmp_path):
    """Excel shows 33% where the cell holds 0.33: as a percentage that would be a third of one percent."""
    _, messages = read(tmp_path, "mission_register", edited("mission_register", vrouwen_pct="0,33"))
    assert messages == ["mission_register.csv, column vrouwen_pct: holds nothing above 1; percentages run from 0 to 100"]
