"""The texts that only the internal edition shows.

PRIVACY: they are never in git, and no message tells one. A build of the public edition may not open the file (edition/plan.py).
"""

from __future__ import annotations

from pathlib import Path

from ..paths import REDACTED, ROOT
from .reading import Name, Text, read

BEHIND_THE_DOOR = ("data/confidential/redacted/{year}.yml",)


def redacted_path(reporting_year: int) -> Path:
    return ROOT / REDACTED / f"{reporting_year}.yml"


def read_redacted(reporting_year: int) -> dict[str, str]:
    """Name -> text; nothing where there is no file. Errors: DeclaredError."""
    path = redacted_path(reporting_year)
    return read(path, dict[Name, Text]) if path.is_file() else {}
