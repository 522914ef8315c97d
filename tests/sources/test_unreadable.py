"""Files that cannot be read say why, in any form; files that are read in parts give what they give in one."""

from __future__ import annotations

import datetime
import re
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest

from missions.contracts import in_order, told
from missions.sources.formats import delimited
from support.deliveries import GOOD, edited, read, read_file
from support.forms import FORMS, cells, small_parts, widened, write, write_sav, write_xlsx

CBS, SERIES, REGISTER = GOOD["cbs_effect"], GOOD["record_series"], GOOD["mission_register"]
TWO_NAMES = [", row 1, column eenheid: unknown column", ", row 1, column unit: column is missing"]
NO_TEXT = "is neither UTF-8 nor Windows-1252 text"
CONTROL = "holds control characters; is it a text file?"
GARBLED = "holds garbled letters (such as Ã« for ë); export it again with the right encoding"
LINE_BREAK = "a cell holds a line break; is a quotation mark missing?"
UNREADABLE_CSV = [
    ("", [": is empty"]),
    ("\ufeff", [": is empty"]),
    ("\n \n\n", [": is empty"]),
    ("# only a remark\n", [": is empty"]),
    (CBS.split("\n")[0], [": has no rows under its header"]),
    (CBS.split("\n")[0] + "\n,,,,,,,\n", [": has no rows under its header"]),
    (CBS.replace("start_fdi", "caf\u00e9").encode("cp1252").replace(b"\xe9", b"\x81"), [f", row 3: {NO_TEXT}"]),
    (CBS.replace("S-1", "S\x00", 1), [f", row 2: {CONTROL}"]),
    (CBS.replace("S-1", "S\x1a"), [f", row 2: {CONTROL}"]),
    (CBS.replace("start_fdi", "S\x00").encode("utf-16"), [f", row 3: {CONTROL}"]),
    (CBS.encode("utf-16")[:-1], [", row 3: is not UTF-16 text"]),
    (CBS.encode() + b"\xc3\x8f\xe2\x8f", [f", row 4: {NO_TEXT}"]),
    (CBS.encode("utf-32"), [f", row 1: {CONTROL}"]),
    (CBS.replace("start_fdi", "reëel".encode().decode("cp1252")), [f", row 3: {GARBLED}"]),
    (CBS.replace("start_fdi", "reëel".encode().decode("cp1252")).encode("utf-16"), [f", row 3: {GARBLED}"]),
    (CBS.replace("start_fdi", "bedrijf’s".encode().decode("cp1252")), [f", row 3: {GARBLED}"]),
    (CBS.replace(",S-1", "", 1), [", row 2: has 7 cells, the header has 8"]),
    (CBS + "a,b\n", [", row 4: has 2 cells, the header has 8"]),
    (CBS.replace("start_fdi,", "start_fdi,,"), [", row 3: has 9 cells, the header has 8"]),
    (CBS.replace("start_fdi", '"start_fdi'), [", row 3: cannot be read as CSV: unexpected end of data"]),
    (CBS.replace("start_fdi", '"start"_fdi'), [", row 3: cannot be read as CSV: ',' expected after '\"'"]),
    (CBS.replace("unit", '"unit', 1), [", row 1: cannot be read as CSV: unexpected end of data"]),
    (CBS.replace("unit", "eenheid"), TWO_NAMES),
    (CBS.replace("unit", "group"), [", row 1, column group: column stands there twice", TWO_NAMES[1]]),
    (CBS.replace("unit", ""), [", row 1, column number 5: column without a heading", TWO_NAMES[1]]),
    (CBS.replace("\n", ",\n"), [", row 1, column number 9: column without a heading"]),
    (CBS.replace(",", "|"), [", row 1: no heading is known; expected: " + CBS.split("\n")[0].replace(",", ", ")]),
]


@pytest.mark.parametrize(("content", "expected"), UNREADABLE_CSV)
def test_a_csv_file_that_cannot_be_read_is_told_with_its_line(tmp_path, content, expected):
    _, messages = read(tmp_path, "cbs_effect", content)
    assert messages == [f"cbs_effect.csv{message}" for message in expected]


@pytest.mark.parametrize("block", [1, 7, 1_000])
def test_the_line_of_what_is_no_text_is_right_however_the_file_is_looked_through(tmp_path, monkeypatch, block):
    monkeypatch.setattr(delimited, "_BLOCK", block)
    for content, expected in UNREADABLE_CSV[6:17]:
        assert read(tmp_path, "cbs_effect", content)[1] == [f"cbs_effect.csv{message}" for message in expected]


@pytest.mark.parametrize("form", FORMS)
def test_only_a_remark_may_have_several_lines(tmp_path, form):
    path = write(tmp_path / f"f.{form}", "survey_answers", edited("survey_answers", opmerking="Goed\nen leerzaam"))
    table, messages = read_file("survey_answers", path)
    assert messages == [] and table["has_remark"].tolist() == [True, False]
    first = 2 if form in ("csv", "xlsx") else 1
    path = write(tmp_path / f"f.{form}", "record_series", edited("record_series", population="a\nb"))
    assert read_file("record_series", path)[1] == [f"f.{form}, row {first}: {LINE_BREAK}"]


# --- one bad file per rule of the other forms: each function writes one and gives the messages ----------------------
WORKBOOK = "cannot be read as an Excel workbook (.xlsx) without a password"
KNOWN = "is of a kind that cannot be read (known: .csv, .xlsx, .sav, .parquet)"


def sheet_rows() -> list[list]:
    header, rows = cells(SERIES)
    return [header, *([*row[:1], int(row[1]), int(row[2]), float(row[3]), *row[4:]] for row in rows)]


def workbook(path: Path, change) -> Path:
    write_xlsx(path, sheet_rows())
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    return path


def xlsx(folder: Path, change) -> Path:
    return workbook(folder / "f.xlsx", change)


def stored(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def halved(path: Path) -> Path:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


def good(folder: Path, form: str) -> Path:
    return write(folder / f"f.{form}", "record_series", SERIES)


def headings(folder: Path, form: str, keep: int = 8) -> Path:
    header, rows = cells(SERIES)
    if form == "xlsx":
        write_xlsx(folder / "f.xlsx", [header])
    elif form == "sav":
        write_sav(folder / "f.sav", "record_series", pd.DataFrame(rows, columns=header).iloc[:0])
    else:
        pq.write_table(pa.table({heading: pa.array([], pa.string()) for heading in header[:keep]}), folder / "f.parquet")
    return folder / f"f.{form}"


def parquet(folder: Path, **columns: object) -> Path:
    table = pq.read_table(good(folder, "parquet"))
    for name, values in columns.items():
        table = table.set_column(table.schema.get_field_index(name), name, pa.array(values))
    pq.write_table(table, folder / "f.parquet")
    return folder / "f.parquet"


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)  # the first bytes of .xls and of workbooks with a password
NO_OUTCOME = "holds a formula without an outcome; open the file in Excel, save it and deliver it again"
BAD_FILES = {
    "an empty workbook": (lambda d: xlsx(d, lambda b: b.active.delete_rows(1, 9)), [": is empty"]),
    "a workbook with a remark": (lambda d: (write_xlsx(d / "f.xlsx", [["# x"]]), d / "f.xlsx")[1], [": is empty"]),
    "a workbook with headings": (lambda d: headings(d, "xlsx"), [": has no rows under its header"]),
    "two sheets": (
        lambda d: xlsx(d, lambda b: b.create_sheet("Toelichting").append(["x"])),
        [": has 2 sheets with content; a delivery is one sheet"],
    ),
    "a formula": (lambda d: xlsx(d, lambda b: b.active.__setitem__("D3", "=1+7")), [f", row 3: {NO_OUTCOME}"]),
    "an error of Excel": (
        lambda d: xlsx(d, lambda b: b.active.__setitem__("D2", "#DIV/0!")),
        [", row 2: holds an error of Excel, such as #N/A"],
    ),
    "a cell beside the table": (
        lambda d: xlsx(d, lambda b: b.active.__setitem__("J3", "x")),
        [", row 3: has 10 cells, the header has 8"],
    ),
    "a heading of nothing": (
        lambda d: xlsx(d, lambda b: b.active.__setitem__("E1", "")),
        [", row 1, column number 5: column without a heading", ", row 1, column qualifier: column is missing"],
    ),
    "a text in a column of numbers": (
        lambda d: xlsx(d, lambda b: b.active.__setitem__("D2", "veel")),
        [", row 2, column value: must be a number (4000 or 4000,0, not 4.000) (found: veel)"],
    ),
    "an old workbook under a new name": (lambda d: stored(d, "f.xlsx", OLE), [f": {WORKBOOK} (BadZipFile)"]),
    "a text under the name of a workbook": (lambda d: stored(d, "f.xlsx", SERIES.encode()), [f": {WORKBOOK} (BadZipFile)"]),
    "nothing under the name of a workbook": (lambda d: stored(d, "f.xlsx", b""), [f": {WORKBOOK} (BadZipFile)"]),
    "half a workbook": (lambda d: halved(good(d, "xlsx")), [f": {WORKBOOK} (BadZipFile)"]),
    "an old workbook": (lambda d: stored(d, "f.xls", OLE), [f": {KNOWN}; save it as .xlsx"]),
    "a workbook of LibreOffice": (lambda d: stored(d, "f.ods", b"PK"), [f": {KNOWN}; save it as .xlsx"]),
    "a document": (lambda d: stored(d, "f.docx", b"PK"), [f": {KNOWN}"]),
    "no ending": (lambda d: stored(d, "f", b"a,b"), [f": {KNOWN}"]),
    "an SPSS file without cases": (lambda d: headings(d, "sav"), [": has no rows under its header"]),
    "nothing under the name of an SPSS file": (
        lambda d: stored(d, "f.sav", b""),
        [": cannot be read as an SPSS file (ReadstatError)"],
    ),
    "half an SPSS file": (lambda d: halved(good(d, "sav")), [": cannot be read as an SPSS file (ReadstatError)"]),
    "a Parquet file without columns": (lambda d: headings(d, "parquet", keep=0), [": is empty"]),
    "a Parquet file without records": (lambda d: headings(d, "parquet"), [": has no rows under its header"]),
    "half a Parquet file": (lambda d: halved(good(d, "parquet")), [": cannot be read as a Parquet file (ArrowInvalid)"]),
    "nothing under the name of a Parquet file": (
        lambda d: stored(d, "f.parquet", b""),
        [": cannot be read as a Parquet file (ArrowInvalid)"],
    ),
    "lists in a cell": (
        lambda d: parquet(d, source_id=[["S-1"], ["S-1"]]),
        [", column number 8: holds list<element: string>; only texts, numbers, days and yes or no can be read"],
    ),
    "records in a cell": (
        lambda d: parquet(d, value=[{"a": 1}, {"a": 2}]),
        [", column number 4: holds struct<a: int64>; only texts, numbers, days and yes or no can be read"],
    ),
    "times of day": (
        lambda d: parquet(d, unit=[datetime.time(1), datetime.time(2)]),
        [", column number 6: holds time64[us]; only texts, numbers, days and yes or no can be read"],
    ),
    "no number and no end": (
        lambda d: parquet(d, value=[float("nan"), float("inf")]),
        [
            ", row 1, column value: may not be empty",
            ", row 2, column value: must be a number (4000 or 4000,0, not 4.000) (found: inf)",
        ],
    ),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_file_that_cannot_be_read_is_told(tmp_path, case):
    make, expected = BAD_FILES[case]
    path = make(tmp_path)
    assert read_file("record_series", path)[1] == [f"{path.name}{message}" for message in expected]


def test_the_outcome_of_a_formula_may_be_an_empty_text(tmp_path):
    """Excel stores the outcome of =IF(A2="","",1) as a text without letters; the cell is empty, not unknown."""
    path = xlsx(tmp_path, lambda book: book.active.__setitem__("D3", "=7+1"))
    with zipfile.ZipFile(path) as parts:
        contents = {name: parts.read(name) for name in parts.namelist()}
    sheet = contents["xl/worksheets/sheet1.xml"].decode()
    assert '<c r="D3"><f>7+1</f><v></v></c>' in sheet
    for kind, outcome, expected in (
        ("", "8", []),
        (' t="str"', "", ["f.xlsx, row 3, column value: may not be empty"]),
        (' t="e"', "#N/A", ["f.xlsx, row 3: holds an error of Excel, such as #N/A"]),
    ):
        changed = re.sub('<c r="D3"><f>.*?</c>', f'<c r="D3"{kind}><f>7+1</f><v>{outcome}</v></c>', sheet)
        with zipfile.ZipFile(path, "w") as parts:
            for name, content in contents.items():
                parts.writestr(name, changed if name == "xl/worksheets/sheet1.xml" else content)
        assert read_file("record_series", path)[1] == expected


@pytest.mark.parametrize("label", [{}, {99.0: "geen idee"}, {99.0: " "}])
def test_a_missing_value_of_spss_without_a_known_label_is_a_wrong_answer(tmp_path, label):
    header, rows = cells(GOOD["survey_answers"])
    write_sav(tmp_path / "f.sav", "survey_answers", pd.DataFrame(rows, columns=header))
    table, meta = pyreadstat.read_sav(tmp_path / "f.sav", user_missing=True)
    table["kwaliteit_matchmaking"] = [99.0, 5.0]
    labels = meta.variable_value_labels | {"kwaliteit_matchmaking": {1.0: "slecht", 5.0: "goed"} | label}
    missing = {name: [98, 99] for name in meta.missing_ranges}
    pyreadstat.write_sav(table, tmp_path / "f.sav", variable_value_labels=labels, missing_ranges=missing)
    _, messages = read_file("survey_answers", tmp_path / "f.sav")
    assert messages == ["f.sav, row 1, column kwaliteit_matchmaking: must lie between 1 and 5 (found: 99)"]


@pytest.mark.parametrize("form", ["sav", "parquet", "xlsx"])
def test_numbers_of_ten_digits_and_more_are_numbers_in_forms_with_types(tmp_path, form):
    text = REGISTER.replace("1500000,5", "25000000000,5").replace("1;0;1;1;0;0;;", "1;0;1;1;0;0;0,000012345;")
    table, messages = read_file("mission_register", write(tmp_path / f"f.{form}", "mission_register", text))
    assert messages == []
    assert table["estimated_revenue_eur"].iloc[0] == 25_000_000_000.5 and table["women_pct"].iloc[1] == 0.000012345


# --- files that are read in parts -----------------------------------------------------------------------------------
PANEL = widened("trade_panel", 60)


def in_parts_and_in_one(path: Path, name: str, rows: int) -> tuple:
    with pytest.MonkeyPatch.context() as patch:
        small_parts(patch, rows)
        parts = read_file(name, path)
    return parts, read_file(name, path)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("rows", [pytest.param(1, marks=pytest.mark.long), 3, 7, 60])
def test_a_file_read_in_parts_gives_the_same_table(tmp_path, form, rows):
    for name, text in (("trade_panel", PANEL), ("survey_answers", widened("survey_answers", 30))):
        (parts, messages), (one, _) = in_parts_and_in_one(write(tmp_path / f"f.{form}", name, text), name, rows)
        assert messages == []
        pd.testing.assert_frame_equal(parts, one)


def every(lines: list[str], step: int, old: str, new: str) -> list[str]:
    return [line.replace(old, new) if number % step == 2 else line for number, line in enumerate(lines)]


SPOILED = {
    "a key that stands there twice, far apart": lambda lines: [*lines, lines[2]],
    "bad cells here and there": lambda lines: every(lines, 9, ",water,", ",wijn,"),
    "contradictions": lambda lines: every(lines, 10, ",2024,ja", ",2024,"),
    "a gap between years": lambda lines: [*lines[:50], lines[1].replace("2023", "2019"), *lines[50:]],
}


@pytest.mark.parametrize("spoil", SPOILED)
@pytest.mark.parametrize("form", FORMS)
def test_a_file_read_in_parts_gives_the_same_problems(tmp_path, form, spoil):
    lines = SPOILED[spoil](PANEL.splitlines())
    path = write(tmp_path / f"f.{form}", "trade_panel", "\n".join(lines) + "\n")
    (_, parts), (_, one) = in_parts_and_in_one(path, "trade_panel", 7)
    assert parts == one and len(one) > 0


def test_rows_of_another_width_are_told_wherever_they_stand(tmp_path):
    lines = PANEL.splitlines()
    lines[5] += ",x"
    lines[40] = "b,c"
    (tmp_path / "f.csv").write_text("\n".join(lines), encoding="utf-8")
    (_, parts), (_, one) = in_parts_and_in_one(tmp_path / "f.csv", "trade_panel", 7)
    assert parts == one == ["f.csv, row 41: has 2 cells, the header has 11", "f.csv, row 6: has 12 cells, the header has 11"]


def test_a_lost_quotation_mark_is_told_at_the_row_where_it_stands(tmp_path):
    lines = PANEL.splitlines()
    lines[30] = '"' + lines[30]
    (tmp_path / "f.csv").write_text("\n".join(lines), encoding="utf-8")
    (_, parts), (_, one) = in_parts_and_in_one(tmp_path / "f.csv", "trade_panel", 7)
    assert parts == one == ["f.csv, row 31: cannot be read as CSV: unexpected end of data"]


def test_a_problem_of_many_rows_is_told_twenty_times_and_counted(tmp_path):
    read(tmp_path, "trade_panel", PANEL.replace(",water,", ",wijn,"))
    lines = told(in_order(read_file.reading.problems))
    sectors = "agrifood, creatieve industrie, energie, gezondheid, hightech, logistiek, water, overig"
    rule = f"column sector: must be one of: {sectors}"
    rows = [row for row in range(2, 62) if (row - 2) % 3 < 2]
    assert lines[:-1] == [f"trade_panel.csv, row {row}, {rule} (found: wijn)" for row in rows[:20]]
    assert lines[-1] == f"trade_panel.csv, {rule} (in 20 more rows)"


@pytest.mark.parametrize("form", FORMS)
def test_reading_stops_after_a_thousand_problems_and_says_so(tmp_path, monkeypatch, form):
    small_parts(monkeypatch, 200)
    path = write(tmp_path / f"f.{form}", "trade_panel", widened("trade_panel", 2000).replace(",micro,", ",reus,"))
    _, messages = read_file("trade_panel", path)
    stopped = [message for message in messages if message.endswith("reading stopped here, after more than 1000 problems")]
    last = max(problem.row for problem in read_file.reading.problems)
    assert stopped == [f"f.{form}, row {last}: reading stopped here, after more than 1000 problems"]
    assert 1000 < len(messages) < 1300 and last < 2000


@pytest.mark.parametrize("good", [3, 300])
def test_reading_stops_where_a_thousand_rows_have_another_width(tmp_path, monkeypatch, good):
    small_parts(monkeypatch, 200)
    _, messages = read(tmp_path, "trade_panel", widened("trade_panel", good) + "x,y\n" * 3000)
    assert 1000 < len(messages) < 1300 and "reading stopped here" in "".join(messages)
