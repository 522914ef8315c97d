"""How often a sentence about a trend is carried by data in which nothing happens: a table for the page on claims.

.venv/bin/python tests/benchmarks/false_alarms.py --write (a minute and a half for the 200 seeds that stand on the page)
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pandas as pd

from missions import sample
from missions.declared.assumptions import assumption
from missions.declared.claims import declared_claims
from missions.declared.year_file import load_year
from missions.estimates import survey, trend, valuation
from missions.estimates.claim_tests import SUPPORTED
from missions.estimates.register import led_by_minister, since
from missions.paths import ROOT
from missions.verdicts import verdict_row

YEAR, SEEDS = 2025, 200
TABLE = ROOT / "book" / "method" / "false_alarms.csv"
TRENDS = ("valuation_again_lower", "valuation_fall_goes_with_unknown_role")
HEADINGS = ("Uitspraak", "Werelden zonder verandering", "Toch gedragen", "Deel in procenten", "Hoogstens, bij de toegestane kans")


def deliveries(seed: int, scenario: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Answers and missions of one synthetic world, typed as they come from the store."""
    tables = sample.generate(seed, YEAR, scenario).tables
    answers = tables["survey_answers"].copy()
    for question in ("minister_added_value", "minister_role_known"):
        answers[question] = pd.to_numeric(answers[question], errors="coerce")
    register = tables["mission_register"].copy()
    register["start_on"] = pd.to_datetime(register["start_on"])
    register["invited_n"] = pd.to_numeric(register["invited_n"])
    return answers, register


def verdicts(seed: int, scenario: str = "null") -> dict[str, str]:
    """Claim about a trend -> verdict in one world, computed as the annex does."""
    answers, register = deliveries(seed, scenario)
    year = load_year(YEAR, "sample")
    confidence = assumption("confidence_level", YEAR)
    led = led_by_minister(since(register, year.annexes["minister_valuation"]["first_year"]))

    def change(question: str) -> pd.DataFrame:
        return trend.yearly_change(survey.mission_means(answers, led, question, year.scales[question], confidence), confidence)

    link = valuation.goes_with(answers, led, "minister_added_value", "minister_role_known", confidence)
    rows = {
        "valuation_again_lower": change("minister_added_value"),
        "valuation_fall_goes_with_unknown_role": valuation.fall_goes_with(change("minister_role_known"), link),
    }
    return {key: verdict_row(key, rows[key])["verdict"].iloc[0] for key in TRENDS}


def alarms(seeds: range) -> Counter:
    """Claim -> in how many worlds without any change the data carry it all the same."""
    with ProcessPoolExecutor(2) as pool:
        found = list(pool.map(verdicts, seeds))
    return Counter(key for one in found for key in TRENDS if one[key] == SUPPORTED)


def at_most(worlds_n: int) -> float:
    """Five percent, and two standard errors of chance on top of it, in percent."""
    return 100 * (0.05 + 2 * (0.05 * 0.95 / worlds_n) ** 0.5)


def table(counted: Counter, worlds_n: int) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(HEADINGS)
    for key in TRENDS:
        share = f"{100 * counted[key] / worlds_n:.1f}".replace(".", ",")
        statement = declared_claims()[key]["statement"].rstrip(".")
        writer.writerow([statement, worlds_n, counted[key], share, f"{at_most(worlds_n):.1f}".replace(".", ",")])
    return buffer.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {Path(TABLE).relative_to(ROOT).as_posix()}")
    chosen = parser.parse_args()
    text = table(alarms(range(1, SEEDS + 1)), SEEDS)
    sys.stdout.write(text)
    if chosen.write:
        TABLE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
