"""Damaged files of every form end in problems or in a good table: never in a traceback, never in half a stored table."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from missions import contracts, store
from missions.dictionary import deliveries
from missions.sources import sidecar
from missions.sources.delivery import read_delivery
from missions.sources.receive import receive_all
from support.deliveries import FIELDS, GOOD, YEAR
from support.forms import FORMS, write
from support.house import put_year, stored

KNOWN = sidecar.Sidecar(**FIELDS | {"sha256": ""})
NAMES = ("survey_answers", "mission_register", "trade_panel", "cbs_effect")
# Pieces that mean something to one of the formats stand beside any byte.
PIECES = st.sampled_from([b'"', b";", b",", b"\n", b"\r", b"\x00", b"\xff", b"\xc3\x83\xc2\xab", b"</row>", b"n.v.t.", b"1e5"])
EDIT = st.tuples(
    st.sampled_from(["replace", "insert", "cut", "swap", "end"]),
    st.floats(0, 1, exclude_max=True),
    st.floats(0, 1, exclude_max=True),
    PIECES | st.binary(min_size=1, max_size=4),
)
EDITS = st.lists(EDIT, min_size=1, max_size=4)
many = settings(derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def damaged(content: bytes, edits: list[tuple]) -> bytes:
    for kind, first, second, piece in edits:
        here, there = sorted((int(first * len(content)), int(second * len(content))))
        if kind == "replace":
            content = content[:here] + piece + content[here + len(piece) :]
        elif kind == "insert":
            content = content[:here] + piece + content[here:]
        elif kind == "cut":
            content = content[:here] + content[min(there, here + 40) :]
        elif kind == "swap":
            width = min(9, there - here)
            first_piece, second_piece = content[here : here + width], content[there : there + width]
            content = content[:here] + second_piece + content[here + width : there] + first_piece + content[there + width :]
        else:
            content = content[:there]
    return content


def with_damaged_sheet(content: bytes, edits: list[tuple]) -> bytes:
    """A workbook whose zip is whole and whose sheet is not: other damage is seen by the zip's checksums."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, damaged(old.read(name), edits) if "sheet1" in name else old.read(name))
    return out.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> dict[tuple[str, str], bytes]:
    """Form, delivery -> content of a good file."""
    folder = tmp_path_factory.mktemp("whole")
    return {(form, name): write(folder / f"{name}.{form}", name, GOOD[name]).read_bytes() for form in FORMS for name in NAMES}


def assert_problems_or_a_table(folder: Path, form: str, name: str, content: bytes) -> bool:
    """Whether a table came of it."""
    (folder / f"f.{form}").write_bytes(content)
    written = folder / f"{name}.parquet"
    written.unlink(missing_ok=True)
    reading = read_delivery(name, folder / f"f.{form}", YEAR, KNOWN, folder)
    assert all(str(problem).startswith(f"f.{form}") and problem.rule for problem in reading.problems)
    if reading.problems:
        return False
    table = pd.read_parquet(written).set_index(store.ROW)
    rules = {"questions": YEAR.questions, "supplier_columns": {}, "show_values": True}
    assert len(table) == reading.rows > 0 and table.index.is_unique
    assert contracts.validate(name, table, file="", **rules) == []
    return True


@pytest.mark.parametrize("form", FORMS)
def test_a_damaged_file_gives_problems_or_a_good_table(folder, whole, form):
    outcomes = []

    @settings(many, max_examples=120)
    @given(st.sampled_from(NAMES), EDITS)
    def fuzz(name, edits):
        outcomes.append(assert_problems_or_a_table(folder, form, name, damaged(whole[form, name], edits)))

    fuzz()
    assert False in outcomes  # the damage is seen


@settings(many, max_examples=120)
@given(st.sampled_from(NAMES), EDITS)
def test_a_workbook_with_a_damaged_sheet_gives_problems_or_a_good_table(folder, whole, name, edits):
    assert_problems_or_a_table(folder, "xlsx", name, with_damaged_sheet(whole["xlsx", name], edits))


@settings(many, max_examples=60)
@given(st.sampled_from(FORMS), st.binary(max_size=300))
def test_a_file_of_any_bytes_gives_problems(folder, form, content):
    assert not assert_problems_or_a_table(folder, form, "cbs_effect", content)


@settings(many, max_examples=20)
@given(st.sampled_from(FORMS), st.sampled_from(NAMES), EDITS)
def test_a_bad_delivery_leaves_what_was_stored_before_and_nothing_else(house, whole, form, name, edits):
    """A year of good deliveries is stored; then one of them comes again, damaged."""
    a_year = put_year(house)
    if not (house / "data").exists():
        assert receive_all(a_year, "real").problems == []
    before = stored(house)
    bad = house / f"again.{form}"
    bad.write_bytes(damaged(whole[form, name], edits))
    sidecar.write_sidecar(bad, **FIELDS | {"sensitivity": deliveries()[name].sensitivity})
    received = receive_all(replace(a_year, deliveries=a_year.deliveries | {name: bad}), "real")
    if received.problems:
        assert stored(house) == before
    else:  # the damage did not change what the file says, or changed it into something else that may be said
        assert set(stored(house)) == set(before)
    assert [path.name for path in (house / "data" / "validated" / "real").iterdir()] == ["2025"]
