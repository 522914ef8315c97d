"""Nothing confidential in the repository, nothing below the threshold in what is published."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import yaml

from missions import store
from missions.declared.assumptions import assumption
from missions.declared.year_file import load_year
from missions.dictionary import deliveries
from missions.estimates import survey
from missions.paths import ROOT
from missions.present.renderer import MIME
from missions.sources.sidecar import sidecar_path
from support.checkout import REGISTER, Checkout
from support.publication import pdf_pages
from support.real import REAL, put_all_real


def tracked_secrets(root: Path) -> list[str]:
    """Files in git that are marked confidential or internal, or lie beside no sidecar that says they are public."""
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True).stdout.splitlines()
    found = [name for name in listed if name.startswith("data/confidential")]
    for name in listed:
        if re.fullmatch(r"data/published/(sample/)?\d{4}\.json", name):  # what everybody could read already
            found += [name] if json.loads((root / name).read_bytes())["edition"] != "public" else []
        elif re.fullmatch(r"data/published/(signers|(sample/)?\d{4}\.manifest\.json(\.sig)?)", name):
            continue  # hashes, signatures and public keys
        elif name.startswith("data/") and not name.endswith((".source.yml", "/truth.json")) and "/corrections/" not in name:
            beside = sidecar_path(root / name)
            fields = yaml.safe_load(beside.read_text(encoding="utf-8")) if beside.is_file() else {}
            found += [name] if fields.get("sensitivity") != "public" else []
    return sorted(set(found))


def test_no_confidential_delivery_is_in_the_repository():
    assert tracked_secrets(ROOT) == []


def test_a_confidential_delivery_in_git_is_found_wherever_it_lies(tmp_path):
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    for name, sensitivity in {
        "data/confidential/2025/survey.csv": "public",  # the folder alone says enough
        "data/raw/2025/a.csv": "public",
        "data/raw/2025/internal.xlsx": "internal",
        "data/sample/2025/confidential.sav": "confidential",
        "data/published/unknown.parquet": None,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        if sensitivity:
            sidecar_path(path).write_text(f"sensitivity: {sensitivity}\n", encoding="utf-8")
    subprocess.run(["git", "add", "--all", "--force"], cwd=tmp_path, check=True)
    assert tracked_secrets(tmp_path) == [
        "data/confidential/2025/survey.csv",
        "data/confidential/2025/survey.source.yml",
        "data/published/unknown.parquet",
        "data/raw/2025/internal.xlsx",
        "data/sample/2025/confidential.sav",
    ]


def test_remarks_of_companies_are_not_even_stored(built):
    """The sample has a canary among its remarks: the words end at the door, in every form."""
    survey_file = ROOT / "data/sample/2025/synthetisch_effectmeting.csv"
    assert b"ZZKANARIE" in survey_file.read_bytes()
    for folder in ("data/validated", "_build", "book/annexes"):
        for path in (built.root / folder).rglob("*"):
            assert not path.is_file() or b"ZZKANARIE" not in path.read_bytes(), path
    stored_table = pd.read_parquet(built.root / "data/validated/sample/2025/survey_answers.parquet")
    assert stored_table["has_remark"].sum() > 100 and "remark" not in stored_table


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


@pytest.fixture(scope="module")
def hardly_answered(built, tmp_path_factory) -> tuple[Checkout, str]:
    """The book of real deliveries in which almost nobody answered about the reporting year, and why it is refused."""
    register = pd.read_csv(built.root / REGISTER, sep=";", skiprows=1).set_index("missie_id")
    of_year = register[register.index.str.startswith("2025-")]
    small = of_year[of_year["antwoorden"].between(1, 9)].index[0]  # the one that is heard
    others = of_year[of_year["antwoorden"] >= 10].groupby("imvo_regime").head(3).index

    def changed(name: str, table: pd.DataFrame) -> pd.DataFrame:
        table = table[~table["missie_id"].str.startswith("2025-") | table["missie_id"].isin([small, *others])].copy()
        silent = table["missie_id"].isin(others)
        if name == "missieregister":  # which tells how many answers there are
            table.loc[silent, "antwoorden"] = "0"
        return table[~silent] if name == "effectmeting" else table

    checkout = built.copied_to(tmp_path_factory.mktemp("hardly-answered") / "checkout")
    put_all_real(checkout, changed)
    refused = checkout.missions("build", *REAL)
    assert refused.returncode == 1
    return checkout, refused.stderr


def test_a_survey_with_too_few_answers_publishes_nothing_about_them(hardly_answered):
    """Every number on the answers is withheld, and no sentence says it with a gap in it."""
    checkout, refused = hardly_answered
    collected = json.loads((checkout.root / ".state/sphinx/facts.json").read_text(encoding="utf-8"))["facts"]
    facts = {fact["key"]: fact for fact in collected}
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
    told = r"effect_programme\.py, line \d+: .*\{fact\}`effect_matchmaking_score` has no value in this edition"
    assert re.search(told, refused), refused
    assert "book/letter.md" not in refused, "there it stands under what is said when it is known"


def without_marks(checkout: Checkout) -> int:
    """How many pages and PDFs there are, none of them marked as a sample."""
    assert not any(fact["synthetic"] for fact in checkout.facts().values())
    texts = {path: path.read_text(encoding="utf-8") for path in checkout.html.rglob("*.html")}
    texts |= {path: " ".join(pdf_pages(path)) for path in checkout.pdf.glob("*.pdf")}
    for path, text in texts.items():
        for mark in ("synthetic-mark", "Voorbeelduitgave", "SYNTHETISCHE"):
            assert mark not in text, path
    return len(texts)


def test_real_deliveries_build_without_banner_or_marks(real_built):
    """Real exports drop in: same names, no label. (Made here from the sample; nothing real is in this test.)"""
    assert without_marks(real_built) > 10


@pytest.mark.long
def test_so_does_the_whole_book(built, tmp_path):
    checkout = built.copied_to(tmp_path / "checkout")
    put_all_real(checkout, lambda name, table: table)
    checkout.build(*REAL)
    assert without_marks(checkout) > 40


def test_values_of_confidential_deliveries_stay_out_of_messages(hardly_answered):
    checkout, _ = hardly_answered
    delivery = "data/confidential/2025/effectmeting.csv"
    head, first, rest = (checkout.root / delivery).read_text(encoding="utf-8").split("\n", 2)
    cells = dict(zip(head.split(";"), first.split(";"), strict=True)) | {"rapportcijfer": "187"}
    (checkout.root / delivery).write_text("\n".join([head, ";".join(cells.values()), rest]), encoding="utf-8")
    checkout.reseal(delivery)
    refused = checkout.missions("check", *REAL)
    assert "effectmeting.csv, row 2, column rapportcijfer" in refused.stderr and "187" not in refused.stderr


def test_validated_tables_say_where_they_come_from(built):
    folder = built.root / "data/validated/sample/2025"
    manifest = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
    year = load_year(2025, "sample")
    assert set(manifest) == set(year.deliveries)
    microdata = {name for name, delivery in deliveries().items() if delivery.is_microdata}
    assert {name for name, origin in manifest.items() if origin["synthetic"]} == microdata
    assert store.ORIGIN == "origin"
