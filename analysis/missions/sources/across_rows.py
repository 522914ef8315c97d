"""Rules that no single row can break, on a stored table of any length: DuckDB reads it without taking it into memory."""

from __future__ import annotations

import functools
from pathlib import Path

import duckdb

from ..contracts import GroupRule, Problem

_TOLD = 1000  # of one rule
_MEMORY = "2GB"


def group_problems(
    table: Path, rules: list[GroupRule], row: str, file: str, supplier_columns: dict[str, str], show_values: bool
) -> list[Problem]:
    """Every group of rows that breaks a rule: all its rows when the rule is that a key stands once, else the first of them.

    table: a Parquet file with our column names and, in the column `row`, the row in the delivered file.
    """
    problems = []
    connection = _database((table.parent / "spill").as_posix())
    connection.from_parquet(table.as_posix()).create_view("delivered", replace=True)
    for rule in rules:
        is_key = rule.is_key
        if problems and not is_key:
            break  # rows that stand there twice break other rules too
        within = ", ".join(f'"{column}"' for column in rule.within)
        known = " AND ".join(f'"{column}" IS NOT NULL' for column in rule.within)
        groups = f"SELECT {within}, min({row}) AS first_row FROM delivered WHERE {known} GROUP BY {within}"
        broken = f"{groups} HAVING {rule.broken_when}"
        if is_key:
            query = f"SELECT {row}, {within} FROM delivered SEMI JOIN ({broken}) USING ({within}) ORDER BY {row} LIMIT {_TOLD}"
        else:
            query = f"SELECT first_row FROM ({broken}) ORDER BY first_row LIMIT {_TOLD}"
        column = supplier_columns[rule.within[0]] if is_key and len(rule.within) == 1 else None
        for found in connection.execute(query).fetchall():
            value = str(found[1]) if column and show_values else None
            problems.append(Problem(file, found[0], column, rule.error, value))
    return problems


def _database(spill: str) -> duckdb.DuckDBPyConnection:
    """One for all that a process reads, because to open it takes longer than to judge most tables."""
    there = spill.replace("'", "''")
    try:
        return _opened().execute(f"SET temp_directory = '{there}'")
    except duckdb.Error:  # it has written to the folder of a reading before, which it cannot leave
        _opened.cache_clear()
        return _opened().execute(f"SET temp_directory = '{there}'")


@functools.cache
def _opened() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"memory_limit": _MEMORY, "preserve_insertion_order": False})
