"""Dutch numbers and dates: the one place where a value becomes text."""

from __future__ import annotations

import datetime
import math

from ..declared.units import UNITS, printed_ends

WITHHELD = "niet gepubliceerd"
UNKNOWN = "niet bekend"

_MONTHS = [
    "januari", "februari", "maart", "april", "mei", "juni",
    "juli", "augustus", "september", "oktober", "november", "december",
]  # fmt: skip
_QUALIFIERS = {
    "exact": "{}",
    "about": "ongeveer {}",
    "over": "ruim {}",
    "under": "minder dan {}",
    "as of Feb 2017": "{} (stand februari 2017)",
    "as of Oct 2017": "{} (stand oktober 2017)",
    "two thirds on average": "gemiddeld twee derde",
}


def is_missing(value: object) -> bool:
    # NaN and NaT differ from themselves; NA does not even answer. pandas is not imported for it: pages print numbers too.
    return value is None or type(value).__name__ == "NAType" or bool(value != value)


def _rounded(value: float, decimals: int) -> float:
    # Half away from zero, as readers learned at school: 7.25 -> 7,3 (Python's own rounding gives 7,2).
    shift = 10**decimals
    return math.copysign(math.floor(abs(value) * shift + 0.5 + 1e-9) / shift, value)


def as_published(value: object, unit: str | None) -> object:
    """A value rounded as its text is: what is published says no more in a file than on the page.

    PRIVACY: a mean in full precision gives away sums that its text does not.
    """
    if unit not in UNITS or unit == "eur" or is_missing(value):
        return value
    return _rounded(float(value), UNITS[unit][0])


def interval_as_published(low: object, high: object, unit: str | None) -> tuple[float, float] | None:
    """Both ends of an interval as its text has them, outwards; None where there is none. This is where intervals are rounded.

    The ends of a scale and 0 and 100 percent are printed exactly, so that an interval within them stays within them.
    """
    if is_missing(low) or is_missing(high):
        return None
    low, high = float(low), float(high)
    return (low, high) if unit not in UNITS or unit == "eur" else printed_ends(low, high, UNITS[unit][0])


def _grouped(value: float, decimals: int) -> str:
    text = f"{abs(_rounded(value, decimals)):,.{decimals}f}".translate(str.maketrans(",.", ".,"))
    return f"−{text}" if _rounded(value, decimals) < 0 else text


def _euros(value: float) -> str:
    if _rounded(abs(value) / 1e6, 1) >= 1000:
        return _grouped(value / 1e9, 1).removesuffix(",0") + " miljard euro"
    if _rounded(abs(value), 0) >= 1e6:
        return _grouped(value / 1e6, 1).removesuffix(",0") + " miljoen euro"
    return UNITS["eur"][1].format(_grouped(value, 0))


def qualifier_words(qualifier: str) -> str | None:
    """The words that a qualifier adds to a value, the value left out: "over" is "ruim". None where it adds nothing."""
    return None if qualifier == "exact" else _QUALIFIERS.get(qualifier, UNKNOWN).replace("{}", "").strip(" ()")


def dutch(value: float | int | None, unit: str, qualifier: str = "exact") -> str:
    """A value as Dutch text: dutch(1234.5, "count") == "1.235"; dutch(2e9, "eur", "over") == "ruim 2 miljard euro".

    unit: one of UNITS; "pct" takes 0-100. A missing value becomes `UNKNOWN`.
    Errors: KeyError for an unknown unit or qualifier, ValueError for words that do not fit the value: a figure never loses or
    changes its qualifier silently.
    """
    decimals, pattern = UNITS[unit]
    words = _QUALIFIERS[qualifier]
    if is_missing(value):
        return UNKNOWN
    value = float(value)
    if qualifier == "two thirds on average" and _rounded(value, 0) != 67:
        raise ValueError(f"'{qualifier}' is said of {value:g}")
    if unit == "year":
        return words.format(int(value))
    if unit == "eur":
        return words.format(_euros(value))
    return words.format(pattern.format(_grouped(value, 0 if unit == "pct_as_published" and value == 0 else decimals)))


def dutch_interval(low: float | None, high: float | None, unit: str) -> str:
    """An interval as Dutch text ("7,2 tot 7,7"), its ends rounded outwards; empty when there is none, as in a census."""
    ends = interval_as_published(low, high, unit)
    if ends is None:
        return ""
    low, high = ends
    if unit in ("eur", "year"):
        return f"{dutch(low, unit)} tot {dutch(high, unit)}"
    decimals, pattern = UNITS[unit]
    return pattern.format(f"{_grouped(float(low), decimals)} tot {_grouped(float(high), decimals)}")


def dutch_date(day: datetime.date, precision: str = "day") -> str:
    """17 april 2026; with precision "month": april 2026."""
    month = f"{_MONTHS[day.month - 1]} {day.year}"
    return f"{day.day} {month}" if precision == "day" else month


def dutch_list(items: list[str]) -> str:
    """a, b en c"""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} en {items[-1]}" if items else ""
