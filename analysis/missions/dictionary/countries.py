"""Countries: ISO 3166 alpha-3 code -> Dutch name, from countries.csv beside this file."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

READS = ("analysis/missions/dictionary/countries.csv",)


@cache
def country_names() -> dict[str, str]:
    """All codes with their Dutch names; XAA to XAZ are the invented countries of the sample (codes that ISO leaves free)."""
    with open(Path(__file__).with_suffix(".csv"), encoding="utf-8", newline="") as file:
        return {row["country_iso3"]: row["name_nl"] for row in csv.DictReader(file)}
