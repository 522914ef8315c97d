"""The record of a build: which run made what, from what, with what."""

from __future__ import annotations

import hashlib
import json

import pytest
import yaml
from rocrate.rocrate import ROCrate

PROCESS_RUN = "https://w3id.org/ro/wfrun/process/0.5"


@pytest.fixture(scope="module")
def crate(built) -> ROCrate:
    """Read back by the library for such records, from the folder of the edition."""
    return ROCrate(str((built.root / "_build").resolve()))


def actions(crate: ROCrate) -> dict[str, object]:
    return {entity["name"]: entity for entity in crate.get_by_type("CreateAction")}


def test_the_record_follows_the_profile_and_says_what_edition_it_is(crate, built):
    root = crate.root_dataset
    assert root["conformsTo"].id == PROCESS_RUN
    about = yaml.safe_load((built.root / "CITATION.cff").read_text(encoding="utf-8"))
    assert str(root["datePublished"])[:10] == str(about["date-released"]) and root["version"] == str(about["version"])
    assert "synthetische voorbeeldgegevens" in root["description"]
    assert {action.id for action in root["mentions"]} == {action.id for action in crate.get_by_type("CreateAction")}


def test_every_run_of_papermill_is_there_with_inputs_parameters_programs_and_output(crate, built):
    run = actions(crate)["Papermill run of annex effect"]
    assert run["startTime"] < run["endTime"]
    inputs = {entity["name"]: entity for entity in run["object"]}
    survey = built.root / "data/sample/2025/synthetisch_effectmeting.csv"
    assert inputs["data/sample/2025/synthetisch_effectmeting.csv"]["sha256"] == hashlib.sha256(survey.read_bytes()).hexdigest()
    assert "analysis/missions/estimates/survey.py" in inputs and "analysis/missions/estimates/drivers.py" not in inputs
    values = {entity["name"]: entity["value"] for entity in run["object"] if entity.type == "PropertyValue"}
    assert values == {"year": 2025, "deliveries": "sample", "first_year": 2021}
    assert run["instrument"]["name"] == "analysis/annexes/effect.py"
    programs = {program["name"]: program["version"] for program in run["instrument"]["softwareRequirements"]}
    assert programs["papermill"] == "2.7.0"
    (page,) = run["result"] if isinstance(run["result"], list) else [run["result"]]
    made = built.root / "_build/annexes/effect.ipynb"
    assert page["sha256"] == hashlib.sha256(made.read_bytes()).hexdigest()


def test_the_book_rests_on_the_pages_and_gives_what_readers_get(crate, built):
    run = actions(crate)["Assembly of site and PDFs"]
    assert {f"annexes/{name}.ipynb" for name in ("overview", "effect", "minister_valuation", "imvo")} <= {
        entity["name"] for entity in run["object"]
    }
    results = {entity["name"]: entity["sha256"] for entity in run["result"]}
    assert results["facts.json"] == hashlib.sha256((built.root / "_build/facts.json").read_bytes()).hexdigest()
    assert {f"pdf/{path.name}" for path in built.pdf.glob("*.pdf")} <= set(results)


def test_the_record_holds_no_path_of_the_machine_and_names_nobody(built):
    text = (built.root / "_build/ro-crate-metadata.json").read_text(encoding="utf-8")
    assert str(built.root) not in text and "/home/" not in text
    assert not [entity for entity in json.loads(text)["@graph"] if entity["@type"] == "Person"]
