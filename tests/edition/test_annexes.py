"""Every annex on every scenario of the sample: it runs, what it shows is whole, and what rests on too little is withheld."""

from __future__ import annotations

import functools
import json
import shutil
import sys
from collections.abc import Callable

import pytest

from missions import sample
from missions.paths import ROOT
from missions.present.words import label
from support.checkout import Checkout

WITHHELD = "niet gepubliceerd"


# Worlds of another shape: few, none or all the same of something. The others have other values in the shape of base.
SHAPES = (
    *("base", "tiny_mission", "tiny_missions", "same_grade", "zero_response", "scale_change"),
    *("regime_of_one", "one_without_minister", "imvo_missions"),
)
OTHERS = tuple(name for name in sample.SCENARIOS if name not in SHAPES)
Made = dict[tuple[str, str], dict]  # (scenario, annex) -> its payloads, or the error that it ended with


@pytest.fixture(scope="module")
def made(built, tmp_path_factory) -> Callable[[tuple[str, ...]], Made]:
    """What all annexes make of scenarios."""

    @functools.cache
    def run(scenarios: tuple[str, ...]) -> Made:
        target = tmp_path_factory.mktemp("scenarios") / "checkout"
        shutil.copytree(built.root, target, symlinks=True, ignore=shutil.ignore_patterns("_build"))
        done = Checkout(target).run(sys.executable, str(ROOT / "tests/support/annexes_on_scenarios.py"), *scenarios)
        assert done.returncode == 0, done.stderr[-3000:]
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert {line["scenario"] for line in lines} == set(scenarios)
        return {(line["scenario"], line["annex"]): line for line in lines}

    return run


@pytest.fixture(scope="module")
def shown(made) -> Made:
    return made(SHAPES)


@pytest.fixture(params=["shapes", pytest.param("others", marks=pytest.mark.long)])
def each(made, request) -> Made:
    return made({"shapes": SHAPES, "others": OTHERS}[request.param])


def facts(shown: dict, scenario: str) -> dict[str, dict]:
    payloads = [one for (of, _), line in shown.items() if of == scenario for one in line.get("payloads", [])]
    return {fact["key"]: fact for payload in payloads if payload["kind"] == "facts" for fact in payload["facts"]}


def test_every_annex_runs_on_every_scenario(each):
    failed = [f"{scenario}, {annex}:\n{line['error']}" for (scenario, annex), line in each.items() if "error" in line]
    assert not failed, "\n\n".join(failed)
    for (scenario, annex), line in each.items():
        assert line["payloads"], f"{scenario}, {annex} shows nothing"


def test_no_cell_or_alternative_text_holds_a_leftover_of_a_machine(each):
    for (scenario, annex), line in each.items():
        for payload in line["payloads"]:
            cells = [cell for row in payload["table"]["rows"] for cell in row]
            said = [*cells, payload.get("alt", ""), payload["title"], *payload.get("notes", [])]
            for text in said:
                assert not {"nan", "None", "NaT", "<NA>", "inf"} & set(text.replace("(", " ").replace(")", " ").split()), (
                    f"{scenario}, {annex}: {text}"
                )


def test_no_shown_number_rests_on_fewer_than_ten(each):
    for (scenario, annex), line in each.items():
        for payload in line["payloads"]:
            for fact in payload.get("facts", []):
                if fact["n"] is not None and not fact["key"].startswith(("record_", "cbs_")) and fact["unit"] != "count":
                    assert fact["n"] >= 10 or fact["key"] == "valuation_missions_n", f"{scenario}, {annex}: {fact['key']}"


def test_without_answers_nothing_is_said_about_the_year(shown):
    said = facts(shown, "zero_response")
    for key in ("effect_mean_grade", "effect_response_pct", "effect_goal_reached_pct", "effect_tipping_grade"):
        assert said[key]["text"] == WITHHELD, key
    for key in ("valuation_added_value_score", "valuation_interaction_score", "effect_matchmaking_score"):
        assert said[key]["text"] == WITHHELD, key
    assert said["record_mean_grade"]["text"] == "8,0" and said["overview_missions_n"]["value"] > 0
    sheets = [line for (of, annex), line in shown.items() if of == "zero_response" and annex.startswith("factsheet-")]
    assert sheets
    for sheet in sheets:
        assert any("Land" in row for row in sheet["payloads"][0]["table"]["rows"]), "a page with register facts all the same"
        assert not any(payload["kind"] == "chart" for payload in sheet["payloads"])


def test_where_all_gave_the_same_grade_it_is_not_told_because_it_is_that_of_each_of_them(shown):
    told = facts(shown, "same_grade")
    for key in ("effect_mean_grade", "effect_worst_case_grade", "effect_best_case_grade", "effect_tipping_grade"):
        assert told[key]["text"] == WITHHELD and told[key]["interval"] is None, key
    assert told["effect_response_pct"]["text"] != WITHHELD


def test_a_mission_of_three_companies_shows_nothing_of_them(shown):
    tiny = [
        line for (of, annex), line in shown.items()
        if of == "tiny_mission" and annex.startswith("factsheet-")
        and ["Deelnemende bedrijven", "x"] in line["payloads"][0]["table"]["rows"]
    ]  # fmt: skip
    assert tiny
    for sheet in tiny:
        for payload in sheet["payloads"][1:]:
            assert all(cell == "x" for row in payload["table"]["rows"] for cell in row[1:4]), payload["title"]


def test_planted_drivers_are_found_in_their_order(shown):
    rows = next(
        payload["table"]["rows"] for payload in shown["base", "minister_drivers"]["payloads"]
        if payload["title"].startswith("Belang van een onderdeel")
    )  # fmt: skip
    planted = ["minister_interaction", "minister_informed", "minister_role_known"]  # sample/truth.py: 0.6, 0.4 and 0.3
    assert [row[0] for row in rows] == [label(driver) for driver in planted]
