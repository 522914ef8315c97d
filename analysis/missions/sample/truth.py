"""What is planted in a sample: all parameters of the generator, and the scenarios that change a few of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

DEFAULT_SEED = 20250101
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


def _by_group(oecd: float, brics: float, developing: float, other: float) -> dict[str, float]:
    return {"oecd": oecd, "brics": brics, "developing": developing, "other": other}


def _by_size(micro: float, small: float, medium: float, large: float) -> dict[str, float]:
    return {"micro": micro, "small": small, "medium": medium, "large": large}


@dataclass(frozen=True)
class Truth:
    """Everything that is planted. Shares run from 0 to 1; `_pp` and `_pct` from 0 to 100; scores are on their own scale."""

    description: str

    # Missions of a year: at least, and fewer than. Groups with lower grades: share in the first year and in the reporting year.
    missions_per_year: tuple[int, int] = (6, 15)
    lower_group_share_first: float = 0.5
    lower_group_share_last: float = 0.5
    without_minister_share: float = 0.2
    small_missions: tuple[int, ...] = (12,)  # companies of the small missions in the reporting year
    small_mission_answers_max: int = 7
    extra_attention_missions_n: int = 2
    extra_attention_companies_min: int = 60
    cancelled_share: float = 0.06

    # Who answers the survey.
    response_share: dict[str, float] = field(default_factory=lambda: _by_size(0.44, 0.52, 0.61, 0.7))
    reminder_share: float = 0.3
    has_answers_in_reporting_year: bool = True

    # The grade: mean + mission + group + person, rounded, 1 to 10.
    grade_mean: float = 7.4
    grade_between_missions_sd: float = 0.4
    grade_within_mission_sd: float = 1.2
    grade_by_group: dict[str, float] = field(default_factory=lambda: _by_group(0.2, -0.1, -0.2, 0.1))
    grade_of_silent: float = 0.0  # what those who do not answer differ
    same_grade: int | None = None

    # Questions on a scale of 1 to 5.
    question_means: dict[str, float] = field(
        default_factory=lambda: {
            "matchmaking_quality": 3.3,
            "networking_enough": 3.4,
            "networking_effective": 3.4,
            "imvo_information_useful": 4.0,
        }
    )
    question_sd: float = 0.9
    question_per_grade: float = 0.4  # of the mission's effect on the grade
    minister_start: float = 3.9
    minister_per_year: float = -0.05
    minister_on_interaction: float = 0.6
    minister_on_informed: float = 0.4
    minister_on_role_known: float = 0.3
    minister_between_missions_sd: float = 0.15
    minister_within_mission_sd: float = 0.6
    interaction_mean: float = 3.3
    informed_mean: float = 3.5
    role_known_mean: float = 2.9  # in the first year
    role_known_per_year: float = -0.06
    driver_between_missions_sd: float = 0.3
    ten_points_until_years_back: int | None = None  # the minister's questions on 1 to 10 until so many years before

    # The steps of responsible business conduct: share of those at the step before.
    self_scan_share: float = 0.88
    signal_share: float = 0.16
    signal_share_extra: float = 0.36
    talk_share: float = 0.33
    talk_share_extra: float = 0.5
    agreement_share: float = 0.45
    followed_up_share: float = 0.75

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


_BASE = Truth("the sample of the publication")

SCENARIOS: dict[str, Truth] = {
    "base": _BASE,
    "null": replace(
        _BASE,
        description="nothing has an effect: no trend, no groups, no drivers, no trade",
        grade_by_group=_by_group(0.0, 0.0, 0.0, 0.0),
        minister_per_year=0.0,
        minister_on_interaction=0.0,
        minister_on_informed=0.0,
        minister_on_role_known=0.0,
        role_known_per_year=0.0,
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
        grade_by_group=_by_group(0.5, -0.5, -0.6, 0.4),
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
}


def truth_of(scenario: str) -> Truth:
    """The parameters of a scenario. Errors: ValueError that names the known scenarios."""
    if scenario not in SCENARIOS:
        raise ValueError(f"unknown scenario '{scenario}'; known: {', '.join(SCENARIOS)}")
    return SCENARIOS[scenario]
