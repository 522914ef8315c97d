"""Stand-in until the joint decision is merged."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pattern:
    withheld: frozenset = frozenset()
    blank: frozenset = frozenset()
    structural: frozenset = frozenset()
