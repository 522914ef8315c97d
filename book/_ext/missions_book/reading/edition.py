"""The facts of the edition that is being built, as all other extensions read them."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from missions.paths import ROOT


def facts_path(config) -> Path:
    return ROOT / config.missions_facts  # an absolute setting stays what it is


@lru_cache(maxsize=1)
def _read(path: Path, changed_ns: int) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def edition_facts(config) -> dict:
    """facts.json of the edition that is being built: year, deliveries, edition, facts, claims."""
    path = facts_path(config)
    if not path.is_file():
        raise ExtensionError("there are no facts yet; run `make book`: annexes are executed before the book is assembled")
    return _read(path, path.stat().st_mtime_ns)


def setup(app: Sphinx) -> None:
    app.add_config_value("missions_facts", "_build/facts.json", "env")
