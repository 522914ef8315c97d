"""The smallest deliveries that keep every rule, and how tests put, change and read one."""

from __future__ import annotations

import csv
import datetime
import io
from pathlib import Path

import pandas as pd

from missions import store
from missions.declared.year_file import load_year
from missions.dictionary import variable
from missions.sources import delivery, sidecar
from missions.sources.column_map import column_map

YEAR = load_year(2025, "sample")
# The smallest year that keeps every rule. Rows are lines: the header is row 1.
GOOD = {
    "mission_register": (
        "missie_id;bestemmingen_iso3;begindatum;einddatum;soort;leiding;demissionair;landengroep;sectoren;breed_of_gericht;"
        "bedrijven;kennisinstellingen;organisaties;personen;zelfstandig_mkb;grootbedrijf;vrouwen_pct;matchmaking_gesprekken;"
        "contracten;memoranda;intentieverklaringen;verwachte_omzet_eur;imvo_regime;enquetedatum;uitgenodigd;antwoorden\n"
        "2025-KEN-01;KEN;2025-03-02;2025-03-06;eigen missie;minister;nee;OESO;water;gericht;"
        "3;2;5;9;2;1;33,3;12;1;0;2;1500000,5;standaard;2025-06-01;3;1\n"
        "2025-UGA-01;UGA,TZA;2025-04-02;2025-04-06;zonder bewindspersoon;geen;ja;overig;gezondheid, water;breed;"
        "1;0;1;1;0;0;;;;;;;extra aandacht;2025-07-01;1;1\n"
    ),
    "participations": (
        "deelname_nr;missie_id;kvk_nr;grootteklasse;zelfstandig_mkb;sector;eerdere_missies;aangemeld_op;afgemeld\n"
        "1;2025-KEN-01;00000001;micro;ja;water;0;2025-01-10;nee\n"
        "2;2025-KEN-01;00000002;klein;ja;overig;2;2025-01-11;nee\n"
        "3;2025-KEN-01;00000003;groot;nee;water;1;2025-01-12;nee\n"
        "4;2025-KEN-01;00000004;klein;ja;water;0;2025-01-12;ja\n"
        "5;2025-UGA-01;00000001;micro;nee;water;1;2025-02-10;nee\n"
    ),
    "survey_answers": (
        "antwoord_nr;missie_id;ronde;rapportcijfer;meerwaarde_bewindspersoon;directe_interactie;goed_geinformeerd;bekend_met_rol;"
        "zichtbaarheid_bewindspersoon;programma_bewindspersoon;kwaliteit_matchmaking;netwerken_voldoende;netwerken_effectief;"
        "organisatie;voorbereiding;informatie_vooraf;doel_verkennen;doel_partner;doel_zaken;doel_leren;doel_bereikt;"
        "nieuwe_contacten;serieuze_kansen;contract_getekend;contract_dankzij_missie;verwachte_omzet;eigen_vervolg;eerdere_handel;"
        "grootteklasse;eerdere_deelname;nut_imvo_informatie;opmerking\n"
        "1;2025-KEN-01;eerste;8;2;2;n.v.t.;;3;2;4;3;weet niet;4;5;;ja;nee;ja;nee;deels;5;2;ja;deels;50.000 tot 250.000;"
        "ja;nee;micro;nee;3;Goed\n"
        "2;2025-UGA-01;herinnering;1;4;4;3;2;4;n.v.t.;1;5;5;3;2;4;nee;nee;nee;ja;nee;0;0;nee;n.v.t.;geen;"
        "nee;nee;groot;ja;weet niet;\n"
    ),
    "imvo_steps": (
        "deelname_nr;missie_id;zelfscan_volledig;signaal;gesprek;gesprek_met;verbeterafspraak;opgevolgd;uitgesloten\n"
        "1;2025-KEN-01;ja;nee;nee;;nee;nee;nee\n"
        "2;2025-KEN-01;ja;ja;ja;RVO;ja;ja;nee\n"
    ),
    "trade_panel": (
        "bedrijf,land,jaar,uitvoer_eur,invoer_eur,dochter_in_land,grootteklasse,zelfstandig_mkb,sector,eerste_missie_jaar,"
        "met_bewindspersoon\n"
        "a001,KEN,2023,0,0,nee,micro,ja,water,2024,ja\n"
        "a001,KEN,2024,1500.5,0,nee,micro,ja,water,2024,ja\n"
        "a002,KEN,2024,20,7,ja,groot,nee,overig,,\n"
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
OPTIONAL = {  # delivery -> headings under which a cell may be empty
    name: [rule.header for rule in column_map(name, 2025) if variable(name, rule.name).may_be_empty] for name in GOOD
}


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


def read(folder: Path, name: str, content: str | bytes, **fields: object):
    """One delivery through the real reader: the table or None, and the messages in order of the text."""
    return read_file(name, put(folder, name, content, **fields), **fields)


def read_file(name: str, path: Path, a_year=YEAR, corrections=(), **fields: object):
    """The same for a file in any form; `read_file.reading` is what the reader told of it."""
    known = sidecar.Sidecar(**FIELDS | {"sha256": ""} | fields)
    read_file.reading = delivery.read_delivery(name, path, a_year, known, path.parent, list(corrections))
    read.reading = read_file.reading
    if read_file.reading.problems:
        return None, sorted(map(str, read_file.reading.problems))
    return pd.read_parquet(path.parent / f"{name}.parquet").set_index(store.ROW).rename_axis(None), []


def table_of(text: str) -> list[list[str]]:
    return [line.split(" | ") for line in text.strip().splitlines()]
