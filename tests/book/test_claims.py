"""Judging sentences: their tests by hand, verdicts that stop a publication, waivers, and how often they are wrong."""

from __future__ import annotations

import csv
import json
import math

import false_alarms
import numpy as np
import pandas as pd
import pytest
import yaml
from bs4 import BeautifulSoup

from missions.declared.claims import declared_claims
from missions.declared.reading import DeclaredError
from missions.estimates import RESULT, survey, valuation
from missions.estimates import claim_tests as claims
from missions.estimates.claim_tests import CANNOT_TELL, CONTRADICTED, SUPPORTED
from missions.verdicts import verdict_row
from support.publication import page
from support.tiny import STEPS

SEEDS_IN_TESTS = 20


def rows(*bounds: tuple[float, float]) -> pd.DataFrame:
    """Estimates with these intervals."""
    made = [{"value": (low + high) / 2, "low": low, "high": high, "n": 20, "population_n": 40} for low, high in bounds]
    return pd.DataFrame(made, columns=RESULT)


@pytest.mark.parametrize(
    ("bounds", "verdict", "decides"),
    [
        ([(-3, -1)], SUPPORTED, -2),
        ([(-3, 0)], CANNOT_TELL, -1.5),  # a bound on the threshold itself is not below it
        ([(-3, 1)], CANNOT_TELL, -1),
        ([(1, 3)], CONTRADICTED, 2),
        ([(-3, -1), (-5, -2)], SUPPORTED, -2),  # the one that is nearest to zero decides
        ([(-3, -1), (-5, 2)], CANNOT_TELL, -1.5),
        ([(-3, -1), (1, 3)], CONTRADICTED, 2),
        ([(math.nan, math.nan)], CANNOT_TELL, None),
        ([(-3, -1), (math.nan, math.nan)], CANNOT_TELL, None),
        ([], CANNOT_TELL, None),
    ],
)
def test_below(bounds, verdict, decides):
    found = claims.below(rows(*bounds), 0)
    assert len(found) == 1 and found["verdict"].iloc[0] == verdict
    assert found["value"].iloc[0] == decides if decides is not None else pd.isna(found["value"].iloc[0])


@pytest.mark.parametrize("bounds", [[(-3, -1)], [(-3, 1)], [(1, 3)], [(-3, -1), (1, 3)], []])
def test_above_is_below_seen_from_the_other_side(bounds):
    turned = [(-high, -low) for low, high in bounds]
    assert claims.above(rows(*turned), 0)["verdict"].iloc[0] == claims.below(rows(*bounds), 0)["verdict"].iloc[0]


def values(*numbers: float | None) -> pd.DataFrame:
    return pd.DataFrame({"value": pd.array(numbers, dtype="Float64")}).reindex(columns=RESULT)


@pytest.mark.parametrize(
    ("numbers", "verdict"),
    [((0,), SUPPORTED), ((0, 0), SUPPORTED), ((0, 12), CONTRADICTED), ((None,), CANNOT_TELL), ((0, None), CANNOT_TELL)],
)
def test_equals(numbers, verdict):
    assert claims.equals(values(*numbers), 0)["verdict"].iloc[0] == verdict


@pytest.mark.parametrize(
    ("numbers", "verdict"),
    [((1, 2, 0), SUPPORTED), ((1, 0), CONTRADICTED), ((1, 2, None), CANNOT_TELL), ((), CANNOT_TELL)],
)
def test_mostly_above(numbers, verdict):
    assert claims.mostly_above(values(*numbers), 0)["verdict"].iloc[0] == verdict


@pytest.mark.parametrize(
    ("names", "verdict"),
    [(["KEN", "SAU"], SUPPORTED), (["KEN"], CONTRADICTED), (["KEN", "SAU", "BRA"], CONTRADICTED), ([], CANNOT_TELL)],
)
def test_exactly_these(names, verdict):
    assert claims.exactly_these(pd.DataFrame({"name": names}), ["KEN", "SAU"])["verdict"].iloc[0] == verdict


def test_what_goes_together_within_missions_by_hand():
    answers = pd.DataFrame({"mission_id": ["a", "a", "b", "b", "c", "c"], "x": [1, 3, 2, 4, 1, 5], "y": [2, 4, 5, 5, 1, 4]})
    row = valuation.goes_with(answers, answers[["mission_id"]], "y", "x", step=1e-9).iloc[0]
    # From the mean of its mission: x -1, 1 | -1, 1 | -2, 2 with squares 12; y -1, 1 | 0, 0 | -1.5, 1.5. Slope (2 + 0 + 6) / 12.
    assert row["value"] == pytest.approx(2 / 3)
    # Residuals y - 2/3 x: -1/3, 1/3 | 2/3, -2/3 | -1/6, 1/6; sums of x times residual: 2/3, -4/3, 2/3; squares 24/9.
    # Variance 3/2 * 5/2 * 24/9 / 144 = 0.0694444; t with 2 degrees of freedom 4.302653.
    assert row["high"] - row["value"] == pytest.approx(4.302653 * math.sqrt(10 / 144), abs=1e-5)
    assert (row["n"], row["population_n"]) == (6, 3)


def test_a_difference_between_missions_is_no_link_within_them():
    """Missions that are high on both questions: nothing goes together within any of them."""
    answers = pd.DataFrame({"mission_id": list("aabbcc"), "x": [1, 2, 3, 4, 4, 5], "y": [1, 1, 3, 3, 5, 5]})
    assert valuation.goes_with(answers, answers[["mission_id"]], "y", "x")["value"].iloc[0] == pytest.approx(0)


def test_differences_are_within_participants_and_wider_for_more_pairs():
    rng = np.random.default_rng(1)
    answers = pd.DataFrame(rng.integers(1, 6, (40, 3)), columns=["a", "b", "c"]).assign(mission_id="m")
    answers.loc[0, "b"] = None  # who did not answer both is in neither
    register = pd.DataFrame({"mission_id": ["m"], "invited_n": [80], "start_on": [pd.Timestamp(2025, 3, 1)]})
    one = survey.differences_of_year(answers, register, ("a",), ("b",), (1, 5), 2025).iloc[0]
    both = answers.dropna()
    assert one["value"] == pytest.approx((both["a"] - both["b"]).mean()) and one["n"] == 39
    pairs = survey.differences_of_year(answers, register, ("a",), ("b", "c"), (1, 5), 2025)
    assert pairs.loc[0, "high"] - pairs.loc[0, "low"] > one["high"] - one["low"]
    missing = survey.differences_of_year(answers, register, ("a",), ("b",), (1, 5), 2024)
    assert claims.below(missing, 0)["verdict"].iloc[0] == CANNOT_TELL


def test_share_above_the_middle_of_the_scale():
    grades = [5, 6, 6, 7, 8, 8, 9, 10, 3, 4]
    answers = pd.DataFrame({"mission_id": "m", "grade": grades})
    register = pd.DataFrame({"mission_id": ["m"], "invited_n": [10], "start_on": [pd.Timestamp(2025, 3, 1)]})
    row = survey.share_above_middle(answers, register, "grade", (1, 10), 2025).iloc[0]
    assert (row["value"], row["low"], row["high"]) == (70, 70, 70)  # 7 of 10 above 5.5, and everybody answered


# --- declarations ----------------------------------------------------------------------------------------------------
def test_a_claim_must_be_declared_with_a_test_that_exists(house):
    (house / "book").mkdir()
    claim = {"statement": "Een zin.", "test": "looks_lower", "threshold": 0, "unit": "count", "wrong_if": "Iets."}
    (house / "book" / "claims.yml").write_text(yaml.safe_dump({"a_claim": claim}), encoding="utf-8")
    with pytest.raises(DeclaredError, match=r"^book/claims\.yml, a_claim: there is no test 'looks_lower' \(known: "):
        verdict_row("a_claim", rows())
    with pytest.raises(DeclaredError, match=r"^claim 'another' is not declared in book/claims\.yml$"):
        verdict_row("another", rows())


# --- in a publication -------------------------------------------------------------------------------------------------
def test_a_sentence_that_the_data_refute_is_refused_with_line_statement_and_figures_and_a_waiver_is_told(workshop):
    """Twenty participations were excluded after all, where the letter says none."""
    path = workshop.root / STEPS
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(";ja;ja;ja;RVO;nee;nee;nee;", ";ja;ja;ja;RVO;nee;nee;ja;"), encoding="utf-8")
    workshop.reseal(STEPS)
    before = (workshop.html / "book" / "letter.html").read_bytes()
    refused = workshop.missions("build")
    assert refused.returncode == 1
    line = next(
        n for n, text in enumerate((workshop.root / "book/letter.md").read_text(encoding="utf-8").splitlines(), 1)
        if "<imvo_no_exclusions>" in text
    )  # fmt: skip
    assert f'book/letter.md, line {line}: "geen enkele deelname werd uitgesloten" (imvo_no_exclusions)' in refused.stderr
    assert "stated: Volgens de geleverde IMVO-stappen" in refused.stderr and "figures: " in refused.stderr
    assert "analysis/annexes/imvo.py, line" in refused.stderr, "an annex is named as the text that is edited"
    assert (workshop.html / "book" / "letter.html").read_bytes() == before, "the last good build stays"
    assert workshop.missions("build", "--preview").returncode == 0, "a preview shows it"

    workshop.waive("imvo_no_exclusions")
    workshop.build()
    text = page(workshop, "review").get_text()
    assert "zo besloten (besloten door: directeur, 20 april 2026)" in text


def test_a_waiver_for_what_the_data_carry_and_for_an_unknown_claim_is_an_error(workshop):
    year = workshop.root / "analysis" / "years" / "2025.yml"
    text = year.read_text(encoding="utf-8")
    for claim, message in (("cbs_mostly_positive", "which the data carry; remove it"), ("nonsense", "which is not declared")):
        year.write_text(text, encoding="utf-8")
        workshop.waive(claim)
        refused = workshop.missions("build")
        line = year.read_text(encoding="utf-8").splitlines().index(f"  - claim: {claim}") + 1
        assert refused.returncode == 1
        assert f"analysis/years/2025.yml, line {line}: a waiver for '{claim}', {message}" in refused.stderr


def test_claims_that_are_misspelt_are_named_each_with_its_line(workshop):
    note = workshop.root / "book" / "note.md"
    text = note.read_text(encoding="utf-8")
    roles = {
        "{claim}`geen <imvo_no_exclusion>`": "unknown claim 'imvo_no_exclusion' (did you mean imvo_no_exclusions",
        "{claim}`imvo_no_exclusions`": "a claim is written {claim}`the words the reader sees <key>`",
    }
    note.write_text(text + "".join(f"\nDe waardering is {role}.\n" for role in roles), encoding="utf-8")
    refused = workshop.missions("build")
    assert refused.returncode == 1
    for number, message in enumerate(roles.values()):
        line = len(text.splitlines()) + 2 + 2 * number
        assert f"book/note.md, line {line}: {message}" in refused.stderr, refused.stderr


def test_every_claim_of_prose_leads_to_its_verdict_and_every_verdict_says_where_it_is_used(built):
    review = BeautifulSoup((built.html / "book" / "review.html").read_text(encoding="utf-8"), "lxml")
    facts = json.loads((built.root / "_build" / "facts.json").read_text(encoding="utf-8"))
    assert {claim["key"] for claim in facts["claims"]} == set(declared_claims())
    assert {claim["verdict"] for claim in facts["claims"]} == {SUPPORTED}
    for claim in facts["claims"]:
        section = review.find(id=f"review-{claim['origin']['anchor']}")
        assert claim["statement"].rstrip(".") in section.get_text()
        assert ("S" in [mark.get_text() for mark in section.select(".synthetic-mark, abbr")]) == claim["synthetic"]
    letter = BeautifulSoup((built.html / "book" / "letter.html").read_text(encoding="utf-8"), "lxml")
    links = [link for link in letter.select("a") if link.select(".claim")]
    assert len(links) >= 6
    for link in links:
        address, _, anchor = link["href"].partition("#")
        assert address == "review.html" and review.find(id=anchor) is not None
    again = review.find(id="review-claim-valuation-again-lower").get_text()
    assert "Kamerbrief" in again and "Beslisnota" in again and "Bijlage waardering" in again


# --- how often they are wrong -----------------------------------------------------------------------------------------
def test_sentences_about_a_trend_seldom_cry_wolf():
    counted = false_alarms.alarms(range(1, SEEDS_IN_TESTS + 1))
    for key in false_alarms.TRENDS:
        assert 100 * counted[key] / SEEDS_IN_TESTS <= false_alarms.at_most(SEEDS_IN_TESTS), key


def test_the_published_table_holds_for_all_its_worlds():
    with false_alarms.TABLE.open(encoding="utf-8", newline="") as file:
        headings, *lines = csv.reader(file)
    assert len(lines) == len(false_alarms.TRENDS) and len(headings) == len(lines[0])
    for _, worlds, alarms, *_ in ((line[0], int(line[1]), int(line[2])) for line in lines):
        assert worlds == false_alarms.SEEDS and 100 * alarms / worlds <= false_alarms.at_most(worlds)


def test_the_base_world_carries_them_most_of_the_time():
    found = [false_alarms.verdicts(seed, "base") for seed in range(1, 11)]
    carried = sum(one["valuation_again_lower"] == SUPPORTED for one in found)
    assert carried >= 6, f"{carried} of 10: a planted fall must be seen more often than not"
    assert false_alarms.verdicts(3, "null")["valuation_again_lower"] != SUPPORTED, "and none where none is planted"
