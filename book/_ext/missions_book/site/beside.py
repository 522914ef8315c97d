"""`jupyter-book build .` makes the same book beside the edition that `make book` has sealed, and never into it."""

from __future__ import annotations

import contextlib
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

EDITION, BESIDE = Path("_build", "html"), Path("_build", "jupyter-book", "html")


def _keep_off_the_edition(app: Sphinx, config) -> None:
    edition = Path(app.srcdir) / EDITION
    if Path(app.outdir) != edition.resolve():
        return  # our engine, and `jupyter-book build --path-output`, choose another folder
    app.outdir = type(app.outdir)(app.srcdir, BESIDE)
    with contextlib.suppress(OSError):
        edition.rmdir()  # where there is no edition yet, Sphinx has just made an empty folder for it
    app.connect("build-finished", _tell)


def _tell(app: Sphinx, exception: Exception | None) -> None:
    if not exception:
        words = f"this book is in {BESIDE.as_posix()}; the edition in {EDITION.as_posix()} is as `make book` made it"
        logging.getLogger(__name__).info(words, color="green")


def setup(app: Sphinx) -> None:
    app.connect("config-inited", _keep_off_the_edition)
