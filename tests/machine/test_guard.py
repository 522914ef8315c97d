"""What a step did not declare it cannot read, whichever library opens it: else its key would lie."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator

import pytest

from missions.paths import ROOT
from support.checkout import edit, fingerprint

ALLOWED = "data/raw/2025/sources.csv"


# Imports the libraries once, and runs each code in a child of its own that may read one file, as a build runs its annexes.
CLOSED = """
import json, os, pathlib, socket, subprocess, sys
import pandas as pd, pyarrow.parquet as pq, duckdb
from missions.machine.guard import close_to
for line in sys.stdin:
    code, allowed, root = json.loads(line)
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        os.dup2(writing, 1), os.dup2(writing, 2), os.close(reading), os.close(writing)
        offences = close_to([allowed], [], root).offences
        try:
            exec(code)
        except Exception as error:
            print(type(error).__name__, error)
        print("noted:", offences(), flush=True)
        os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as said:
        told = said.read()
    os.waitpid(child, 0)
    print(json.dumps(told), flush=True)
"""


@pytest.fixture(scope="module")
def guarded() -> Iterator[Callable[[str], str]]:
    """Runs code in a process that may read one file; gives what it said, and what the guard noted."""
    with subprocess.Popen(
        [sys.executable, "-P", "-c", CLOSED], cwd=ROOT, env=os.environ | {"PYTHONPATH": f"{ROOT}/analysis"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip

        def run(code: str, allowed: str = ALLOWED) -> str:
            process.stdin.write(json.dumps([textwrap.dedent(code).strip(), f"{ROOT / allowed}", f"{ROOT}"]) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield run
        process.stdin.close()


@pytest.mark.parametrize(
    ("code", "offence"),
    [
        ("open('README.md')", "reads README.md, which is not among its declared inputs"),
        ("pathlib.Path('analysis/assumptions.yml').read_text()", "reads analysis/assumptions.yml, which is not among"),
        ("pd.read_csv('data/raw/2025/series.csv')", "reads data/raw/2025/series.csv, which is not among its declared inputs"),
        ("os.listdir('data/raw')", "lists the folder data/raw, whose files are not all declared as inputs"),
        ("list(pathlib.Path('data').glob('*'))", "lists the folder data, whose files"),
        ("open('book/new.md', 'w')", "writes to book/new.md; an annex shows what it found and writes nothing"),
        ("os.open('README.md', os.O_RDWR)", "writes to README.md"),
        ("subprocess.run(['cat', 'README.md'])", "starts another program"),
        ("os.system('cat README.md')", "starts another program"),
        ("socket.create_connection(('127.0.0.1', 9))", "connects to another machine"),
        # A process that is forked is closed too, and what it swallows is told to the one that forked it.
        (
            """
            if (child := os.fork()) == 0:
                try:
                    open('README.md')
                except PermissionError:
                    os._exit(0)
            os.waitpid(child, 0)
            """,
            "reads README.md, which is not among its declared inputs",
        ),
        ("import missions.estimates.trend", "reads analysis/missions/estimates/__pycache__/__init__."),
    ],
)
def test_what_is_not_declared_is_refused_and_noted(guarded, code, offence):
    said = guarded(code)
    assert f"noted: ['{offence}" in said or f'noted: ["{offence}' in said, said


@pytest.mark.parametrize(
    "code",
    [
        "pq.read_table('data/sample/2025/synthetisch_handelspanel.parquet')",
        "pd.read_parquet('data/sample/2025/synthetisch_handelspanel.parquet')",
        "duckdb.sql(\"select * from 'data/sample/2025/synthetisch_handelspanel.parquet'\").fetchall()",
        "duckdb.read_csv('data/raw/2025/series.csv').fetchall()",
        "duckdb.read_csv('analysis/missions/dictionary/countries.csv').fetchall()",
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="libraries that open files past Python are closed by Landlock, of Linux")
def test_libraries_that_open_files_past_python_are_refused_by_the_kernel(guarded, code):
    said = guarded(code)
    assert "ermission denied" in said, said


def test_what_is_declared_can_be_read_and_so_can_the_installed_programs(guarded):
    code = f"print(len(pd.read_csv('{ALLOWED}')), duckdb.sql('select 42').fetchall()); import scipy.stats"
    assert guarded(code).startswith("15 [(42,)]\nnoted: []")


def test_an_offence_is_noted_also_where_its_error_is_swallowed(guarded):
    said = guarded("print(pathlib.Path('data').is_dir(), list(pathlib.Path('data').rglob('*')))")
    assert "noted: ['lists the folder data" in said


def test_annexes_that_read_what_they_did_not_declare_stop_the_build(workshop):
    before, annexes = fingerprint(workshop.root / "_build"), workshop.root / "analysis/annexes"
    steps, cbs = "\n# %%\nsteps = ", "\n# %%\ncbs = "
    listed = 'next(iter([*__import__("pathlib").Path("data").glob("*")]), None)'
    edit(annexes / "imvo.py", steps, f'\n# %%\nextra = open("../README.md").read()\n{steps}')
    edit(annexes / "effect_cbs.py", cbs, f"\n# %%\nextra = {listed}\n{cbs}")
    result = workshop.missions("build")
    assert result.returncode == 1 and "annex imvo: UndeclaredRead" in result.stderr, result.stderr
    assert "annex effect_cbs: lists the folder data" in result.stderr, result.stderr
    edit(annexes / "imvo.py", 'open("../README.md").read()', 'store.read("cbs_" + "effect", year, data)')
    result = workshop.missions("build")
    told = "annex imvo: UndeclaredRead: reads data/validated/sample/2025/cbs_effect"
    assert result.returncode == 1 and told in result.stderr, result.stderr
    assert fingerprint(workshop.root / "_build") == before


def test_a_page_that_includes_an_undeclared_file_stops_the_build(workshop):
    page = workshop.root / "book/glossary.md"
    page.write_text(page.read_text(encoding="utf-8") + "\n```{include} ../README.md\n```\n", encoding="utf-8")
    result = workshop.missions("build")
    assert result.returncode == 1 and "reads README.md, which is not among its declared inputs" in result.stderr, result.stderr
