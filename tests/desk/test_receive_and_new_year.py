"""From a mail attachment to a delivery with a sidecar, and from one reporting year to the next."""

from __future__ import annotations

import datetime
import os
import pty
import re
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from missions import sample
from missions.declared.year_file import YearError, load_year
from missions.desk import receive as intake
from missions.desk.new_year import write_year
from missions.dictionary import deliveries
from missions.paths import ROOT
from support.deliveries import GOOD, edited
from support.publication import page, pdf_pages

GIVEN = {
    "producer": "RVO",
    "title": "Effectmeting 2025",
    "received_on": "2026-02-03",
    "period": "2025",
    "licence": "alleen voor deze rapportage",
    "obtained": "by mail",
}
TARGET = "data/confidential/2025/effectmeting"


@pytest.fixture
def arrived(house, tmp_path_factory) -> Path:
    """A file that came in, and a repository that has a year to receive it for."""
    shutil.copyfile(ROOT / "analysis/years/2025.yml", house / "analysis/years/2025.yml")
    file = tmp_path_factory.mktemp("mail") / "export van RVO.csv"
    file.write_text(GOOD["survey_answers"], encoding="cp1252")
    return file


def receive(file: Path, ask=None, replace: bool = False, name: str = "survey_answers", **given: str) -> str:
    fields = {"sensitivity": "confidential"} | GIVEN | given
    return intake.receive(file, name, 2025, {field: value for field, value in fields.items() if value}, ask, replace)


def test_a_received_file_lies_where_the_year_file_looks_with_its_sidecar(house, arrived):
    told = receive(arrived)
    assert told.splitlines()[0] == f"{TARGET}.csv and {TARGET}.source.yml written."
    assert told.splitlines()[1].startswith("CSV with semicolons, UTF-8; 2 rows, each as its contract wants it.")
    assert (house / f"{TARGET}.csv").read_bytes() == arrived.read_bytes()
    beside = yaml.safe_load((house / f"{TARGET}.source.yml").read_text(encoding="utf-8"))
    expected = GIVEN | {"sensitivity": "confidential", "received_on": datetime.date(2026, 2, 3), "synthetic": False}
    assert {key: beside[key] for key in expected} == expected and len(beside["sha256"]) == 64
    assert sorted(path.name for path in (house / "data/confidential/2025").iterdir()) == [
        "effectmeting.csv",
        "effectmeting.source.yml",
    ]


def test_the_first_reading_tells_at_once_what_is_wrong(arrived):
    arrived.write_text(edited("survey_answers", rapportcijfer="11"), encoding="utf-8")
    told = receive(arrived)
    assert told.splitlines()[1:] == [
        "CSV with semicolons, UTF-8; what is wrong:",
        f"{TARGET}.csv, row 2, column rapportcijfer: must lie between 1 and 10",
    ]


def test_missing_fields_are_all_named_and_nothing_is_written(house, arrived):
    with pytest.raises(intake.IntakeError) as error:
        receive(arrived, obtained="", received_on="")
    assert str(error.value) == "still to be given: --received-on --obtained"
    assert not (house / "data").exists()


def test_missing_fields_are_asked_for_where_there_is_somebody_to_ask(house, arrived):
    asked = []

    def ask(field: intake.Field) -> str:
        asked.append(field.name)
        return field.default or "by mail"

    intake.receive(arrived, "survey_answers", 2025, {"title": "Effectmeting"}, ask)
    assert asked == ["producer", "received_on", "period", "licence", "sensitivity", "obtained"]
    beside = yaml.safe_load((house / f"{TARGET}.source.yml").read_text(encoding="utf-8"))
    assert beside["producer"] == "RVO" and beside["sensitivity"] == "confidential"


REFUSED = [
    ({"received_on": "3 februari"}, "received_on must be a date like 2026-03-18 (found: 3 februari)"),
    ({"sensitivity": "secret"}, "sensitivity must be one of: public, internal, confidential (found: secret)"),
    ({"sensitivity": "internal"}, "sensitivity of survey_answers must be at least confidential"),
    ({"name": "trade_panel"}, "analysis/years/2025.yml says that there is no trade_panel; give it a path first"),
    (
        {"name": "record_series", "sensitivity": "confidential"},
        "a delivery that is confidential cannot lie in data/raw/2025",
    ),
]


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_what_cannot_be_received_is_refused_before_anything_is_written(house, arrived, change, message):
    with pytest.raises(intake.IntakeError) as error:
        receive(arrived, **change)
    assert str(error.value) == message
    assert not (house / "data").exists()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("scan.pdf", "scan.pdf: is of a kind that cannot be read (known: .csv, .xlsx, .sav, .parquet)"),
        ("synthetisch_a.csv", "synthetisch_a.csv: synthetic deliveries are made by missions sample, not received"),
    ],
)
def test_files_that_are_no_delivery_are_refused(arrived, name, message):
    with pytest.raises(intake.IntakeError) as error:
        receive(arrived.rename(arrived.with_name(name)))
    assert str(error.value) == message
    with pytest.raises(intake.IntakeError, match="does not exist"):
        receive(arrived)


def test_a_file_is_replaced_only_when_asked_also_by_another_form(house, arrived):
    receive(arrived)
    before = (house / f"{TARGET}.csv").read_bytes()
    other = arrived.with_suffix(".parquet")
    other.write_bytes(b"PAR1 damaged")
    with pytest.raises(intake.IntakeError) as error:
        receive(other)
    assert str(error.value) == f"{TARGET}.csv is there already; --replace puts this file in its place"
    assert (house / f"{TARGET}.csv").read_bytes() == before
    told = receive(other, replace=True)
    assert "cannot be read as a Parquet file" in told
    names = sorted(path.name for path in (house / "data/confidential/2025").iterdir())
    assert names == ["effectmeting.parquet", "effectmeting.source.yml"]


def test_the_program_asks_at_the_terminal(workshop):
    """A real terminal: the offered answers are taken with Enter, the last question has none to offer."""
    file = workshop.root / "export.csv"
    file.write_text(GOOD["imvo_steps"], encoding="utf-8")
    command = [sys.executable, "-m", "missions", "receive", "export.csv", "--delivery", "imvo_steps"]
    leader, follower = pty.openpty()
    environment = os.environ | {"PYTHONPATH": str(workshop.root / "analysis")}
    process = subprocess.Popen(command, cwd=workshop.root, stdin=follower, stdout=follower, stderr=follower, env=environment)
    os.close(follower)
    shown, answered = "", 0
    while process.poll() is None or select.select([leader], [], [], 0.2)[0]:
        if select.select([leader], [], [], 0.5)[0]:
            try:
                shown += os.read(leader, 4096).decode()
            except OSError:
                break
        if shown.count(": ") > answered and shown.rstrip(" ").endswith(":"):
            os.write(leader, b"by mail\n" if "obtained" in shown.splitlines()[-1] else b"\n")
            answered = shown.count(": ")
    os.close(leader)
    assert process.wait() == 0, shown
    assert (
        "producer: who made it [RVO en ministerie van Buitenlandse Zaken]:" in shown
        and "2 rows, each as its contract wants it" in shown
    )
    beside = yaml.safe_load((workshop.root / "data/confidential/2025/imvo_stappen.source.yml").read_text(encoding="utf-8"))
    assert (beside["sensitivity"], beside["obtained"], beside["period"]) == ("confidential", "by mail", "2025")


# --- a new year ------------------------------------------------------------------------------------------------------
def test_a_new_year_begins_with_its_file_and_a_list_of_what_to_deliver(house, arrived):
    told = write_year(2026)
    new = load_year(2026, "real")
    assert new.reference is None and set(new.dates.values()) == {None}
    old = load_year(2025, "real")
    assert new.questions == old.questions and new.annexes == old.annexes
    assert {path.parent.name for path in new.deliveries.values()} == {"2026"}
    text = (house / "analysis/years/2026.yml").read_text(encoding="utf-8")
    assert "the report on 2026" in text and "2025" not in text
    for name in new.deliveries:
        assert f"  {name}: {deliveries()[name].label_nl}, from" in told
    assert "data/confidential/2026/missieregister.*: missie_id, bestemmingen_iso3, begindatum" in told
    assert "trade_panel: none, says the year file" in told


def test_a_year_that_exists_is_never_written_over(house, arrived):
    write_year(2026)
    before = (house / "analysis/years/2026.yml").read_bytes()
    with pytest.raises(YearError, match=r"2026\.yml exists already"):
        write_year(2026)
    assert (house / "analysis/years/2026.yml").read_bytes() == before
    with pytest.raises(YearError, match="no year before 2020"):
        write_year(2020)


def test_2026_is_built_from_sample_deliveries_without_copying_a_notebook(whole_workshop):
    """The half day of an analyst: year file, deliveries, dates; then the whole publication of the next year stands."""
    notebooks = sorted((whole_workshop.root / "analysis/annexes").iterdir())
    result = whole_workshop.missions("new-year", "2026")
    assert result.returncode == 0 and "To be delivered" in result.stdout, result.stderr
    assert whole_workshop.missions("sample", "--year", "2026").returncode == 0
    # The public record grows; here it is received again as it was.
    for name, file in load_year(2025, "real").deliveries.items():
        if not deliveries()[name].is_microdata:
            fields = ["--producer", "editor", "--title", "Openbaar", "--received-on", "2027-01-05", "--period", "2008-2026"]
            fields += ["--licence", "CC0-1.0", "--sensitivity", "public", "--obtained", "copied"]
            done = whole_workshop.missions("receive", str(file), "--delivery", name, "--year", "2026", *fields)
            assert done.returncode == 0 and "each as its contract wants it" in done.stdout, done.stdout + done.stderr
    unfinished = whole_workshop.missions("build", "--year", "2026")
    assert unfinished.returncode == 1 and "dates.note_on: fill this in" in unfinished.stderr
    path = whole_workshop.root / "analysis/years/2026.yml"
    text = path.read_text(encoding="utf-8").replace("reference: null", "reference: BZ2700001")
    for key, day in (("note_on", "2027-04-16"), ("decide_by_on", "2027-04-27"), ("parliament_on", "2027-05-03")):
        text = text.replace(f"{key}: null", f"{key}: {day}")
    path.write_text(text, encoding="utf-8")
    # Sentences about a record that is not there yet, and about a fall that these answers do not show, are not published unseen.
    refused = whole_workshop.missions("build", "--year", "2026")
    assert refused.returncode == 1 and "(record_no_exclusions): the data cannot tell" in refused.stderr
    whole_workshop.waive(*sorted(set(re.findall(r'" \((\w+)\): the data', refused.stderr))), year=2026)
    whole_workshop.build("--year", "2026")
    assert sorted((whole_workshop.root / "analysis/annexes").iterdir()) == notebooks
    assert "economische missies in 2026" in page(whole_workshop, "annexes/overview").select_one("h1").get_text()
    letter = " ".join(pdf_pages(whole_workshop.pdf / "kamerbrief.pdf"))
    assert "2026" in letter and "BZ2700001" in letter
    truth = sample.generate(sample.DEFAULT_SEED, 2026).tables["mission_register"]
    of_year = set(truth["mission_id"][truth["mission_id"].str.startswith("2026-")])
    assert whole_workshop.facts()["overview_missions_n"]["text"] == str(len(of_year))
    # Missions that are gone have no page and no PDF any more: these follow the register.
    sheets = (whole_workshop.html / "book/annexes").glob("factsheet-*.html")
    assert {path.stem.removeprefix("factsheet-") for path in sheets} == of_year
    papers = whole_workshop.pdf.glob("factsheet-*.pdf")
    assert {path.stem for path in papers} == {f"factsheet-{mission.lower()}" for mission in of_year}
    assert re.search(r"\b3 mei 2027\b", letter) and "2025" not in letter
    # The record of that year does not exist yet: nothing of last year is taken for it, and nothing is invented.
    grade = whole_workshop.facts()["record_mean_grade"]
    assert (grade["text"], grade["value"]) == ("niet bekend", None)
