"""A checkout that may not be written to: the program runs in a copy of its sources, with its results where they are wanted."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from ..choice import Choice
from ..files import private_folder
from ..machine import snapshot
from ..paths import BUILD_VARIABLE, ROOT
from .verify import copy_sources, environment_of


class NotWritable(RuntimeError):
    """Nobody said where results must go; the message says how to."""


def is_read_only() -> bool:
    return not os.access(ROOT, os.W_OK)


def run_in_a_copy(choice: Choice, scheduler: str | None) -> None:
    """Bring a copy of the sources up to date in the user's cache folder and build there; does not return.

    Errors: NotWritable when nobody said where the results must go.
    """
    if not os.environ.get(BUILD_VARIABLE):
        raise NotWritable(
            f"{ROOT} may not be written to: say where the results go, with make book BUILD=folder (or --build folder)"
        )
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    copy = caches / "missions" / hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
    private_folder(copy)  # PRIVACY: confidential deliveries are copied with the rest
    for name in snapshot.sources(choice.data, str(copy)).keys() - snapshot.sources(choice.data).keys():
        (copy / name).unlink()
    copy_sources(choice, copy)
    environment = environment_of(copy, snapshot.commit()) | {BUILD_VARIABLE: os.environ[BUILD_VARIABLE]}
    os.chdir(copy)
    chosen = ["--year", str(choice.year), "--deliveries", choice.data, "--edition", choice.edition]
    more = [*(["--preview"] if choice.preview else []), *(["--scheduler", scheduler] if scheduler else [])]
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, "-m", "missions", "build", *chosen, *more], environment)
