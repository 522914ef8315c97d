"""Annexes on a Dask cluster: the same bytes, also when a worker dies; and a clear end when nothing helps."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest
import yaml
from distributed import LocalCluster

from missions.choice import Choice
from missions.declared.year_file import load_year
from missions.edition import cluster
from missions.edition.execute import Failed
from support.checkout import Checkout

MISSIONS_N, LONG_N = 24, 64
FACTSHEET = """# %% [markdown]
# # Een missie

# %% tags=["parameters"]
year: int = 2025
data: str = "sample"
mission_id: str = "2025-XAA-01"

# %%
from missions import store
from missions.declared.assumptions import assumption
from missions.disclosure import draft
from missions.disclosure.counted import means
from missions.estimates import survey
from missions.present.tables import show_table
from missions.declared.questions import scales as scales_of

# %%
answers = store.read("survey_answers", year, data)
missions = store.read("mission_register", year, data)
scales = scales_of(year, data)

# %%
grades = draft(
    survey.mission_means(answers, missions, "grade", scales["grade"], assumption("confidence_level", year)),
    groups=["mission_id", "year"], inputs=[answers, missions], missions=missions, cells=means(answers, scales["grade"], "grade"),
)

# %%
show_table(
    grades.where(mission_id=mission_id), "factsheet-" + mission_id.lower(), "Het rapportcijfer van deze missie",
    {"mission_id": "Missie", "value": ("Gemiddelde", "grade"), "interval": ("Interval", "grade"), "n": ("Antwoorden", "count")},
)
"""
# Runs the factsheets here or on a cluster and prints the hash of every page.
PROGRAM = """
import functools, hashlib, json, sys
from missions.choice import Choice
from missions.declared.year_file import load_year
from missions.edition import build, cluster, execute, items
from missions.machine import cache, snapshot, warm
from missions.paths import ROOT
scheduler, only, choice = sys.argv[1], sys.argv[2], Choice(2025)
untouched = functools.partial(snapshot.require_untouched, snapshot.stamps("sample"), "sample")
year, contents = load_year(2025, "sample"), items.contents(choice)
plan = build.plan_of(choice, year, snapshot.sources("sample"), snapshot.environment(), lambda deliveries: None)
steps = [step for name, step in plan.annexes.items() if name.startswith(only)]
told = year, choice, contents, None, untouched
if scheduler == "here":
    with warm.processes(str(ROOT)) as processes:
        runner = processes.get("runner", sorted(steps[0].libraries))
        made = execute.run_annexes(runner, steps, *told)
else:
    made = cluster.run_annexes(scheduler, steps, *told)
print(json.dumps({name: hashlib.sha256(cache.get("annexes", step.key)).hexdigest() for name, step in sorted(made.items())}))
"""


@pytest.fixture(scope="module")
def factsheets(built, tmp_path_factory) -> Checkout:
    """A checkout with a factsheet for each of 64 missions: one notebook, run 64 times. Some are told apart by their name."""
    checkout = Checkout(tmp_path_factory.mktemp("cluster") / "checkout")
    shutil.copytree(built.root, checkout.root, symlinks=True)
    (checkout.root / "analysis/annexes/mission_factsheet.py").write_text(FACTSHEET, encoding="utf-8")
    path = checkout.root / "analysis/years/2025.yml"
    year = yaml.safe_load(path.read_text(encoding="utf-8"))
    register = (checkout.root / "data/sample/2025/synthetisch_missieregister.csv").read_text(encoding="utf-8")
    ids = list(dict.fromkeys(re.findall(r"20\d\d-XA\w-\d\d", register)))
    for number in range(LONG_N):
        given = {"notebook": "mission_factsheet", "mission_id": ids[number % len(ids)]}
        year["annexes"][f"one_of_{'some' if number < MISSIONS_N else 'more'}_{number:02}"] = given
    path.write_text(yaml.safe_dump(year, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return checkout


@pytest.fixture(scope="module")
def workers():
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50) as made:
        yield made


def run(checkout: Checkout, scheduler: str, only: str) -> subprocess.CompletedProcess:
    return checkout.run(sys.executable, "-c", PROGRAM, scheduler, only)


def forget(checkout: Checkout) -> None:
    for path in (checkout.root / ".state/cache/annexes").glob("*"):
        path.unlink()


@pytest.mark.parametrize(
    ("only", "missions_n"), [("one_of_some", MISSIONS_N), pytest.param("one_of", LONG_N, marks=pytest.mark.long)]
)
def test_factsheets_are_the_same_bytes_here_and_on_a_cluster_of_which_a_worker_dies(factsheets, workers, only, missions_n):
    forget(factsheets)
    here = run(factsheets, "here", only)
    assert here.returncode == 0, here.stderr
    forget(factsheets)
    first = next(iter(workers.workers.values())).pid
    kept = factsheets.root / ".state/cache/annexes"
    killed = []

    def kill_midway() -> None:
        while len(list(kept.glob("*"))) < 4:
            time.sleep(0.01)
        os.kill(first, signal.SIGKILL)
        killed.append(len(list(kept.glob("*"))))

    thread = threading.Thread(target=kill_midway)
    thread.start()
    there = run(factsheets, workers.scheduler_address, only)
    thread.join()
    assert there.returncode == 0, there.stderr
    assert 4 <= killed[0] < missions_n, "midway"
    pages = json.loads(there.stdout.splitlines()[-1])
    assert len(pages) == missions_n and pages == json.loads(here.stdout.splitlines()[-1])


def test_the_annexes_of_the_book_are_the_same_bytes_on_a_cluster(factsheets, workers):
    here = json.loads(run(factsheets, "here", "effect").stdout.splitlines()[-1])
    forget(factsheets)
    assert json.loads(run(factsheets, workers.scheduler_address, "effect").stdout.splitlines()[-1]) == here


def test_an_annex_that_fails_on_a_cluster_is_told_as_here_and_is_not_tried_again(factsheets, workers):
    path = factsheets.root / "analysis/annexes/mission_factsheet.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"grade", scales["grade"]', '"grade", scales["grape"]'), encoding="utf-8")
    result = run(factsheets, workers.scheduler_address, "one_of_some_00")
    path.write_text(text, encoding="utf-8")
    assert result.returncode == 1
    assert "annex one_of_some_00: KeyError: 'grape'" in result.stderr and "as far as it came: .state/failed/" in result.stderr
    assert result.stdout.count("FAILED") == 1


def test_a_read_that_is_not_declared_is_refused_on_a_cluster_too(factsheets, workers):
    path = factsheets.root / "analysis/annexes/mission_factsheet.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('answers = store.read("survey_answers"', 'open("README.md"); answers = store.read("survey_answers"')
    )
    result = run(factsheets, workers.scheduler_address, "one_of_some_00")
    path.write_text(text, encoding="utf-8")
    assert result.returncode == 1 and "reads README.md, which is not among its declared inputs" in result.stderr, result.stderr


def test_a_scheduler_that_is_not_there_is_named_after_three_tries(monkeypatch, capsys):
    monkeypatch.setattr(cluster, "_PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr(cluster, "_PAUSE_SECONDS", 0)
    told = load_year(2025, "sample"), Choice(2025), {}, None, lambda: None
    with pytest.raises(Failed, match=r"no lasting connection to tcp://127\.0\.0\.1:9 .*, 3 times"):
        cluster.run_annexes("tcp://127.0.0.1:9", [], *told)
    assert capsys.readouterr().out.count("once more") == 2
