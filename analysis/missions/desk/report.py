"""What was found in the deliveries of a year, for the analyst: lines for the terminal, and a page with every column.

PRIVACY: both stay with who has the deliveries. They show counts; values only of public deliveries.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jinja2

from .. import store
from ..contracts import told
from ..dictionary import QUESTIONS, deliveries, variables
from ..sources.column_map import column_map
from ..sources.corrections import Corrected
from ..sources.delivery import Reading
from ..sources.receive import Received

READS = ("analysis/missions/desk/report.html",)


def in_full(received: Received) -> str:
    """Per delivery: where it came from, its form, rows this year and last year, what was corrected and set aside."""
    lines = [f"Deliveries of {received.year.reporting_year} ({received.data})"]
    for reading in received.readings:
        lines += [f"  {reading.name}: {reading.file}", *(f"    {line}" for line in _facts(reading, received))]
    lines += [f"  {name}: none, says the year file" for name in sorted(received.year.not_delivered)]
    return "\n".join(lines)


def _facts(reading: Reading, received: Received) -> Iterator[str]:
    sidecar = reading.sidecar
    synthetic = ", synthetic" if sidecar.synthetic else ""
    origin = f"from {sidecar.producer}, received {sidecar.received_on}, {sidecar.sensitivity}{synthetic}"
    yield f"{reading.form or 'not read'}; {origin}"
    yield _rows(reading, received)
    for made in reading.corrected:
        yield f"corrected: {_correction(made, reading)}"
    for question, answers in sorted(reading.set_aside.items()):
        yield f"set aside: {_count(answers, 'answer')} to {question}, given on an earlier scale"
    for question in reading.turned:
        yield f"turned: {question}, whose lowest answer was the best"
    if reading.problems:
        yield f"PROBLEMS: {len(reading.problems)}"


def _rows(reading: Reading, received: Received) -> str:
    """Rows, and how many are about this year and about the year before (in this delivery, or in the one of last year)."""
    year, data = received.year.reporting_year, received.data
    unit = _count(reading.rows, "row")
    if not reading.years:
        before = store.rows_about(reading.name, year - 1, data, None)
        return unit if before is None else f"{unit}; last year {before}"
    goes_back = min(reading.years) < year  # a delivery of several years knows best about the years before
    before = reading.years[year - 1] if goes_back else store.rows_about(reading.name, year - 1, data, year - 1)
    return f"{unit}; {reading.years.get(year, 0)} about {year}, {'unknown' if before is None else before} about {year - 1}"


def _correction(made: Corrected, reading: Reading) -> str:
    entry = made.correction
    change = f" from '{entry.old}' to '{entry.new}'" if reading.show_values else ""
    place = "{}, line {}".format(*entry.where)
    return f"row {made.row}, {entry.column}{change}: {entry.reason} (confirmed by {entry.confirmed_by}; {place})"


def page(received: Received) -> str:
    """The same as a page, with every problem and every column (report.html); HTML that stands alone."""
    year = received.year.reporting_year
    template = Path(__file__).with_suffix(".html").read_text(encoding="utf-8")
    return jinja2.Template(template, autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True).render(
        title=f"Deliveries of {year} ({received.data})",
        found=_count(len(received.problems), "problem"),
        problems=told(received.problems),
        deliveries=[
            {
                "name": reading.name,
                "label": deliveries()[reading.name].label_nl,
                "file": reading.file,
                "facts": list(_facts(reading, received)),
                **_columns(reading, year),
            }
            for reading in received.readings
        ],
    )


def _columns(reading: Reading, year: int) -> dict:
    """Per column of a delivery what it is, how many cells are filled, and how many say why not (reasons)."""
    reasons = sorted({reason for counts in reading.columns.values() for reason in counts} - {"filled"})
    headers = {rule.name: rule.header for rule in column_map(reading.name, year)}
    columns = []
    for known in variables(reading.name):
        counts = reading.columns.get(known.name, {})
        numbers = [counts.get("filled", 0), *(counts.get(reason, 0) if known.type in QUESTIONS else "" for reason in reasons)]
        texts = [known.name, known.label_nl, known.type]
        columns.append({"header": headers[known.name] or "not delivered", "texts": texts, "numbers": numbers})
    return {"reasons": reasons, "columns": columns}


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
