"""Deliveries: a broken rule is told with file, row, column and value, and nothing half-read is ever stored."""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from missions import contracts, store
from missions.sources import delivery, sidecar
from missions.year import ROOT, load_year

YEAR = load_year(2025, "sample")
# The smallest year that keeps every rule. Rows are lines: the header is row 1.
GOOD = {
    "mission_register": (
        "missie_id;bestemmingen_iso3;begindatum;einddatum;soort;leiding;landengroep;sectoren;bedrijven;"
        "kennisinstellingen;organisaties;personen;zelfstandig_mkb;imvo_regime;enquetedatum;uitgenodigd\n"
        "2025-XAA-01;XAA;2025-03-02;2025-03-06;eigen missie;minister;OESO;water;3;2;5;9;3;standaard;2025-06-01;3\n"
        "2025-XAB-01;XAB;2025-04-02;2025-04-06;zonder bewindspersoon;geen;overig;zorg;1;0;1;1;0;extra aandacht;2025-07-01;1\n"
    ),
    "survey_answers": (
        "antwoord_nr;missie_id;rapportcijfer;kwaliteit_matchmaking;netwerken_voldoende;netwerken_effectief;"
        "meerwaarde_bewindspersoon;directe_interactie;goed_geinformeerd;bekend_met_rol\n"
        "1;2025-XAA-01;8;4;3;weet niet;2;2;n.v.t.;\n"
        "2;2025-XAB-01;1;1;5;5;4;4;3;2\n"
    ),
    "imvo_steps": (
        "deelname_nr;missie_id;zelfscan_volledig;signaal;gesprek;verbeterafspraak;uitgesloten\n"
        "1;2025-XAA-01;ja;nee;nee;nee;nee\n"
        "2;2025-XAA-01;ja;ja;ja;ja;nee\n"
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
FIELDS = {"producer": "p", "title": "t", "received_on": datetime.date(2026, 1, 1), "period": "2025", "licence": "CC0-1.0"}
FIELDS |= {"sensitivity": "public", "obtained": "by hand", "synthetic": False}
OPTIONAL = {"record_sources": ["date", "address"], "record_missions": ["leader_names_public", "leader_office", "note"]}


def separator(text: str) -> str:
    return ";" if text.split("\n")[0].count(";") > 1 else ","


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


def put_year(folder: Path, **contents: str | bytes):
    """Seven deliveries in a folder (good ones unless given) and the year that declares them."""
    paths = {name: put(folder, name, contents.get(name, text)) for name, text in GOOD.items()}
    return replace(YEAR, deliveries=paths)


def read(folder: Path, name: str, content: str | bytes, world: str = "real", **fields: object):
    """One delivery through the real reader: the table or None, and the messages in order of the text."""
    path = put(folder, name, content, **fields)
    known, problems = sidecar.read_sidecar(path, world)
    assert problems == []
    table, problems = delivery.read_delivery(name, path, YEAR, known)
    assert (table is None) == bool(problems)
    return table, sorted(map(str, problems))


@pytest.fixture
def house(tmp_path, monkeypatch) -> Path:
    """A repository of its own, so that data/validated of the real one is never touched."""
    monkeypatch.setattr(store, "ROOT", tmp_path)
    monkeypatch.setattr(sidecar, "ROOT", tmp_path)
    return tmp_path


def stored(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in (folder / "data").rglob("*") if p.is_file()}


# --- rules that a delivered file can break -------------------------------------------------------------------------------
DATE = "must be a date like 2025-03-18"
BROKEN_CELLS = [
    ("mission_register", {"missie_id": "2025-xaa-01"}, [", column missie_id: must be like 2025-XAA-01 (found: 2025-xaa-01)"]),
    ("mission_register", {"missie_id": "2024-XAA-01"}, [": missie_id must begin with the year of begindatum"]),
    ("mission_register", {"einddatum": "2025-03-01"}, [": einddatum may not be before begindatum"]),
    ("mission_register", {"enquetedatum": "2025-03-06"}, [": enquetedatum must be after einddatum"]),
    ("mission_register", {"zelfstandig_mkb": "4"}, [": zelfstandig_mkb exceeds bedrijven"]),
    ("mission_register", {"organisaties": "6"}, [": organisaties must be bedrijven + kennisinstellingen"]),
    ("mission_register", {"personen": "4"}, [": personen is below organisaties"]),
    ("mission_register", {"uitgenodigd": "4"}, [": uitgenodigd exceeds bedrijven"]),
    ("mission_register", {"begindatum": "02-03-2025"}, [f", column begindatum: {DATE} (found: 02-03-2025)"]),
    ("mission_register", {"einddatum": "2025-02-30"}, [f", column einddatum: {DATE} (found: 2025-02-30)"]),
    ("mission_register", {"enquetedatum": "juni"}, [f", column enquetedatum: {DATE} (found: juni)"]),
    ("mission_register", {"bedrijven": "3,0"}, [", column bedrijven: must be a whole number (found: 3,0)"]),
    (
        "mission_register",
        {"soort": "reis"},
        [", column soort: must be one of: eigen missie, naast bezoek, inkomend, zonder bewindspersoon (found: reis)"],
    ),
    (
        "mission_register",
        {"leiding": "koning"},
        [", column leiding: must be one of: minister, staatssecretaris, minister-president, geen (found: koning)"],
    ),
    (
        "mission_register",
        {"landengroep": "EU"},
        [", column landengroep: must be one of: OESO, BRICS, ontwikkelingsland, overig (found: EU)"],
    ),
    (
        "mission_register",
        {"imvo_regime": "geen"},
        [", column imvo_regime: must be one of: standaard, extra aandacht (found: geen)"],
    ),
    ("survey_answers", {"antwoord_nr": "0"}, [", column antwoord_nr: must be at least 1 (found: 0)"]),
    (
        "survey_answers",
        {"rapportcijfer": "8,5"},
        [", column rapportcijfer: must be a whole number, n.v.t., weet niet or empty (found: 8,5)"],
    ),
    ("imvo_steps", {"deelname_nr": "0"}, [", column deelname_nr: must be at least 1 (found: 0)"]),
    ("imvo_steps", {"signaal": "misschien"}, [", column signaal: must be ja or nee (yes or no) (found: misschien)"]),
    ("record_sources", {"date": "April 2024"}, [", column date: must be a year, month or day (found: April 2024)"]),
    ("record_series", {"period_start": "1999"}, [", column period_start: must lie between 2000 and 2100 (found: 1999)"]),
    ("record_series", {"period_end": "2101"}, [", column period_end: must lie between 2000 and 2100 (found: 2101)"]),
    ("record_series", {"period_end": "2007"}, [": period_end may not be before period_start"]),
    ("record_series", {"value": "-0.5"}, [", column value: must be at least 0 (found: -0.5)"]),
    ("record_series", {"value": "100.1"}, [": a percentage may not exceed 100"]),
    ("record_series", {"value": "10.1", "unit": "grade_1_10"}, [": a grade lies between 1 and 10"]),
    ("record_series", {"value": "0.9", "unit": "grade_1_10"}, [": a grade lies between 1 and 10"]),
    ("record_series", {"value": "1.234,5"}, [", column value: must be a number (found: 1.234,5)"]),
    (
        "record_series",
        {"qualifier": "maybe"},
        [f", column qualifier: must be one of: {', '.join(contracts.QUALIFIERS)} (found: maybe)"],
    ),
    ("record_series", {"unit": "pounds"}, [", column unit: must be one of: count, percent, EUR, grade_1_10 (found: pounds)"]),
    ("record_missions", {"mission_id": "KEN-1"}, [", column mission_id: must be like 2025-KEN-01 (found: KEN-1)"]),
    ("record_missions", {"end_on": "2025-02-28"}, [": end_on may not be before start_on"]),
    ("record_missions", {"date_precision": "week"}, [", column date_precision: must be one of: day, month (found: week)"]),
    ("record_missions", {"royal_visit": "King"}, [", column royal_visit: must be ja or nee (yes or no) (found: King)"]),
    ("record_missions", {"size_value": "-1"}, [", column size_value: must be at least 0 (found: -1)"]),
    ("record_missions", {"size_value": ""}, [": a size that is not found has no value, and the other way round"]),
    ("record_missions", {"size_qualifier": "not found"}, [": a size that is not found has no value, and the other way round"]),
    (
        "record_missions",
        {"size_qualifier": "big"},
        [f", column size_qualifier: must be one of: {', '.join(contracts.QUALIFIERS)} (found: big)"],
    ),
    (
        "record_missions",
        {"size_unit": "ships"},
        [", column size_unit: must be one of: companies, companies and institutes, participants, organisations (found: ships)"],
    ),
    ("cbs_effect", {"outcome": "profit"}, [", column outcome: must be one of: start_trade, start_fdi (found: profit)"]),
    ("cbs_effect", {"group_kind": "age"}, [", column group_kind: must be one of: total, firm_size, destination (found: age)"]),
    (
        "cbs_effect",
        {"group": "old"},
        [", column group: must be one of: total, independent_sme, large, oecd, brics, developing (found: old)"],
    ),
    ("cbs_effect", {"effect": "100.5"}, [", column effect: must lie between -100 and 100 (found: 100.5)"]),
    ("cbs_effect", {"effect": "-100.5"}, [", column effect: must lie between -100 and 100 (found: -100.5)"]),
    ("cbs_effect", {"unit": "pp"}, [", column unit: must be one of: percent_as_published (found: pp)"]),
    ("cbs_effect", {"missions_period": "2008"}, [", column missions_period: must be a period like 2008-2022 (found: 2008)"]),
    ("cbs_effect", {"horizon_years": "0"}, [", column horizon_years: must be at least 1 (found: 0)"]),
]


@pytest.mark.parametrize(("name", "cells", "expected"), BROKEN_CELLS)
def test_a_broken_cell_is_told_with_its_place_and_value_and_nothing_else_is(tmp_path, name, cells, expected):
    _, messages = read(tmp_path, name, edited(name, **cells))
    assert messages == [f"{name}.csv, row 2{message}" for message in expected]
