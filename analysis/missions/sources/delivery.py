"""From a delivered file to a table with our names and types: rename, correct, type, nothing else; all or nothing per year."""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .. import contracts, store
from ..contracts import Problem, group_rules
from ..declared.year_file import Question, YearFile
from ..dictionary import QUESTIONS, deliveries, variables
from ..dictionary.countries import country_names
from ..paths import relative
from .across_rows import group_problems
from .cells import column_types, convert, date_orders, decimal_marks, expectation
from .column_map import SYNTHETIC_HEADER, ColumnRule, column_map
from .corrections import Corrected, Correction, correct
from .formats import Chunk, open_file
from .sidecar import Sidecar

_ENOUGH = 1000  # problems after which a file is not read further
_NO_ROWS = "has no rows under its header"
_NUMBERS = ("integer", "decimal", "score", "amount")


@dataclass
class Reading:
    """What was found in one delivery.

    form: format and encoding as detected. columns: our column -> Counter of filled and of the reasons for no answer.
    years: year of the mission, or of the row -> rows. corrected: the errors that were mended. set_aside: question -> answers on
    another scale. turned: questions of which the lowest number was the best and that were turned around.
    """

    name: str
    file: str
    sidecar: Sidecar
    form: str = ""
    rows: int = 0
    columns: dict[str, Counter] = field(default_factory=dict)
    years: Counter = field(default_factory=Counter)
    corrected: list[Corrected] = field(default_factory=list)
    set_aside: dict[str, int] = field(default_factory=dict)
    turned: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def show_values(self) -> bool:
        """PRIVACY: what stands in a delivery that is not public stays out of messages."""
        return self.sidecar.sensitivity == "public"


def read_delivery(
    name: str, path: Path, year: YearFile, sidecar: Sidecar, folder: Path, corrections: list[Correction] | None = None
) -> Reading:
    """Read one delivery, in parts if it is large, and write it to `folder/<name>.parquet`, row numbers included.

    The reading holds every rule that the file breaks; if there are any, what was written is of no use. A file whose structure is
    broken is told of that only.
    """
    reading = Reading(name, relative(path), sidecar)
    rules = [rule for rule in column_map(name, year.reporting_year) if rule.header]
    delivered = open_file(path, reading.file, numbers={rule.header for rule in rules if rule.kind in _NUMBERS})
    reading.form = delivered.form
    reading.problems += delivered.problems
    if not delivered.header:
        return reading
    expected = [rule.header for rule in rules] + ([SYNTHETIC_HEADER] if sidecar.synthetic else [])
    reading.problems += _header_problems(reading, delivered.header, delivered.header_row, expected)
    typed = _Typed(reading, rules, delivered.header, year, corrections or [])
    writer, decimals, orders = None, set(), set()
    for chunk in delivered.chunks:
        if len(reading.problems) > _ENOUGH:
            row = int(chunk.rows[0]) if len(chunk.rows) else None
            reading.problems.append(Problem(reading.file, row, None, f"reading stopped here, after more than {_ENOUGH} problems"))
            break
        reading.problems += chunk.problems
        if reading.problems and writer is None:
            continue  # the structure is broken: tell all of that, and nothing that follows from it
        chunk = _without_empty_rows(chunk)
        for rule in rules:
            texts = chunk.columns[delivered.header.index(rule.header)]
            decimals |= decimal_marks(texts) if rule.kind == "decimal" else set()
            orders |= date_orders(texts) if rule.kind == "date" else set()
        table = typed.table(chunk)
        reading.rows += len(table)
        batch = pa.Table.from_pandas(table.rename_axis(store.ROW).reset_index(), preserve_index=False)
        writer = writer or pq.ParquetWriter(folder / f"{name}.parquet", batch.schema)
        writer.write_table(batch)
    if writer is None:
        reading.problems += [] if reading.problems else [Problem(reading.file, None, None, _NO_ROWS)]
        return reading
    writer.close()
    _judge_writing(reading, decimals, orders)
    _judge_as_a_whole(reading, folder / f"{name}.parquet", typed)
    return reading


class _Typed:
    """Turns chunks of one delivery into tables that were judged row by row; what it finds goes to the reading."""

    def __init__(
        self, reading: Reading, rules: list[ColumnRule], header: list[str], year: YearFile, corrections: list[Correction]
    ):
        self.reading, self.rules, self.header, self.year, self.corrections = reading, rules, header, year, corrections
        self.supplier_columns = {rule.name: rule.header for rule in rules}
        self.highest_percentage: dict[str, float] = {}
        self.empty = {variable.name: variable.may_be_empty for variable in variables(reading.name)}

    def table(self, chunk: Chunk) -> pd.DataFrame:
        reading, file = self.reading, self.reading.file
        chunk, made, found = correct(chunk, self.header, self.supplier_columns, self.corrections, reading.show_values)
        reading.corrected += made
        reading.problems += found + self._line_breaks(chunk)
        columns, unread = {}, set()
        for rule in column_map(reading.name, self.year.reporting_year):
            if not rule.header:
                columns |= self._not_asked(rule, len(chunk.rows))
                continue
            texts = chunk.columns[self.header.index(rule.header)]
            values, wrong = convert(texts, rule, self.empty[rule.name])
            columns |= values
            for position in np.flatnonzero(wrong.to_numpy()):
                row, value = int(chunk.rows[position]), texts[int(position)].as_py()
                unread.add((row, rule.name))
                if len(unread) <= 10 * _ENOUGH:
                    reading.problems.append(
                        Problem(file, row, rule.header, expectation(rule), value if reading.show_values else None)
                    )
        table = pd.DataFrame(columns).set_axis(pd.Index(chunk.rows), axis=0)
        if deliveries()[reading.name].is_microdata:
            table["synthetic"] = reading.sidecar.synthetic
            reading.problems += self._label_problems(chunk)
        table = self._set_aside(table)
        for problem, column in self._own_rules(table):
            reading.problems.append(problem)
            unread.add((problem.row, column))
        self._count(table)
        broken = contracts.validate(
            reading.name,
            table,
            file=file,
            supplier_columns=self.supplier_columns,
            questions=self.year.questions,
            show_values=reading.show_values,
            unread=unread,
        )
        reading.problems += [self._as_delivered(problem, chunk) for problem in broken]
        return self._turn(table)

    def _as_delivered(self, problem: Problem, chunk: Chunk) -> Problem:
        """A problem with the value as the supplier wrote it: 100,5 and not 100.5."""
        if problem.value is None or problem.row is None or problem.column not in self.header:
            return problem
        position = int(np.searchsorted(chunk.rows, problem.row))
        return dataclasses.replace(problem, value=chunk.columns[self.header.index(problem.column)][position].as_py())

    def _not_asked(self, rule: ColumnRule, rows: int) -> dict[str, pd.Series]:
        """The columns of a variable that is not delivered in this year."""
        filler = {f"{rule.name}_no_answer": "not_asked", f"has_{rule.name}": False}
        return {
            name: pd.Series([filler.get(name)] * rows, dtype=dtype)
            for name, dtype in column_types(rule, self.empty[rule.name]).items()
        }

    def _line_breaks(self, chunk: Chunk) -> list[Problem]:
        """A lost quotation mark swallows whole rows into one cell; only remarks may have several lines."""
        rule = "a cell holds a line break; is a quotation mark missing?"
        remarks = {self.header.index(rule.header) for rule in self.rules if rule.kind == "remark"}
        wrong = set()
        for position, column in enumerate(chunk.columns):
            if position not in remarks:
                hits = pc.or_(pc.match_substring(column, "\n"), pc.match_substring(column, "\r"))
                wrong |= {int(chunk.rows[hit]) for hit in pc.indices_nonzero(hits).to_pylist()}
        return [Problem(self.reading.file, row, None, rule) for row in sorted(wrong)]

    def _label_problems(self, chunk: Chunk) -> list[Problem]:
        if not self.reading.sidecar.synthetic:
            return []
        labels = chunk.columns[self.header.index(SYNTHETIC_HEADER)]
        rule = "must be ja in a synthetic delivery"
        return [
            Problem(self.reading.file, int(chunk.rows[hit]), SYNTHETIC_HEADER, rule, labels[hit].as_py())
            for hit in pc.indices_nonzero(pc.not_equal(labels, "ja")).to_pylist()
        ]

    def _asked(self) -> list[tuple[str, Question]]:
        questions = self.year.questions
        return [(rule.name, questions[rule.name]) for rule in self.rules if rule.kind in QUESTIONS and rule.name in questions]

    def _set_aside(self, table: pd.DataFrame) -> pd.DataFrame:
        """Without answers on an earlier scale: no line may run over a change of scale."""
        for name, question in self._asked():
            if question.since is not None:
                years = pd.to_numeric(table["mission_id"].str[:4], errors="coerce")
                earlier = (years < question.since) & table[name].notna()
                table.loc[earlier, name] = pd.NA
                table.loc[earlier, f"{name}_no_answer"] = "other_scale"
                self.reading.set_aside[name] = self.reading.set_aside.get(name, 0) + int(earlier.sum())
        return table

    def _turn(self, table: pd.DataFrame) -> pd.DataFrame:
        """Scales whose lowest number is the best mirrored, so that in every table the highest number is the best."""
        for name, question in self._asked():
            if not question.highest_is_best:
                table[name] = sum(question.range) - table[name]
                self.reading.turned = sorted({*self.reading.turned, name})
        return table

    def _own_rules(self, table: pd.DataFrame):
        """Rules that need more than a table: the list of countries, and the reporting year. Gives problem and our column."""
        file, synthetic, shown = self.reading.file, self.reading.sidecar.synthetic, self.reading.show_values
        if "countries_iso3" in table or "country_iso3" in table:
            column = "countries_iso3" if "countries_iso3" in table else "country_iso3"
            header = self.supplier_columns[column]
            for cell in table[column].dropna().unique():
                wrong = [(code, rule) for code in sorted(set(cell.split(";"))) if (rule := _country_rule(code, synthetic))]
                for row in table.index[table[column] == cell] if wrong else ():
                    for code, rule in wrong:
                        yield Problem(file, int(row), header, rule, code if shown else None), column
        if "company_id" in table and self.reading.name == "participations" and not synthetic:
            for row in table.index[table["company_id"].str.startswith("SYN", na=False)]:
                rule = "invented company in a real delivery"
                yield Problem(file, int(row), self.supplier_columns["company_id"], rule), "company_id"
        if self.reading.name == "mission_register":
            for row in table.index[table["start_on"].dt.year > self.year.reporting_year]:
                rule = f"lies after the reporting year {self.year.reporting_year}"
                yield Problem(file, int(row), self.supplier_columns["start_on"], rule), "start_on"

    def _count(self, table: pd.DataFrame) -> None:
        if "mission_id" in table or "year" in table:
            years = pd.to_numeric(table["mission_id"].str[:4], errors="coerce") if "mission_id" in table else table["year"]
            self.reading.years.update({int(year): rows for year, rows in years.value_counts().items()})
        for variable in variables(self.reading.name):
            counts = self.reading.columns.setdefault(variable.name, Counter())
            if variable.type == "remark":
                counts["filled"] += int(table[f"has_{variable.name}"].sum())
                continue
            counts["filled"] += int(table[variable.name].notna().sum())
            if variable.name.endswith("_pct"):
                highest = max(table[variable.name].fillna(0), default=0)
                self.highest_percentage[variable.name] = max(self.highest_percentage.get(variable.name, 0), highest)
            if variable.type in QUESTIONS:
                counts.update(table[f"{variable.name}_no_answer"].dropna().value_counts().to_dict())


def _country_rule(code: str, synthetic: bool) -> str | None:
    if code not in country_names():
        return "unknown country code"
    return "invented country in a real delivery" if code.startswith("XA") and not synthetic else None


def _header_problems(reading: Reading, header: list[str], row: int | None, expected: list[str]) -> list[Problem]:
    file = reading.file
    if not set(header) & set(expected):
        return [Problem(file, row, None, f"no heading is known; expected: {', '.join(expected)}")]
    problems = [Problem(file, row, column, "column is missing") for column in expected if column not in header]
    for number, column in enumerate(header, start=1):
        if column not in expected:
            # PRIVACY: what stands in a header of a confidential file may be a value.
            name = column if reading.show_values and column else f"number {number}"
            problems.append(Problem(file, row, name, "unknown column" if column else "column without a heading"))
    twice = sorted({column for column in header if column in expected and header.count(column) > 1})
    return problems + [Problem(file, row, column, "column stands there twice") for column in twice]


def _without_empty_rows(chunk: Chunk) -> Chunk:
    filled = functools.reduce(pc.or_, [pc.not_equal(column, "") for column in chunk.columns])
    if pc.all(filled).as_py() in (True, None):
        return chunk
    return Chunk(chunk.rows[filled.to_numpy(zero_copy_only=False)], [column.filter(filled) for column in chunk.columns])


def _judge_writing(reading: Reading, decimals: set[str], orders: set[str]) -> None:
    """How numbers and days are written; two ways in one file mean that some of them are read wrongly."""
    if reading.form.startswith("CSV") and decimals:
        reading.form += ", decimal comma" if decimals == {","} else ", decimal point"
        if len(decimals) > 1:
            reading.problems.append(Problem(reading.file, None, None, "has decimal commas and decimal points; which is it?"))
    if "day-month-year" in orders:
        reading.form += ", dates day-month-year"
        if len(orders) > 1:
            # TRAP: Excel turns some typed dates into real ones, perhaps with day and month changed about, not others.
            rule = "has dates written year-month-day (or real dates) and day-month-year; which is it?"
            reading.problems.append(Problem(reading.file, None, None, rule))


def _judge_as_a_whole(reading: Reading, table: Path, typed: _Typed) -> None:
    """What can only be said when all rows are there."""
    if not reading.rows and not reading.problems:
        reading.problems.append(Problem(reading.file, None, None, _NO_ROWS))
        return
    file, rules = reading.file, group_rules(reading.name)
    for name, highest in typed.highest_percentage.items():
        if 0 < highest <= 1:
            # TRAP: a cell that Excel shows as 33% holds 0.33.
            rule = "holds nothing above 1; percentages run from 0 to 100"
            reading.problems.append(Problem(file, None, typed.supplier_columns[name], rule))
    if reading.problems:
        rules = rules[:1]  # a gap may be the row that is wrong already; a key that stands there twice is wrong in any case
    reading.problems += group_problems(table, rules, store.ROW, file, typed.supplier_columns, reading.show_values)
    done = {made.correction.where for made in reading.corrected} | {(problem.file, problem.row) for problem in reading.problems}
    for correction in typed.corrections:
        if correction.where not in done:
            key = ", ".join(f"{name} {value}" for name, value in correction.key.items()) if reading.show_values else "this key"
            reading.problems.append(Problem(*correction.where, "key", f"{file} has no row with {key}"))
