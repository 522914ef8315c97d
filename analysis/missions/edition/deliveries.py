"""Reading and judging all deliveries of a year, and telling what was found."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

from .. import store
from ..contracts import DeliveryError
from ..declared.year_file import load_year
from ..desk import report
from ..machine import cache
from ..machine.snapshot import require_untouched
from ..paths import ROOT
from ..sources.delivery import Reading, read_delivery
from ..sources.receive import Received, receive_all

CHECKS = ROOT / "_build" / "check"
_KIND = "deliveries"


def check(
    reporting_year: int, world: str, told: Callable[[Received], str] = report.in_full, read: Callable = read_delivery
) -> str:
    """Read and judge all deliveries of a year and write all that was found to a page for the analyst; returns it in words.

    Errors: DeliveryError with everything that is wrong; the tables of before are then still there.
    """
    received = receive_all(load_year(reporting_year, world), world, read)
    path = CHECKS / f"{world}-{reporting_year}.html"
    cache.write_whole(path, report.page(received).encode("utf-8"))
    words = f"{told(received)}\n  more: {path.relative_to(ROOT).as_posix()}"
    if received.problems:
        print(words)
        raise DeliveryError(received.problems)
    return words


def validate(
    reporting_year: int, world: str, wanted: dict[str, str], stamps: dict[str, list[int]], tell: Callable[[str], None]
) -> str:
    """The same as a step of a build: a delivery that was read before from the same inputs is fetched.

    wanted: delivery -> key of its step. stamps: of all sources, when that key was made. Errors: DeliveryError, Changed.
    """

    def read(name: str, path: Path, year, sidecar, folder: Path, corrections) -> Reading:
        kept = cache.get(_KIND, wanted[name])
        if kept is not None:
            reading, table = pickle.loads(kept)
            (folder / f"{name}.parquet").write_bytes(table)
            return reading
        reading = read_delivery(name, path, year, sidecar, folder, corrections)
        if not reading.problems:
            require_untouched(stamps, world)
            cache.put(_KIND, wanted[name], pickle.dumps((reading, (folder / f"{name}.parquet").read_bytes())))
        return reading

    words = check(reporting_year, world, report.in_brief, read)
    require_untouched(stamps, world)
    cache.seal_tables(reporting_year, world, wanted, _missions_of(reporting_year, world))
    return words


def _missions_of(reporting_year: int, world: str) -> list[str]:
    register = store.read("mission_register", reporting_year, world)
    of_year = register.loc[register["start_on"].dt.year == reporting_year].sort_values(["start_on", "mission_id"])
    return of_year["mission_id"].tolist()
