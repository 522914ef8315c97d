"""The Dutch words for the codes in the data, as declared in book/labels.yml."""

from __future__ import annotations

from typing import Annotated

from ..paths import ROOT
from .reading import FIGURE_FREE, Text, read

BEHIND_THE_DOOR = ("book/labels.yml",)


def read_labels() -> dict[str, str]:
    """Code -> words. Errors: DeclaredError."""
    return read(ROOT / BEHIND_THE_DOOR[0], dict[Text, Annotated[Text, FIGURE_FREE]])
