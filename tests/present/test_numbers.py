"""Dutch numbers: read back, a text gives the value within half a unit of its last decimal, and keeps its qualifier."""

from __future__ import annotations

import datetime
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions.dictionary import variable
from missions.present.numbers import UNITS, UNKNOWN, as_published, dutch, dutch_date, dutch_interval, dutch_list, is_missing

DETERMINISTIC = settings(max_examples=200, deadline=None, derandomize=True)
MINUS = "\N{MINUS SIGN}"  # no hyphen: a line may break after that
SCALES = {" miljard euro": (1e9, 1), " miljoen euro": (1e6, 1)}  # words -> factor and decimals


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (7, "count", "7"),
        (1234.5, "count", "1.235"),
        (1234567, "count", "1.234.567"),
        (999.4, "count", "999"),
        (999.5, "count", "1.000"),
        (-1234.0, "count", f"{MINUS}1.234"),
        (2025, "year", "2025"),  # a year has no thousands point
        (8.0, "grade", "8,0"),
        (7.25, "grade", "7,3"),  # half away from zero; Python's own rounding gives 7.2
        (7.35, "grade", "7,4"),
        (7.249, "grade", "7,2"),
        (9.96, "grade", "10,0"),
        (3.45, "score", "3,5"),
        (0.125, "score_change", "0,13 punt"),
        (-0.125, "score_change", f"{MINUS}0,13 punt"),
        (1.005, "score_change", "1,01 punt"),  # stored as 1.00499999999999989...
        (-0.004, "score_change", "0,00 punt"),  # no minus before nothing
        (62.5, "pct", "63%"),
        (0, "pct", "0%"),
        (7.2, "pct_as_published", "7,2 procent"),
        (0, "pct_as_published", "0 procent"),  # published as 0, so without a decimal that nobody measured
        (0.0, "count", "0"),
        (-0.0, "grade", "0,0"),
        (999_999, "eur", "€ 999.999"),
        (999_999_999, "eur", "1 miljard euro"),  # not "1.000 miljoen euro"
        (1_000_000, "eur", "1 miljoen euro"),
        (1_550_000, "eur", "1,6 miljoen euro"),
        (2_000_000_000, "eur", "2 miljard euro"),
        (3_450_000_000, "eur", "3,5 miljard euro"),
        (-2_500_000_000, "eur", f"{MINUS}2,5 miljard euro"),
    ],
)
def test_values(value, unit, text):
    assert dutch(value, unit) == text


@pytest.mark.parametrize(
    ("value", "unit", "qualifier", "text"),
    [
        (4000, "count", "over", "ruim 4.000"),
        (2e9, "eur", "over", "ruim 2 miljard euro"),
        (1e9, "eur", "under", "minder dan 1 miljard euro"),
        (3.5e9, "eur", "about", "ongeveer 3,5 miljard euro"),
        (10, "pct", "about", "ongeveer 10%"),
        (100, "count", "as of Feb 2017", "100 (stand februari 2017)"),
        (108, "count", "as of Oct 2017", "108 (stand oktober 2017)"),
        (66.7, "pct", "two thirds on average", "gemiddeld twee derde"),
    ],
)
def test_qualifiers(value, unit, qualifier, text):
    assert dutch(value, unit, qualifier) == text


def test_every_qualifier_on_record_has_words_of_its_own():
    # "not found" qualifies nothing: there is no value to say.
    qualifiers = set(variable("record_series", "qualifier").values) - {"not found"}
    assert len({dutch(66.7, "pct", qualifier) for qualifier in qualifiers}) == len(qualifiers)


def test_words_that_do_not_fit_the_value_are_an_error():
    with pytest.raises(ValueError, match="'two thirds on average' is said of 40"):
        dutch(40, "pct", "two thirds on average")


@pytest.mark.parametrize(
    ("low", "high", "unit", "text"),
    [(2021, 2025, "year", "2021 tot 2025"), (2e6, 3e9, "eur", "2 miljoen euro tot 3 miljard euro")],
)
def test_intervals_of_years_and_euros_keep_their_words(low, high, unit, text):
    assert dutch_interval(low, high, unit) == text


@pytest.mark.parametrize(
    ("value", "unit", "published"),
    [
        (7.4666667, "grade", 7.5),
        (7.25, "grade", 7.3),
        (-0.086, "score_change", -0.09),
        (54.6, "pct", 55.0),
        (1.5e9, "eur", 1.5e9),
    ],
)
def test_a_published_value_is_as_round_as_its_text(value, unit, published):
    assert as_published(value, unit) == published
    assert dutch(value, unit) == dutch(published, unit)


@pytest.mark.parametrize("missing", [None, pd.NA, float("nan"), np.nan, np.float64("nan")])
def test_a_missing_value_is_said_to_be_unknown(missing):
    assert is_missing(missing)
    for unit in UNITS:
        assert dutch(missing, unit) == UNKNOWN == "niet bekend"
    assert dutch(missing, "count", "over") == UNKNOWN  # not "ruim niet bekend"
    assert dutch_interval(missing, 8.0, "grade") == dutch_interval(7.0, missing, "grade") == ""


def test_values_that_look_empty_are_not_missing():
    assert not any(is_missing(value) for value in (0, 0.0, False, "", "nan"))


def test_unknown_unit_or_qualifier_is_an_error():
    for unit, qualifier in (("euro", "exact"), ("count", "roughly"), ("count", "not found"), ("count", "")):
        with pytest.raises(KeyError):
            dutch(1, unit, qualifier)
        with pytest.raises(KeyError):  # also where nothing would be said: a mistake must not hide in a gap
            dutch(None, unit, qualifier)
    with pytest.raises(KeyError):
        dutch_interval(1, 2, "euro")


@pytest.mark.parametrize(
    ("low", "high", "unit", "text"),
    [
        (7.2, 7.7, "grade", "7,2 tot 7,7"),
        (7, 7, "score", ""),
        (-0.2, 0.104, "score_change", f"{MINUS}0,20 tot 0,11 punt"),
        (40, 49.5, "pct", "40 tot 50%"),
        (1000, 2500, "count", "1.000 tot 2.500"),
    ],
)
def test_intervals(low, high, unit, text):
    assert dutch_interval(low, high, unit) == text


def parsed(text: str) -> tuple[float, float]:
    """The value that a reader reads, and half a unit of the last decimal of what is written."""
    factor, decimals = 1.0, None
    for words, (scale, least) in SCALES.items():
        if text.endswith(words):
            text, factor, decimals = text.removesuffix(words), scale, least
    for words in ("€ ", "%", " procentpunt", " procent", " punt"):
        text = text.replace(words, "")
    sign = -1 if text.startswith(MINUS) else 1
    whole, _, behind = text.removeprefix(MINUS).partition(",")
    groups = whole.split(".")
    assert all(len(group) == 3 for group in groups[1:]) and 1 <= len(groups[0]) <= 3, text
    assert all(part.isascii() and part.isdigit() for part in [*groups, *([behind] if behind else [])]), text
    number = sign * float(f"{''.join(groups)}.{behind or 0}")
    # "2 miljard" is short for "2,0 miljard".
    return number * factor, 0.5 * factor / 10 ** (len(behind) if decimals is None else decimals)


@DETERMINISTIC
@given(st.sampled_from([unit for unit in UNITS if unit != "year"]), st.floats(-1e12, 1e12) | st.floats(-20, 20))
def test_a_reader_reads_back_the_value(unit, value):
    number, half = parsed(dutch(value, unit))
    # 1e-9 of a unit and a few bits of the float itself: 1.005 is stored below 1.005 and still is a half.
    assert abs(number - value) <= half * (1 + 1e-6) + abs(value) * 1e-15
    assert number == 0 or math.copysign(1, number) == math.copysign(1, value)


@DETERMINISTIC
@given(st.integers(-(10**12), 10**12))
def test_whole_numbers_are_exact(value):
    assert parsed(dutch(value, "count"))[0] == value


@DETERMINISTIC
@given(st.integers(-100_000, 100_000))
def test_halves_go_away_from_zero(tenths_and_a_half):
    # Written as a decimal fraction with a 5 behind the last place that is shown, as in 7.25.
    value = (tenths_and_a_half * 10 + math.copysign(5, tenths_and_a_half)) / 100
    assert abs(parsed(dutch(value, "grade"))[0]) == pytest.approx((abs(tenths_and_a_half) + 1) / 10)


def test_dates_in_dutch():
    assert dutch_date(datetime.date(2026, 4, 17)) == "17 april 2026"
    assert dutch_date(pd.Timestamp("2025-01-02")) == "2 januari 2025"
    assert dutch_date(datetime.date(2025, 5, 1), "month") == "mei 2025"
    months = [dutch_date(datetime.date(2025, month, 1), "month").removesuffix(" 2025") for month in range(1, 13)]
    assert months[:6] == ["januari", "februari", "maart", "april", "mei", "juni"]
    assert months[6:] == ["juli", "augustus", "september", "oktober", "november", "december"]


def test_lists_in_dutch():
    assert dutch_list([]) == ""
    assert dutch_list(["Kenia"]) == "Kenia"
    assert dutch_list(["Kenia", "Japan"]) == "Kenia en Japan"
    assert dutch_list(["Kenia", "Japan", "Vietnam"]) == "Kenia, Japan en Vietnam"
