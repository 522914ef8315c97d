"""A new reporting year: its file, made from the one before, and the list of what must be delivered."""

from __future__ import annotations

import re

from ..declared.year_file import YearError, load_year
from ..dictionary import deliveries
from ..paths import relative, year_path
from ..sources.column_map import column_map

# What is replaced in the file of the year before, and by what; everything else, comments included, stays as it is.
_CHANGES = (
    (r"(?m)^# All that belongs to the report on \d{4}\.", "# All that belongs to the report on {new}."),
    (r"(?m)^reporting_year: \d{4}\b", "reporting_year: {new}"),
    (r"(?m)^reference: .*$", "reference: null # of the decision note; not known yet"),
    (r"(?m)^(  \w+_on): .*$", r"\1: null # not known yet"),
    (r"(data/\w+)/{old}/", r"\1/{new}/"),
)


def write_year(new: int) -> str:
    """Write analysis/years/<new>.yml after the latest year before it; returns what must be delivered and filled in.

    Errors: YearError when the file exists, when there is no earlier year, or when the earlier file is laid out in another way.
    """
    path = year_path(new)
    if path.exists():
        raise YearError(f"analysis/years/{new}.yml exists already; nothing was written")
    earlier = sorted(int(file.stem) for file in path.parent.glob("*.yml") if file.stem.isdigit() and int(file.stem) < new)
    if not earlier:
        raise YearError(f"there is no year before {new} in analysis/years to start from")
    old = earlier[-1]
    load_year(old, "real")
    text = year_path(old).read_text(encoding="utf-8")
    for pattern, replacement in _CHANGES:
        text, count = re.subn(pattern.replace("{old}", str(old)), replacement.replace("{new}", str(new)), text)
        if not count:
            raise YearError(f"analysis/years/{old}.yml has no line like {pattern!r}; write analysis/years/{new}.yml by hand")
    path.write_text(text, encoding="utf-8")
    return "\n".join([f"analysis/years/{new}.yml written, after {old}.", "", *_to_deliver(new), "", *_to_do(old, new)])


def _to_deliver(new: int) -> list[str]:
    year = load_year(new, "real")
    lines = ["To be delivered (missions receive FILE --delivery NAME --year " + f"{new}):"]
    for name, kind in deliveries().items():
        if name in year.not_delivered:
            lines.append(f"  {name}: none, says the year file")
            continue
        headers = [rule.header for rule in column_map(name, new) if rule.header]
        lines.append(f"  {name}: {kind.label_nl}, from {kind.producer_nl}; a row per {kind.unit_nl}")
        lines.append(f"    {relative(year.deliveries[name])}: {', '.join(headers)}")
    return lines


def _to_do(old: int, new: int) -> list[str]:
    return [
        "Still to do:",
        f"  reference and dates in analysis/years/{new}.yml, when they are known; a build needs them",
        "  questions there: did RVO change a scale or its direction? then add since: with the first year of the new scale",
        f"  a column {new} in analysis/missions/sources/columns/*.csv where a supplier renamed headings",
        f"  the public record: start from data/raw/{old}, add what became public, receive each file for {new}",
        f"  missions check --year {new} --deliveries real, until nothing is wrong",
        "  the prose in book/ and in the annexes: numbers change by themselves, sentences do not",
    ]
