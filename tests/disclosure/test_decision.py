"""One decision over all rows: what leaks from tables that are guarded one by one stays closed, and costs little."""

import json
from dataclasses import replace
from functools import cache

import pandas as pd
import pytest

from missions.disclosure import counted, primary
from missions.disclosure.audit import Printed, audit
from missions.disclosure.cells import Cell, CellError, Row, population
from missions.disclosure.decision import decide
from missions.disclosure.pattern import Pattern, as_record, from_record
from missions.disclosure.witness import from_moves
from missions.disclosure.world import build
from support.ledger import THRESHOLD, Ledger, ledger, of_tables

PATIENT = 300.0  # seconds: on a busy machine the clock must not decide


@cache
def decided(seed: int, scenario: str) -> tuple[Ledger, Pattern]:
    made = ledger(seed, scenario)
    return made, decide(made.rows, made.tables, THRESHOLD, seconds=PATIENT)


def _tables(missions: dict[str, tuple[int, int, list[int]]], led: dict[str, bool] | None = None) -> dict[str, pd.DataFrame]:
    """mission -> companies, invited, grades."""
    register = pd.DataFrame(
        [
            {"mission_id": name, "companies_n": companies, "invited_n": invited, "leader_office": "minister"}
            for name, (companies, invited, _) in missions.items()
        ]
    )
    for name, is_led in (led or {}).items():
        register.loc[register["mission_id"] == name, "leader_office"] = "minister" if is_led else "none"
    forms = [{"mission_id": name, "wave": "first", "grade": grade} for name, (_, _, given) in missions.items() for grade in given]
    return {"mission_register": register, "survey_answers": pd.DataFrame(forms)}


def _count(unit: str, missions: list[str], **where: object) -> Cell:
    return Cell("count", population(unit, missions, **where))


def _grade(tables: dict[str, pd.DataFrame], missions: list[str], weights: str = "answers") -> Cell:
    forms = tables["survey_answers"]
    means = forms.groupby("mission_id")["grade"].mean()
    invited = tables["mission_register"].set_index("mission_id")["invited_n"]
    if weights == "answers":
        value = forms.loc[forms["mission_id"].isin(missions), "grade"].mean()
    else:
        weight = invited[missions] if weights == "invited" else invited[missions] * 0 + 1
        value = (means[missions] * weight).sum() / weight.sum()
    asked = population("forms", missions, grade=None)
    return Cell("mean", asked, None, "grade", weights, float(value), None, None, 0.1, 0.1, (1, 10))


def _ruled_out(rows: list[Row], tables: dict[str, pd.DataFrame], shown: Pattern) -> list[str]:
    return [found for found in audit(rows, tables, shown, THRESHOLD).findings if "nothing shows" in found]


SPREAD = [5, 6, 7, 8, 9, 7, 8, 6, 7, 9, 5, 8]


def _year(small: list[int]) -> tuple[dict[str, pd.DataFrame], list[Row]]:
    """Attack A: a mission without minister with few answers, totals over all missions and over led ones."""
    missions = {f"m{number}": (30 + number, 30 + number, SPREAD + SPREAD[:number]) for number in range(1, 6)}
    tables = _tables(missions | {"x": (12, 12, small)}, {"x": False})
    every, led = sorted([*missions, "x"]), sorted(missions)
    rows = [Row(f"grade/{name}", (_grade(tables, [name]), _count("forms", [name], grade=None))) for name in every]
    rows += [Row("forms", (_count("forms", every),), headline=True), Row("forms/led", (_count("forms", led),))]
    rows += [Row("grade", (_grade(tables, every, "invited"),), headline=True)]
    rows += [Row("grade/of missions", (_grade(tables, every, "missions"),))]
    return tables, rows


def test_a_and_d_forms_of_a_mission_without_minister_are_not_a_difference_of_totals():
    tables, rows = _year([6, 7, 7])
    per_table = Pattern(withheld=frozenset({"grade/x", "grade/m1"}))
    assert any("count forms(x;)" in found for found in _ruled_out(rows, tables, per_table))
    pattern = decide(rows, tables, THRESHOLD, seconds=PATIENT)
    assert audit(rows, tables, pattern, THRESHOLD).findings == []
    assert pattern.shows_row("forms") and pattern.shows_row("grade")


def test_of_two_weightings_the_headline_stays_where_a_mission_is_withheld():
    tables, rows = _year([5, 6, 9])
    of_year = next(row for row in rows if row.key == "grade")
    others = [row for row in rows if row.key != "grade"]
    by_size = Row("grade/by size", (replace(of_year.cells[0], weights="size"),), headline=True)
    plain = replace(of_year, headline=False)
    shown = decide([*others, by_size, plain], tables, THRESHOLD, seconds=PATIENT)
    assert shown.shows_row("grade/by size") and "grade/x" in shown.withheld
    assert {"grade", "grade/of missions"} <= shown.withheld
    assert not _ruled_out([*others, by_size, plain], tables, shown)
    # Where it is not the headline, it is the one that gives way.
    aside = decide([*others, replace(by_size, headline=False), of_year], tables, THRESHOLD, seconds=PATIENT)
    assert not aside.shows_row("grade/by size") and aside.shows_row("grade")


def test_b_companies_invited_and_forms_of_a_tiny_mission():
    missions = {f"m{number}": (30 + number, 30 + number, SPREAD + SPREAD[:number]) for number in range(1, 6)}
    tables = _tables(missions | {"x": (3, 3, [6, 7, 7])})
    every = sorted([*missions, "x"])
    rows = [Row(f"companies/{name}", (_count("companies", [name]),)) for name in every]
    rows += [Row(f"grade/{n}", (_grade(tables, [n]), _count("forms", [n], grade=None), _count("invited", [n]))) for n in every]
    rows += [Row(f"total/{unit}", (_count(unit, every),), headline=True) for unit in ("companies", "invited", "forms")]
    per_table = Pattern(withheld=frozenset({"grade/x", "companies/x", "companies/m1"}))
    assert any("invited(x;)" in found for found in _ruled_out(rows, tables, per_table))
    pattern = decide(rows, tables, THRESHOLD, seconds=PATIENT)
    assert audit(rows, tables, pattern, THRESHOLD).findings == []


def test_c_a_regime_of_fewer_than_three_missions_is_not_counted_apart():
    made, pattern = decided(7, "base")
    extra = [row for row in made.rows if row.key.startswith("imvo/extra_attention/")]
    assert all(len(row.cells[0].population.missions) < 3 for row in extra)
    assert not any(pattern.shows_row(row.key) for row in extra)
    assert any(not set(made.today) & {row.key} for row in extra)  # the rule per table shows some of them
    assert pattern.shows_row("imvo/total/self_scan")


def test_d_a_question_that_was_not_asked_is_no_partner():
    missions = {f"m{number}": (40, 40, SPREAD * 2) for number in range(3)}
    tables = _tables(missions | {"x": (40, 40, SPREAD)}, {"x": False})
    tables["survey_answers"]["minister_informed"] = tables["survey_answers"]["mission_id"].ne("x").map({True: 4.0, False: None})
    rows = [Row(f"asked/{name}", (_count("forms", [name], minister_informed=None),)) for name in ("m0", "m1", "m2", "x")]
    pattern = decide(rows, tables, THRESHOLD, seconds=PATIENT)
    assert pattern.structural == {"asked/x"} and pattern.withheld == frozenset()


def test_e_a_mean_of_equal_answers_is_not_shown():
    tables = _tables({"m1": (60, 60, [7] * 20), "m2": (60, 60, [7] * 20), "x": (12, 12, [7] * 5)})
    rows = [Row("grade", (_grade(tables, ["m1", "m2", "x"], "invited"),), headline=True)]
    pattern = decide(rows, tables, THRESHOLD, seconds=PATIENT)
    assert pattern.withheld == {"grade"} and pattern.notes == ("headline 'grade' is withheld",)


def test_f_both_sides_of_a_share_are_judged_and_the_reason_names_none():
    missions = {f"m{number}": (40, 40, SPREAD * 2) for number in range(3)}
    tables = _tables(missions)
    every = sorted(missions)
    for values in (["5"], ["6", "7", "8", "9"]):
        share = Cell("share", population("forms", every, grade=values), population("forms", every, grade=None), value=50.0)
        rows = [Row("share", (share,))]
        assert "share" not in primary.primary_rows(rows, build(rows, tables), THRESHOLD)
    few = population("forms", ["m0"], grade=["5"])
    rows = [Row("share", (Cell("share", few, population("forms", ["m0"], grade=None), value=16.7),))]
    assert decide(rows, tables, THRESHOLD).withheld == {"share"}


def test_g_companies_less_invited_is_not_told_when_few():
    tables = _tables({"m1": (33, 31, SPREAD), "m2": (50, 50, SPREAD)})
    rows = [Row("companies/m1", (_count("companies", ["m1"]),)), Row("invited/m1", (_count("invited", ["m1"]),))]
    assert _ruled_out(rows, tables, Pattern())
    pattern = decide(rows, tables, THRESHOLD, seconds=PATIENT)
    assert len(pattern.withheld) == 1 and audit(rows, tables, pattern, THRESHOLD).findings == []


def test_h_a_row_keeps_what_an_earlier_edition_printed_until_ten_forms_differ():
    first = _tables({"m1": (60, 60, [*SPREAD, 7, 8]), "m2": (60, 60, SPREAD * 2)})
    late = _tables({"m1": (60, 60, [*SPREAD, 7, 8, 5]), "m2": (60, 60, SPREAD * 2)})
    more = _tables({"m1": (60, 60, [*SPREAD, 7, 8, *SPREAD]), "m2": (60, 60, SPREAD * 2)})

    def registered(tables: dict[str, pd.DataFrame]) -> list[Row]:
        n = float((tables["survey_answers"]["mission_id"] == "m1").sum())
        count = replace(_count("forms", ["m1"], grade=None), value=n)
        return [Row("grade/m1", (_grade(tables, ["m1"]), count))]

    earlier = [(registered(first), Pattern())]
    assert decide(registered(late), late, THRESHOLD, earlier).frozen == ("grade/m1",)
    assert decide(registered(more), more, THRESHOLD, earlier).frozen == ()
    withheld = [(registered(first), Pattern(withheld=frozenset({"grade/m1"})))]
    assert decide(registered(late), late, THRESHOLD, withheld).withheld == {"grade/m1"}


_LONG = ((1, "tiny_mission"), (4, "tiny_mission"), (3, "same_grade"), (5, "scale_change"), (6, "base"))
_WORLDS = [(7, "base"), (2, "zero_response"), *(pytest.param(*world, marks=pytest.mark.long) for world in _LONG)]


@pytest.mark.parametrize(("seed", "scenario"), _WORLDS)
def test_a_decided_world_has_a_witness_for_everything(seed: int, scenario: str):
    made, pattern = decided(seed, scenario)
    report = audit(made.rows, made.tables, pattern, THRESHOLD)
    assert report.findings == [] and report.public["ruled_out"] == 0
    assert not any(row.key in json.dumps(report.public) for row in made.rows)


def test_the_rule_per_table_does_not_pass_the_audit():
    made = ledger(1, "tiny_mission")
    report = audit(made.rows, made.tables, Pattern(withheld=made.today), THRESHOLD)
    assert report.public["ruled_out"] > 10


def test_a_witness_that_prints_something_else_proves_nothing():
    made, pattern = decided(7, "base")
    world = build(made.rows, made.tables)
    printed = Printed(made.rows, world)
    witness = from_moves(world, pattern.witnesses[0])
    assert not printed.differs(pattern, witness)
    shown = next(row for row in made.rows if row.key.startswith("register/companies/") and pattern.shows_row(row.key))
    key = ("companies", shown.cells[0].population.missions[0], ())
    assert printed.differs(pattern, from_moves(world, [*pattern.witnesses[0], (key, 1)]))
    forged = replace(pattern, withheld=frozenset(), blank=frozenset())
    assert audit(made.rows, made.tables, forged, THRESHOLD).findings


def test_headlines_that_are_safe_by_themselves_stay_and_no_more_is_withheld_than_per_table():
    made, pattern = decided(7, "base")
    unsafe = primary.primary_rows(made.rows, build(made.rows, made.tables), THRESHOLD)
    headlines = {row.key for row in made.rows if row.headline}
    assert headlines & pattern.withheld <= set(unsafe) and len(headlines - pattern.withheld) > 10
    chain = {row.key for row in made.rows if row.key.startswith("imvo/")}  # of which the rule per table knows no promise
    assert len(pattern.withheld - chain) <= len(made.today - chain)


def test_what_is_given_back_is_given_back_until_something_would_follow():
    tables, rows = _year([6, 7, 7])
    pattern = decide(rows, tables, THRESHOLD, seconds=PATIENT)
    unsafe = primary.primary_rows(rows, build(rows, tables), THRESHOLD)
    chosen = sorted(pattern.withheld - set(unsafe))
    assert chosen
    for key in chosen:
        counted_in = {cell.population.key for row in rows if row.key == key for cell in row.cells if cell.kind == "count"}
        back = replace(pattern, withheld=pattern.withheld - {key}, blank=pattern.blank - counted_in)
        assert _ruled_out(rows, tables, back), key


@pytest.mark.parametrize("other", [[5, 6, 9], [4, 8, 8], [7, 6, 7]])
def test_the_choice_does_not_tell_which_answers_are_behind_it(other: list[int]):
    # 6 + 7 + 7 = 5 + 6 + 9 = 4 + 8 + 8: whatever the three gave, the same is printed, withheld and given back.
    shown = decide(*reversed(_year([6, 7, 7])), THRESHOLD, seconds=PATIENT)
    again = decide(*reversed(_year(other)), THRESHOLD, seconds=PATIENT)
    assert (again.withheld, again.blank) == (shown.withheld, shown.blank)


def test_the_worst_and_best_case_tell_how_many_are_silent():
    # 20 companies, 12 answers that add up to 85: worst (85 + 8 * 1) / 20 = 4.65, best (85 + 8 * 10) / 20 = 8.25.
    tables = _tables({"m1": (20, 20, SPREAD)})
    assert tables["survey_answers"]["grade"].sum() == 85
    row = Row("worst", tuple(counted.bounds("grade", (1, 10))(pd.Series({"n": 12, "low": 4.65, "high": 8.25}), ("m1",))))
    world = build([row], tables)
    for moved, told in ((0, False), (-1, True)):
        # One answer of 7 less: worst (78 + 9 * 1) / 20 = 4.35: 4.4 where 4.7 was printed.
        moves = [(("forms", "m1", (("grade", ()),)), moved), (("forms", "m1", ()), moved)]
        moves += [(("grade", (("grade", ()),), "m1"), 7 * moved)]
        witness = from_moves(world, [move for move in moves if move[1]])
        assert (("row", "worst") in Printed([row], world).told(witness)) == told


def test_the_order_of_rows_and_a_record_change_nothing():
    tables, rows = _year([6, 7, 7])
    pattern = decide(rows, tables, THRESHOLD, seconds=PATIENT)
    assert decide(rows[::-1], tables, THRESHOLD, seconds=PATIENT) == pattern
    assert from_record(json.loads(json.dumps(as_record(pattern)))) == pattern


def test_without_time_the_pattern_is_safe_all_the_same():
    tables, rows = _year([6, 7, 7])
    pattern = decide(rows, tables, THRESHOLD, seconds=0)
    assert not pattern.is_exact and audit(rows, tables, pattern, THRESHOLD).findings == []


def test_a_cell_that_is_not_what_it_says_is_refused():
    tables, rows = _year([6, 7, 7])
    wrong = Row("forms", (replace(_count("forms", ["x"]), value=4.0),), annex="effect")
    with pytest.raises(CellError, match=r"effect, row 'forms' \(forms; x\): says 4 forms, its population holds 3"):
        build([wrong], tables)
    with pytest.raises(CellError, match="the register has no mission 'nowhere'"):
        build([Row("forms", (_count("forms", ["nowhere"]),))], tables)
    with pytest.raises(CellError, match="no column 'colour'"):
        build([Row("forms", (_count("forms", ["x"], colour=None),))], tables)
    with pytest.raises(CellError, match="same key and other cells"):
        build([*rows, Row("forms", (_count("forms", ["x"]),))], tables)


def test_rows_of_one_company_and_of_one_group_are_one_contributor():
    amounts = primary.contributors([("a", 10), ("a", 20), ("b", 5), ("c", 5)], {"b": "g", "c": "g"})
    assert amounts == [30, 10]
    assert primary.too_few(amounts, 3) and not primary.too_few(amounts, 2)


def test_published_examples_of_dominance_and_p_percent():
    # Hundepool et al. (2012), 4.2: contributions 50, 30, 10, 5, 5: the largest is 50%, two are 80%;
    # the second estimates the largest as 100 - 30 = 70, 40% too much.
    amounts = [50, 30, 10, 5, 5]
    assert primary.dominated(amounts, 1, 45) and not primary.dominated(amounts, 1, 50)
    assert primary.dominated(amounts, 2, 75) and not primary.dominated(amounts, 2, 80)
    assert not primary.p_percent(amounts, 40) and primary.p_percent(amounts, 41)
    assert primary.p_percent([7], 10)


def test_a_mean_near_the_end_of_its_scale_tells_an_answer():
    assert primary.tells_an_answer([10] * 9 + [9], (1, 10))  # 99 of 100: nobody can have given less than 9
    assert not primary.tells_an_answer([7, 8, 6, 9, 7, 8, 7, 6, 8, 9], (1, 10))
    assert primary.unsafe_mean([4] * 19 + [5], (1, 5), 10) == "one answer was given by more than nine in ten"


def test_whole_worlds_of_all_sizes_are_of_tables():
    assert of_tables(ledger(7, "base").tables).rows == ledger(7, "base").rows
