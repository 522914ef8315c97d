"""The forms of a delivery: the same data give the same table in any form, and a file that cannot be read says why."""

from __future__ import annotations

import csv
import datetime
import io
from decimal import Decimal
from itertools import accumulate
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions.sources.cells import convert
from missions.sources.column_map import ColumnRule
from missions.sources.formats import delimited, open_file
from support.deliveries import GOOD, read, read_file
from support.forms import FORMS, write, write_xlsx

CBS, SERIES, SURVEY = GOOD["cbs_effect"], GOOD["record_series"], GOOD["survey_answers"]
few = settings(derandomize=True, deadline=None, max_examples=40)
fewer = settings(few, max_examples=12)  # each example is a whole delivery


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """One folder for all examples of a property."""
    return tmp_path_factory.mktemp("formats")


def opened(path: Path, numbers=()) -> tuple[list[str], list[int], list[pa.Array], list[str]]:
    """Header, row numbers, columns and messages of a file."""
    found = open_file(path, path.name, set(numbers))
    chunks = list(found.chunks)
    columns = [pa.chunked_array((chunk.columns[place] for chunk in chunks), pa.string()) for place in range(len(found.header))]
    columns = [column.combine_chunks() for column in columns]
    problems = [*found.problems, *(problem for chunk in chunks for problem in chunk.problems)]
    return found.header, [int(row) for chunk in chunks for row in chunk.rows], columns, [str(problem) for problem in problems]


# --- one delivery, many forms ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", GOOD)
def test_a_delivery_gives_the_same_table_in_every_form(tmp_path, name):
    tables = {}
    for form in FORMS:
        tables[form], messages = read_file(name, write(tmp_path / f"f.{form}", name, GOOD[name]))
        assert messages == []
        # A line and a row of Excel count the header; a case and a record do not.
        first = 2 if form in ("csv", "xlsx") else 1
        assert tables[form].index.tolist() == [*range(first, first + len(tables[form]))]
        pd.testing.assert_frame_equal(tables[form].reset_index(drop=True), tables["csv"].reset_index(drop=True))


STATED = [
    ("mission_register", GOOD["mission_register"].encode(), "CSV with semicolons, UTF-8, decimal comma"),
    ("mission_register", GOOD["mission_register"].replace("33,3", "33.3").replace("0,5;", "0.5;").encode("utf-8-sig"), None),
    ("trade_panel", GOOD["trade_panel"].encode(), "CSV with commas, UTF-8, decimal point"),
    ("record_series", SERIES.replace(",", "\t").encode("utf-16"), "CSV with tabs, UTF-16, decimal point"),
    ("survey_answers", SURVEY.replace("Goed", "Café").encode("cp1252"), "CSV with semicolons, Windows-1252"),
    ("survey_answers", SURVEY.replace("Goed", "Café").encode(), "CSV with semicolons, UTF-8"),
]


@pytest.mark.parametrize(("name", "content", "form"), STATED)
def test_what_was_found_out_about_a_file_is_stated(tmp_path, name, content, form):
    assert read(tmp_path, name, content)[1] == []
    assert read_file.reading.form == (form or "CSV with semicolons, UTF-8, decimal point")


def test_the_other_forms_state_their_name(tmp_path):
    for form, described in {"xlsx": "Excel workbook", "sav": "SPSS file", "parquet": "Parquet file"}.items():
        read_file("trade_panel", write(tmp_path / f"f.{form}", "trade_panel", GOOD["trade_panel"]))
        assert read_file.reading.form == described


def test_decimal_commas_and_decimal_points_in_one_file_are_refused(tmp_path):
    _, messages = read(tmp_path, "mission_register", GOOD["mission_register"].replace("1500000,5", "1500000.5"))
    assert messages == ["mission_register.csv: has decimal commas and decimal points; which is it?"]


SAME = {
    "byte order mark": "\ufeff" + SERIES,
    "Windows line ends": SERIES.replace("\n", "\r\n"),
    "line ends of old Macs": SERIES.replace("\n", "\r"),
    "no line end at the end": SERIES.removesuffix("\n"),
    "semicolons and decimal commas": SERIES.replace(",", ";").replace("66.7", "66,7").replace("8.0", "8,0"),
    "decimal commas in quotes": SERIES.replace("66.7", '"66,7"').replace("8.0", '"8,0"'),
    "a remark first": "# made by hand; in a hurry, too\n" + SERIES,
    "byte order mark and a remark": "\ufeff# made by hand\n" + SERIES,
    "spaces and blank lines": SERIES.replace(",", " , ").replace("\n", "\n\n"),
    "rows of empty cells": SERIES + ",,,,,,,\n",
    "columns in another order": "\n".join(",".join(reversed(line.split(","))) for line in SERIES.splitlines()),
    "UTF-16 with the last byte first": SERIES.encode("utf-16"),
    "UTF-16 with the first byte first": b"\xfe\xff" + SERIES.encode("utf-16-be"),
}


@pytest.mark.parametrize("content", SAME.values(), ids=SAME)
def test_the_same_table_is_read_however_it_was_saved(tmp_path, content):
    plain, _ = read(tmp_path, "record_series", SERIES)
    table, messages = read(tmp_path, "record_series", content)
    assert messages == []
    pd.testing.assert_frame_equal(table.reset_index(drop=True), plain.reset_index(drop=True))
    assert plain["value"].tolist() == [66.7, 8.0]


# --- any table comes back as it was written -------------------------------------------------------------------------
WORDS = {"n.v.t.": "not_applicable", "weet niet": "do_not_know", "": "blank"}
RULES = [
    ColumnRule("number", "integer", {}, "nr"),
    ColumnRule("words", "text", {}, "tekst"),
    ColumnRule("amount", "decimal", {}, "bedrag"),
    ColumnRule("day", "date", {}, "dag"),
    ColumnRule("agreed", "yes_no", {}, "akkoord"),
    ColumnRule("grade", "score", {}, "cijfer"),
    ColumnRule("goal", "choice", {"nee": "no", "deels": "partly", "ja": "yes"}, "doel"),
]
HEADER = [rule.header for rule in RULES]
LETTERS = "abcXYZ019 ;,'\"\t#=%-_.éëïü€ñß"  # all of them are in Windows-1252 too


def tables(letters: str, amounts) -> st.SearchStrategy[list[list]]:
    """Rows under RULES as values: None where a cell is empty; an answer is a number, a word or one of WORDS."""
    texts = st.text(letters, max_size=12).map(str.strip).map(lambda text: text or None)
    score = st.sampled_from([*WORDS, *range(1, 11)])
    row = st.tuples(
        st.integers(-(10**15) + 1, 10**15 - 1),
        texts,
        st.none() | amounts,
        st.none() | st.dates(datetime.date(1901, 1, 1), datetime.date(2099, 12, 31)),
        st.sampled_from([None, True, False]),
        score,
        st.sampled_from([*WORDS, "nee", "deels", "ja"]),
    )
    return st.lists(row.map(list), min_size=1, max_size=6)


CENTS = st.decimals(-(10**9), 10**9, places=2).map(float)
ANY_NUMBER = st.floats(-(10.0**15), 10.0**15).map(lambda number: float(f"{number:.15g}"))  # Excel keeps 15 digits


def assert_same_table(path: Path, rows: list[list]) -> None:
    header, _, columns, messages = opened(path, numbers={"nr", "bedrag", "cijfer"})
    assert (header, messages) == (HEADER, [])
    for rule, texts, written in zip(RULES, columns, zip(*rows, strict=True), strict=True):
        values, wrong = convert(texts, rule, True)
        assert not wrong.any()
        found = [None if pd.isna(value) else value for value in values[rule.name]]
        if rule.kind in ("score", "choice"):
            reasons = [None if pd.isna(value) else value for value in values[f"{rule.name}_no_answer"]]
            assert reasons == [WORDS.get(value) for value in written]
            written = [None if value in WORDS else rule.codes.get(value, value) for value in written]
        assert found == [pd.Timestamp(value) if rule.kind == "date" and value else value for value in written]


def as_text(value: object, mark: str) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".replace(".", mark)
    if isinstance(value, bool):
        return "ja" if value else "nee"
    return "" if value is None else str(value)


@few
@given(
    tables(LETTERS + "\n", CENTS),
    st.sampled_from(";,\t"),
    st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(",."),
    st.sampled_from(["\n", "\r\n"]),
)
def test_any_table_comes_back_from_csv(folder, rows, separator, encoding, quoting, mark, line_end):
    with open(folder / "any.csv", "w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=separator, quoting=quoting, lineterminator=line_end)
        writer.writerows([HEADER, *([as_text(value, mark) for value in row] for row in rows)])
    assert_same_table(folder / "any.csv", rows)


@few
@given(tables(LETTERS, ANY_NUMBER))
def test_any_table_comes_back_from_excel(folder, rows):
    write_xlsx(folder / "any.xlsx", [HEADER, *rows])
    assert_same_table(folder / "any.xlsx", rows)


@few
@given(tables(LETTERS + "中😀", ANY_NUMBER), st.booleans())
def test_any_table_comes_back_from_spss_with_labels_and_missing_values(folder, rows, in_words):
    """A scale has labels at its ends only, yes and no are 1 and 0, and "n.v.t." and "weet niet" are labelled missing values."""
    codes = {"nee": 1.0, "deels": 2.0, "ja": 3.0, "n.v.t.": 98.0, "weet niet": 99.0, "": None, True: 1.0, False: 0.0, None: None}
    numeric = {"akkoord", *([] if in_words else ["doel"])}
    columns = {}
    for place, header in enumerate(HEADER):
        values = [row[place] for row in rows]
        if header in numeric:
            values = [codes[value] for value in values]
        elif header == "cijfer":
            values = [codes[value] if isinstance(value, str) else value for value in values]
        is_number = header in {"nr", "bedrag", "cijfer"} | numeric
        columns[header] = pd.Series(values, dtype="float64" if is_number else "object")
    labels = {"akkoord": {1.0: "ja", 0.0: "nee"}, "cijfer": {1.0: "heel slecht", 10.0: "heel goed", 5.0: " "}}
    labels["cijfer"] |= {98.0: "n.v.t.", 99.0: "Weet niet"}
    missing = {"cijfer": [{"lo": 98, "hi": 99}]}
    if not in_words:
        labels["doel"] = {codes[word]: word for word in ("nee", "deels", "ja", "n.v.t.", "weet niet")}
        missing["doel"] = [98, 99]
    pyreadstat.write_sav(pd.DataFrame(columns), folder / "any.sav", variable_value_labels=labels, missing_ranges=missing)
    assert_same_table(folder / "any.sav", rows)


WORD_TYPES = [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())]
DAY_TYPES = [pa.date32(), pa.date64(), *(pa.timestamp(unit) for unit in ("s", "ms", "us", "ns")), pa.string()]


@few
@given(
    tables(LETTERS + "中😀", ANY_NUMBER), st.sampled_from(WORD_TYPES), st.sampled_from(DAY_TYPES), st.booleans(), st.booleans()
)
def test_any_table_comes_back_from_parquet_whatever_its_types(folder, rows, words, days, as_decimal, as_text):
    types = [pa.int64(), words, pa.float64(), days, pa.bool_(), words, words]
    columns = [list(column) for column in zip(*rows, strict=True)]
    columns[5] = [None if value == "" else str(value) for value in columns[5]]
    if as_decimal:
        rows = [[*row[:2], None if row[2] is None else float(f"{row[2]:.3f}"), *row[3:]] for row in rows]
        columns[2] = [None if row[2] is None else Decimal(f"{row[2]:.3f}") for row in rows]
        types[2] = pa.decimal128(30, 3)
    if days == pa.string():
        columns[3] = [value and value.isoformat() for value in columns[3]]
    arrays = [pa.array(values).cast(kind) for values, kind in zip(columns, types, strict=True)]
    pq.write_table(pa.Table.from_arrays(arrays, names=HEADER), folder / "any.parquet")
    assert_same_table(folder / "any.parquet", rows)


PLAIN = st.text("ab1é. \xa0#'", max_size=4)


@few
@given(
    st.lists(st.tuples(PLAIN, PLAIN, PLAIN), max_size=12),
    st.sampled_from(["plain", "quoted", "some"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.integers(1, 40),
)
def test_rows_and_their_numbers_are_the_same_whether_arrow_or_python_splits_the_file(folder, rows, quotes, end, ended, block):
    def written(place: int, cell: str) -> str:
        return f'"{cell}"' if quotes == "quoted" or (quotes == "some" and place % 3 == 0) else cell

    lines = [";".join(written(place, cell) for cell in row) for place, row in enumerate(rows)]
    (folder / "fast.csv").write_bytes((end.join(["a;b;c", *lines]) + end * ended).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "_split", lambda *_: None)
        slow = opened(folder / "fast.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "_BLOCK", block)
        fast = opened(folder / "fast.csv")
    # The slow reader leaves rows of empty cells out; the next step does that for both.
    filled = [number for number, row in enumerate(zip(*fast[2], strict=True)) if any(cell.as_py() for cell in row)]
    assert [fast[1][number] for number in filled] == slow[1]
    assert [[column[number].as_py() for number in filled] for column in fast[2]] == [column.to_pylist() for column in slow[2]]
    assert fast[3] == slow[3] == []


def test_plain_and_quoted_files_are_split_by_arrow(monkeypatch, tmp_path):
    def never(*_):
        raise AssertionError("the slow reader was asked")

    monkeypatch.setattr(delimited, "_chunks_slowly", never)
    quoted = SURVEY.replace(";", '";"').replace("\n", '"\n"').removesuffix('"')
    for content in (SURVEY, '"' + quoted, SURVEY.replace("deels", '"deels"').replace("\n", "\r\n")):
        assert read(tmp_path, "survey_answers", content)[1] == []


NOTES = st.lists(st.text(st.sampled_from('a;,"\n #ë'), max_size=12), min_size=2, max_size=6)


@few
@given(NOTES, st.booleans(), st.integers(1, 60))
def test_a_row_number_is_a_line_as_editors_count_also_after_line_breaks_in_cells(folder, notes, remark, block):
    text = io.StringIO()
    written = [["a", "b"], *([note, "x"] for note in notes), ["too", "many", "cells"]]
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(written)
    path = folder / "quoted.csv"
    path.write_text("# a remark\n" * remark + text.getvalue(), encoding="utf-8", newline="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "_BLOCK", block)
        header, rows, columns, messages = opened(path)
    assert header == ["a", "b"] and columns[0].to_pylist() == [note.strip() for note in notes]
    lines = list(accumulate((1 + note.count("\n") for note in notes), initial=2 + remark))
    assert rows == lines[:-1]
    assert messages == [f"quoted.csv, row {lines[-1]}: has 3 cells, the header has 2"]


# --- answers and numbers --------------------------------------------------------------------------------------------
@fewer
@given(st.lists(st.sampled_from([*WORDS, "N.V.T.", "Weet niet", *map(str, range(1, 11))]), min_size=1, max_size=30))
def test_not_applicable_do_not_know_and_blank_stay_themselves_and_are_never_zero(folder, answers):
    header, row = SURVEY.splitlines()[:2]
    cells = row.split(";")
    rows = [";".join([str(number), *cells[1:3], answer, *cells[4:]]) for number, answer in enumerate(answers, start=1)]
    table, _ = read(folder, "survey_answers", "\n".join([header, *rows]))
    assert [WORDS.get(a.lower()) for a in answers] == [None if pd.isna(n) else n for n in table["grade_no_answer"]]
    assert [int(a) if a.isdigit() else None for a in answers] == [None if pd.isna(g) else g for g in table["grade"]]


@fewer
@given(st.lists(st.decimals(0, 100, places=2), min_size=1, max_size=9))
def test_a_decimal_comma_and_a_decimal_point_are_the_same_number(folder, values):
    head, row = SERIES.replace("66.7", "{}").replace("sme_share", "i{}").splitlines()[:2]
    plain = "\n".join([head, *(row.format(n, value) for n, value in enumerate(values))])
    table, _ = read(folder, "record_series", plain.replace(",", ";").replace(".", ","))
    assert table["value"].tolist() == [float(value) for value in values]
    pd.testing.assert_frame_equal(table, read(folder, "record_series", plain)[0])
