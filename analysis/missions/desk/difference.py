"""What changed between two editions, told in reader's words and kept for reviewers to explain (book/changes)."""

from __future__ import annotations

from pathlib import Path

from .. import chain
from ..edition import results
from ..edition.begin import locked
from ..machine import cache
from ..paths import shown
from ..present.differences import Difference, differences
from ..published import changes_path, changes_text, load_changes, load_published, published_path, read_release
from .freeze import ReleaseError, read_edition

CURRENT = "current"
UNEXPLAINED = 3  # exit code
_TITLES = {"facts": "Cijfers", "claims": "Uitspraken", "tables": "Tabellen", "sentences": "Zinnen"}
_NOT_YET, _NOT_ANY_MORE = "(stond er niet)", "(staat er niet meer)"


def difference(old: str, new: str, data: str, write: bool) -> tuple[str, int]:
    """All differences between two editions, and the exit code: 0 when each is explained, UNEXPLAINED when one is not.

    old, new: a year (its release, for one kind of deliveries), "current" (the edition in `_build`), a file with a release, or a
    folder of a build. write: keep them in book/changes, with the explanations that are there already.
    Errors: ReleaseError, PublishedError.
    """
    chain.require_whole()
    before, after = _edition(old, data), _edition(new, data)
    if before["deliveries"] != after["deliveries"]:
        raise ReleaseError(
            f"{old} rests on {before['deliveries']} deliveries, {new} on {after['deliveries']}: these are not compared"
        )
    year, data = after["year"], after["deliveries"]
    if write and before != load_published(year, data):
        raise ReleaseError(
            f"--write keeps what changed since a release: {old} is not {shown(published_path(year, data))}, "
            f"run: missions diff {year} {new} --deliveries {data} --write"
        )
    kept = load_changes(year, data) or {}
    found = differences(before, after)
    explained = {one.row: kept.get(one.row, "") for one in found}
    path = changes_path(year, data)
    if write:
        cache.write_whole(path, changes_text(explained).encode("utf-8"))
        path.chmod(0o644)  # a temporary file is for its owner alone
    open_n = sum(not explanation for explanation in explained.values())
    told = [_told(found, explained), _summary(len(found), open_n, path, write)]
    return "\n".join(part for part in told if part), UNEXPLAINED if open_n else 0


def _edition(named: str, data: str) -> dict:
    """What readers saw, from a year, `current`, a file or a folder."""
    if named.isdecimal():
        release = load_published(int(named), data)
        if release is None:
            raise ReleaseError(
                f"{named} was not released with {data} deliveries ({shown(published_path(int(named), data))} does not exist); "
                f"run: missions freeze --year {named} --deliveries {data}"
            )
        return release
    path = results.where() if named == CURRENT else Path(named)
    if path.is_dir():
        with locked():  # no build replaces the edition while it is read
            return read_edition(path)
    if path.is_file():
        return read_release(path)
    raise ReleaseError(f"{path}: does not exist; name a year, {CURRENT}, a file with a release, or the folder of a build")


def _told(found: list[Difference], explained: dict) -> str:
    lines = []
    for kind, title in _TITLES.items():
        of_kind = [one for one in found if one.kind == kind]
        lines += [f"{title} ({len(of_kind)})"] if of_kind else []
        for one in of_kind:
            lines.append(f"  {one.place} > {one.what}: {one.old or _NOT_YET} -> {one.new or _NOT_ANY_MORE}")
            lines += [f"    verklaring: {explained[one.row]}"] if explained[one.row] else []
    return "\n".join(lines)


def _summary(found_n: int, open_n: int, path: Path, written: bool) -> str:
    if not found_n:
        return "Nothing that readers see is different."
    where = f"{shown(path)}" if written else f"{shown(path)}, which --write brings up to date"
    return f"\n{found_n} differences, {open_n} without an explanation in {where}."
