"""How fast and in how much memory large deliveries are read, checked and stored, beside plain pandas: a Markdown table.

make bench, or with smaller files: .venv/bin/python tests/benchmarks/deliveries.py --answers 10000 --panel 100000
"""

from __future__ import annotations

import argparse
import itertools
import json
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "analysis")]

from missions.sources.column_map import column_map  # noqa: E402
from missions.sources.delivery import read_delivery  # noqa: E402
from missions.sources.sidecar import Sidecar  # noqa: E402
from support.deliveries import FIELDS, YEAR  # noqa: E402
from support.forms import write  # noqa: E402

PANEL_YEARS, PANEL_BLOCK = 10, 1_000_000
COUNTRIES = np.array(["KEN", "UGA", "DEU", "FRA", "USA", "IND", "BRA", "VNM", "ZAF", "POL"])


# --- files as suppliers would send them -----------------------------------------------------------------------------
def survey(rows: int) -> str:
    """Answers of any kind, also none, in CSV."""
    random = np.random.default_rng(2025)
    columns = {}
    for rule in column_map("survey_answers", 2025):
        if rule.name == "answer_id":
            values = [str(number) for number in range(1, rows + 1)]
        elif rule.name == "mission_id":
            values = random.choice(["2025-KEN-01", "2025-UGA-01", "2024-IND-02"], rows)
        elif rule.kind == "remark":
            values = random.choice(["", "", "", "Goed geregeld, dank", "Meer tijd per gesprek had geholpen"], rows)
        elif rule.kind == "category":
            values = random.choice(list(rule.codes), rows)
        else:
            low, high = YEAR.questions[rule.name].range or (0, 0)
            answers = list(rule.codes) or [str(number) for number in range(low, high + 1)]
            values = np.where(
                random.random(rows) < 0.9, random.choice(answers, rows), random.choice(["n.v.t.", "weet niet", ""], rows)
            )
        columns[rule.name] = pd.Series(values, dtype="str")
    table = pd.DataFrame(columns)
    # Only who signed a contract was asked whether it was owed to the mission.
    table.loc[table["contract_signed"] != "ja", "contract_owed_to_mission"] = "n.v.t."
    table.columns = [rule.header for rule in column_map("survey_answers", 2025)]
    return table.to_csv(sep=";", index=False)


def panel(rows: int) -> Iterator[pa.Table]:
    """Firms, countries and years without gaps, in parts; the rows of a firm and country stand together."""
    for first in range(0, rows, PANEL_BLOCK):
        random = np.random.default_rng(first)
        row = np.arange(first, min(first + PANEL_BLOCK, rows))
        pair = row // PANEL_YEARS
        chance = (pair * 2_654_435_761 % 1_000) / 1_000  # the same for all years of a firm and country
        company = pair // len(COUNTRIES)
        trades = random.random(len(row)) < 0.6
        went = pa.array(chance < 0.1)
        size = company % 4
        year = pa.array(2015 + (pair % PANEL_YEARS))
        values = {
            "company_id": identifiers("f", company),
            "country_iso3": pa.array(COUNTRIES[pair % len(COUNTRIES)]),
            "year": pa.array(2015 + row % PANEL_YEARS),
            "export_value_eur": pa.array(np.where(trades, random.lognormal(10, 2, len(row)).round(2), 0.0)),
            "import_value_eur": pa.array(np.where(random.random(len(row)) < 0.3, random.lognormal(9, 2, len(row)).round(2), 0.0)),
            "has_foreign_investment": words(["nee", "ja"], (chance > 0.95).astype(int)),
            "size_class": words(["micro", "klein", "middelgroot", "groot"], size),
            "is_independent_sme": words(["ja", "nee"], (size == 3).astype(int)),
            "sector": words(["agrifood", "creatieve industrie", "energie", "hightech", "water", "overig"], company % 6),
            "first_mission_year": pc.if_else(went, year, None),
            "is_with_minister": pc.if_else(went, words(["nee", "ja"], pair % 2), None),
        }
        headers = {rule.name: rule.header for rule in column_map("trade_panel", 2025)}
        yield pa.table({headers[name]: column for name, column in values.items()})


def identifiers(prefix: str, numbers: np.ndarray) -> pa.Array:
    return pa.array(np.char.add(prefix, np.char.zfill(numbers.astype(str), 7)))


def words(choices: list[str], places: np.ndarray) -> pa.Array:
    return pa.array(np.array(choices)[places])


def write_panel(folder: Path, rows: int) -> None:
    writers = {}
    for part in panel(rows):
        if not writers:
            for name, quoting in (("unquoted", "none"), ("quoted", "all_valid")):
                path = folder / f"panel_{name}.csv"
                options = arrow_csv.WriteOptions(quoting_style=quoting)
                if name == "quoted":  # headings too, as programs do that quote everything
                    path.write_text(",".join(f'"{heading}"' for heading in part.schema.names) + "\n", encoding="utf-8")
                    options.include_header = False
                writers[name] = arrow_csv.CSVWriter(open(path, "ab"), part.schema, write_options=options)  # noqa: SIM115
            writers["parquet"] = pq.ParquetWriter(folder / "panel.parquet", part.schema)
        for writer in writers.values():
            writer.write_table(part)
    for writer in writers.values():
        writer.close()


# --- one reading, in a process of its own ---------------------------------------------------------------------------
def read_ours(name: str, path: Path) -> int:
    sidecar = Sidecar(**FIELDS | {"sha256": "", "sensitivity": "confidential"})
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        reading = read_delivery(name, path, YEAR, sidecar, Path(folder))
    if reading.problems:
        raise SystemExit("\n".join(map(str, reading.problems[:5])))
    return reading.rows


def read_plainly(name: str, path: Path) -> int:
    if path.suffix == ".sav":
        import pyreadstat

        return len(pyreadstat.read_sav(path)[0])
    if path.suffix == ".csv":
        return len(pd.read_csv(path, sep=";" if name == "survey_answers" else ","))
    return len({".xlsx": pd.read_excel, ".parquet": pd.read_parquet}[path.suffix](path))


def one_reading(reader: str, name: str, path: Path) -> None:
    """Print rows, seconds and the most memory that this process has had, in bytes."""
    start = time.perf_counter()
    rows = {"ours": read_ours, "plain": read_plainly}[reader](name, path)
    seconds = time.perf_counter() - start
    # TRAP: ru_maxrss begins with what the process had that started this one; the kernel's own mark begins with this program.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    memory = int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024
    print(json.dumps({"rows": rows, "seconds": seconds, "memory": memory}))


def measured(name: str, path: Path, times: int) -> dict[str, dict]:
    """Medians of both readers, who take turns: what else the machine does weighs on both."""
    found = {"ours": [], "plain": []}
    for _, reader in itertools.product(range(times), found):
        command = [sys.executable, __file__, "--one", reader, name, str(path)]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode:
            raise SystemExit(f"{reader}, {path.name}: {result.stderr}")
        found[reader].append(json.loads(result.stdout))
    return {
        reader: {key: statistics.median(run[key] for run in runs) for key in ("rows", "seconds", "memory")}
        for reader, runs in found.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=100_000, help="answers in the survey")
    parser.add_argument("--panel", type=int, default=10_000_000, help="rows of the panel")
    parser.add_argument("--only", default="", help="part of a file's name")
    parser.add_argument("--keep", type=Path, help="folder for the files, which are used again")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        one_reading(options.one[0], options.one[1], Path(options.one[2]))
        return
    print(f"Python {platform.python_version()}, {platform.machine()}; medians; plain = pandas or pyreadstat alone\n")
    print("| File | Rows | MB | Rows per second | Seconds | Times plain | Memory, GB | Plain, GB |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        for form in ("csv", "xlsx", "sav", "parquet"):
            if not (folder / f"survey.{form}").exists():
                write(folder / f"survey.{form}", "survey_answers", survey(options.answers))
        if not (folder / "panel.parquet").exists():
            write_panel(folder, options.panel)
        files = [("survey_answers", f"survey.{form}", 3) for form in ("csv", "xlsx", "sav", "parquet")]
        often = 1 if options.panel > 1_000_000 else 3
        files += [("trade_panel", file, often) for file in ("panel_unquoted.csv", "panel_quoted.csv", "panel.parquet")]
        for name, file, times in files:
            if options.only not in file:
                continue
            found = measured(name, folder / file, times)
            ours, plain = found["ours"], found["plain"]
            numbers = [
                f"{ours['rows']:.0f}",
                f"{(folder / file).stat().st_size / 1e6:.0f}",
                f"{ours['rows'] / ours['seconds']:.0f}",
            ]
            numbers += [f"{ours['seconds']:.1f}", f"{ours['seconds'] / plain['seconds']:.1f}"]
            print(
                "|", " | ".join([file, *numbers, f"{ours['memory'] / 1e9:.2f}", f"{plain['memory'] / 1e9:.2f}"]), "|", flush=True
            )


if __name__ == "__main__":
    main()
