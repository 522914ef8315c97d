"""Nothing confidential in the repository, nothing below the threshold in what is published."""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import yaml

from missions import store
from missions.assumptions import assumption
from missions.estimates import survey
from missions.present.outputs import MIME
from missions.year import ROOT, load_year


def tracked_files() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()


def test_no_confidential_delivery_is_in_the_repository():
    files = tracked_files()
    assert not [name for name in files if name.startswith("data/confidential")]
    sidecars = [name for name in files if name.endswith(".source.yml")]
    assert len(sidecars) >= 7
    for name in sidecars:
        assert yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))["sensitivity"] == "public", name
    delivered = [name for name in files if name.startswith(("data/raw/", "data/sample/")) and not name.endswith(".yml")]
    assert {name.rsplit(".", 1)[0] + ".source.yml" for name in delivered} == set(sidecars)


def test_the_build_leaves_no_trace_of_the_machine(built):
    """No path, no user, no run times in anything that is published."""
    published = [path for folder in (built.html, built.root / "book" / "annexes") for path in folder.rglob("*") if path.is_file()]
    for path in [*published, built.root / "_build" / "facts.json"]:
        if path.suffix in (".html", ".ipynb", ".json", ".csv", ".js", ".css"):
            text = path.read_text(encoding="utf-8")
            for trace in (
                str(built.root),
                str(ROOT),
                "papermill",
                "injected-parameters",
                "ipykernel",
                "/home/",
                f"{Path.home()}/",
            ):
                assert trace not in text, f"{path.name}: {trace}"


def test_pages_of_annexes_hold_nothing_but_text_and_released_outputs(built):
    for path in (built.root / "book" / "annexes").glob("*.ipynb"):
        for cell in nbformat.read(path, 4).cells:
            if cell.cell_type == "code":
                assert cell.source == "#" and all(set(output.data) == {MIME} for output in cell.outputs)


@pytest.fixture(scope="module")
def small_missions(built) -> pd.DataFrame:
    """The missions of the sample with too few answers, and what their mean would have been."""
    folder = built.root / "data" / "validated" / "sample" / "2025"
    answers, register = (pd.read_parquet(folder / f"{name}.parquet") for name in ("survey_answers", "mission_register"))
    means = survey.mission_means(answers, register, "grade", (1, 10))
    small = means[(means["year"] == 2025) & (means["n"] < 10)]
    assert len(small), "the sample must hold a mission below the threshold, or this file tests nothing"
    return small


def test_missions_below_the_threshold_reach_no_table_chart_or_download(built, small_missions):
    rows = {
        row["mission_id"]: row
        for row in csv.DictReader((built.html / "data" / "effect-grade-missions.csv").open(encoding="utf-8"))
    }
    for mission in small_missions.itertuples():
        row = rows[mission.mission_id]
        assert row["status"] == "suppressed" and not any(row[name] for name in ("value", "low", "high", "n"))
    withheld = [row for row in rows.values() if row["status"] == "suppressed"]
    assert len(withheld) >= 2, "a single withheld row could be found by subtraction from the total"


def test_no_published_number_rests_on_fewer_than_the_threshold(built):
    threshold = assumption("publication_threshold", 2025)
    for fact in built.facts().values():
        assert fact["n"] is None or fact["n"] == 0 or fact["n"] >= threshold, fact["key"]
    for path in (built.html / "data").glob("*.csv"):
        for row in csv.DictReader(path.open(encoding="utf-8")):
            if row.get("n"):
                assert float(row["n"]) == 0 or float(row["n"]) >= threshold, path.name
    for path in (built.root / "book" / "annexes").glob("*.ipynb"):
        for cell in nbformat.read(path, 4).cells:
            for output in cell.get("outputs", []):
                payload = output["data"][MIME]
                if payload["kind"] == "facts":
                    assert all(f["n"] is None or f["n"] == 0 or f["n"] >= threshold for f in payload["facts"])


def test_a_survey_with_too_few_answers_publishes_nothing_about_them(workshop):
    """Almost nobody answered about the reporting year: every number on it is withheld, the build still stands."""
    delivery = "data/sample/2025/synthetisch_effectmeting.csv"
    path = workshop.root / delivery
    head, rest = path.read_text(encoding="utf-8").split("\n", 1)
    lines = rest.splitlines()
    kept = [lines[0]] + [line for line in lines[1:] if ";2025-" not in line]
    kept += [line for line in lines[1:] if ";2025-XAF-01;" in line]
    path.write_text("\n".join([head, *kept]) + "\n", encoding="utf-8")
    workshop.reseal(delivery)
    workshop.build()
    facts = workshop.facts()
    for key in (
        "effect_mean_grade",
        "effect_answers_n",
        "effect_response_pct",
        "effect_matchmaking_score",
        "valuation_added_value_score",
    ):
        fact = facts[key]
        assert fact["status"] == "suppressed" and fact["value"] is None and fact["n"] is None, key
        assert fact["text"] == "niet gepubliceerd"
    assert facts["record_mean_grade"]["text"] == "8,0"
    assert "niet gepubliceerd" in (workshop.html / "book" / "letter.html").read_text(encoding="utf-8")


def test_validated_tables_say_where_they_come_from(built):
    manifest = json.loads((built.root / "data/validated/sample/2025/manifest.json").read_text(encoding="utf-8"))
    year = load_year(2025, "sample")
    assert set(manifest) == set(year.deliveries)
    assert {name for name, origin in manifest.items() if origin["synthetic"]} == {
        "mission_register",
        "survey_answers",
        "imvo_steps",
    }
    assert store.ORIGIN == "origin"
