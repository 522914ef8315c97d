"""Which validated tables are there, and from what they were made. Small: every build asks before it imports anything."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ..choice import Choice
from ..keyed import keyed
from ..machine import cache
from ..machine.snapshot import digest, tree
from ..paths import ROOT, validated_folder


@dataclass(frozen=True)
class Tables:
    """The validated tables of a year. states: delivery -> hash of its table and origin. missions: of the year."""

    states: dict[str, str]
    missions: list[str]


def seal(choice: Choice, keys: dict[str, str], missions: list[str]) -> None:
    """Note from which inputs the validated tables of a year were made. keys: delivery -> key."""
    cache.write_whole(_seal_of(choice), json.dumps([keys, _files(choice), missions]).encode())


def validated(choice: Choice, keys: dict[str, str]) -> Tables | None:
    """The tables, when they are there and were made from these inputs."""
    try:
        made_from, files, missions = json.loads(_seal_of(choice).read_bytes())
    except (OSError, ValueError):
        return None
    if [made_from, files] != [keys, _files(choice)]:
        return None
    states = {name: digest([files.get(f"{name}.parquet"), files.get(f"{name}.json")]) for name in keys}
    # PRIVACY: the record of a build tells on what each annex rests.
    return Tables({name: keyed(known, str(ROOT)) if choice.data == "real" else known for name, known in states.items()}, missions)


def _files(choice: Choice) -> dict[str, str]:
    return tree(str(validated_folder(choice.year, choice.data)))


def _seal_of(choice: Choice) -> Path:
    return cache.folder("tables") / f"{choice.data}-{choice.year}"
