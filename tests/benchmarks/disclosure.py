"""What the joint decision costs and leaves open, over many worlds: python tests/benchmarks/disclosure.py [seed:scenario ...]

Per world: targets, how many of them stay without a witness (0 is the aim), findings of the audit,
rows withheld by both (of the IMVO chain apart: the rule per table does not know the promise), counts left empty, seconds of
one core.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "analysis")]

from missions.disclosure.audit import audit  # noqa: E402
from missions.disclosure.decision import decide  # noqa: E402
from missions.sample import DEFAULT_SEED  # noqa: E402
from support.ledger import THRESHOLD, ledger  # noqa: E402

SCENARIOS = ("base", "tiny_mission", "same_grade", "zero_response", "scale_change", "tiny_missions", "regime_of_one")
SEEDS = (DEFAULT_SEED, 1, 2, 3)
PATIENT = 300.0


def measured(seed: int, scenario: str) -> dict[str, object]:
    made = ledger(seed, scenario)
    started = time.process_time()
    pattern = decide(made.rows, made.tables, THRESHOLD, seconds=PATIENT)
    decided = time.process_time()
    report = audit(made.rows, made.tables, pattern, THRESHOLD)
    audited = time.process_time()
    keys = {row.key for row in made.rows}
    today = made.today & keys
    chain = {key for key in keys if key.startswith("imvo/")}
    return {
        "world": f"{seed} {scenario}",
        "rows": len(keys),
        "targets": report.public["targets"],
        "ruled_out": report.public["ruled_out"],
        "findings": len(report.findings),
        "withheld_today": len(today - chain),
        "withheld": len(pattern.withheld - chain),
        "chain_today": len(today & chain),
        "chain": len(pattern.withheld & chain),
        "blank": len(pattern.blank),
        "headlines": len([row for row in made.rows if row.headline and not pattern.shows_row(row.key)]),
        "decide_s": round(decided - started, 1),
        "audit_s": round(audited - decided, 1),
    }


def main() -> None:
    worlds = [(int(name.split(":")[0]), name.split(":")[1]) for name in sys.argv[1:]]
    totals: dict[str, float] = {}
    for number, (seed, scenario) in enumerate(worlds or [(seed, scenario) for seed in SEEDS for scenario in SCENARIOS]):
        row = measured(seed, scenario)
        if not number:
            print(*(f"{name:>14}" for name in row), flush=True)
        print(*(f"{value!s:>14}" for value in row.values()), flush=True)
        for name, value in row.items():
            if isinstance(value, (int, float)):
                totals[name] = totals.get(name, 0) + value
    print(*(f"{(round(totals[name], 1) if name in totals else 'total')!s:>14}" for name in row))


if __name__ == "__main__":
    main()
