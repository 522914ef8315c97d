"""Which validated tables are there, and from what they were made. Small: every build asks before it imports anything."""

from __future__ import annotations

import json
from pathlib import Path

from ..choice import Choice
from ..machine import cache
from ..machine.snapshot import tree
from ..paths import validated_folder


def seal(choice: Choice, keys: dict[str, str], missions: list[str]) -> None:
    """Note from which inputs the validated tables of a year were made. keys: delivery -> key. missions: of the year."""
    state = [keys, tree(str(validated_folder(choice.year, choice.data))), missions]
    cache.write_whole(_seal_of(choice), json.dumps(state).encode())


def missions_of(choice: Choice, keys: dict[str, str]) -> list[str] | None:
    """The missions of a year, as the validated register has them; None when the tables are not there from these inputs."""
    try:
        made_from, tables, found = json.loads(_seal_of(choice).read_bytes())
    except (OSError, ValueError):
        return None
    return found if [made_from, tables] == [keys, tree(str(validated_folder(choice.year, choice.data)))] else None


def _seal_of(choice: Choice) -> Path:
    return cache.folder("tables") / f"{choice.data}-{choice.year}"
