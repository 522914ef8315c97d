"""What a printed number tells somebody who knows how it was rounded."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .cells import Cell
from .programme import Unit
from .world import Stratum, World

FIRM = 1e-4  # a world keeps this part of a step away from where a printed number would change
_PARTS = 20  # breaking a printed mean by so small a part of its step counts as one count


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
    """A printed mean, or share, over missions, or its worst and best case.

    parts: positions of answers and invited, and stratum or position of the yeses. bounds: what of it is told ("value", "lowest",
    "highest"), from and to.
    """

    unit: Unit
    cell: Cell
    parts: list[tuple[int, int | None, Stratum | int]]
    truth: float = 0.0
    bounds: list[tuple[str, float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rests_on = frozenset(at for n, invited, of in self.parts for at in (n, invited, of) if isinstance(at, int))

    # What a world would print.

    def asked(self, counts: Sequence[int]) -> list[tuple[int, int, Stratum | int]]:
        """The parts that the worst and best case are taken over: of an interval only the missions with an answer."""
        everybody = self.cell.ends == "possible"
        return [(n, of, by) for n, of, by in self.parts if of is not None and (everybody or counts[n] > 0)]

    def weights(self, counts: Sequence[int]) -> list[float]:
        chosen = self.cell.weights
        if chosen == "answers":
            return [float(counts[n]) for n, _, _ in self.parts]
        if chosen == "missions":
            return [1.0 if counts[n] > 0 else 0.0 for n, _, _ in self.parts]
        return [float(counts[n] if of is None else counts[of]) if counts[n] > 0 else 0.0 for n, of, _ in self.parts]

    def value(self, counts: Sequence[int], sums: Mapping[Stratum, int]) -> float:
        weights = self.weights(counts)
        total = sum(weights)
        if total <= 0:
            return math.nan
        told = 0.0
        for weight, (n, _, of) in zip(weights, self.parts, strict=True):
            if weight > 0:
                told += weight * (counts[of] if isinstance(of, int) else sums[of]) / counts[n]
        return told / total

    def possible(self, counts: Sequence[int], sums: Mapping[Stratum, int], end: float) -> float:
        """The mean of all who could have answered if all who did not had given `end`."""
        heard = self.asked(counts)
        invited = sum(counts[of] for _, of, _ in heard)
        if not invited:
            return math.nan
        return sum(sums[stratum] + (counts[of] - counts[n]) * end for n, of, stratum in heard) / invited

    def agrees(self, counts: Sequence[int], sums: Mapping[Stratum, int]) -> bool:
        """Whether all that is printed of it comes out the same."""
        for name, low, high in self.bounds:
            if name == "value":
                found = self.value(counts, sums)
            else:
                found = self.possible(counts, sums, self.cell.scale[name == "highest"])
            if not low - 1e-9 <= found <= high + 1e-9:
                return False
        return True

    # The same to the first order.

    def linear(
        self, true: Sequence[int], totals: Mapping[Stratum, int]
    ) -> Iterator[tuple[dict[int, float], float, float, Unit, float]]:
        """Coefficients, bounds, unit and step as counts change: missions keep their mean, yeses count to the first order."""
        weights = self.weights(true)
        everything = sum(weights)
        terms: dict[int, float] = defaultdict(float)
        for weight, (n, invited, of) in zip(weights, self.parts, strict=True):
            if not weight:
                continue
            mean = (true[of] if isinstance(of, int) else totals[of]) / true[n]
            moved = {"answers": n, "missions": None}.get(self.cell.weights, invited if invited is not None else n)
            if moved is not None:
                terms[moved] += (mean - self.truth) / everything
            if isinstance(of, int):
                terms[of] += weight / true[n] / everything
                terms[n] -= weight * mean / true[n] / everything
        for name, low, high in self.bounds:
            if name == "value":
                step = self.cell.step / (100 if self.cell.kind == "share" else 1)
                yield dict(terms), low - self.truth, high - self.truth, self.unit, step / _PARTS
            else:
                yield self._linear_possible(true, totals, self.cell.scale[name == "highest"], low, high)

    def _linear_possible(self, true: Sequence[int], totals: Mapping[Stratum, int], end: float, low: float, high: float):
        """What the silent leave possible, to the first order in answers and invited."""
        value, heard = self.possible(true, totals, end), self.asked(true)
        invited = sum(true[of] for _, of, _ in heard)
        terms: dict[int, float] = defaultdict(float)
        for n, of, stratum in heard:
            terms[n] += ((totals[stratum] / true[n] if true[n] else sum(self.cell.scale) / 2) - end) / invited
            terms[of] += (end - value) / invited
        return dict(terms), low - value, high - value, self.unit, self.cell.ends_step / _PARTS


def ratio_of(key: str, cell: Cell, world: World) -> Ratio | None:
    """What a printed mean or share of the row `key` tells; None when nothing."""
    parts = []
    if cell.kind == "mean":
        for stratum in world.strata_of(cell):
            parts.append((world.strata[stratum].n, world.index.get((cell.silent_among, stratum[2], ())), stratum))
    else:
        for mission in cell.of.missions:
            n = world.index[cell.of.unit, mission, cell.of.where]
            yes = world.index.get((cell.population.unit, mission, cell.population.where))
            if yes is not None:
                parts.append((n, world.index.get(("invited", mission, ())), yes))
    sums = {stratum: answers.total for stratum, answers in world.strata.items()}
    ratio = Ratio(("row", key), cell, parts)
    ratio.truth = ratio.value(world.true, sums)
    if math.isnan(ratio.truth):
        return None
    ends = [ratio.possible(world.true, sums, end) for end in cell.scale or ()]
    if cell.ends == "possible":
        ratio.bounds += _possible_bounds(cell, *ends)
        return ratio
    per = 100 if cell.kind == "share" else 1
    low, high = (bound / per - cell.value / per for bound in between(cell.value, cell.step))
    ratio.bounds.append(("value", ratio.truth + low, ratio.truth + high))
    if cell.kind == "mean" and cell.low is not None and not math.isnan(cell.low):
        ratio.bounds += _end_bounds(ratio, *ends)
    return ratio


def _possible_bounds(cell: Cell, lowest: float, highest: float) -> list[tuple[str, float, float]]:
    """What the printed worst and best case tell of the unrounded ones."""
    half = cell.ends_step / 2 * (1 - FIRM)
    return [
        ("lowest", min(lowest, cell.low - half), max(lowest, cell.low + half)),
        ("highest", min(highest, cell.high - half), max(highest, cell.high + half)),
    ]


def _end_bounds(ratio: Ratio, lowest: float, highest: float) -> list[tuple[str, float, float]]:
    """What the printed ends of an interval tell beside the mean: its middle, or what the silent leave possible."""
    cell, firm = ratio.cell, FIRM * ratio.cell.ends_step
    low, high, step = cell.low, cell.high, cell.ends_step
    at_low = not math.isnan(lowest) and abs(math.floor(lowest / step + 1e-9) * step - low) < 1e-6
    at_high = not math.isnan(highest) and abs(math.ceil(highest / step - 1e-9) * step - high) < 1e-6
    # The ends are never nearer than what the silent leave possible, and where that is printed they are it.
    least = min(lowest, low) if at_low and low > cell.scale[0] + 1e-9 else -math.inf
    most = max(highest, high) if at_high and high < cell.scale[1] - 1e-9 else math.inf
    bounds = [("lowest", least, max(lowest, low + step - firm)), ("highest", min(highest, high - step + firm), most)]
    bounds = [bound for bound, known in zip(bounds, (lowest, highest), strict=True) if not math.isnan(known)]
    # An end that is cut off does not say how far the half width would have gone to that side.
    open_low, open_high = at_low or low <= cell.scale[0] + 1e-9, at_high or high >= cell.scale[1] - 1e-9
    middle = (low + high) / 2
    under = -math.inf if open_low else min(ratio.truth, middle - step / 2 + firm)
    over = math.inf if open_high else max(ratio.truth, middle + step / 2 - firm)
    return [*bounds, ("value", under, over)]


def rounded(value: float, step: float) -> float:
    return math.floor(value / step + 0.5 + 1e-9) * step


def between(value: float, step: float) -> tuple[float, float]:
    """The unrounded numbers that print as this one does; always with the number itself."""
    printed, firm = rounded(value, step), FIRM * step
    return min(value, printed - step / 2 + firm), max(value, printed + step / 2 - firm)
