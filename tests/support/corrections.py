"""Corrections of deliveries: two entries that fit, and how a test writes some."""

from __future__ import annotations

from pathlib import Path

import yaml

PUBLIC, CONFIDENTIAL = "data/corrections/2025.yml", "data/confidential/corrections/2025.yml"
ENTRY = {
    "file": "record_series.csv",
    "key": {"indicator": "sme_share", "period_start": 2008, "period_end": 2022, "qualifier": "about"},
    "column": "value",
    "old": "66.7",
    "new": "66.6",
    "reason": "typed over wrongly from the source",
    "confirmed_by": "editor of the record",
}
CONFIDENTIAL_ENTRY = ENTRY | {"file": "survey_answers.csv", "key": {"answer_id": 1}, "column": "grade", "old": 8, "new": 7}


def write_entries(house: Path, *entries: dict, place: str = PUBLIC) -> None:
    path = house / place
    path.parent.mkdir(parents=True, exist_ok=True)
    # One by one, or YAML would write what two of them share only once.
    path.write_text("corrections:\n" + "".join(yaml.safe_dump([entry]) for entry in entries), encoding="utf-8")
