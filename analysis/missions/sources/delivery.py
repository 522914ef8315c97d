"""From a delivered file to a table with our names and types; rename, type, nothing else."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from .. import contracts, store
from ..contracts import DeliveryError, Problem
from ..countries import country_names
from ..year import Year
from .sidecar import Sidecar, read_sidecar, relative

COLUMN_MAPS = Path(__file__).parent / "columns"
SYNTHETIC_HEADER = "synthetisch"  # a column that only synthetic deliveries have
_NO_ANSWER = {"n.v.t.": "not_applicable", "weet niet": "do_not_know", "": "blank"}
_YES_NO = {"ja": True, "yes": True, "nee": False, "no": False}


@dataclass(frozen=True)
class ColumnRule:
    name: str  # ours
    kind: str  # text, integer, decimal, date, category, yes_no or answer
    codes: dict[str, str]  # supplier's code -> ours, for kind category
    header: str  # the supplier's column name in this reporting year


@cache
def column_map(delivery: str, reporting_year: int) -> tuple[ColumnRule, ...]:
    """The columns of a delivery in one reporting year, from columns/<delivery>.csv."""
    with open(COLUMN_MAPS / f"{delivery}.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    # A year without a column of its own has the headers of the last year before it.
    years = [int(key) for key in rows[0] if key.isdigit() and int(key) <= reporting_year]
    if not years:
        raise DeliveryError([Problem(f"columns/{delivery}.csv", 1, str(reporting_year), "no headers for this year")])
    return tuple(
        ColumnRule(
            row["name"],
            row["type"],
            dict(code.split("=") for code in row["codes"].split("|")) if row["codes"] else {},
            row[str(max(years))],
        )
        for row in rows
    )


def read_rows(path: Path) -> tuple[list[str], int, dict[int, list[str]], list[Problem]]:
    """A CSV file: its header, the line of the header, the rows (line in the file -> cells) and what made it unreadable."""
    file = relative(path)
    content = path.read_bytes()
    try:
        text = content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return [], 0, {}, [Problem(file, line, None, "is not UTF-8 text")]
    # Lines as editors count them: other separators of Unicode are part of a text.
    lines = io.StringIO(text, newline="").readlines()
    skipped = 0
    while skipped < len(lines) and (lines[skipped].startswith(("#", "sep=")) or not lines[skipped].strip()):
        skipped += 1
    if skipped == len(lines):
        return [], 0, {}, [Problem(file, None, None, "is empty")]
    delimiter = max(";,\t", key=lines[skipped].count)
    reader = csv.reader(lines[skipped:], delimiter=delimiter, strict=True)
    header, rows, problems, next_line = [], {}, [], skipped + 1
    try:
        for cells in reader:
            line, next_line = next_line, reader.line_num + skipped + 1
            cells = [cell.strip() for cell in cells]
            if not header:
                header = cells
            elif len(cells) != len(header) and cells:
                problems.append(Problem(file, line, None, f"has {len(cells)} cells, the header has {len(header)}"))
            elif cells:
                rows[line] = cells
    except csv.Error as error:
        problems.append(Problem(file, next_line, None, f"cannot be read as CSV: {error}"))
    return header, skipped + 1, rows, problems


def _convert(raw: pd.Series, rule: ColumnRule) -> tuple[pd.DataFrame, pd.Series]:
    """Typed column(s) of one delivered column, and True for each cell that has no reading in its type."""
    empty = raw == ""
    if rule.kind == "text":
        return pd.DataFrame({rule.name: raw.where(~empty, None).astype("str")}), raw != raw
    if rule.kind in ("category", "yes_no"):
        codes = rule.codes or _YES_NO
        known = raw.str.lower().map({code.lower(): value for code, value in codes.items()})
        wrong = known.isna() if rule.kind == "yes_no" else known.isna() & ~empty
        typed = known.where(~wrong, False).astype(bool) if rule.kind == "yes_no" else known.astype("str")
        return pd.DataFrame({rule.name: typed}), wrong
    if rule.kind == "date":
        well_formed = raw.str.fullmatch(r"(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}")
        typed = pd.to_datetime(raw.where(well_formed, None), format="%Y-%m-%d", errors="coerce").astype("datetime64[ns]")
        return pd.DataFrame({rule.name: typed}), typed.isna() & ~empty
    if rule.kind == "decimal":
        # "4.000" may be four or four thousand: who can tell? The supplier, not we.
        well_formed = raw.str.fullmatch(r"-?[0-9]+([.,][0-9]+)?") & ~raw.str.fullmatch(r"-?[1-9][0-9]{0,2}[.,][0-9]{3}")
        typed = pd.to_numeric(raw.where(well_formed, None).str.replace(",", "."), errors="coerce").astype(float)
        return pd.DataFrame({rule.name: typed}), ~well_formed & ~empty
    if rule.kind == "integer":
        well_formed = raw.str.fullmatch(r"-?[0-9]{1,15}")
        typed = pd.to_numeric(raw.where(well_formed, None)).astype("Int64")
        return pd.DataFrame({rule.name: typed}), ~well_formed & ~empty
    if rule.kind == "answer":
        # "n.v.t.", "weet niet" and blank are answers of their own, never zeros.
        well_formed = raw.str.fullmatch(r"-?[0-9]{1,3}")
        typed = pd.to_numeric(raw.where(well_formed, None)).astype("Int64")
        no_answer = raw.str.lower().map(_NO_ANSWER).astype("str")
        return pd.DataFrame({rule.name: typed, f"{rule.name}_no_answer": no_answer}), ~well_formed & no_answer.isna()
    raise ValueError(f"columns map: unknown type '{rule.kind}' for {rule.name}")


_EXPECTED = {
    "category": "must be one of: {codes}",
    "yes_no": "must be ja or nee (yes or no)",
    "date": "must be a date like 2025-03-18",
    "decimal": "must be a number (4000 or 4000,0, not 4.000)",
    "integer": "must be a whole number",
    "answer": "must be a whole number, n.v.t., weet niet or empty",
}


def _header_problems(file: str, header: list[str], row: int, expected: list[str], show_values: bool) -> list[Problem]:
    if not set(header) & set(expected):
        return [Problem(file, row, None, f"no heading is known; expected: {', '.join(expected)}")]
    problems = [Problem(file, row, column, "column is missing") for column in expected if column not in header]
    for number, column in enumerate(header, start=1):
        if column not in expected:
            # PRIVACY: what stands in a header of a confidential file may be a value.
            name = column if show_values and column else f"number {number}"
            problems.append(Problem(file, row, name, "unknown column" if column else "column without a heading"))
    twice = sorted({column for column in header if column in expected and header.count(column) > 1})
    return problems + [Problem(file, row, column, "column stands there twice") for column in twice]


def _country_problems(table: pd.DataFrame, file: str, header: str, synthetic: bool, show_values: bool) -> list[Problem]:
    problems = []
    for line, codes in table["countries_iso3"].dropna().items():
        for code in sorted(set(codes.split(";"))):
            shown = code if show_values else None
            if code not in country_names():
                problems.append(Problem(file, line, header, "unknown country code", shown))
            elif code.startswith("XA") and not synthetic:
                problems.append(Problem(file, line, header, "invented country in a real delivery", shown))
    return problems


def read_delivery(name: str, path: Path, year: Year, sidecar: Sidecar) -> tuple[pd.DataFrame | None, list[Problem]]:
    """One delivery as a table that keeps its contract, or None with every rule that it breaks.

    The index of the table is the line in the file. A file whose structure is broken is told of that only; otherwise cells that
    cannot be read and rules that are broken are told together.
    """
    file = relative(path)
    header, header_row, rows, problems = read_rows(path)
    rules = list(column_map(name, year.reporting_year))
    if not header:
        return None, problems
    show_values = sidecar.sensitivity == "public"
    expected = [rule.header for rule in rules] + ([SYNTHETIC_HEADER] if sidecar.synthetic else [])
    problems += _header_problems(file, header, header_row, expected, show_values)
    # A lost quotation mark swallows whole rows into one cell; no delivery has texts of several lines.
    broken = "a cell holds a line break; is a quotation mark missing?"
    problems += [Problem(file, line, None, broken) for line, cells in rows.items() if any("\n" in c or "\r" in c for c in cells)]
    rows = {line: cells for line, cells in rows.items() if any(cells)}
    if not rows and not problems:
        problems.append(Problem(file, None, None, "has no rows under its header"))
    if problems:
        return None, problems
    raw = pd.DataFrame.from_dict(rows, orient="index", columns=header, dtype="str")
    parts, unread = [], set()
    for rule in rules:
        typed, wrong = _convert(raw[rule.header], rule)
        parts.append(typed)
        unread |= {(line, rule.name) for line in raw.index[wrong]}
        expectation = _EXPECTED.get(rule.kind, "").format(codes=", ".join(rule.codes))
        for line, value in raw.loc[wrong, rule.header].items():
            problems.append(Problem(file, line, rule.header, expectation, value if show_values else None))
    table = pd.concat(parts, axis=1)
    if sidecar.synthetic:
        for line, value in raw.loc[raw[SYNTHETIC_HEADER] != "ja", SYNTHETIC_HEADER].items():
            problems.append(Problem(file, line, SYNTHETIC_HEADER, "must be ja in a synthetic delivery", value))
    if name in ("mission_register", "survey_answers", "imvo_steps"):
        table["synthetic"] = sidecar.synthetic
    supplier_columns = {rule.name: rule.header for rule in rules}
    if "countries_iso3" in table:
        column = supplier_columns["countries_iso3"]
        wrong_countries = _country_problems(table, file, column, sidecar.synthetic, show_values)
        problems += wrong_countries
        unread |= {(problem.row, "countries_iso3") for problem in wrong_countries}
    if name == "mission_register":
        for line in table.index[table["start_on"].dt.year > year.reporting_year]:
            rule = f"lies after the reporting year {year.reporting_year}"
            problems.append(Problem(file, line, supplier_columns["start_on"], rule))
    problems += contracts.validate(
        name,
        table,
        file=file,
        supplier_columns=supplier_columns,
        questions=year.questions,
        show_values=show_values,
        unread=unread,
    )
    return (None if problems else table), problems


def receive_all(year: Year, world: str) -> dict[str, int]:
    """Read, check and store every delivery of a year; all or nothing.

    Returns delivery name -> rows. Errors: DeliveryError with every problem of every file; data/validated is then untouched.
    """
    tables, sidecars, files, problems = {}, {}, {}, []
    for name in sorted(set(contracts.CONTRACTS) - set(year.deliveries)):
        problems.append(Problem(f"analysis/years/{year.reporting_year}.yml", None, name, "delivery is not declared"))
    for name, path in year.deliveries.items():
        if name not in contracts.CONTRACTS:
            problems.append(Problem(f"analysis/years/{year.reporting_year}.yml", None, name, "unknown delivery"))
            continue
        files[name] = relative(path)
        if not path.is_file():
            problems.append(Problem(files[name], None, None, f"file is missing (delivery {name})"))
            continue
        sidecar, found = read_sidecar(path, world)
        problems += found
        if sidecar is None:
            continue
        table, found = read_delivery(name, path, year, sidecar)
        problems += found
        if table is not None:
            tables[name], sidecars[name] = table, sidecar
    if not problems:
        problems = contracts.validate_together(
            tables,
            files,
            {name: {rule.name: rule.header for rule in column_map(name, year.reporting_year)} for name in tables},
            {name: sidecar.sensitivity == "public" for name, sidecar in sidecars.items()},
        )
    if problems:
        raise DeliveryError(problems)
    store.write_all(
        year.reporting_year,
        world,
        {
            name: (
                table.reset_index(drop=True),
                {
                    "delivery": name,
                    "file": files[name],
                    "producer": sidecars[name].producer,
                    "title": sidecars[name].title,
                    "received_on": sidecars[name].received_on.isoformat(),
                    "sensitivity": sidecars[name].sensitivity,
                    "sha256": sidecars[name].sha256,
                    "synthetic": sidecars[name].synthetic,
                },
            )
            for name, table in tables.items()
        },
    )
    return {name: len(table) for name, table in tables.items()}
