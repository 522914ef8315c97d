"""The files of a sample as suppliers would send them, labelled so that nobody takes them for real."""

from __future__ import annotations

import csv
import datetime
import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from ..sources.column_map import SYNTHETIC_HEADER, ColumnRule, column_map
from ..sources.sidecar import write_sidecar
from .generator import generate
from .truth import FIRST_MISSION_YEAR, FIRST_TRADE_YEAR

FILES = {
    "mission_register": ("synthetisch_missieregister.csv", "Missieregister (synthetisch)"),
    "participations": ("synthetisch_deelnames.csv", "Deelnames (synthetisch)"),
    "survey_answers": ("synthetisch_effectmeting.csv", "Effectmeting onder deelnemers (synthetisch)"),
    "imvo_steps": ("synthetisch_imvo_stappen.csv", "IMVO-stappen per deelname (synthetisch)"),
    "trade_panel": ("synthetisch_handelspanel.parquet", "Handel per bedrijf en land en jaar (synthetisch)"),
}
TRUTH_FILE = "truth.json"
_LABEL = "SYNTHETISCHE VOORBEELDGEGEVENS: geen echte missies, bedrijven of antwoorden"
_PARQUET_TYPES = {"integer": pa.int32(), "decimal": pa.int64(), "yes_no": pa.bool_()}  # all others: text


def _supplied_code(rule: ColumnRule, value: str) -> str:
    """One value in the supplier's words; answers that are no code ("weet niet") stay as they are."""
    theirs = {ours: code for code, ours in rule.codes.items()}
    return ";".join(theirs.get(part, part) for part in value.split(";")) if theirs else value


def _supplied_cell(rule: ColumnRule, value: object) -> str:
    if pd.isna(value):
        return ""
    if rule.kind == "yes_no":
        return "ja" if value else "nee"
    if isinstance(value, float):
        return f"{value:.1f}".replace(".", ",")
    return _supplied_code(rule, str(value))


def _write_csv(path: Path, table: pd.DataFrame, rules: tuple[ColumnRule, ...]) -> None:
    cells = [[_supplied_cell(rule, value) for value in table[rule.name].tolist()] for rule in rules]
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(f"# {_LABEL}\n")
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow([*(rule.header for rule in rules), SYNTHETIC_HEADER])
        writer.writerows([*row, "ja"] for row in zip(*cells, strict=True))


def _supplied_array(rule: ColumnRule, values: pd.Series) -> pa.Array:
    kind = _PARQUET_TYPES.get(rule.kind, pa.string())
    if kind == pa.string():
        values = values.map({value: _supplied_code(rule, value) for value in values.unique()})
    return pa.Array.from_pandas(values, type=kind)


def _write_parquet(path: Path, table: pd.DataFrame, rules: tuple[ColumnRule, ...]) -> None:
    columns = {rule.header: _supplied_array(rule, table[rule.name]) for rule in rules}
    columns[SYNTHETIC_HEADER] = pa.array(["ja"] * len(table), pa.string())
    supplied = pa.table(columns).replace_schema_metadata({"remark": _LABEL})
    pa.parquet.write_table(supplied, path, compression="zstd")


def _rounded(value: object) -> object:
    """Without the last digits of a sum, which may differ between machines."""
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    return round(value, 9) if isinstance(value, float) else value


def write_sample(folder: Path, seed: int, reporting_year: int, scenario: str = "base") -> list[Path]:
    """Write the deliveries with their sidecars, and beside them the truth; returns the deliveries. The same bytes every time."""
    sample = generate(seed, reporting_year, scenario)
    folder.mkdir(parents=True, exist_ok=True)
    first_year = {"imvo_steps": reporting_year, "trade_panel": FIRST_TRADE_YEAR}
    written = []
    for name, (file_name, title) in FILES.items():
        path, rules = folder / file_name, column_map(name, reporting_year)
        rules = tuple(rule for rule in rules if rule.header)  # the others are not delivered in this year
        (_write_parquet if path.suffix == ".parquet" else _write_csv)(path, sample.tables[name], rules)
        first = first_year.get(name, FIRST_MISSION_YEAR)
        write_sidecar(
            path,
            producer="voorbeeldgenerator van deze publicatie",
            title=title,
            received_on=datetime.date(reporting_year + 1, 1, 1),
            period=f"{first}-{reporting_year}" if first < reporting_year else str(reporting_year),
            licence="CC0-1.0",
            sensitivity="public",
            obtained=f"missions sample --year {reporting_year} --seed {seed}"
            + ("" if scenario == "base" else f" --scenario {scenario}"),
            synthetic=True,
        )
        written.append(path)
    truth = json.dumps(_rounded(sample.truth), sort_keys=True, indent=1, ensure_ascii=False)
    (folder / TRUTH_FILE).write_text(truth + "\n", encoding="utf-8")
    return written
