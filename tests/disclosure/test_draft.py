"""Drafts: what an annex registers has no content for the annex, and of what is withheld nothing is left but its name."""

from __future__ import annotations

import json
import pickle
import random

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from missions.disclosure import PUBLISHED, SUPPRESSED, DisclosureError, Draft, derived, draft, on_record
from missions.disclosure.cells import CellError, as_record, from_record, population
from missions.disclosure.counted import counts, means, rests_on, shares, totals
from missions.disclosure.draft import NOTHING, released
from missions.edition.decision import merged
from missions.present.outputs import UNDECIDED, decided
from missions.present.tables import show_table
from support.small_tables import GRADE, answers_of, delivery, register_of

INVITED = {"2025-XAA-01": 12, "2025-XAB-01": 30, "2025-XAC-01": 25}
CANARY, SECRET = 8.4123, 7


def grades(values: dict[str, tuple[float, int]], **inputs: bool) -> Draft:
    """mission -> mean and answers; a table as `survey.mission_means` gives it."""
    table = pd.DataFrame(
        [
            {"mission_id": name, "value": value, "low": value - 1, "high": value + 1, "n": n, "population_n": INVITED[name]}
            for name, (value, n) in values.items()
        ]
    )
    answers = answers_of({name: [7] * n for name, (_, n) in values.items()})
    return draft(
        table, groups=["mission_id"], inputs=[delivery(**inputs)], missions=register_of(INVITED),
        cells=means(answers, GRADE, "grade"),
    )  # fmt: skip


ALL = {"2025-XAA-01": (CANARY, 7), "2025-XAB-01": (7.25, 14), "2025-XAC-01": (6.5, 11)}


def key_of(one: Draft, mission: str) -> str:
    return one.where(mission_id=mission).rows[0].key


def test_a_draft_says_nothing_and_cannot_be_saved():
    one = grades(ALL)
    for said in (repr(one), str(one), f"{one}", json.dumps(vars(type(one)), default=repr)):
        assert "8.4" not in said and "XAA" not in said
    assert not hasattr(one, "_repr_html_") and not hasattr(one, "table")
    with pytest.raises(DisclosureError, match="cannot be saved"):
        pickle.dumps(one)


@pytest.mark.parametrize("given", [pd.DataFrame({"value": [1.0]}), pd.Series([1.0]), released(grades(ALL).as_record(), ())])
def test_only_a_draft_can_be_shown(given):
    with pytest.raises(
        DisclosureError, match=r"show_table was given \w+: only a draft can be shown.*register the table with `draft`"
    ):
        show_table(given, "id", "Titel", {"value": "Waarde"})


def test_of_a_withheld_row_nothing_is_left_but_its_name():
    one = grades(ALL)
    hidden = released(one.as_record(), {key_of(one, "2025-XAA-01")}).table
    assert hidden["status"].tolist() == [SUPPRESSED, PUBLISHED, PUBLISHED]
    assert hidden.drop(columns=["mission_id", "status", "left_out"]).iloc[0].isna().all()
    assert hidden["mission_id"].tolist() == list(ALL)
    assert str(hidden.loc[1, "n"]) == "14", "not 14.0 because another count was emptied"


def test_what_is_small_and_what_is_withheld_to_protect_it_look_the_same():
    columns = {"mission_id": "Missie", "value": ("Gemiddelde", "grade"), "n": ("Antwoorden", "count")}
    one = grades(ALL)
    withheld = {"rows": {key_of(one, "2025-XAA-01"), key_of(one, "2025-XAC-01")}, "counts": ()}
    noted = json.loads(json.dumps(show_table(one, "id", "Titel", columns).payload, sort_keys=True))  # as a notebook is written
    shown = decided(noted, withheld).payload
    assert [column["header"] for column in shown["table"]["columns"]] == ["Missie", "Gemiddelde", "Antwoorden"]
    assert shown["table"]["rows"] == [["2025-XAA-01", "x", "x"], ["2025-XAB-01", "7,3", "14"], ["2025-XAC-01", "x", "x"]]
    small, _, partner = shown["table"]["csv"].splitlines()[1:]
    assert small.replace("XAA", "?") == partner.replace("XAC", "?")


def test_a_count_alone_can_be_left_out():
    one = grades(ALL)
    counted = next(cell for cell in one.where(mission_id="2025-XAB-01").rows[0].cells if cell.column == "n").population.key
    shown = released(one.as_record(), (), {counted}).table
    assert shown["n"].isna().tolist() == [False, True, False] and shown["status"].eq(PUBLISHED).all()
    assert shown["value"].notna().all() and shown["population_n"].notna().all()


def test_in_an_order_by_value_what_is_withheld_stands_last_by_name():
    one = grades(ALL).ordered("value")
    hidden = {key_of(one, "2025-XAA-01"), key_of(one, "2025-XAB-01")}
    assert released(one.as_record(), hidden).table["mission_id"].tolist() == ["2025-XAC-01", "2025-XAA-01", "2025-XAB-01"]
    upwards = grades(ALL).ordered("value", largest_first=False)
    assert released(upwards.as_record(), ()).table["mission_id"].tolist() == ["2025-XAC-01", "2025-XAB-01", "2025-XAA-01"]


@settings(max_examples=30, deadline=None)
@given(st.permutations(sorted(ALL)), st.sets(st.sampled_from(sorted(ALL))), st.randoms(use_true_random=False))
def test_the_place_of_a_withheld_row_does_not_rest_on_its_value(order, hidden, chance: random.Random):
    one = grades({name: (chance.uniform(1, 10) if name in hidden else ALL[name][0], ALL[name][1]) for name in order})
    shown = released(one.ordered("value").as_record(), {key_of(one, name) for name in hidden}).table
    open_rows = sorted(set(ALL) - hidden, key=lambda name: -ALL[name][0])
    assert shown["mission_id"].tolist() == [*open_rows, *sorted(hidden)]


def test_the_key_of_a_row_says_what_is_counted_and_nothing_of_what_was_found():
    other = {name: (value / 2 + 1, n) for name, (value, n) in ALL.items()}
    assert [row.key for row in grades(ALL).rows] == [row.key for row in grades(other).rows]
    assert len({row.key for row in grades(ALL).rows}) == 3
    year = draft(
        pd.DataFrame({"value": [7.2], "low": [7.0], "high": [7.4], "n": [32], "population_n": [67]}), groups=[],
        inputs=[delivery()], missions=register_of(INVITED), cells=means(answers_of({"2025-XAB-01": [7]}), GRADE, "grade"),
    )  # fmt: skip
    assert year.rows[0].key not in {row.key for row in grades(ALL).rows}


def test_rows_survive_their_way_to_the_decision():
    for row in grades(ALL).rows:
        assert from_record(json.loads(json.dumps(as_record(row)))) == row


def test_two_annexes_that_say_something_else_of_one_row_are_both_named():
    def ledger(values: dict) -> dict:
        return {row.key: json.loads(json.dumps(as_record(row))) for row in grades(values).rows}

    assert len(merged({"effect": ledger(ALL), "factsheet": ledger(ALL)})) == 3
    told = r"effect and factsheet, row 'forms-grade-\w+-\w+' \(forms, invited, grade; [\w-]+\): the same row with other numbers"
    with pytest.raises(CellError, match=told):
        merged({"effect": ledger(ALL), "factsheet": ledger(ALL | {"2025-XAB-01": (7.26, 14)})})


def test_a_row_that_rests_on_no_answer_shows_nothing_and_protects_nothing():
    one = grades(ALL | {"2025-XAA-01": (float("nan"), 0)})
    assert [row.key for row in one.rows] == [key_of(one, "2025-XAB-01"), key_of(one, "2025-XAC-01")]
    record = one.as_record()
    assert record["rows"][0] == NOTHING.key
    assert released(record, ()).table["status"].tolist() == [SUPPRESSED, PUBLISHED, PUBLISHED]


def test_a_count_that_no_cell_stands_for_is_not_shown():
    """What a mean, a comparison or a verdict rests on is a count too: without a cell nobody would weigh it."""
    one = grades(ALL)
    counts = pd.DataFrame({"value": [1.0], "n": [SECRET], "population_n": [SECRET]})
    given = {"groups": [], "inputs": [delivery()], "missions": register_of(INVITED), "cells": rests_on("grade")}
    for made in (derived(counts, groups=[], of=one), draft(counts, **given)):
        assert released(made.as_record(), ()).table[["n", "population_n"]].isna().all(axis=None)
    told = released(draft(counts, **given, public=["n"]).as_record(), ()).table
    assert told["n"].tolist() == [SECRET] and told["population_n"].isna().all()


def test_what_is_computed_from_others_names_them():
    one = grades(ALL)
    made = derived(pd.DataFrame({"value": [1.0]}), groups=[], of=one.where(mission_id="2025-XAA-01"))
    assert made.rows[0].parents == (key_of(one, "2025-XAA-01"),) and made.inputs == one.inputs


def test_rows_are_chosen_by_their_names_and_not_by_what_was_found():
    with pytest.raises(DisclosureError, match="'value' is a result"):
        grades(ALL).where(value=7.25)
    assert len(grades(ALL).without(mission_id=["2025-XAA-01"])) == 2


def test_what_a_fact_names_is_a_headline():
    assert all(row.headline for row in grades(ALL).as_headline().rows) and not any(row.headline for row in grades(ALL).rows)


def test_shares_and_totals_say_both_sides():
    register = register_of(INVITED).assign(companies_n=[12, 33, 25])
    sizes = draft(
        pd.DataFrame({"mission_id": list(INVITED), "value": [12.0, 33.0, 25.0], "n": [12, 33, 25], "population_n": pd.NA}),
        groups=["mission_id"], inputs=[delivery()], missions=register, cells=counts("companies"),
    )  # fmt: skip
    assert [cell.population.unit for row in sizes.rows for cell in row.cells] == ["companies"] * 3
    whole = pd.DataFrame({"measure": ["sme"], "value": [60.0], "n": [70], "population_n": [70]})
    (row,) = draft(
        whole, groups=["measure"], inputs=[delivery()], missions=register, cells=totals({"sme": ("independent_sme", "share")}),
    ).rows  # fmt: skip
    assert [(cell.kind, cell.population.unit, cell.of and cell.of.unit) for cell in row.cells] == [
        ("count", "companies", None),
        ("share", "independent_sme", "companies"),
    ]
    asked = pd.DataFrame({"question": ["any"], "value": [40.0], "low": [30.0], "high": [50.0], "n": [20], "population_n": [60]})
    answers = pd.DataFrame({"mission_id": ["2025-XAB-01"] * 2, "reached": ["yes", "no"]})
    (row,) = draft(
        asked, groups=["question"], inputs=[delivery()], missions=register,
        cells=shares(answers, {"any": ({"reached": None}, {"reached": ["yes"]})}),
    ).rows  # fmt: skip
    part = row.cells[-1]
    assert part.population.where == (("reached", ("yes",)),) and part.of.where == (("reached", ()),)


@pytest.mark.parametrize(("inputs", "message"), [([pd.DataFrame()], "origin is not known"), ([], "name the tables")])
def test_an_input_without_origin_is_an_error(inputs, message):
    table = pd.DataFrame({"mission_id": ["2025-XAA-01"], "n": [12]})
    for register in (lambda: draft(table, groups=["mission_id"], inputs=inputs, missions=register_of(INVITED), cells=counts()),
                     lambda: on_record(table, groups=["mission_id"], inputs=inputs)):  # fmt: skip
        with pytest.raises(DisclosureError, match=message):
            register()


def test_only_real_public_records_pass_undecided():
    table = pd.DataFrame({"indicator": ["a"], "value": [3.0], "n": [3]})
    record = on_record(table, groups=["indicator"], inputs=[delivery("record", synthetic=False)])
    assert record.rows == () and released(record.as_record(), ()).table["value"].tolist() == [3.0]
    for other in (delivery(synthetic=True), delivery(synthetic=False, sensitivity="confidential")):
        with pytest.raises(DisclosureError, match="x is not a public record"):
            on_record(table, groups=["indicator"], inputs=[other])


def test_one_synthetic_input_makes_a_table_synthetic():
    assert released(grades(ALL, synthetic=True).as_record(), ()).synthetic
    assert not released(grades(ALL, synthetic=False).as_record(), ()).synthetic


def test_a_cell_outside_its_scale_or_of_an_unknown_unit_is_an_error():
    with pytest.raises(CellError, match=r"mean of grade: 11\.0 lies outside its scale"):
        grades({"2025-XAB-01": (11.0, 14)})
    with pytest.raises(CellError, match="unit 'firms' is not one of companies"):
        population("firms", ["2025-XAA-01"])


def test_an_output_waits_for_the_decision_and_carries_no_preview_in_a_build(monkeypatch):
    from missions.present import outputs

    noted = show_table(grades(ALL), "id", "Titel", {"mission_id": "Missie", "value": ("Gemiddelde", "grade")})
    assert noted.payload["kind"] == UNDECIDED and len(noted.payload["ledger"]) == 3
    # An editor shows what is not small; the small one only by its name.
    assert "7,3" in noted._repr_mimebundle_()["text/html"] and "8,4" not in noted._repr_mimebundle_()["text/html"]
    monkeypatch.setattr(outputs, "_preview", [True])
    outputs.without_preview()
    assert set(noted._repr_mimebundle_()) == {outputs.MIME}


def test_a_row_that_is_worked_out_from_others_is_shown_only_if_they_are():
    """A mean that one table withholds stood in another one, which said that it was of a model."""
    of = grades(ALL)
    about = {"inputs": [delivery()], "missions": register_of(INVITED), "cells": rests_on("grade")}
    table = pd.DataFrame({"name": ["one", "gap", "none"], "mission": ["2025-XAA-01"] * 2 + [None], "value": [1.0, 2.0, 3.0]})
    table["other"] = [None, "2025-XAC-01", None]
    made = draft(table, groups=["name"], of=of, by={"mission": "mission_id", "other": "mission_id"}, **about)
    first, last = key_of(of, "2025-XAA-01"), key_of(of, "2025-XAC-01")
    assert [row.parents for row in made.rows] == [(first,), tuple(sorted((first, last))), ()]
    every = draft(table, groups=["name"], of=[of.where(mission_id="2025-XAA-01"), of.where(mission_id="2025-XAC-01")], **about)
    assert {row.parents for row in every.rows} == {tuple(sorted((first, last)))}


def test_no_table_of_the_edition_holds_a_year_mean_that_another_withholds(built):
    """Seen once: the mean of a year was withheld in a chart and stood, to the digit, in the table beside it."""
    facts = json.loads((built.root / "_build/facts.json").read_text(encoding="utf-8"))
    annex = built.root / "_build/html/book/annexes/minister_valuation.html"
    page = BeautifulSoup(annex.read_text(encoding="utf-8"), "lxml")

    def rows_in(owner) -> dict[str, list[str]]:
        rows = owner.select("tbody tr")
        return {row.th.get_text(strip=True): [cell.get_text(strip=True) for cell in row.select("td")] for row in rows}

    chart = page.find(id="valuation-years")
    of_year = {year: cells[0] for year, cells in rows_in(chart.select_one("table") or chart.find_next("table")).items()}
    mixed = rows_in(page.find(id="valuation-mix"))
    hidden = [year for year, value in of_year.items() if value == "x"]
    assert hidden and facts["disclosure"]["ruled_out"] == 0, "a year is withheld, or nothing is shown here"
    assert all(mixed[year] == ["x", "x"] for year in hidden)
    assert all("x" not in mixed[year] for year in of_year if year not in hidden), "and no more than that is"
