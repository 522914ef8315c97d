"""What each published number says, as declared in book/facts.yml."""

from __future__ import annotations

from collections.abc import Mapping

from ..paths import ROOT
from .door import Shelf
from .reading import load_mapping

BEHIND_THE_DOOR = ("book/facts.yml",)


def _read() -> dict[str, dict]:
    return load_mapping(ROOT / "book" / "facts.yml")


_FACTS = Shelf("declared fact", _read)


def declared_facts() -> Mapping[str, dict]:
    """Fact key -> unit and estimand (what the number says, in Dutch)."""
    return _FACTS
