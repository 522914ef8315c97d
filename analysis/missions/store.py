"""Validated tables as Parquet files, each with its origin; notebooks read from here and from nowhere else."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pandas as pd

from .year import ROOT

ORIGIN = "origin"  # key in DataFrame.attrs and in manifest.json
ROW = "delivered_row"  # column of a stored table: the row in the delivered file


def validated_folder(reporting_year: int, world: str) -> Path:
    return ROOT / "data" / "validated" / world / str(reporting_year)


def _fresh(reporting_year: int, world: str) -> Path:
    folder = validated_folder(reporting_year, world)
    return folder.with_name(folder.name + ".new")


def fresh_folder(reporting_year: int, world: str) -> Path:
    """An empty folder for tables that are not judged yet; nobody reads from it."""
    fresh = _fresh(reporting_year, world)
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    return fresh


def keep(reporting_year: int, world: str, origins: dict[str, dict]) -> None:
    """Put the tables of the fresh folder in place of the ones of before, all at once. origins: delivery name -> its origin."""
    folder, fresh = validated_folder(reporting_year, world), _fresh(reporting_year, world)
    (fresh / "manifest.json").write_text(
        json.dumps(dict(sorted(origins.items())), ensure_ascii=False, indent=1), encoding="utf-8"
    )
    # Set aside before it is replaced: a run that breaks off here leaves the old tables to be found.
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    os.replace(fresh, folder)
    shutil.rmtree(old, ignore_errors=True)


def read_manifest(reporting_year: int, world: str) -> dict[str, dict]:
    """Delivery name -> origin (file, producer, title, received_on, sensitivity, sha256, synthetic, rows, years)."""
    path = validated_folder(reporting_year, world) / "manifest.json"
    if not path.is_file():
        raise FileNotFoundError(
            f"no validated deliveries for {reporting_year} ({world}); run: missions check --year {reporting_year}"
            f" --deliveries {world}"
        )
    return json.loads(path.read_text(encoding="utf-8"))


def read(name: str, reporting_year: int, world: str) -> pd.DataFrame:
    """One validated table, without row numbers; `.attrs["origin"]` says from which delivery it came.

    Errors: FileNotFoundError when the deliveries of the year were not checked yet, KeyError for an unknown name.
    """
    manifest = read_manifest(reporting_year, world)
    if name not in manifest:
        raise KeyError(f"no delivery '{name}' (known: {', '.join(manifest)})")
    table = pd.read_parquet(validated_folder(reporting_year, world) / f"{name}.parquet").drop(columns=ROW)
    table.attrs[ORIGIN] = manifest[name]
    return table


def rows_about(name: str, reporting_year: int, world: str, about: int | None) -> int | None:
    """Rows of a stored table about one year (of the mission, or of the row; None: all rows); None when it was never stored."""
    path = validated_folder(reporting_year, world) / f"{name}.parquet"
    if not path.is_file():
        return None
    table = pd.read_parquet(path)
    if about is None:
        return len(table)
    years = pd.to_numeric(table["mission_id"].str[:4]) if "mission_id" in table else table["year"]
    return int((years == about).sum())
