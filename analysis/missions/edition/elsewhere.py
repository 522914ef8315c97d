"""A checkout that may not be written to: the program runs in a copy of its sources, with its results where they are wanted."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from ..choice import Choice
from ..declared.year_file import YearError
from ..machine import snapshot
from ..paths import ROOT
from .verify import copy_sources, environment_of

BUILD_VARIABLE = "MISSIONS_BUILD"


def is_read_only() -> bool:
    return not os.access(ROOT, os.W_OK)


def run_in_a_copy(choice: Choice, arguments: list[str]) -> None:
    """Bring a copy of the sources up to date in the user's cache folder and go on there; does not return.

    arguments: of the program. Errors: YearError when nobody said where the results must go.
    """
    results = os.environ.get(BUILD_VARIABLE)
    if not results:
        raise YearError(
            f"{ROOT} may not be written to: say where the results go, with make book BUILD=folder (or --build folder)"
        )
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    copy = caches / "missions" / hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
    copy.mkdir(mode=0o700, parents=True, exist_ok=True)  # PRIVACY: confidential deliveries are copied with the rest
    for name in snapshot.sources(choice.data, str(copy)).keys() - snapshot.sources(choice.data).keys():
        (copy / name).unlink()
    copy_sources(choice, copy)
    environment = environment_of(copy, snapshot.commit()) | {BUILD_VARIABLE: str(Path(results).absolute())}
    os.chdir(copy)
    os.execve(sys.executable, [sys.executable, "-m", "missions", *arguments], environment)
