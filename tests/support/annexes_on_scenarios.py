"""Run in a checkout: makes scenarios of the sample by name, runs every annex on each and decides what of them is shown.

One line of JSON per annex: its payloads as readers get them, or the error that it ended with. Most scenarios change one or two
deliveries of base: what rests on the same deliveries in the same year is not made again, as a build would not make it again.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import jupytext

from missions import sample, store
from missions.declared.assumptions import assumption
from missions.declared.year_file import load_year
from missions.disclosure.decision import decide
from missions.disclosure.pattern import Pattern
from missions.edition.annex import read_annex
from missions.edition.decision import merged
from missions.edition.plan import tables_read
from missions.edition.steps import DECIDED_ON
from missions.paths import ROOT
from missions.present import drawing
from missions.present.outputs import Output, decided
from missions.sources.receive import receive_all

SEED = 4
LAST_ON_TEN_POINTS = 2025 - (sample.SCENARIOS["scale_change"].ten_points_until_years_back or 0)
_LAST_CALL = re.compile(r"(?m)^(show_\w+|publish|judge)\(")


def run(name: str, data: str = "sample") -> list[dict]:
    """The outputs of a notebook that are not decided yet, its cells run one after the other in one namespace."""
    year = load_year(2025, data)
    notebook = read_annex(name, year.notebooks[year.annex_of(name)])
    space, shown = {"year": 2025, "data": data, **year.parameters_of(name)}, []
    for cell in notebook.cells:
        if cell.cell_type == "code" and "parameters" not in cell.metadata.get("tags", []):
            exec(compile(_LAST_CALL.sub(r"_shown = \1(", cell.source), name, "exec"), space)
            output = space.pop("_shown", None)
            if isinstance(output, Output):
                shown.append(output.payload)
    return shown


@functools.cache
def read_by(notebook: str) -> tuple[str, ...]:
    """The deliveries that an annex reads, as the plan of a build knows them."""
    return tables_read((ROOT / f"analysis/annexes/{notebook}.py").read_text(encoding="utf-8"))


def once(known: dict, make: Callable, *rests_on: object) -> object:
    """What `make` makes, unless it was made from the same before. Errors are made anew."""
    key = hashlib.sha256(repr(rests_on).encode()).hexdigest()
    if key not in known:
        known[key] = make()
    return known[key]


def decision_on(ledgers: dict[str, dict]) -> Pattern:
    tables = {name: store.read(name, 2025, "sample") for name in DECIDED_ON}
    return decide(merged(ledgers), tables, assumption("publication_threshold", 2025))


def main(scenarios: list[str]) -> None:
    drawing.prepare()
    jupytext.reads("", fmt="py:percent")
    year_file = ROOT / "analysis" / "years" / "2025.yml"
    made_before: dict[str, object] = {}
    as_it_is = year_file.read_text(encoding="utf-8")
    for scenario in scenarios:
        since = f"\\1, since: {LAST_ON_TEN_POINTS + 1}}}"  # as an analyst says in the year file that a scale has changed
        changed = re.sub(r"(?m)^(  minister_\w+: .*)\}$", since, as_it_is)
        year_file.write_text(changed if scenario == "scale_change" else as_it_is, encoding="utf-8")
        sample.write_sample(ROOT / "data" / "sample" / "2025", SEED, 2025, scenario)
        year = load_year(2025, "sample")
        problems = receive_all(year, "sample").problems
        assert not problems, "\n".join(map(str, problems))
        # The smallest mission of the year and the largest: what is withheld is withheld there.
        register = store.read("mission_register", 2025, "sample")
        of_year = register[register["start_on"].dt.year == 2025].sort_values("companies_n")["mission_id"].tolist()
        missions = [of_year[0], of_year[-1]]
        states = {name: hashlib.sha256(Path(path).read_bytes()).hexdigest() for name, path in year.deliveries.items()}
        in_force = year_file.read_text(encoding="utf-8")
        drafts, errors = {}, {}
        for name in year.runs(missions):
            reads = [states[delivery] for delivery in read_by(year.notebooks[year.annex_of(name)])]
            try:
                drafts[name] = once(made_before, functools.partial(run, name), name, reads, in_force)
            except Exception:
                errors[name] = traceback.format_exc()[-1500:]
        ledgers = {name: {row["key"]: row for one in made for row in one["ledger"]} for name, made in drafts.items()}
        counted = [states[name] for name in DECIDED_ON]
        pattern = once(made_before, functools.partial(decision_on, ledgers), ledgers, counted)
        withheld = {"rows": pattern.withheld | pattern.structural, "counts": pattern.blank}
        hidden = {name: sorted(keys) for name, keys in withheld.items()}
        for name, made in drafts.items():
            shown = [once(made_before, functools.partial(decided, one, withheld), one, hidden).payload for one in made]
            print(json.dumps({"scenario": scenario, "annex": name, "payloads": shown}), flush=True)
        for name, error in errors.items():
            print(json.dumps({"scenario": scenario, "annex": name, "error": error}), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
