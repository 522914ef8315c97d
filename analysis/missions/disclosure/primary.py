"""What may not be known closely: the primary rules, and how far the truth must stay from what can be derived.

The rules on contributors (threshold, dominance, p%) are the general ones; `primary_rows` and `targets` apply them to
registered rows.
Source: Hundepool et al., Statistical Disclosure Control (2012), chapter 4.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

from .cells import UNITS, Cell, Population, Row
from .world import Stratum, World, answered_by, implies

FEWEST_MISSIONS = 3  # of which counts may be shown when it was promised never to count per mission
LARGEST_CLASS = 0.9
REACH_SHARE, REACH_N = 0.2, 3
_WIDER = {"forms": ("invited", "companies"), "invited": ("companies",), "independent_sme": ("companies",)}
_STEPS = {"signal": "self_scan", "talk": "signal", "agreement": "talk", "excluded": "talk", "followed_up": "agreement"}


def contributors(parts: Iterable[tuple[Hashable, float]], groups: dict[Hashable, Hashable] | None = None) -> list[float]:
    """What each contributor adds to a sum, largest first: rows of one company are one, companies of one group are one.

    parts: (company, amount). groups: company -> its group; a company without one stands alone.
    Errors: ValueError for an amount below zero, for which these rules do not hold.
    """
    amounts: dict[Hashable, float] = defaultdict(float)
    for company, amount in parts:
        if amount < 0:
            raise ValueError("dominance rules hold for amounts of zero or more")
        group = (groups or {}).get(company)
        amounts[("company", company) if group is None else ("group", group)] += amount
    return sorted(amounts.values(), reverse=True)


def too_few(amounts: Sequence[float], threshold: int) -> bool:
    """Threshold rule: fewer contributors than `threshold`, but at least one.

    Source: Hundepool et al. (2012), section 4.2.1 (minimum frequency rule).
    """
    return 0 < len(amounts) < threshold


def dominated(amounts: Sequence[float], n: int, k: float) -> bool:
    """(n,k)-dominance: the n largest are together more than k percent (0-100) of the sum.

    Source: Hundepool et al. (2012), section 4.2.2.
    """
    ordered = sorted(amounts, reverse=True)
    return sum(ordered[:n]) > k / 100 * sum(ordered)


def p_percent(amounts: Sequence[float], p: float) -> bool:
    """p%-rule: the second largest can estimate the largest to within p percent (0-100) by subtracting itself from the sum.

    Formula: sum - largest - second < p/100 * largest. One contributor is always unsafe. Source: Hundepool et al. (2012), 4.2.2.
    """
    ordered = sorted(amounts, reverse=True)
    if not ordered or ordered[0] == 0:
        return False
    return sum(ordered[2:]) < p / 100 * ordered[0]


def reach(value: int) -> int:
    """How far the derived range of a count must reach to each side: max(3, 20%)."""
    return max(REACH_N, math.ceil(REACH_SHARE * value - 1e-9))


def mean_reach(n: int, scale: tuple[float, float]) -> int:
    """How far the derived range of a sum of n answers must reach: 20% of the scale for the mean."""
    return math.ceil(REACH_SHARE * (scale[1] - scale[0]) * n - 1e-9)


def tells_an_answer(answers: Sequence[int], scale: tuple[float, float]) -> bool:
    """Whether n and sum confine a single answer to less than half of the scale, also for who subtracts an answer of its own."""
    low, high = scale

    def confined(n: int, total: float) -> bool:
        if n < 1:
            return False
        return min(high, total - (n - 1) * low) - max(low, total - (n - 1) * high) < (high - low) / 2

    n, total = len(answers), sum(answers)
    return confined(n, total) or any(confined(n - 1, total - own) for own in sorted(set(answers)))


def unsafe_mean(answers: Sequence[int], scale: tuple[float, float], threshold: int) -> str | None:
    """Why a mean of these answers may not be shown; None when it may."""
    if len(answers) < threshold:
        return f"rests on {len(answers)} answers"
    most = max(Counter(answers).values())
    if most == len(answers):
        return "all answers are the same"
    if most > LARGEST_CLASS * len(answers):
        return "one answer was given by more than nine in ten"
    if tells_an_answer(answers, scale):
        return "it lies so near the end of its scale that single answers follow"
    return None


def is_structural_zero(row: Row, world: World) -> bool:
    """Whether nothing could be counted: a question on the minister on missions without one, a group without missions."""
    populations = [cell.population for cell in row.cells]
    return bool(populations) and all(
        _cannot_be(found, cell.question, world) for found, cell in zip(populations, row.cells, strict=True)
    )


def _cannot_be(found: Population, question: str, world: World) -> bool:
    asked = {column for column, _ in found.where} | {question}
    of_minister = any(column.startswith("minister_") for column in asked)
    return not found.missions or (of_minister and all(world.missions[mission] == "none" for mission in found.missions))


def _public_zeros(rows: Sequence[Row], world: World) -> list[Population]:
    """Populations of nobody that a headline tells of: no exclusions, as the public record says too."""
    told = [cell.population for row in rows if row.headline for cell in row.cells if cell.kind == "count"]
    return [population for population in told if world.size(population) == 0]


def _unsafe_cell(row: Row, cell: Cell, world: World, threshold: int, zeros: Sequence[Population]) -> str | None:
    size = world.size(cell.population)
    if cell.kind == "count":
        if 0 < size < threshold:
            return f"counts {size}"
        if size == 0 and cell.population not in zeros:
            return "counts nobody"
        if row.promise and cell.population.where and len(cell.population.missions) < FEWEST_MISSIONS:
            return f"holds {len(cell.population.missions)} missions"
    elif cell.kind == "share":
        sides = size, world.size(cell.of) - size
        if min(sides) < threshold:
            return f"has sides of {sides[0]} and {sides[1]}"
    elif cell.kind == "mean":
        given = [answer for stratum in world.strata_of(cell) for answer in world.strata[stratum].given]
        return unsafe_mean(given, cell.scale, threshold)
    elif size < threshold:
        return f"rests on {size}"
    return None


def primary_rows(rows: Sequence[Row], world: World, threshold: int) -> dict[str, str]:
    """Row key -> why it may not be shown by itself; rows that are structural zeros are not among them."""
    unsafe, zeros = {}, _public_zeros(rows, world)
    for row in sorted(rows, key=lambda row: row.key):
        if is_structural_zero(row, world):
            continue
        reasons = [reason for cell in row.cells if (reason := _unsafe_cell(row, cell, world, threshold, zeros))]
        if row.largest_share is not None and row.largest_share > row.dominance:
            reasons.append("one contributor is too large a part of it")
        if row.promise and any(len(cell.population.missions) < FEWEST_MISSIONS for cell in row.cells):
            reasons.append("holds fewer than three missions")
        if reasons:
            unsafe[row.key] = reasons[0]
    return unsafe


@dataclass(frozen=True)
class Target:
    """A quantity that may not be known closely.

    kind: answers, register, chain, difference or mean. terms: (position of a count, coefficient). strata: for a mean, whose
    answers.
    value: the truth, of a mean the sum of its answers. below, above: how far the derived range must reach; 0: a natural end.
    """

    key: str
    kind: str
    value: int
    below: int
    above: int
    terms: tuple[tuple[int, int], ...] = ()
    strata: tuple[Stratum, ...] = ()


_KINDS = {"forms": "answers", "participations": "chain"}


def _count_target(name: str, kind: str, value: int, terms: dict[int, int], lowest: int = 0) -> Target:
    wanted = reach(value)
    kept = tuple(sorted((position, factor) for position, factor in terms.items() if factor))
    return Target(name, kind, value, max(0, min(wanted, value - lowest)), wanted, kept)


def contains(wide: Population, narrow: Population) -> bool:
    """Whether every unit of `narrow` is known to be in `wide`."""
    if not set(narrow.missions) <= set(wide.missions):
        return False
    if narrow.unit == wide.unit:
        return implies(_with_needed(narrow), wide.where)
    return not wide.where and wide.unit in _WIDER.get(narrow.unit, ())


def _with_needed(found: Population) -> tuple:
    """Conditions on a step of the IMVO chain with those on the steps that it needs."""
    where = dict(found.where)
    if found.unit == "participations":
        for step in [step for step, values in where.items() if values == ("True",)]:
            while step in _STEPS:
                step = _STEPS[step]
                where.setdefault(step, ("True",))
    return tuple(sorted(where.items()))


def targets(rows: Sequence[Row], world: World, threshold: int) -> tuple[Target, ...]:
    """All quantities that need protection, in order of their keys.

    Counts of 1 to threshold - 1 and counts of nobody where somebody was asked; both sides of shares; forms, invited and
    companies of every mission; differences of nested populations; counts under a promise; means of strata and of rows that are
    primary.
    """
    counted: dict[str, Population] = {}
    found: dict[str, Target] = {}
    zeros = _public_zeros(rows, world)

    def add(target: Target) -> None:
        if target.below or target.above:
            found.setdefault(target.key, target)

    def add_count(population: Population, promised: bool = False) -> None:
        size = world.size(population)
        told = size == 0 and (not population.where or any(contains(zero, population) for zero in zeros))
        if (size < threshold or (promised and population.where)) and not told:
            # A mission that took place had a company, and a row stands where somebody answered: one is a natural end there.
            lowest = 1 if population.unit in ("forms", "invited", "companies") and size else 0
            kind = _KINDS.get(population.unit, "register")
            made = _count_target(f"count {population.key}", kind, size, world.terms(population), lowest)
            if kind == "chain" and size >= threshold:
                # Of so many participations no more than all can have reached a step.
                whole = world.size(Population(population.unit, population.missions))
                made = replace(made, above=min(made.above, whole - size))
            add(made)

    for row in sorted(rows, key=lambda row: row.key):
        if is_structural_zero(row, world):
            continue
        for cell in row.cells:
            if cell.kind == "count":
                counted[cell.population.key] = cell.population
                add_count(cell.population, bool(row.promise) and len(cell.population.missions) < FEWEST_MISSIONS)
            elif cell.kind == "share":
                add_count(cell.population)
                size, of = world.size(cell.population), world.size(cell.of)
                if of - size < threshold:
                    terms = Counter(world.terms(cell.of))
                    terms.subtract(world.terms(cell.population))
                    add(_count_target(f"other side {cell.population.key} in {cell.of.key}", "answers", of - size, terms))
            elif cell.kind == "mean":
                for target in _mean_targets(cell, world, threshold):
                    add(target)
    for position, (unit, mission, where) in enumerate(world.atoms):
        if unit in ("forms", "invited", "companies") and not where and 0 < world.true[position] < threshold:
            add_count(Population(unit, (mission,)))
    for target in _differences(counted, world, threshold):
        add(target)
    for target in _mean_differences(rows, world, threshold):
        add(target)
    return tuple(found[key] for key in sorted(found))


def _sum_target(key: str, strata: Sequence[Stratum], world: World) -> Target:
    answers = [world.strata[stratum] for stratum in strata]
    n, total, (low, high) = sum(len(a.given) for a in answers), sum(a.total for a in answers), answers[0].scale
    wanted = mean_reach(n, (low, high))
    below, above = min(wanted, math.floor(total - low * n)), min(wanted, math.floor(high * n - total))
    return Target(key, "mean", total, below, above, strata=tuple(strata))


def _mean_targets(cell: Cell, world: World, threshold: int) -> list[Target]:
    heard = [stratum for stratum in world.strata_of(cell) if world.strata[stratum].given]
    made = [
        _sum_target(f"mean {stratum[0]} {stratum[2]} {stratum[1]}", [stratum], world)
        for stratum in heard
        if len(world.strata[stratum].given) < threshold
    ]
    given = [answer for stratum in heard for answer in world.strata[stratum].given]
    if given and unsafe_mean(given, cell.scale, threshold):
        made.append(_sum_target(f"mean {cell.question} {answered_by(cell).key}", heard, world))
    return made


def _differences(counted: dict[str, Population], world: World, threshold: int) -> list[Target]:
    """Nested published populations that differ by little; of answers within invited also when all of them answered."""
    sized = sorted((world.size(found), key) for key, found in counted.items())
    made = []
    for place, (size, key) in enumerate(sized):
        for larger, other in sized[place + 1 :]:
            if larger - size >= threshold:
                break
            wide, narrow = counted[other], counted[key]
            if size == larger and contains(narrow, wide):
                wide, narrow = narrow, wide
            everybody = (narrow.unit, wide.unit) == ("forms", "invited") and size > 0
            if (larger > size or everybody) and contains(wide, narrow) and UNITS[wide.unit] != UNITS.get("persons"):
                terms = Counter(world.terms(wide))
                terms.subtract(world.terms(narrow))
                made.append(_count_target(f"difference {wide.key} - {narrow.key}", "difference", larger - size, terms))
    return made


def _mean_differences(rows: Sequence[Row], world: World, threshold: int) -> list[Target]:
    """Means of what lies between two nested populations of the same question, where few answered."""
    of_question: dict[str, dict[frozenset, None]] = defaultdict(dict)
    for row in sorted(rows, key=lambda row: row.key):
        for cell in row.cells:
            if cell.kind == "mean" and len(cell.population.missions) > 1:
                heard = frozenset(stratum for stratum in world.strata_of(cell) if world.strata[stratum].given)
                of_question[cell.question][heard] = None
    made = []
    for question, sets in sorted(of_question.items()):
        for narrow in sets:
            for wide in sets:
                between = sorted(wide - narrow)
                n = sum(len(world.strata[stratum].given) for stratum in between)
                if narrow < wide and 0 < n < threshold:
                    names = " ".join(stratum[2] for stratum in between)
                    made.append(_sum_target(f"mean difference {question} {names} {between[0][1]}", between, world))
    return made
