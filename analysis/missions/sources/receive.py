"""All deliveries of a year: every file is read and judged, and all tables are stored or none."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from .. import store
from ..contracts import Problem, in_order, validate_together
from ..contracts.together import NEEDED
from ..declared.year_file import YearFile
from ..dictionary import QUESTIONS, Variable, deliveries, variable
from ..keyed import keyed
from ..paths import ROOT, delivered_file, relative, year_path
from .column_map import column_map
from .corrections import load_corrections
from .delivery import Reading, read_delivery
from .sidecar import Sidecar, read_sidecar


@dataclass(frozen=True)
class Received:
    """What was found in the deliveries of a year. problems: all that is wrong, by file and row; empty when all is stored."""

    year: YearFile
    data: str
    readings: list[Reading]
    problems: list[Problem]


def receive_all(year: YearFile, data: str, read: Callable[..., Reading] = read_delivery) -> Received:
    """Read, check and store every delivery of a year; all or nothing: with any problem `data/validated` is left as it was.

    read: how one delivery is read; another one may fetch what was read before.
    """
    folder = store.fresh_folder(year.reporting_year, data)
    try:
        found, problems = _with_sidecars(year, data)
        public = {relative(path) for path, sidecar in found.values() if sidecar.sensitivity == "public"}
        names = {relative(path): name for name, (path, _) in found.items()}
        corrections, wrong = load_corrections(year, data, names, public)
        problems += wrong + _question_problems(year)
        readings = []
        for name, (path, sidecar) in found.items():
            readings.append(read(name, path, year, sidecar, folder, corrections.get(relative(path), [])))
            problems += readings[-1].problems
        if not problems:
            problems = _judge_together(readings, folder, year)
        if not problems:
            store.keep(year.reporting_year, data, {reading.name: _origin(reading) for reading in readings})
        return Received(year, data, readings, in_order(problems))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _with_sidecars(year: YearFile, data: str) -> tuple[dict[str, tuple[Path, Sidecar]], list[Problem]]:
    """Delivery name -> file and sidecar, of those that can be read; and what is wrong with the others."""
    found, place = {}, relative(year_path(year.reporting_year))
    known = deliveries()
    problems = [
        Problem(place, None, f"deliveries.{name}", "delivery is not declared (null says that there is none)")
        for name in sorted(set(known) - set(year.deliveries) - year.not_delivered)
    ]
    for name, declared in year.deliveries.items():
        if name not in known:
            problems.append(Problem(place, None, f"deliveries.{name}", f"unknown delivery (known: {', '.join(known)})"))
            continue
        path, missing = delivered_file(declared)
        if path is None:
            problems.append(Problem(relative(declared), None, None, f"{missing} (delivery {name})"))
            continue
        sidecar, wrong = read_sidecar(path, data, known[name].is_microdata)
        problems += wrong
        if sidecar is not None:
            found[name] = (path, sidecar)
    return found, problems


def _question_problems(year: YearFile) -> list[Problem]:
    """Questions in the year file that are not those in the delivery, or are declared in another way than they are read."""
    place = relative(year_path(year.reporting_year))
    delivered = {r.name: r for r in column_map("survey_answers", year.reporting_year) if r.kind in QUESTIONS and r.header}
    missing = "is a question of this year (it has a heading in the column map) and must be declared"
    wrong = {name: missing for name in delivered if name not in year.questions}
    for name, question in year.questions.items():
        if name not in delivered:
            wrong[name] = "is no question of this year (it has no heading in the column map)"
            continue
        known = variable("survey_answers", name)
        if question.kind != known.type:
            wrong[name] = f"must be declared as {_declared_as(known)}"
        elif set(question.answers) != set(known.values):
            wrong[name] = f"must order exactly these answers: {', '.join(known.values)}"
    return [Problem(place, None, f"questions.{name}", rule) for name, rule in wrong.items()]


def _declared_as(known: Variable) -> str:
    return {"score": "scale and best", "amount": "amount", "choice": "answers"}[known.type]


def _judge_together(readings: list[Reading], folder: Path, year: YearFile) -> list[Problem]:
    tables = {
        reading.name: pd.read_parquet(folder / f"{reading.name}.parquet", columns=[store.ROW, *NEEDED[reading.name]]).set_index(
            store.ROW
        )
        for reading in readings
        if reading.name in NEEDED
    }
    return validate_together(
        tables,
        {reading.name: reading.file for reading in readings},
        {
            reading.name: {rule.name: rule.header for rule in column_map(reading.name, year.reporting_year)}
            for reading in readings
        },
        {reading.name: reading.show_values for reading in readings},
    )


def _origin(reading: Reading) -> dict:
    """What a number says of where it came from, and the counts that next year's delivery is compared with."""
    sidecar = reading.sidecar
    return {
        "delivery": reading.name,
        "file": reading.file,
        "producer": sidecar.producer,
        "title": sidecar.title,
        "received_on": sidecar.received_on.isoformat(),
        "sensitivity": sidecar.sensitivity,
        "sha256": sidecar.sha256 if sidecar.sensitivity == "public" else keyed(sidecar.sha256, str(ROOT)),
        "synthetic": sidecar.synthetic,
    }
