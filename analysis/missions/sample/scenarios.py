"""The worlds of the sample: base, and others that each change a few parameters; what is not named stays as in base."""

from __future__ import annotations

from dataclasses import replace

from .truth import CORRECTED_ANSWER, LATE_FORM, WITHDRAWN_COMPANY, Truth, by_group

_BASE = Truth("the sample of the publication")
_FLAT = replace(_BASE, minister_per_year=0.0, minister_steps={}, role_known_per_year=0.0)
_NO_LINKS = {"minister_on_interaction": 0.0, "minister_on_informed": 0.0, "minister_on_role_known": 0.0}
_NAMED = ("matchmaking_quality", "networking_enough", "networking_effective")


def _edges() -> dict[str, Truth]:
    """For each part of a claim a world in which that part is null and the others hold strongly: edge_<claim>_<part>.

    A part that follows from the others has no such world: what is lower than the year before, which is lower than those before
    it, is lower than all of them.
    """
    flat, known = replace(_FLAT, year_shock_sd=0.0), {"role_known_mean": 3.2, "role_known_per_year": -0.15}
    linked = replace(flat, minister_on_role_known=0.8, driver_between_missions_sd=0.3)
    parts = dict.fromkeys(_BASE.question_means, 4.2) | dict.fromkeys(_NAMED, 3.0) | {"imvo_information_useful": 3.6}
    lowest = {
        f"effect_two_points_lowest_{one}": replace(
            _BASE,
            description=f"of the points that are named only {one} is not below every other part",
            question_means=parts | {one: 3.6},
        )
        for one in _NAMED
    }
    worlds = {
        "valuation_falls_over_series_missions": replace(
            flat, description="no fall; missions differ much (0.4), years do not", minister_between_missions_sd=0.4,
        ),
        "valuation_falls_over_series_years": replace(
            flat, description="no fall; what strikes a year is large (0.2)", year_shock_sd=0.2,
        ),
        "valuation_lower_than_before_level": replace(flat, description="the reporting year is as the years before"),
        "valuation_again_lower_year_before": replace(
            flat, description="the reporting year is as the one before, and both are far lower", minister_steps={1: -1.0},
        ),
        "valuation_again_lower_those_before": replace(
            flat, description="only the reporting year is far lower", minister_steps={0: -1.0},
        ),
        # 0.8 per point known, which falls by 0.15 a year: what goes with it falls by 0.12, and something else makes up for it.
        "valuation_fall_goes_with_unknown_role_fall": replace(
            linked, description="the role is ever less known, which goes with the value; the value does not fall",
            minister_per_year=0.12, **known,
        ),
        "valuation_fall_goes_with_unknown_role_known": replace(
            linked, description="the value falls and goes with how known the role is, which does not fall",
            minister_per_year=-0.18,
        ),
        "valuation_fall_goes_with_unknown_role_link": replace(
            linked, description="the value and how known the role is both fall, and have nothing to do with each other",
            minister_per_year=-0.18, minister_on_role_known=0.0, **known,
        ),
        "role_often_little_known_share": replace(
            _BASE, description="just half know little of the role, and hardly anybody much",
            role_known_share_below=(2.5, 0.5), role_known_within_sd=0.7,
        ),
        "role_often_little_known_mean": replace(
            _BASE, description="most know little of the role, but who knows it knows it well: the mean is in the middle",
            role_known_mean=1.9, role_known_per_year=0.0, role_known_within_sd=0.3, role_known_well=(0.4, 2.75),
            driver_between_missions_sd=0.1, person_sd=0.1,
        ),
        "effect_mostly_positive_high": replace(
            _BASE, description="just half give a seven or more, and hardly anybody a five or less",
            grade_share_below=(6.5, 0.5), grade_between_missions_sd=0.1, grade_within_mission_sd=0.4, firm_sd=0.1, person_sd=0.1,
        ),
        "effect_mostly_positive_low": replace(
            _BASE, description="most give a seven or more, and just fifteen in a hundred a five or less",
            grade_share_below=(5.5, 0.15), grade_within_mission_sd=1.7,
        ),
    }  # fmt: skip
    return {f"edge_{name}": truth for name, truth in (worlds | lowest).items()}


SCENARIOS: dict[str, Truth] = {
    "base": _BASE,
    "null": replace(
        _BASE,
        description="no finding: no trend, no groups, no drivers, all parts alike, no trade; life goes on (years, firms, sizes)",
        grade_by_group=by_group(0.0, 0.0, 0.0, 0.0),
        grade_mean=6.5,
        question_means=dict.fromkeys(_BASE.question_means, 3.6),
        minister_question_means=dict.fromkeys(_BASE.minister_question_means, 3.0),
        informed_mean=3.0,
        role_known_mean=3.0,
        role_known_per_year=0.0,
        minister_per_year=0.0,
        minister_steps={},
        **_NO_LINKS,
        signal_share_extra=_BASE.signal_share,
        talk_share_extra=_BASE.talk_share,
        start_effect_pp=0.0,
        start_effect_developing_pp=0.0,
        start_effect_minister_pp=0.0,
        growth_effect_pct=0.0,
    ),
    "silent_lower": replace(_BASE, description="who does not answer would have graded 0.7 lower", grade_of_silent=-0.7),
    "mix_shift": replace(
        _BASE,
        description="ever more missions to groups with lower grades: the mean falls, within each group nothing changes",
        lower_group_share_first=0.15,
        lower_group_share_last=0.85,
        grade_by_group=by_group(0.5, -0.5, -0.6, 0.4),
    ),
    "trend_selection": replace(
        _BASE, description="firms that go were growing already, and go on growing", trend_of_participants=0.12
    ),
    "dip": replace(_BASE, description="exports of participants dip in the year before the mission", dip_share=0.5),
    "tiny_mission": replace(_BASE, description="a mission of three companies in the reporting year", small_missions=(12, 3)),
    "dominating_firm": replace(_BASE, description="one firm has 60% of all exports in the panel", dominating_firm_share=0.6),
    "same_grade": replace(_BASE, description="everybody gives the same grade", same_grade=7),
    "zero_response": replace(
        _BASE, description="nobody answers about the missions of the reporting year", has_answers_in_reporting_year=False
    ),
    "scale_change": replace(
        _BASE,
        description="the questions about the minister were on a scale of 1 to 10 until three years before",
        ten_points_until_years_back=3,
    ),
    # What real data have and base has little of: one thing large.
    "year_shock_small": replace(_BASE, description="what strikes a whole year moves each question by 0.1", year_shock_sd=0.1),
    "year_shock_large": replace(_BASE, description="what strikes a whole year moves each question by 0.2", year_shock_sd=0.2),
    "size_matters": replace(_BASE, description="the grade rises by 0.3 per class of size", grade_per_size=0.3),
    "size_matters_much": replace(_BASE, description="the grade rises by 0.6 per class of size", grade_per_size=0.6),
    "halo": replace(
        _BASE,
        description="who is content answers high on everything (0.5), and that is all that goes together",
        person_sd=0.5,
        **_NO_LINKS,
    ),
    "rebound": replace(
        _FLAT,
        description="the value of the minister falls by 0.1 a year and is back in the reporting year",
        minister_per_year=-0.1,
        minister_steps={0: 0.6},
    ),
    "one_step": replace(
        _FLAT,
        description="the value of the minister falls once, by 0.5, four years before the reporting year",
        minister_steps={4: -0.5},
    ),
    "firm_repeat": replace(
        _BASE,
        description="a firm grades alike (0.6), and answers about each of its missions or about none",
        firm_sd=0.6,
        response_of_firm=1.0,
        response_per_grade=0.0,
    ),
    "imvo_missions": replace(
        _BASE,
        description="missions differ in the steps of responsible conduct (0.5), regimes do not; five are under extra attention",
        imvo_between_missions_sd=0.5,
        signal_share=0.2,
        signal_share_extra=0.2,
        talk_share=0.35,
        talk_share_extra=0.35,
        extra_attention_missions_n=5,
    ),
    "silent_by_mission": replace(_BASE, description="the worse a mission, the fewer answer about it", response_per_grade=1.5),
    # Few where a reader could recognise somebody.
    "tiny_missions": replace(
        _BASE, description="three missions of three to six companies in the reporting year", small_missions=(12, 3, 4, 6)
    ),
    "regime_of_one": replace(_BASE, description="one mission is under extra attention", extra_attention_missions_n=1),
    "one_without_minister": replace(
        _BASE,
        description="the one mission of the reporting year without a minister is small and has three answers",
        without_minister_share=0.08,
        is_small_without_minister=True,
        small_mission_answers_max=3,
    ),
    "late_form": replace(_BASE, description="base, and one form that came in late", since=LATE_FORM),
    "corrected_answer": replace(_BASE, description="base, with the grade on one form corrected", since=CORRECTED_ANSWER),
    "withdrawn_company": replace(_BASE, description="base, without one company that answered", since=WITHDRAWN_COMPANY),
    **_edges(),
}


def truth_of(scenario: str) -> Truth:
    """The parameters of a scenario. Errors: ValueError that names the known scenarios."""
    if scenario not in SCENARIOS:
        raise ValueError(f"unknown scenario '{scenario}'; known: {', '.join(SCENARIOS)}")
    return SCENARIOS[scenario]
