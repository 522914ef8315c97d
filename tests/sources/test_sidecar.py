"""What deliveries say of themselves: sidecars, labels and secrets in deliveries of other people."""

from __future__ import annotations

import hashlib

import pytest

from missions.paths import ROOT, relative
from missions.sources import sidecar
from support.deliveries import GOOD, edited, put, read, table_of

RAW = ROOT / "data" / "raw" / "2025"


# --- the sidecar of a delivery --------------------------------------------------------------------------------------
# World, what stands in the sidecar, what stands there instead, message.
SIDECARS = """
real | licence: CC0-1.0 | licence: [CC0 | line 6: cannot be read as YAML: did not find expected ',' or ']'
real | licence: CC0-1.0 | # no licence | licence: is missing
real | licence: CC0-1.0 | licence: CC0-1.0; colour: red | line 6, colour: is not known here (known: {KNOWN})
real | licence: CC0-1.0 | licence: CC0-1.0; licence: CC0-1.0 | line 6, licence: stands there already (line 5)
real | period: '2025' | period: 2025 | line 4, period: must be a text; put it between quotation marks (found: 2025)
real | 2026-01-01 | 1-1-2026 | line 3, received_on: must be a date (YYYY-MM-DD) (found: '1-1-2026')
real | 2026-01-01 | 2026-02-30 | line 3, received_on: is no date that exists
real | synthetic: false | synthetic: nee | line 9, synthetic: must be true or false (found: 'nee')
real | confidential | secret | line 6, sensitivity: must be 'public', 'internal' or 'confidential' (found: 'secret')
real | obtained: by hand | obtained: ' ' | line 8, obtained: must be a text that is not empty (found: ' ')
real | sha256: | sha256: '0' # | line 7, sha256: does not fit a.csv; was the file changed after it was received?
real | synthetic: false | synthetic: true | line 9, synthetic: synthetic delivery in a build with real deliveries
real | confidential | public | line 6, sensitivity: real deliveries about companies or missions cannot be public
"""
KNOWN = "producer, title, received_on, period, licence, sensitivity, sha256, obtained, synthetic"


@pytest.mark.parametrize(("world", "old", "new", "message"), table_of(SIDECARS))
def test_a_broken_sidecar_is_told_with_its_field(tmp_path, world, old, new, message):
    path = put(tmp_path, "a", "x\n", sensitivity="confidential")
    text = sidecar.sidecar_path(path).read_text(encoding="utf-8")
    assert old in text
    sidecar.sidecar_path(path).write_text(text.replace(old, new.replace("; ", "\n"), 1), encoding="utf-8")
    known, problems = sidecar.read_sidecar(path, world, is_microdata=True)
    assert known is None
    assert [str(problem) for problem in problems] == [f"a.source.yml, {message.replace('{KNOWN}', KNOWN)}"]


# World, microdata or public record, sensitivity, synthetic, what is wrong with that.
DATA = """
sample | record | public | no | nothing
sample | record | public | yes | the public record cannot be synthetic
sample | record | internal | no | only public deliveries may be in the sample
sample | microdata | public | yes | nothing
sample | microdata | confidential | yes | only public deliveries may be in the sample
sample | microdata | confidential | no | real delivery in a build with the synthetic sample, \
only public deliveries may be in the sample
sample | microdata | public | no | real delivery in a build with the synthetic sample, \
real deliveries about companies or missions cannot be public
real | record | public | no | nothing
real | record | public | yes | the public record cannot be synthetic
real | microdata | confidential | no | nothing
real | microdata | internal | no | nothing
real | microdata | public | no | real deliveries about companies or missions cannot be public
real | microdata | public | yes | synthetic delivery in a build with real deliveries
"""


@pytest.mark.parametrize(("world", "kind", "sensitivity", "synthetic", "wrong"), table_of(DATA))
def test_synthetic_and_real_microdata_never_meet_in_one_build(tmp_path, world, kind, sensitivity, synthetic, wrong):
    path = put(tmp_path, "a", "x\n", sensitivity=sensitivity, synthetic=synthetic == "yes")
    known, problems = sidecar.read_sidecar(path, world, is_microdata=kind == "microdata")
    assert (", ".join(problem.rule for problem in problems) or "nothing") == wrong
    assert (known is None) == bool(problems)


@pytest.mark.parametrize(
    ("content", "rule"),
    [(None, "sidecar of a.csv is missing"), (b"", "is empty"), (b"- a", "holds no keys"), (b"\xff", "is not UTF-8 text")],
)
def test_a_missing_or_unreadable_sidecar_is_told(tmp_path, content, rule):
    path = put(tmp_path, "a", "x\n")
    sidecar.sidecar_path(path).unlink()
    if content is not None:
        sidecar.sidecar_path(path).write_bytes(content)
    known, problems = sidecar.read_sidecar(path, "real", is_microdata=False)
    assert known is None and [str(problem) for problem in problems] == [f"a.source.yml: {rule}"]


def test_a_sidecar_in_a_confidential_folder_is_told_without_what_stands_there(tmp_path):
    (tmp_path / "confidential").mkdir()
    path = put(tmp_path / "confidential", "a", "x\n", sensitivity="secret", title=7)
    told = [str(problem) for problem in sidecar.read_sidecar(path, "real", is_microdata=True)[1]]
    assert told[0] == "a.source.yml, line 2, title: must be a text; put it between quotation marks"
    assert told[1] == "a.source.yml, line 6, sensitivity: must be 'public', 'internal' or 'confidential'"


def test_messages_name_files_below_the_repository_and_never_the_path_of_a_machine(tmp_path):
    assert relative(RAW / "series.csv") == "data/raw/2025/series.csv"
    assert relative(tmp_path / "series.csv") == "series.csv"


def test_a_file_that_changed_after_it_was_received_is_refused(tmp_path):
    path = put(tmp_path, "a", "x\n")
    known, problems = sidecar.read_sidecar(path, "real", is_microdata=False)
    assert problems == [] and known.sha256 == hashlib.sha256(b"x\n").hexdigest()
    path.write_bytes(b"x \n")
    rule = "does not fit a.csv; was the file changed after it was received?"
    assert [str(p) for p in sidecar.read_sidecar(path, "real", is_microdata=False)[1]] == [
        f"a.source.yml, line 7, sha256: {rule}"
    ]


# --- labels and secrets in deliveries of other people ----------------------------------------------------------------
def labelled(label: str) -> str:
    return GOOD["imvo_steps"].replace("\n", f";{label}\n").replace(label, "synthetisch", 1)


def test_a_synthetic_delivery_says_so_in_every_row_and_no_other_delivery_does(tmp_path):
    assert read(tmp_path, "imvo_steps", labelled("ja"), synthetic=True)[0]["synthetic"].all()
    assert not read(tmp_path, "imvo_steps", GOOD["imvo_steps"])[0]["synthetic"].any()
    place = "imvo_steps.csv, row"
    _, messages = read(tmp_path, "imvo_steps", labelled("nee"), synthetic=True)
    rule = "column synthetisch: must be ja in a synthetic delivery (found: nee)"
    assert messages == [f"{place} 2, {rule}", f"{place} 3, {rule}"]
    _, messages = read(tmp_path, "imvo_steps", GOOD["imvo_steps"], synthetic=True)
    assert messages == [f"{place} 1, column synthetisch: column is missing"]
    _, messages = read(tmp_path, "imvo_steps", labelled("ja"))
    assert messages == [f"{place} 1, column synthetisch: unknown column"]


@pytest.mark.parametrize("sensitivity", ["internal", "confidential"])
@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("mission_register", {"begindatum": "8888", "soort": "8888", "personen": "8888.8", "imvo_regime": "8888"}),
        ("mission_register", {"missie_id": "8888", "personen": "-8888"}),
        ("survey_answers", {"rapportcijfer": "888", "antwoord_nr": "-8888"}),
        ("imvo_steps", {"signaal": "8888", "deelname_nr": "8888.8"}),
    ],
)
def test_values_of_a_delivery_that_is_not_public_stay_out_of_messages(tmp_path, sensitivity, name, cells):
    _, messages = read(tmp_path, name, edited(name, **cells), sensitivity=sensitivity)
    assert {c for m in messages for c in cells if f"column {c}:" in m} == set(cells)
    assert "888" not in "\n".join(messages) and "found" not in "\n".join(messages)
