"""Figures that may be typed in prose, as declared in book/typed_figures.yml; all others come from a fact or a setting."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from ..paths import ROOT
from .door import Shelf
from .reading import Declared, Sentence, Text, must, read_by_key

BEHIND_THE_DOOR = ("book/typed_figures.yml",)


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


class Allowed(Declared):
    pattern: Annotated[Text, must("be a regular expression", _is_pattern)]
    reason: Sentence


_ALLOWED = Shelf("typed figure", lambda: read_by_key(ROOT / BEHIND_THE_DOOR[0], Allowed))


def allowed_figures() -> Mapping[str, dict]:
    """Name -> pattern and reason. Errors: DeclaredError."""
    return _ALLOWED
