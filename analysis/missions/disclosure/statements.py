"""What a printed number tells somebody who knows how it was rounded."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from .cells import Cell
from .programme import Unit
from .world import Stratum

FIRM = 1e-6  # a world keeps this part of a step away from where a printed number would change


@dataclass
class Statement:
    """What one printed number tells: low <= sum of coefficient * (count - truth) <= high."""

    unit: Unit
    terms: dict[int, float]
    low: float
    high: float
    scale: float = 1.0  # how much of it is one step of what it counts, for the cost of giving it up


@dataclass
class Ratio:
    """A printed mean, or share, over missions. parts: positions of answers and invited, and stratum or position of the yeses."""

    unit: Unit
    cell: Cell
    parts: list[tuple[int, int | None, Stratum | int]]
    truth: float
    bounds: list[tuple[str, float, float]] = field(default_factory=list)


def rounded(value: float, step: float) -> float:
    return math.floor(value / step + 0.5 + 1e-9) * step


def between(value: float, step: float) -> tuple[float, float]:
    """The unrounded numbers that print as this one does; always with the number itself."""
    printed, firm = rounded(value, step), FIRM * step
    return min(value, printed - step / 2 + firm), max(value, printed + step / 2 - firm)
