"""How survey questions were put in a reporting year, question by question."""

from __future__ import annotations

from collections.abc import Mapping

from .door import Shelf
from .year_file import Question, load_year


def questions(reporting_year: int, data: str) -> Mapping[str, Question]:
    """Question -> how it was put."""
    return Shelf("question", lambda year, data: load_year(year, data).questions, reporting_year, data)


def scales(reporting_year: int, data: str) -> Mapping[str, tuple[int, int]]:
    """Question on a scale -> (lowest, highest)."""
    return Shelf("scale", lambda year, data: load_year(year, data).scales, reporting_year, data)
