"""Validated tables as Parquet files, each with its origin; notebooks read from here and from nowhere else."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pandas as pd

from .dictionary import deliveries
from .files import private_folder
from .paths import table_files, validated_folder

ORIGIN = "origin"  # key in DataFrame.attrs
ROW = "delivered_row"  # column of a stored table: the row in the delivered file


def _fresh(reporting_year: int, data: str) -> Path:
    folder = validated_folder(reporting_year, data)
    return folder.with_name(folder.name + ".new")


def fresh_folder(reporting_year: int, data: str) -> Path:
    """An empty folder for tables that are not judged yet; nobody reads from it."""
    fresh = _fresh(reporting_year, data)
    shutil.rmtree(fresh, ignore_errors=True)
    # PRIVACY: rows of companies, for whoever builds alone, whatever the umask.
    for folder in (fresh.parent.parent, fresh.parent, fresh):
        private_folder(folder)
    return fresh


def keep(reporting_year: int, data: str, origins: dict[str, dict]) -> None:
    """Put the tables of the fresh folder in place of the previous ones, all at once. origins: delivery name -> its origin."""
    folder, fresh = validated_folder(reporting_year, data), _fresh(reporting_year, data)
    for name, origin in origins.items():
        (fresh / f"{name}.json").write_text(json.dumps(origin, ensure_ascii=False, indent=1), encoding="utf-8")
    for path in fresh.iterdir():
        path.chmod(0o600)
    # Set aside before it is replaced: a run that breaks off here leaves the old tables to be found.
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    os.replace(fresh, folder)
    shutil.rmtree(old, ignore_errors=True)


def read(name: str, reporting_year: int, data: str) -> pd.DataFrame:
    """One validated table, without row numbers; `.attrs["origin"]` says from which delivery it came.

    Errors: FileNotFoundError when the deliveries of the year were not checked yet, KeyError for an unknown name.
    """
    path, origin = table_files(name, reporting_year, data)
    if name not in deliveries():
        raise KeyError(f"no delivery '{name}' (known: {', '.join(deliveries())})")
    if not origin.is_file():
        raise FileNotFoundError(
            f"no validated '{name}' for {reporting_year} ({data}); run: missions check --year {reporting_year}"
            f" --deliveries {data}"
        )
    known = json.loads(origin.read_text(encoding="utf-8"))  # first: where the table may not be read, this says so in clear words
    table = pd.read_parquet(path).drop(columns=ROW)
    table.attrs[ORIGIN] = known
    return table


def rows_about(name: str, reporting_year: int, data: str, about: int | None) -> int | None:
    """Rows of a stored table about one year (of the mission, or of the row; None: all rows); None when it was never stored."""
    path = validated_folder(reporting_year, data) / f"{name}.parquet"
    if not path.is_file():
        return None
    table = pd.read_parquet(path)
    if about is None:
        return len(table)
    years = pd.to_numeric(table["mission_id"].str[:4]) if "mission_id" in table else table["year"]
    return int((years == about).sum())
