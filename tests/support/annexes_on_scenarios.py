"""Run in a checkout: makes the scenarios of the sample in turn, runs every annex on each and decides what of them is shown.

Left out are those whose deliveries have the shape of base: they change how large a figure is, not which figures there are.

One line of JSON per annex: its payloads as readers get them, or the error that it ended with.
"""

from __future__ import annotations

import json
import re
import sys
import traceback

import jupytext

from missions import sample, store
from missions.declared.assumptions import assumption
from missions.declared.year_file import load_year
from missions.disclosure.decision import decide
from missions.edition.annex import read_annex
from missions.edition.decision import merged
from missions.edition.steps import DECIDED_ON
from missions.paths import ROOT
from missions.present import drawing
from missions.present.outputs import Output, decided
from missions.sources.receive import receive_all

SEED = 4
SCENARIOS = (
    "base", "null", "mix_shift", "tiny_mission", "tiny_missions", "one_without_minister", "regime_of_one", "imvo_missions",
    "dominating_firm", "same_grade", "zero_response", "scale_change",
)  # fmt: skip
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


def main() -> None:
    drawing.prepare()
    jupytext.reads("", fmt="py:percent")
    year_file = ROOT / "analysis" / "years" / "2025.yml"
    as_it_is = year_file.read_text(encoding="utf-8")
    for scenario in SCENARIOS:
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
        drafts, errors = {}, {}
        for name in year.runs(missions):
            try:
                drafts[name] = run(name)
            except Exception:
                errors[name] = traceback.format_exc()[-1500:]
        ledgers = {name: {row["key"]: row for one in made for row in one["ledger"]} for name, made in drafts.items()}
        rows, tables = merged(ledgers), {name: store.read(name, 2025, "sample") for name in DECIDED_ON}
        pattern = decide(rows, tables, assumption("publication_threshold", 2025))
        withheld = {"rows": pattern.withheld | pattern.structural, "counts": pattern.blank}
        for name, made in drafts.items():
            told = {"payloads": [decided(one, withheld).payload for one in made]}
            print(json.dumps({"scenario": scenario, "annex": name, **told}), flush=True)
        for name, error in errors.items():
            print(json.dumps({"scenario": scenario, "annex": name, "error": error}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
