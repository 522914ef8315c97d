"""The extension of the book: numbers and claims in prose, pages made of data, the site and its PDFs. One name in _config.yml.

TRAP: other books in the same environment import this package too, for what MyST-NB finds in pyproject.toml (`outputs`). Importing it
imports nothing else, and only `setup` knows which book it is.
"""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError


def setup(app: Sphinx) -> dict:
    _require_own_checkout(Path(app.srcdir).resolve())
    from .parts import PARTS

    for part in PARTS:
        part.setup(app)
    return {"version": "1", "env_version": 3, "parallel_read_safe": True, "parallel_write_safe": True}


def _require_own_checkout(book: Path) -> None:
    """The prose of one checkout with the numbers or the code of another would look right and be wrong."""
    import missions
    from missions.paths import ROOT

    for place in (ROOT, Path(missions.__file__).parents[2], Path(__file__).parents[3]):
        if place.resolve() != book:
            raise ExtensionError(f"{book} is not the checkout of this environment ({place}); run `make book` there, or in {book}")
