"""What is planted in a sample: all parameters of the generator. Which worlds change a few of them stands in scenarios.py."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

# The first from 20250101 on whose base shows all that tests/sample/test_record.py asks; most seeds do, see there.
DEFAULT_SEED = 20250102
FIRST_MISSION_YEAR = 2019
FIRST_TRADE_YEAR = 2015
EFFECT_YEARS = 3  # the year of the mission and the two after it

# A country belongs to one group, so that the trade panel, which knows only countries, can be split by group too.
COUNTRIES = {
    "XAA": "oecd",
    "XAB": "oecd",
    "XAC": "oecd",
    "XAD": "brics",
    "XAE": "brics",
    "XAF": "developing",
    "XAG": "developing",
    "XAH": "developing",
    "XAI": "developing",
    "XAJ": "other",
    "XAK": "other",
}
# Groups with lower grades and the others, each with its share among them.
LOWER_GROUPS = {"brics": 0.4, "developing": 0.6}
UPPER_GROUPS = {"oecd": 0.6, "other": 0.4}
SECTORS = ("agrifood", "creative", "energy", "health", "high_tech", "logistics", "water", "other_sector")
SIZES = ("micro", "small", "medium", "large")
MEAN_SIZE = 1.3  # of participants, as a place in SIZES: who is of this size gives the planted mean
# What can have come after a first edition of the same world.
LATE_FORM, CORRECTED_ANSWER, WITHDRAWN_COMPANY = "late_form", "corrected_answer", "withdrawn_company"


def by_group(oecd: float, brics: float, developing: float, other: float) -> dict[str, float]:
    return {"oecd": oecd, "brics": brics, "developing": developing, "other": other}


def by_size(micro: float, small: float, medium: float, large: float) -> dict[str, float]:
    return {"micro": micro, "small": small, "medium": medium, "large": large}


@dataclass(frozen=True)
class Truth:
    """Everything that is planted. Shares run from 0 to 1; `_pp` and `_pct` from 0 to 100; scores are on their own scale."""

    description: str

    # Missions of a year: at least, and fewer than; years that the public record counts have about as many as it says.
    # Groups with lower grades: share in the first year and in the reporting year.
    missions_per_year: tuple[int, int] = (8, 12)
    missions_in: dict[int, tuple[int, int]] = field(default_factory=lambda: {2023: (14, 15), 2024: (6, 7), 2025: (12, 14)})
    lower_group_share_first: float = 0.5
    lower_group_share_last: float = 0.5
    without_minister_share: float = 0.2
    small_missions: tuple[int, ...] = (12,)  # companies of the small missions in the reporting year
    small_mission_answers_max: int = 7
    is_small_without_minister: bool = False
    extra_attention_missions_n: int = 2
    large_missions_n: int = 2  # in the reporting year; they are the first under extra attention
    large_mission_companies_min: int = 60
    cancelled_share: float = 0.06

    # Who answers the survey.
    response_share: dict[str, float] = field(default_factory=lambda: by_size(0.44, 0.52, 0.61, 0.7))
    response_of_firm: float = 0.5  # how much it is the firm that answers or not: 0 each time anew, 1 always or never
    response_per_grade: float = 0.15  # more on the logit scale where a mission is worth a point more
    reminder_share: float = 0.3
    has_answers_in_reporting_year: bool = True
    since: str | None = None  # what came after the first edition

    # What strikes many answers at once, in any world: a year, a firm whoever answers for it, a person whatever is asked.
    year_shock_sd: float = 0.05  # of each question about which a change is told
    firm_sd: float = 0.3  # of the grade; on a question of five points `question_per_grade` of it
    person_sd: float = 0.2  # of every question, in points of its scale

    # The grade: mean + mission + group + size + firm + person + rest, rounded, 1 to 10.
    grade_mean: float = 8.0
    grade_between_missions_sd: float = 0.35
    grade_within_mission_sd: float = 1.1
    grade_by_group: dict[str, float] = field(default_factory=lambda: by_group(0.2, -0.1, -0.2, 0.1))
    grade_per_size: float = 0.1  # per class of size
    # In the reporting year the grades are moved together until this share of participants would be below this, before rounding.
    grade_share_below: tuple[float, float] | None = None
    grade_of_silent: float = 0.0  # what those who do not answer differ
    same_grade: int | None = None

    # Questions on a scale of 1 to 5. The first three are the points that the decision note names; the others are ordinary.
    question_means: dict[str, float] = field(
        default_factory=lambda: {
            "matchmaking_quality": 3.2,
            "networking_enough": 3.3,
            "networking_effective": 3.3,
            "organisation_quality": 4.0,
            "preparation_useful": 3.9,
            "information_beforehand": 3.8,
            "imvo_information_useful": 3.8,
        }
    )
    question_sd: float = 0.9
    question_per_grade: float = 0.4  # of the effects of mission and firm on the grade
    # Ordinary questions about the visit of the minister; those that the note names, contact and being informed, stand below.
    minister_question_means: dict[str, float] = field(
        default_factory=lambda: {"minister_visible": 3.7, "minister_programme": 3.8}
    )
    minister_start: float = 3.7
    minister_per_year: float = -0.06
    minister_steps: dict[int, float] = field(default_factory=lambda: {1: -0.15, 0: -0.25})  # from so many years back on
    minister_per_size: float = 0.05
    minister_by_office: dict[str, float] = field(
        default_factory=lambda: {"minister": 0.0, "state_secretary": -0.1, "prime_minister": 0.1, "none": 0.0}
    )
    minister_on_interaction: float = 0.6
    minister_on_informed: float = 0.4
    minister_on_role_known: float = 0.3
    minister_between_missions_sd: float = 0.15
    minister_within_mission_sd: float = 0.6
    interaction_mean: float = 3.0
    informed_mean: float = 3.1
    role_known_mean: float = 2.5  # in the first year
    role_known_per_year: float = -0.06
    role_known_within_sd: float = 1.0
    role_known_share_below: tuple[float, float] | None = None  # in the reporting year, as for the grade
    role_known_well: tuple[float, float] = (0.0, 0.0)  # this share of people knows the role so much better
    driver_between_missions_sd: float = 0.2
    ten_points_until_years_back: int | None = None  # the minister's questions on 1 to 10 until so many years before

    # The steps of responsible business conduct: share of those at the step before, in a mission like the others.
    self_scan_share: float = 0.88
    signal_share: float = 0.06
    signal_share_extra: float = 0.12
    talk_share: float = 0.09
    talk_share_extra: float = 0.15
    agreement_share: float = 0.45
    followed_up_share: float = 0.75
    imvo_between_missions_sd: float = 0.2  # on the logit scale, per step up to the talk

    # Trade with the country of the mission.
    start_effect_pp: float = 4.0
    start_effect_developing_pp: float = 1.0
    start_effect_minister_pp: float = 0.0  # on top of the other two
    growth_effect_pct: float = 6.0
    error_persistence: float = 0.5
    firm_trend_sd: float = 0.03  # per year, on the scale of the index behind any export
    trend_of_participants: float = 0.0  # the same, for pairs that have a mission
    dip_share: float = 0.0  # exporters among participants whose export stops in the year before; of the others it halves
    dominating_firm_share: float = 0.0


def minister_level(truth: Truth, years: np.ndarray, reporting_year: int) -> np.ndarray:
    """The planted value of the minister in each of the years, before what is answered to other questions moves it."""
    level = truth.minister_start + truth.minister_per_year * (years - FIRST_MISSION_YEAR)
    for back, step in truth.minister_steps.items():
        level = level + np.where(years >= reporting_year - back, step, 0.0)
    return level
