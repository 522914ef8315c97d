"""What the joint decision costs and leaves open, over many worlds: python tests/benchmarks/disclosure.py [seed:scenario ...]

A name as 20250101+4+1:base is one year with the missions of several samples, for years with many missions. Per world: missions of
the year, targets, how many of them stay without a witness (0 is the aim), findings of the audit, rows withheld by the rule per
table and by the decision (of the IMVO chain apart: the rule per table does not know the promise), counts left empty, headlines
withheld that are safe by themselves (0 is the aim) and others, seconds of one core.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pandas as pd

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "analysis")]

from missions import sample  # noqa: E402
from missions.disclosure.audit import audit  # noqa: E402
from missions.disclosure.decision import decide  # noqa: E402
from missions.disclosure.primary import primary_rows  # noqa: E402
from missions.disclosure.world import build  # noqa: E402
from missions.sample import DEFAULT_SEED  # noqa: E402
from support.ledger import THRESHOLD, YEAR, Ledger, ledger, of_tables, typed  # noqa: E402

SCENARIOS = ("base", "tiny_mission", "same_grade", "zero_response", "scale_change", "tiny_missions", "regime_of_one")
SEEDS = (DEFAULT_SEED, 1, 2, 3)
PATIENT = 300.0


def world(name: str) -> Ledger:
    """name: "seed:scenario", or "seed+seed:scenario": the first sample, and the missions that others have in its year."""
    seeds, scenario = name.split(":")
    first, *others = map(int, seeds.split("+"))
    if not others:
        return ledger(first, scenario)
    parts = [typed(sample.generate(first, YEAR, scenario).tables)]
    for seed in others:
        tables = typed(sample.generate(seed, YEAR, "base").tables)
        of_year = {name: table[table["mission_id"].str[:4] == str(YEAR)] for name, table in tables.items()}
        parts.append({name: table.assign(mission_id=table["mission_id"] + f"-{seed}") for name, table in of_year.items()})
    return of_tables({table: pd.concat([part[table] for part in parts], ignore_index=True) for table in parts[0]})


def measured(name: str) -> dict[str, object]:
    made = world(name)
    started = time.process_time()
    pattern = decide(made.rows, made.tables, THRESHOLD, seconds=PATIENT)
    decided = time.process_time()
    report = audit(made.rows, made.tables, pattern, THRESHOLD)
    audited = time.process_time()
    keys = {row.key for row in made.rows}
    today = made.today & keys
    chain = {key for key in keys if key.startswith("imvo/")}
    unsafe = primary_rows(made.rows, build(made.rows, made.tables), THRESHOLD)
    headlines = {row.key for row in made.rows if row.headline and not pattern.shows_row(row.key)}
    return {
        "world": name.replace(":", " "),
        "missions": int(made.tables["mission_register"]["mission_id"].str[:4].eq(str(YEAR)).sum()),
        "rows": len(keys),
        "targets": report.public["targets"],
        "ruled_out": report.public["ruled_out"],
        "findings": len(report.findings),
        "withheld_today": len(today - chain),
        "withheld": len(pattern.withheld - chain),
        "chain_today": len(today & chain),
        "chain": len(pattern.withheld & chain),
        "blank": len(pattern.blank),
        "safe_headlines": len(headlines - set(unsafe)),
        "other_headlines": len(headlines & set(unsafe)),
        "decide_s": round(decided - started, 1),
        "audit_s": round(audited - decided, 1),
    }


def main() -> None:
    totals: dict[str, float] = {}
    for number, name in enumerate(sys.argv[1:] or [f"{seed}:{scenario}" for seed in SEEDS for scenario in SCENARIOS]):
        row = measured(name)
        if not number:
            print(*(f"{column:>15}" for column in row), flush=True)
        print(*(f"{value!s:>15}" for value in row.values()), flush=True)
        for column, value in row.items():
            if isinstance(value, (int, float)):
                totals[column] = totals.get(column, 0) + value
    print(*(f"{(round(totals[column], 1) if column in totals else 'total')!s:>15}" for column in row))


if __name__ == "__main__":
    main()
