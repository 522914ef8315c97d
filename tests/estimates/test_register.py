"""Counts of the register, of survey forms, of the IMVO chain and of the public record: full counts, so no intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions.estimates import imvo, record, register, survey

DETERMINISTIC = settings(max_examples=40, deadline=None, derandomize=True)

# Three missions of 2025, of which one abroad over New Year, and one of the year before; not in order of time.
REGISTER = pd.DataFrame(
    {
        "mission_id": ["2025-XAC-01", "2025-XAA-01", "2024-XAB-01", "2025-XAB-01"],
        "start_on": pd.to_datetime(["2025-12-30", "2025-02-01", "2024-06-01", "2025-02-01"]),
        "end_on": pd.to_datetime(["2026-01-04", "2025-02-05", "2024-06-03", "2025-02-02"]),
        "countries_iso3": ["XAC", "XAA", "XAB", "XAB"],
        "mission_type": ["own", "without_minister", "incoming", "own"],
        "sectors": ["water", "agro", "health", "water"],
        "leader_office": ["prime_minister", "none", "minister", "state_secretary"],
        "companies_n": pd.array([50, 30, 70, 20], "Int64"),
        "knowledge_institutes_n": pd.array([5, 0, 9, 2], "Int64"),
        "persons_n": pd.array([80, 41, 99, 30], "Int64"),
        "independent_sme_n": pd.array([35, 25, 70, 15], "Int64"),
        "imvo_regime": ["extra_attention", "standard", "standard", "standard"],
    }
)


def test_missions_belong_to_the_year_of_their_first_day_in_order_of_time():
    of_year = register.missions_of_year(REGISTER, 2025)
    assert of_year["mission_id"].tolist() == ["2025-XAA-01", "2025-XAB-01", "2025-XAC-01"]
    assert register.missions_of_year(REGISTER, 2026).empty


def test_totals_of_a_year():
    table = register.totals(REGISTER, 2025).set_index("measure")
    assert table["value"].to_dict() == {
        "missions_n": 3,
        "companies_n": 100,  # 50 + 30 + 20
        "knowledge_institutes_n": 7,  # 5 + 0 + 2
        "persons_n": 151,  # 80 + 41 + 30
        "independent_sme_share": 75,  # (35 + 25 + 15) of 100 participations, not the mean of 70%, 83% and 75%
    }
    assert (table[["n", "population_n"]] == 100).all(axis=None)
    # What each value tells of: 7 institutes; a share of 75% of 100 tells of the other 25 as well.
    assert table[["low", "high"]].isna().all(axis=None)


def test_totals_of_a_year_without_missions():
    table = register.totals(REGISTER, 2030).set_index("measure")
    assert table.loc[["missions_n", *register.COUNTS], "value"].tolist() == [0, 0, 0, 0]
    assert np.isnan(table.loc["independent_sme_share", "value"])  # no participations: no share, not a share of zero
    assert (table["n"] == 0).all()


def test_mission_sizes_add_up_to_the_total():
    sizes = register.mission_sizes(REGISTER, 2025)
    assert sizes[["mission_id", "value", "n"]].values.tolist() == [
        ["2025-XAA-01", 30, 30],
        ["2025-XAB-01", 20, 20],
        ["2025-XAC-01", 50, 50],
    ]
    assert sizes["value"].sum() == register.totals(REGISTER, 2025).set_index("measure").loc["companies_n", "value"]
    assert sizes["low"].isna().all() and sizes["high"].isna().all()


def test_since_and_led_by_minister():
    assert len(register.since(REGISTER, 2024)) == 4
    assert "2024-XAB-01" not in set(register.since(REGISTER, 2025)["mission_id"])
    # Minister, state secretary and prime minister are members of government; "none" is a mission without one.
    led = register.led_by_minister(REGISTER)
    assert led["leader_office"].tolist() == ["prime_minister", "minister", "state_secretary"]


def test_response_counts_forms_and_missions_without_any():
    invited = REGISTER.assign(invited_n=pd.array([20, 30, 8, 0], "Int64"))
    forms = pd.DataFrame({"mission_id": ["2025-XAC-01"] * 10 + ["2025-XAA-01"] * 5 + ["elsewhere"]})
    table = survey.response(forms, invited).set_index("year")
    # 2025: (10 + 5) of (20 + 30 + 0) is 30%. 2024: nobody of 8 is 0%.
    assert table["value"].to_dict() == {2024: 0, 2025: 30}
    assert table[["n", "population_n"]].values.tolist() == [[0, 8], [15, 50]]
    assert survey.response(forms, invited.assign(invited_n=0))["value"].isna().all()  # of nobody there is no percentage
    assert survey.response(forms, invited[:0]).empty
    assert survey.response(forms[:0], invited)["value"].tolist() == [0, 0]


def test_answer_classes_around_the_middle_of_the_scale():
    answers = pd.DataFrame({"mission_id": ["2025-XAA-01"] * 9 + ["elsewhere"]})
    answers["contact"] = pd.array([1, 2, 3, 3, 4, 5, 5, 5, None, 1], "Int64")
    table = survey.answer_classes(answers, REGISTER, "contact", (1, 5))
    # Of 8 answers: 1 and 2 are low, two times 3 is the middle of 1 to 5, the other four are high.
    assert table["answer"].tolist() == ["low_answers", "middle_answers", "high_answers"]
    assert table[["n", "population_n", "value"]].values.tolist() == [[2, 8, 25], [2, 8, 25], [4, 8, 50]]
    # On 1 to 10 the middle is 5.5: nobody can give it.
    assert survey.answer_classes(answers, REGISTER, "contact", (1, 10))["n"].tolist() == [8, 0, 0]
    nothing = survey.answer_classes(answers, REGISTER[:0], "contact", (1, 5))
    assert nothing["value"].isna().all() and nothing["n"].tolist() == [0, 0, 0]


def test_not_applicable_is_a_share_of_the_forms():
    reasons = ["not_applicable", "not_applicable", "do_not_know", "blank"] + [None] * 6 + ["do_not_know"]
    forms = pd.DataFrame({"mission_id": ["2025-XAA-01"] * 10 + ["elsewhere"], "contact_no_answer": reasons})
    row = survey.no_answer_share(forms, REGISTER, "contact").iloc[0]
    assert (row["value"], row["n"], row["population_n"]) == (30, 3, 10)  # 2 + 1 of 10 forms; a blank is no choice
    assert np.isnan(survey.no_answer_share(forms, REGISTER[:0], "contact").iloc[0]["value"])


def steps_of(*reached: tuple[str, int]) -> pd.DataFrame:
    """One participation per (mission, number of steps reached after participating); exclusion is the last step."""
    rows = [[mission, *(number <= last for number in range(1, len(imvo.STEPS)))] for mission, last in reached]
    return pd.DataFrame(rows, columns=["mission_id", *imvo.STEPS[1:]]).astype(dict.fromkeys(imvo.STEPS[1:], bool))


def test_the_imvo_chain_by_hand():
    # Extra attention (XAC): three participations that reached 0, 2 and 4 steps; standard (XAA and XAB): 1, 1 and 3.
    steps = steps_of(
        ("2025-XAC-01", 0), ("2025-XAA-01", 1), ("2025-XAC-01", 2),
        ("2025-XAC-01", 4), ("2025-XAB-01", 1), ("2025-XAB-01", 3),
    )  # fmt: skip
    table = imvo.chain(steps, REGISTER)
    counts = table.pivot(index="step", columns="regime", values="value").loc[list(imvo.STEPS)]
    assert counts["extra_attention"].tolist() == [3, 2, 2, 1, 1, 0]
    assert counts["standard"].tolist() == [3, 3, 1, 1, 0, 0]
    assert counts[imvo.TOTAL].tolist() == [6, 5, 3, 2, 1, 0]
    # Of every regime all participations are known, also at the last step.
    assert table.groupby("regime")["population_n"].unique().map(list).to_dict() == {
        "extra_attention": [3],
        "standard": [3],
        imvo.TOTAL: [6],
    }
    assert table[["low", "high"]].isna().all(axis=None)


def test_a_mission_twice_in_the_register_is_an_error():
    with pytest.raises(pd.errors.MergeError):
        imvo.chain(steps_of(("2025-XAA-01", 1)), pd.concat([REGISTER, REGISTER]))


@DETERMINISTIC
@given(st.lists(st.tuples(st.sampled_from(REGISTER["mission_id"].tolist()), st.integers(0, 5)), max_size=30))
def test_regimes_add_up_and_no_step_grows(reached):
    table = imvo.chain(steps_of(*reached), REGISTER)
    counts = table.pivot(index="step", columns="regime", values="n").loc[list(imvo.STEPS)]
    regimes = counts.drop(columns=imvo.TOTAL)
    assert counts[imvo.TOTAL].tolist() == regimes.sum(axis=1).tolist()
    assert counts.loc["participations", imvo.TOTAL] == len(reached)
    assert (counts.diff().dropna() <= 0).all(axis=None)
    assert (table["value"] == table["n"]).all() and (table["n"] <= table["population_n"]).all()


SERIES = pd.DataFrame(
    [
        ("firms_unique", 2008, 2022, 4000.0, "over", "count", "S-1"),
        ("revenue", 2023, 2023, 2e9, "over", "EUR", "S-2"),
        ("revenue", 2024, 2024, 1e9, "under", "EUR", "S-2"),
        ("share", 2012, 2012, 10.0, "about", "percent", "S-3"),
        ("mean_grade", 2025, 2025, 8.0, "exact", "grade_1_10", "S-4"),
    ],
    columns=["indicator", "period_start", "period_end", "value", "qualifier", "unit", "source_id"],
).astype({"period_start": "Int64", "period_end": "Int64"})


def test_record_series_keep_their_qualifier_unit_and_source():
    table = record.series(SERIES)
    assert table[["indicator", "period", "value", "qualifier", "unit", "source_id"]].values.tolist() == [
        ["firms_unique", "2008-2022", 4000, "over", "count", "S-1"],
        ["revenue", "2023", 2e9, "over", "eur", "S-2"],
        ["revenue", "2024", 1e9, "under", "eur", "S-2"],
        ["share", "2012", 10, "about", "pct", "S-3"],
        ["mean_grade", "2025", 8, "exact", "grade", "S-4"],
    ]
    assert table[["low", "high", "n", "population_n"]].isna().all(axis=None)  # the record gives no n and no interval


def test_record_series_by_indicator_and_last_year():
    assert record.series(SERIES, "revenue")["value"].tolist() == [2e9, 1e9]
    latest = record.series(SERIES, "revenue", 2024)
    assert latest[["value", "qualifier"]].values.tolist() == [[1e9, "under"]]
    assert record.series(SERIES, year=2022)["indicator"].tolist() == ["firms_unique"]  # a period counts by its end
    assert record.series(SERIES, "revenue", 2030).empty


PUBLIC_MISSIONS = pd.DataFrame(
    {
        "mission_id": ["2025-KEN-01", "2025-SAU-01", "2024-JPN-01", "2025-VNM-01"],
        "start_on": pd.to_datetime(["2025-03-18", "2025-02-02", "2024-05-01", "2025-11-09"]),
        "size_value": pd.array([60, None, 8, 27], "Int64"),
        "size_qualifier": ["about", "not found", "exact", "exact"],
        "size_unit": ["companies", None, "participations", "companies"],
        "note": ["press; extra IMVO attention per the note", "extra IMVO attention", "extra IMVO attention", None],
    }
)


def test_record_missions_of_a_year_with_sizes_as_on_record():
    table = record.missions(PUBLIC_MISSIONS, 2025)
    assert table["mission_id"].tolist() == ["2025-SAU-01", "2025-KEN-01", "2025-VNM-01"]
    assert table["value"].isna().tolist() == [True, False, False]  # not found is empty, it is no zero
    assert table["value"].dropna().tolist() == [60, 27]
    assert table["qualifier"].tolist() == ["exact", "about", "exact"]
    assert record.missions(PUBLIC_MISSIONS, 2020).empty


def test_missions_with_extra_attention_are_those_that_the_note_names():
    assert record.extra_attention(PUBLIC_MISSIONS, 2025)["mission_id"].tolist() == ["2025-SAU-01", "2025-KEN-01"]
    assert record.extra_attention(PUBLIC_MISSIONS, 2020).empty


EFFECTS = pd.DataFrame(
    {
        "outcome": ["start_trade", "start_trade", "start_fdi"],
        "group": ["total", "developing", "total"],
        "effect": [1.5, 0.0, 2.5],
        "missions_period": ["2008-2022", "2008-2022", "2010-2021"],
        "horizon_years": [2, 2, 3],
    }
)


def test_cbs_effects_as_published():
    table = record.cbs_effects(EFFECTS)
    columns = ["outcome", "group", "value", "first_year", "last_year", "horizon_years"]
    assert table[columns].values.tolist() == [
        ["start_trade", "total", 1.5, 2008, 2022, 2],
        ["start_trade", "developing", 0, 2008, 2022, 2],  # a published zero is a zero, not a gap
        ["start_fdi", "total", 2.5, 2010, 2021, 3],
    ]
    assert record.cbs_effects(EFFECTS, group="total")["value"].tolist() == [1.5, 2.5]
    assert record.cbs_effects(EFFECTS, "start_trade", "total")["value"].tolist() == [1.5]
    assert table[["low", "high", "n", "population_n"]].isna().all(axis=None)
