"""Errors that were found after publication, as declared in book/errata.yml."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from ..paths import ROOT
from .door import Shelf
from .reading import Declared, Text, read

BEHIND_THE_DOOR = ("book/errata.yml",)


class Erratum(Declared):
    """was, is: as printed, and as it should have been. version: the first one without the error."""

    found_on: datetime.date
    place: Text
    was: Text
    is_: Annotated[Text, Field(alias="is")]
    cause: Text
    decided_by: Text
    version: Text


class _Errata(Declared):
    errata: list[Erratum]


def _read() -> dict[str, dict]:
    entries = read(ROOT / BEHIND_THE_DOOR[0], _Errata).errata
    return {str(number): entry.model_dump(by_alias=True) for number, entry in enumerate(entries, 1)}


_ERRATA = Shelf("erratum", _read)


def declared_errata() -> Mapping[str, dict]:
    """Number in the file -> fields of the entry. Errors: DeclaredError."""
    return _ERRATA
