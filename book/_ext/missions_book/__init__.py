"""The extension of the book: numbers and claims in prose, pages made of data, the site and its PDFs. One name in _config.yml.

No part is imported before `setup` knows whose book it is.
"""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict:
    _require_own_checkout(Path(app.srcdir).resolve())
    from .parts import PARTS

    for part in PARTS:
        part.setup(app)
    return {"version": "1", "env_version": 3, "parallel_read_safe": True, "parallel_write_safe": True}


def _require_own_checkout(book: Path) -> None:
    """The prose of one checkout with the numbers or the code of another would look right and be wrong.

    Errors: SystemExit, because after any error of Sphinx `jupyter-book` prints a traceback of its own.
    """
    import missions
    from missions.paths import ROOT

    for place in (ROOT.resolve(), Path(missions.__file__).resolve().parents[2], Path(__file__).resolve().parents[3]):
        if place != book:
            mean = "run `make book` in the one you mean"
            raise SystemExit(f"{book} is not the checkout that this environment belongs to, which is {place}; {mean}")
