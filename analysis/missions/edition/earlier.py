"""Which releases were kept, with the counts behind them: an edition that differs from one by few forms tells of those forms.

Small, because every build asks before it imports anything; what stands in them, edition/counts.py reads and writes.

PRIVACY: kept at the desk that releases, outside git, for its owner alone. Without it no edition of real deliveries that were
released is made, because nobody could tell what the two of them say together.
"""

from __future__ import annotations

from pathlib import Path

from ..choice import Choice
from ..keyed import keyed
from ..machine.snapshot import sha256_of
from ..paths import RELEASED, ROOT, shown
from ..published import published_path

FOLDER = ROOT / RELEASED


class NotKept(RuntimeError):
    """A release whose counts are not here; the message says what to do."""


def path_of(year: int, data: str) -> Path:
    return FOLDER / f"{data}-{year}.json"


def paths(choice: Choice) -> list[Path]:
    """What is kept of releases of this year and of years before, which it shares answers with. Errors: NotKept."""
    path = path_of(choice.year, choice.data)
    if choice.data == "real" and published_path(choice.year, choice.data).is_file() and not path.is_file():
        raise NotKept(
            f"{choice.year} was released, and {shown(path)} is not here: it tells what may not be published anew. "
            "Put it back from where that release was made"
        )
    found = sorted(FOLDER.glob(f"{choice.data}-*.json"))
    return [one for one in found if one.stem.rpartition("-")[2] <= str(choice.year)]


def states(choice: Choice) -> dict[str, str]:
    """Of each, what the decision rests on."""
    return {f"release {path.stem}": keyed(sha256_of(path), str(ROOT)) for path in paths(choice)}
