"""What was published: the record of each release, which nobody edits, and the reviewers' explanations of what changed since.

Figures of the synthetic sample have folders of their own, so that none can ever pass for a published one.
"""

from __future__ import annotations

import csv
import io
import json
from functools import lru_cache
from pathlib import Path

from .choice import DATA
from .paths import ROOT, shown

# A release of any year, also of the one before; the explanations of any year.
READS = ("data/published/????.json", "data/published/sample/????.json", "book/changes/*.csv", "book/changes/sample/*.csv")
SCHEMA = 2  # of records and manifests
_FIRST_SCHEMA = 1  # of a record that names none
COLUMNS = ("place", "what", "old", "new", "explanation")
Row = tuple[str, str, str, str]  # place, what, old, new: a difference, as readers see it
_PARTS = {"year", "deliveries", "edition", "released_on", "version", "facts", "claims", "tables", "sentences"}


class PublishedError(ValueError):
    """A record of a release, or a file of explanations, that cannot be what it should be; the message names the file."""


def _folder(of: str, data: str) -> Path:
    if data not in DATA:
        raise PublishedError(f"deliveries '{data}': choose one of {', '.join(DATA)}")
    return ROOT / of / "sample" if data == "sample" else ROOT / of


def published_path(reporting_year: int, data: str) -> Path:
    """Where the release of a year stands: real deliveries in data/published, the synthetic sample in a folder below it."""
    return _folder("data/published", data) / f"{reporting_year}.json"


def load_published(reporting_year: int, data: str) -> dict | None:
    """What readers saw of a year; None when it was not released. Errors: PublishedError when the file is no release of it."""
    path = published_path(reporting_year, data)
    if not path.is_file():
        return None
    release = read_release(path)
    if (release["year"], release["deliveries"]) != (reporting_year, data):
        raise PublishedError(
            f"{shown(path)}: holds the release of {release['year']} with {release['deliveries']} deliveries; "
            "take the file back from git: a release is never edited"
        )
    return release


def read_release(path: Path) -> dict:
    """The content of any file with a release. Errors: PublishedError when it is not one."""
    return _read(path, path.read_bytes())


@lru_cache(maxsize=8)
def _read(path: Path, text: bytes) -> dict:
    try:
        content = json.loads(text)
    except ValueError:
        raise PublishedError(f"{shown(path)}: is not JSON; take it back from git: a release is never edited") from None
    schema = content.get("schema", _FIRST_SCHEMA) if isinstance(content, dict) else SCHEMA
    if schema != SCHEMA:
        raise PublishedError(of_another_schema(path, schema))
    missing = sorted(_PARTS - set(content if isinstance(content, dict) else {}))
    if missing:
        raise PublishedError(f"{shown(path)}: is no release, {', '.join(missing)} is missing; `missions freeze` writes one")
    return content


def of_another_schema(path: Path, schema: object) -> str:
    return f"{shown(path)}: is of schema {schema}, and this program reads {SCHEMA}; read it with the version that wrote it"


def fact_before(reporting_year: int, data: str) -> dict[str, dict]:
    """Fact key -> the fact as it was published the year before; {} when there was no release then."""
    release = load_published(reporting_year - 1, data)
    return {fact["key"]: fact for fact in release["facts"]} if release else {}


def unexplained(release: dict, facts: list[dict], method_page: str) -> list[str]:
    """The figures of a release that do not come out again, and that the page on method changes does not explain.

    facts: of the same year and deliveries, as today's code gives them. Compared are value, text and interval. A figure is
    explained by an entry that names its key in backticks; one that rests on another version of a delivery also by one that names
    that delivery.
    """
    now = {fact["key"]: fact for fact in facts}
    problems = []
    for fact in release["facts"]:
        key = fact["key"]
        differs = [
            f"{part} was {fact[part]!r} and is {now[key][part]!r}" if key in now else f"{part} was {fact[part]!r} and is gone"
            for part in ("value", "text", "interval")
            if key not in now or now[key][part] != fact[part]
        ]
        reasons = [key, *(_redelivered(fact, now[key]) if key in now else ())]
        if differs and not any(f"`{reason}`" in method_page for reason in reasons):
            problems.append(f"{key}: {'; '.join(differs)}")
    return problems


def _redelivered(before: dict, now: dict) -> list[str]:
    """The deliveries of a fact that are not the file that they were."""
    old = {source["delivery"]: source["sha256"] for source in before["inputs"]}
    return [source["delivery"] for source in now["inputs"] if old.get(source["delivery"]) != source["sha256"]]


def changes_path(reporting_year: int, data: str) -> Path:
    """Where reviewers explain what changed since the release of a year."""
    return _folder("book/changes", data) / f"{reporting_year}.csv"


def load_changes(reporting_year: int, data: str) -> dict[Row, str] | None:
    """Difference -> explanation, empty where there is none yet; None when nothing was compared yet. Errors: PublishedError."""
    path = changes_path(reporting_year, data)
    if not path.is_file():
        return None
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PublishedError(f"{shown(path)}: is not UTF-8; save it as CSV UTF-8") from None
    # A spreadsheet with Dutch settings saves with semicolons what it opened with commas.
    delimiter = ";" if text.startswith(";".join(COLUMNS)) else ","
    lines = [line for line in csv.reader(io.StringIO(text), delimiter=delimiter) if line]
    if not lines or tuple(lines[0]) != COLUMNS:
        raise PublishedError(f"{shown(path)}: the first line must be {','.join(COLUMNS)}; `missions diff` with --write makes it")
    for number, line in enumerate(lines[1:], 2):
        if len(line) != len(COLUMNS):
            raise PublishedError(f"{shown(path)}, row {number}: expected {len(COLUMNS)} cells, found {len(line)}")
    return {tuple(line[:-1]): line[-1].strip() for line in lines[1:]}


def changes_text(changes: dict[Row, str]) -> str:
    """Differences with their explanations, as the file holds them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([*row, explanation] for row, explanation in changes.items())
    return text.getvalue()
