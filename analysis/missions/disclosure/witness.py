"""Another world, as proof that a quantity is protected; confidential, because two of them around a count give the count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .world import Stratum, World


@dataclass(frozen=True)
class Witness:
    """A complete world: a count per atom, a sum of answers per stratum. moved: the atoms and strata in which it is not the
    truth."""

    counts: tuple[int, ...]
    sums: Mapping[Stratum, int]
    moved: frozenset[int | Stratum]


def witness_of(world: World, counts: Sequence[int], sums: Mapping[Stratum, int]) -> Witness:
    moved: set[int | Stratum] = {at for at, (a, b) in enumerate(zip(counts, world.true, strict=True)) if a != b}
    moved |= {stratum for stratum, answers in world.strata.items() if sums[stratum] != answers.total}
    return Witness(tuple(counts), sums, frozenset(moved))


def as_moves(world: World, witness: Witness) -> tuple[tuple[tuple, int], ...]:
    """A world as its differences from the truth, for a record."""
    moves = [(world.atoms[at], witness.counts[at] - world.true[at]) for at in witness.moved if isinstance(at, int)]
    moves += [(at, witness.sums[at] - world.strata[at].total) for at in witness.moved if not isinstance(at, int)]
    return tuple(sorted(moves, key=lambda move: repr(move[0])))


def from_moves(world: World, moves: Sequence[tuple[tuple, int]]) -> Witness | None:
    """The world that a record speaks of; None when it speaks of other deliveries."""
    counts, sums = list(world.true), {stratum: answers.total for stratum, answers in world.strata.items()}
    for key, by in moves:
        if key in world.index:
            counts[world.index[key]] += by
        elif key in sums:
            sums[key] += by
        else:
            return None
    return witness_of(world, counts, sums)
