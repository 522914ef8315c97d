"""Annexes under Papermill: parameters that fit, outputs that passed disclosure, facts that keep their rules."""

from __future__ import annotations

import dataclasses

import jupytext
import nbformat
import pytest

from missions.choice import Choice
from missions.declared.year_file import load_year
from missions.edition import annex, page, parameters
from missions.edition import facts as collect
from missions.edition.facts import FactError
from missions.edition.page import AnnexError
from missions.present.renderer import MIME

PARAMETERS = '# %% tags=["parameters"]\nyear: int = 2025\ndata: str = "sample"\nfirst_year: int = 2021\n'


@pytest.fixture
def year():
    return dataclasses.replace(load_year(2025, "sample"), annexes={"draft": {"first_year": 2021}}, waivers={})


def notebook(text: str) -> nbformat.NotebookNode:
    return jupytext.reads(text, fmt="py:percent")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"first_year": 2021, "last_year": 2025}, "unknown parameter 'last_year' (the annex has: year, data, first_year)"),
        ({}, "parameter 'first_year' is missing"),
        ({"first_year": "2021"}, "parameter 'first_year' must be int, found '2021'"),
    ],
)
def test_parameters_that_do_not_fit_name_annex_and_parameter(given, message):
    with pytest.raises(AnnexError) as error:
        parameters.require_fitting("draft", notebook(PARAMETERS), {"year": 2025, "data": "sample", **given})
    assert str(error.value) == f"annex draft, analysis/years/2025.yml: {message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# %%\nx = 1\n", "annex draft: needs exactly one cell tagged 'parameters', found 0"),
        (PARAMETERS + PARAMETERS, "annex draft: needs exactly one cell tagged 'parameters', found 2"),
        ('# %% tags=["parameters"]\nyear = 2025\n', "annex draft: line 1 of the parameters cell is not 'name: type = default'"),
    ],
)
def test_a_parameters_cell_must_be_there_once_and_typed(text, message):
    with pytest.raises(AnnexError, match="^" + message.replace("'", "'") + "$"):
        parameters.declared_parameters("draft", notebook(text))


def test_an_annex_without_a_notebook_is_named():
    with pytest.raises(AnnexError, match=r"annex ghost: analysis/annexes/ghost\.py does not exist"):
        annex.read_annex("ghost")


def executed(output: dict, source: str = "answers") -> nbformat.NotebookNode:
    cell = nbformat.v4.new_code_cell(source, outputs=[nbformat.v4.new_output(**output)])
    return nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "execute_result", "data": {"text/html": "<table>one row per company</table>"}},
        {"output_type": "display_data", "data": {"text/plain": "answer 1: 3"}},
        {"output_type": "stream", "name": "stdout", "text": "answer 1: 3"},
        {"output_type": "stream", "name": "stderr", "text": "a warning"},
    ],
)
def test_an_output_that_did_not_pass_disclosure_stops_the_build(output):
    made = page.clean("effect", executed(output), {})
    with pytest.raises(AnnexError, match=r"annex effect: a cell shows \w+ that did not pass disclosure[\s\S]*answers"):
        page.require_no_drafts("effect", made)


def source(delivery: str) -> dict:
    return {"delivery": delivery, "title": "x", "producer": "RVO", "received_on": "2026-01-05", "sha256": "0" * 64}


def fact(key: str, **changes) -> dict:
    return {
        "key": key,
        "text": "8,0",
        "value": 8,
        "unit": "grade",
        "n": None,
        "population_n": None,
        "response_share": None,
        "interval": None,
        "estimand": "Een zin die zegt wat het cijfer betekent.",
        "inputs": [source("record_series")],
        "synthetic": False,
        "status": "published",
    } | changes


def page_with(*facts: dict) -> nbformat.NotebookNode:
    return executed({"output_type": "display_data", "data": {MIME: {"kind": "facts", "facts": list(facts)}}}, "#")


def declare(monkeypatch, *keys: str) -> None:
    monkeypatch.setattr(collect, "declared_facts", lambda: {key: {} for key in keys})
    monkeypatch.setattr(collect, "declared_claims", dict)


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ([fact("record_mean_grade"), fact("record_mean_grade")], "fact 'record_mean_grade' is published 2 times"),
        ([], "fact 'record_mean_grade' is declared in book/facts.yml but no annex publishes it"),
        ([fact("record_mean_grade", synthetic=True)], "is named as public record but rests on synthetic rows"),
        (
            [fact("record_mean_grade", inputs=[source("survey_answers")])],
            "is named as public record but rests on other deliveries",
        ),
        ([fact("record_mean_grade", unit="percent")], "record_mean_grade: unit 'percent' is not one of"),
        ([fact("record_mean_grade", origin_note="x")], "record_mean_grade:  Additional properties are not allowed"),
        ([fact("record_mean_grade", status="suppressed")], "record_mean_grade: "),
    ],
)
def test_facts_that_break_a_rule_are_named(monkeypatch, year, facts, message):
    declare(monkeypatch, "record_mean_grade")
    with pytest.raises(FactError) as error:
        collect.collect_facts({"effect": page_with(*facts)}, year, Choice(2025), {})
    assert message in str(error.value)


def test_a_good_fact_is_collected_with_its_origin(monkeypatch, year):
    declare(monkeypatch, "record_mean_grade")
    result = collect.collect_facts({"effect": page_with(fact("record_mean_grade"))}, year, Choice(2025), {})
    assert (result["year"], result["deliveries"], result["edition"]) == (2025, "sample", "public")
    assert result["facts"][0]["origin"] == {"annex": "effect", "anchor": "fact-record-mean-grade", "cell": 1}


def test_a_chart_does_not_tell_what_was_drawn_before_it():
    """Annexes share a renderer: the order in which they happen to come must not show."""
    import altair as alt
    import pandas as pd

    from missions.present.charts import _drawn

    def drawn() -> str:
        data = pd.DataFrame({"x": [1, 2], "y": [3, 4]})
        return _drawn(alt.Chart(data).mark_line(clip=True).encode(x="x", y="y"), "a-chart", "titel", "beschrijving", False)

    first = drawn()
    assert "a-chart-clip-0" in first and "url(#a-chart-clip-0)" in first
    assert drawn() == first
