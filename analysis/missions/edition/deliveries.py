"""Deliveries as a step of a build: each is read and judged once per key, and all tables are stored or none."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from .. import store
from ..choice import Choice
from ..contracts import DeliveryError
from ..declared.year_file import YearFile
from ..dictionary import has_questions
from ..files import private_folder
from ..keyed import key
from ..machine import cache
from ..machine.guard import close_to
from ..machine.snapshot import require_untouched
from ..paths import CONFIDENTIAL, ROOT, SOURCE_FOLDERS, relative, validated_folder
from ..sources.delivery import Reading, read_delivery
from ..sources.receive import receive_all
from . import tables

_KIND = "deliveries"


class UndeclaredRead(RuntimeError):
    """The reading of deliveries touched what is no input of it; the message names it."""


def validate(
    choice: Choice,
    year_file: YearFile,
    wanted: dict[str, str],
    readable: dict[str, list[str]],
    stamps: dict,
    tell: Callable[[str], None],
) -> str:
    """Read and judge all deliveries into the validated tables; a delivery that was read before from the same inputs is fetched.

    year_file: of which each reading sees the questions only where its delivery holds answers. wanted: delivery -> key of its
    step. readable: delivery -> the files that it may read. stamps: of all sources, when the keys were made. Returns a line per
    delivery. Errors: DeliveryError with everything that is wrong, Changed, UndeclaredRead.
    """
    validated = validated_folder(choice.year, choice.data).parent
    for folder in (validated.parent, validated):
        private_folder(folder)
    for kind in (_KIND, "tables"):
        cache.make_folder(cache.folder(kind))
    if any(name.startswith(f"{ROOT / CONFIDENTIAL}{os.sep}") for names in readable.values() for name in names):
        key(str(ROOT))  # of which no notebook or library may read the file
    everything = sorted({file for files in readable.values() for file in files})
    kept = [cache.folder(_KIND) / key for key in wanted.values()]
    closed = close_to(
        [*everything, *kept],
        [validated, cache.folder(_KIND), cache.folder("tables")],
        ROOT,
        listable=[ROOT / name for name in (*SOURCE_FOLDERS, CONFIDENTIAL)],
    )

    def read(name: str, path: Path, year_file: YearFile, sidecar, folder: Path, corrections) -> Reading:
        if sidecar.sensitivity != "public" and not path.is_relative_to(ROOT / CONFIDENTIAL):
            raise UndeclaredRead(f"{relative(path)} is {sidecar.sensitivity}; put it, with its sidecar, in {CONFIDENTIAL}")
        year_file = year_file if has_questions(name) else replace(year_file, questions={})
        kept = cache.get(_KIND, wanted[name])
        if kept is not None:
            reading, table = pickle.loads(kept)
            (folder / f"{name}.parquet").write_bytes(table)
            tell(f"{name}, as it was read before")
            return reading
        with closed.only(readable[name]):
            reading = read_delivery(name, path, year_file, sidecar, folder, corrections)
        if not reading.problems:
            require_untouched(stamps, choice.data)
            cache.put(_KIND, wanted[name], pickle.dumps((reading, (folder / f"{name}.parquet").read_bytes())))
        tell(name)
        return reading

    received = receive_all(year_file, choice.data, read)
    if found := closed.offences():
        raise UndeclaredRead(f"reading deliveries {'; '.join(found)}")
    if received.problems:
        raise DeliveryError(received.problems)
    require_untouched(stamps, choice.data)
    tables.seal(choice, wanted, _missions_of(choice))
    return "\n".join(f"  {reading.name}: {reading.rows} rows from {reading.file}" for reading in received.readings)


def _missions_of(choice: Choice) -> list[str]:
    register = store.read("mission_register", choice.year, choice.data)
    of_year = register.loc[register["start_on"].dt.year == choice.year].sort_values(["start_on", "mission_id"])
    return of_year["mission_id"].tolist()
