"""The units in which numbers are published: what facts and claims may name, and how each is written."""

from __future__ import annotations

import math

# unit -> decimals and the words around the number
UNITS = {
    "count": (0, "{}"),
    "year": (0, "{}"),
    "grade": (1, "{}"),
    "score": (1, "{}"),
    "score_change": (2, "{} punt"),
    "pct": (0, "{}%"),
    "pp": (0, "{} procentpunt"),
    "pct_as_published": (1, "{} procent"),
    "eur": (0, "€ {}"),
}


def printed_ends(low: float, high: float, decimals: int) -> tuple[float, float] | None:
    """The ends of an interval as they are printed: rounded outwards, so that print never claims more than was computed.

    None where the ends are the same: a census has no interval.
    """
    if high - low < 1e-9:
        return None
    step = 10.0**-decimals
    # 1e-9: an end that is a multiple of the step up to rounding error stays where it is. + 0.0: no end of minus zero.
    low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    return round(low, decimals) + 0.0, round(high, decimals) + 0.0
