"""Validated tables as Parquet files, each with its origin; notebooks read from here and from nowhere else."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pandas as pd

from .year import ROOT

ORIGIN = "origin"  # key in DataFrame.attrs and in manifest.json


def validated_folder(reporting_year: int, world: str) -> Path:
    return ROOT / "data" / "validated" / world / str(reporting_year)


def write_all(reporting_year: int, world: str, tables: dict[str, tuple[pd.DataFrame, dict]]) -> None:
    """Replace all validated tables of a year at once: name -> (table, origin)."""
    folder = validated_folder(reporting_year, world)
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for name, (table, _) in tables.items():
        table.to_parquet(fresh / f"{name}.parquet", index=False)
    manifest = {name: origin for name, (_, origin) in sorted(tables.items())}
    (fresh / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
    # Set aside before it is replaced: a run that breaks off here leaves the old tables to be found.
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    os.replace(fresh, folder)
    shutil.rmtree(old, ignore_errors=True)


def read_manifest(reporting_year: int, world: str) -> dict[str, dict]:
    """Delivery name -> origin (file, producer, title, received_on, sensitivity, sha256, synthetic)."""
    path = validated_folder(reporting_year, world) / "manifest.json"
    if not path.is_file():
        raise FileNotFoundError(
            f"no validated deliveries for {reporting_year} ({world}); run: missions check --year {reporting_year}"
            f" --deliveries {world}"
        )
    return json.loads(path.read_text(encoding="utf-8"))


def read(name: str, reporting_year: int, world: str) -> pd.DataFrame:
    """One validated table; `.attrs["origin"]` says from which delivery it came.

    Errors: FileNotFoundError when the deliveries of the year were not checked yet, KeyError for an unknown name.
    """
    manifest = read_manifest(reporting_year, world)
    if name not in manifest:
        raise KeyError(f"no delivery '{name}' (known: {', '.join(manifest)})")
    table = pd.read_parquet(validated_folder(reporting_year, world) / f"{name}.parquet")
    table.attrs[ORIGIN] = manifest[name]
    return table
