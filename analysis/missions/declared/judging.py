"""Words by which a sentence judges, and those that may stand in one that nothing tests: two files of book/."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from ..paths import ROOT
from .door import Shelf
from .reading import FIGURE_FREE, Name, Text, read, read_by_key
from .typed_figures import Allowed

BEHIND_THE_DOOR = ("book/judging_words.yml", "book/judging_exceptions.yml")
Words = Annotated[Text, FIGURE_FREE]
_WORDS = Shelf("judging words", lambda: read(ROOT / BEHIND_THE_DOOR[0], dict[Name, Words]))
_ALLOWED = Shelf("judgement", lambda: read_by_key(ROOT / BEHIND_THE_DOOR[1], Allowed))


def judging_vocabulary() -> Mapping[str, str]:
    """What the words do -> words and phrases, with a comma between them. Errors: DeclaredError."""
    return _WORDS


def allowed_judgements() -> Mapping[str, dict]:
    """Name -> pattern and reason. Errors: DeclaredError."""
    return _ALLOWED
