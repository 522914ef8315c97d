"""What each published number says, as declared in book/facts.yml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from ..paths import ROOT
from .door import Shelf
from .reading import FIGURE_FREE, Declared, Sentence, Unit, read_by_key

BEHIND_THE_DOOR = ("book/facts.yml",)


class Fact(Declared):
    unit: Unit
    estimand: Annotated[Sentence, FIGURE_FREE]


_FACTS = Shelf("declared fact", lambda: read_by_key(ROOT / BEHIND_THE_DOOR[0], Fact))


def declared_facts() -> Mapping[str, dict]:
    """Fact key -> unit and estimand (what the number says, in Dutch). Errors: DeclaredError."""
    return _FACTS
