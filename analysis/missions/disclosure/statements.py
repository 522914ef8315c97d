"""What a printed number tells somebody who knows how it was rounded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from .cells import Cell
from .programme import Unit
from .world import Stratum

FIRM = 1e-4  # a world keeps this part of a step away from where a printed number would change


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

    def asked(self, counts: Sequence[int]) -> list[tuple[int, int, Stratum | int]]:
        """The parts that the worst and best case are taken over: of an interval only the missions with an answer."""
        everybody = self.cell.ends == "possible"
        return [(n, of, by) for n, of, by in self.parts if of is not None and (everybody or counts[n] > 0)]


def rounded(value: float, step: float) -> float:
    return math.floor(value / step + 0.5 + 1e-9) * step


def between(value: float, step: float) -> tuple[float, float]:
    """The unrounded numbers that print as this one does; always with the number itself."""
    printed, firm = rounded(value, step), FIRM * step
    return min(value, printed - step / 2 + firm), max(value, printed + step / 2 - firm)
