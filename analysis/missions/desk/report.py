"""What was found in the deliveries of a year, for the analyst: lines for the terminal, and a page with every column.

PRIVACY: both stay with who has the deliveries. They show counts; values only of public deliveries.
"""

from __future__ import annotations

import html
from collections.abc import Iterator

from .. import store
from ..contracts import told
from ..dictionary import QUESTIONS, deliveries, variables
from ..sources.column_map import column_map
from ..sources.corrections import Corrected
from ..sources.delivery import Reading
from ..sources.receive import Received

_STYLE = """
body { font: 1rem/1.5 "Fira Sans", sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
body { color: #1b1b1b; background: #fff }
table { border-collapse: collapse; margin: 1rem 0; font-size: .9rem } caption { text-align: left; font-weight: bold }
th, td { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #ccc }
td.number { text-align: right; font-variant-numeric: tabular-nums }
.bad { border-left: .4rem solid #b00020; padding-left: 1rem } .good { border-left: .4rem solid #1d7a3c; padding-left: 1rem }
"""


def in_full(received: Received) -> str:
    """Per delivery: where it came from, its form, rows this year and last year, what was corrected and set aside."""
    lines = [f"Deliveries of {received.year.reporting_year} ({received.world})"]
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
    year, world = received.year.reporting_year, received.world
    unit = _count(reading.rows, "row")
    if not reading.years:
        before = store.rows_about(reading.name, year - 1, world, None)
        return unit if before is None else f"{unit}; last year {before}"
    goes_back = min(reading.years) < year  # a delivery of several years knows best about the years before
    before = reading.years[year - 1] if goes_back else store.rows_about(reading.name, year - 1, world, year - 1)
    return f"{unit}; {reading.years.get(year, 0)} about {year}, {'unknown' if before is None else before} about {year - 1}"


def _correction(made: Corrected, reading: Reading) -> str:
    entry = made.correction
    change = f" from '{entry.old}' to '{entry.new}'" if reading.show_values else ""
    return f"row {made.row}, {entry.column}{change}: {entry.reason} (confirmed by {entry.confirmed_by}; {entry.place})"


def page(received: Received) -> str:
    """The same as a page, with every problem and every column; HTML that stands alone."""
    year, world = received.year.reporting_year, received.world
    title = f"Deliveries of {year} ({world})"
    parts = [f"<h1>{title}</h1>", *_verdict(received)]
    for reading in received.readings:
        parts.append(f"<h2>{_text(deliveries()[reading.name].label_nl)} <small>({reading.name})</small></h2>")
        parts.append(f"<p>{_text(reading.file)}</p>")
        parts += ["<ul>", *(f"<li>{_text(line)}</li>" for line in _facts(reading, received)), "</ul>", *_columns(reading, year)]
    meta = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    head = f'<!doctype html>\n<html lang="en"><head>{meta}<title>{title}</title><style>{_STYLE}</style></head>'
    return "\n".join([head, "<body><main>", *parts, "</main></body></html>", ""])


def _verdict(received: Received) -> list[str]:
    if not received.problems:
        return ['<p class="good">All deliveries keep their contracts; their tables are stored.</p>']
    lines = "".join(f"<li>{_text(line)}</li>" for line in told(received.problems))
    found = _count(len(received.problems), "problem")
    return [f'<div class="bad"><p>{found}; nothing was stored.</p><ol>{lines}</ol></div>']


def _columns(reading: Reading, year: int) -> list[str]:
    """A table of all columns of a delivery: what each is, and how many cells are filled or say why not."""
    reasons = sorted({reason for counts in reading.columns.values() for reason in counts} - {"filled"})
    heads = ["Column in the file", "Variable", "Meaning", "Type", "Filled", *(reason.replace("_", " ") for reason in reasons)]
    headers = {rule.name: rule.header for rule in column_map(reading.name, year)}
    rows = []
    for known in variables(reading.name):
        counts = reading.columns.get(known.name, {})
        texts = [headers[known.name] or "not delivered", known.name, known.label_nl, known.type]
        numbers = [counts.get("filled", 0), *(counts.get(reason, 0) if known.type in QUESTIONS else "" for reason in reasons)]
        cells = "".join(f"<td>{_text(text)}</td>" for text in texts[1:])
        cells += "".join(f'<td class="number">{number}</td>' for number in numbers)
        rows.append(f'<tr><th scope="row">{_text(texts[0])}</th>{cells}</tr>')
    head = "".join(f'<th scope="col">{_text(text)}</th>' for text in heads)
    return [f"<table><caption>Columns</caption><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"]


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _text(text: object) -> str:
    return html.escape(str(text))
