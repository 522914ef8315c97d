"""Many pages are read and written side by side, by Sphinx's own means, and a page that fails is always told."""

from __future__ import annotations

import sphinx.builders
from sphinx.application import Sphinx
from sphinx.errors import SphinxParallelError
from sphinx.util.parallel import ParallelTasks

from missions.machine.worker import die_with_parent

_FEW = 5  # pages


class _Telling(ParallelTasks):
    """TRAP: when a page fails while others are still being handed out, Sphinx ends all of them, drops what the page said and goes
    on with the pages that it has."""

    failed: SphinxParallelError | None = None

    def _process(self, *arguments: object) -> None:
        """TRAP: a page that is told to a Sphinx which was ended waits for ever, and holds the lock of the build."""
        die_with_parent()
        super()._process(*arguments)

    def _join_one(self) -> bool:
        try:
            return super()._join_one()
        except SphinxParallelError as error:
            self.failed = error
            raise

    def terminate(self) -> None:
        super().terminate()
        if self.failed:
            raise self.failed


def _tell_of_failures(app: Sphinx, config) -> None:
    sphinx.builders.ParallelTasks = _Telling


def _read_side_by_side(app: Sphinx, config) -> None:
    """It numbers sections when all pages have been read, so that these may be read side by side; it only does not say so."""
    app.extensions["sphinx_multitoc_numbering"].parallel_read_safe = True


def _few_in_one_process(app: Sphinx, env, docnames: list[str]) -> None:
    """Sphinx itself reads few pages one by one, but starts processes to write even two, which takes longer than writing them."""
    if len(docnames) <= _FEW:
        app.parallel = 1


def setup(app: Sphinx) -> None:
    app.connect("config-inited", _tell_of_failures)
    app.connect("config-inited", _read_side_by_side)
    app.connect("env-before-read-docs", _few_in_one_process)
