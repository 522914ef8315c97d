"""What is told of the publication as a whole: title, makers, version, date and licences, from CITATION.cff."""

from __future__ import annotations

import datetime
from typing import Annotated

from pydantic import Field

from ..paths import ROOT
from .reading import Foreign, Text, read

BEHIND_THE_DOOR = ("CITATION.cff",)


class Author(Foreign):
    name: Text


class Citation(Foreign):
    title: Text
    version: Text
    released_on: Annotated[datetime.date, Field(alias="date-released")]
    license: list[Text]
    authors: list[Author]


def citation() -> Citation:
    """Errors: DeclaredError."""
    return read(ROOT / BEHIND_THE_DOOR[0], Citation)
