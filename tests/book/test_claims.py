"""Judging sentences: their tests by hand, verdicts that stop a publication, and waivers."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from missions.declared.claims import declared_claims
from missions.declared.reading import DeclaredError
from missions.estimates import RESULT, survey, valuation
from missions.estimates import claim_tests as claims
from missions.estimates.claim_tests import CANNOT_TELL, CONTRADICTED, SUPPORTED
from missions.verdicts import verdict_rows
from support.checkout import edit
from support.publication import page
from support.tiny import EXCLUDED, STEPS


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
        ([(-3, -1), (1.5, 3)], CONTRADICTED, 2.25),
        ([(math.nan, math.nan)], CANNOT_TELL, None),
        ([(-3, -1), (math.nan, math.nan)], CANNOT_TELL, None),
        ([], CANNOT_TELL, None),
    ],
)
def test_below(bounds, verdict, decides):
    found = claims.below(rows(*bounds), 0, chances=len(bounds))
    assert len(found) == 1 and found["verdict"].iloc[0] == verdict
    assert found["value"].iloc[0] == decides if decides is not None else pd.isna(found["value"].iloc[0])


@pytest.mark.parametrize("bounds", [[(-3, -1)], [(-3, 1)], [(1, 3)], [(-3, -1), (1, 3)], []])
def test_above_is_below_seen_from_the_other_side(bounds):
    turned = [(-high, -low) for low, high in bounds]
    assert claims.above(rows(*turned), 0)["verdict"].iloc[0] == claims.below(rows(*bounds), 0)["verdict"].iloc[0]


def test_the_more_rows_may_contradict_the_wider_the_interval_that_does():
    # 2.24/1.96 times as wide for two chances: 2 - 1.9 * 1.143 = -0.17 reaches zero, 2 - 1.7 * 1.143 = 0.06 does not.
    assert claims.below(rows((0.1, 3.9)), 0)["verdict"].iloc[0] == CONTRADICTED
    assert claims.below(rows((0.1, 3.9)), 0, chances=2)["verdict"].iloc[0] == CANNOT_TELL
    assert claims.below(rows((0.3, 3.7)), 0, chances=2)["verdict"].iloc[0] == CONTRADICTED
    assert claims.below(rows((0.3, 3.7)), 0, chances=3)["verdict"].iloc[0] == CANNOT_TELL  # 2 - 1.7 * 1.221 = -0.08
    assert claims.below(rows((-3.7, -0.3)), 0, chances=3)["verdict"].iloc[0] == SUPPORTED, "each at its own level carries all"


@pytest.mark.parametrize(
    ("verdicts", "verdict"),
    [
        ([SUPPORTED, SUPPORTED], SUPPORTED),
        ([SUPPORTED, CANNOT_TELL], CANNOT_TELL),
        ([SUPPORTED, CANNOT_TELL, CONTRADICTED], CONTRADICTED),
        ([], CANNOT_TELL),
    ],
)
def test_a_sentence_is_carried_when_all_its_parts_are(verdicts, verdict):
    assert claims.altogether(verdicts) == verdict


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
    [((1, 2), SUPPORTED), ((1, 0), CONTRADICTED), ((1, -2), CONTRADICTED), ((1, None), CANNOT_TELL), ((), CANNOT_TELL)],
)
def test_value_above(numbers, verdict):
    assert claims.value_above(values(*numbers), 0)["verdict"].iloc[0] == verdict


@pytest.mark.parametrize(
    ("names", "verdict"),
    [(["KEN", "SAU"], SUPPORTED), (["KEN"], CONTRADICTED), (["KEN", "SAU", "BRA"], SUPPORTED), ([], CANNOT_TELL)],
)
def test_among_them(names, verdict):
    row = claims.among_them(pd.DataFrame({"name": names}), ["KEN", "SAU"]).iloc[0]
    assert row["verdict"] == verdict and (row["n"], row["population_n"]) == (len(set(names) & {"KEN", "SAU"}), 2)


def test_what_goes_together_within_missions_by_hand():
    answers = pd.DataFrame({"mission_id": ["a", "a", "b", "b", "c", "c"], "x": [1, 3, 2, 4, 1, 5], "y": [2, 4, 5, 5, 1, 4]})
    row = valuation.goes_with(answers, answers[["mission_id"]], "y", "x").iloc[0]
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


# --- declarations ----------------------------------------------------------------------------------------------------
def test_a_claim_must_be_declared_with_a_test_that_exists(house):
    (house / "book").mkdir()
    part = {"says": "iets", "test": "below", "threshold": 0, "unit": "count"}
    claim = {"statement": "Een zin.", "wrong_if": "Iets.", "words": [{"supported": "lager"}]}
    declared = {
        "a_claim": claim | {"parts": {"one": part | {"test": "looks_lower"}}},
        "both": claim | {"parts": {"fall": part, "rise": part | {"test": "above", "threshold": 5}}},
    }
    (house / "book" / "claims.yml").write_text(json.dumps(declared), encoding="utf-8")  # JSON is YAML
    with pytest.raises(DeclaredError, match=r"^book/claims\.yml, a_claim\.parts\.one: there is no test 'looks_lower' \(known: "):
        verdict_rows("a_claim", rows())
    with pytest.raises(DeclaredError, match=r"^claim 'another' is not declared in book/claims\.yml$"):
        verdict_rows("another", rows())
    for given, told in ((rows((1, 2)).assign(name="up"), "up"), (rows().assign(name=[]), "none")):
        with pytest.raises(
            DeclaredError, match=f"^claim 'both' is judged on the parts {told}; book/claims.yml declares fall, rise$"
        ):
            verdict_rows("both", given)
    found = verdict_rows("both", rows((-3, -1), (4, 8)).assign(name=["fall", "rise"]))
    assert list(zip(found["part"], found["verdict"], found["value"], strict=True)) == [
        ("fall", SUPPORTED, -2),
        ("rise", CANNOT_TELL, 6),
    ]


# --- in a publication -------------------------------------------------------------------------------------------------
def exclude_twenty(workshop) -> None:
    """Twenty participations were excluded after all, where the letter says none."""
    path = workshop.root / STEPS
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(*EXCLUDED), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != text
    workshop.reseal(STEPS)


def test_a_sentence_that_the_data_refute_is_refused_with_line_statement_and_figures_and_a_waiver_is_told(workshop):
    exclude_twenty(workshop)
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


def test_the_words_that_hold_take_the_place_of_those_that_do_not_and_a_reviewer_sees_which_and_why(workshop):
    exclude_twenty(workshop)
    edit(
        workshop.root / "book/claims.yml",
        "supported: geen enkele deelname werd uitgesloten",
        "supported: geen enkele deelname werd uitgesloten\n    contradicted: er werden deelnames uitgesloten",
    )
    workshop.build()
    letter = page(workshop, "letter")
    assert "Voor de IMVO-toets geldt: er werden deelnames uitgesloten" in letter.get_text()
    assert "geen enkele deelname" not in letter.get_text()
    shown = " ".join(letter.get_text(" ").split())
    assert "er werden deelnames uitgesloten S" in shown, "what the sample chose is marked as of the sample"
    section = page(workshop, "review").find(id="review-claim-imvo-no-exclusions").get_text(" ")
    assert "de gegevens spreken dit tegen" in section and "“er werden deelnames uitgesloten”" in section
    shown = [sentence.get_text() for sentence in page(workshop, "review").select("#review-claim-imvo-no-exclusions strong")]
    assert "er werden deelnames uitgesloten" in shown, "the very words, in their sentence"
    assert "Voor de IMVO-toets geldt:" in " ".join(section.split())


def test_a_waiver_for_what_the_data_carry_and_for_an_unknown_claim_is_an_error(workshop):
    year = workshop.root / "analysis" / "years" / "2025.yml"
    text = year.read_text(encoding="utf-8")
    for claim, message in (("cbs_totals_above_zero", "which the data carry; remove it"), ("nonsense", "which is not declared")):
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
        "{claim}`opnieuw hoger <imvo_no_exclusions>`": '"opnieuw hoger" is not what book/claims.yml lets imvo_no_exclusions say; '
        'it may stand in the words "geen enkele deelname werd uitgesloten"',
        "{said}`een succes <note_return_high>`": '"een succes" is not what book/said.yml lets note_return_high say; it may stand',
        "{said}`een succes <note_return>`": "unknown words of others 'note_return' (did you mean note_return_high",
    }
    note.write_text(text + "".join(f"\nDe waardering is {role}.\n" for role in roles), encoding="utf-8")
    refused = workshop.missions("build")
    assert refused.returncode == 1
    for number, message in enumerate(roles.values()):
        line = len(text.splitlines()) + 2 + 2 * number
        assert f"book/note.md, line {line}: {message}" in refused.stderr, refused.stderr


def test_words_of_others_say_of_whom_they_are_but_in_letter_and_note_and_lead_to_why_nothing_tests_them(workshop):
    said = "{said}`in enkele gevallen <note_few_talks>`"
    for name in ("index", "note"):
        path = workshop.root / "book" / f"{name}.md"
        path.write_text(path.read_text(encoding="utf-8") + f"\nDe zelfscan leidde {said}\ntot een gesprek.\n", encoding="utf-8")
    lines = (workshop.root / "book/index.md").read_text(encoding="utf-8").splitlines()
    refused = workshop.missions("build")
    told = '"De zelfscan leidde in enkele gevallen tot een gesprek." does not say who says so'
    assert refused.returncode == 1 and f"book/index.md, line {len(lines) - 1}: {told}" in refused.stderr
    assert "book/note.md" not in refused.stderr
    edit(workshop.root / "book/index.md", f"De zelfscan leidde {said}", f"Volgens de nota leidde de zelfscan {said}")
    workshop.build()
    link = page(workshop, "note").select_one("a:has(.said)")
    assert link["href"] == "review.html#review-said-note-few-talks"
    section = page(workshop, "review").find(id="review-said-note-few-talks").get_text()
    assert "overgenomen, niet getoetst" in section and "De beslisnota noemt geen aantal." in section
    assert "Volgens de nota leidde de zelfscan in enkele gevallen" in " ".join(section.split())


def test_every_claim_of_prose_leads_to_its_verdict_and_every_verdict_says_where_it_is_used(built):
    review = BeautifulSoup((built.html / "book" / "review.html").read_text(encoding="utf-8"), "lxml")
    facts = json.loads((built.root / "_build" / "facts.json").read_text(encoding="utf-8"))
    assert {claim["key"] for claim in facts["claims"]} == set(declared_claims())
    for claim in facts["claims"]:
        section = review.find(id=f"review-{claim['origin']['anchor']}")
        assert claim["statement"].rstrip(".") in section.get_text()
        assert ("S" in [mark.get_text() for mark in section.select(".synthetic-mark, abbr")]) == claim["synthetic"]
    letter = BeautifulSoup((built.html / "book" / "letter.html").read_text(encoding="utf-8"), "lxml")
    links = [link for link in letter.select("a") if link.select(".claim")]
    assert len(links) >= 6
    facts_by_key = {claim["key"]: claim for claim in facts["claims"]}
    for name, is_ministry in (("letter", True), ("annexes/minister_valuation", False)):
        soup = BeautifulSoup((built.html / "book" / f"{name}.html").read_text(encoding="utf-8"), "lxml")
        for link in (link for link in soup.select("article a") if link.select(".claim-supported")):
            key = link["href"].partition("#review-claim-")[2].replace("-", "_")
            marked = getattr(link.next_sibling, "get_text", str)().startswith("S")
            assert marked == (facts_by_key[key]["synthetic"] and not is_ministry), (name, key)
    for link in links:
        address, _, anchor = link["href"].partition("#")
        assert address == "review.html" and review.find(id=anchor) is not None
    again = review.find(id="review-claim-valuation-again-lower").get_text()
    assert "Kamerbrief" in again and "Beslisnota" in again and "Bijlage waardering" in again
