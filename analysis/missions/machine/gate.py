"""Where a build and Sphinx wait for each other: Sphinx is started early, and must not read before pages and facts are there."""

from __future__ import annotations

from collections.abc import Callable

idle: list[bool] = []  # whether there is time to spare before that
known: list[bool] = []  # whether the facts that lie there are of this edition, so that pages may be looked after meanwhile
same: list[bool] = []  # whether the site that is built upon has all files that no page makes
on_open: list[Callable[[], bool]] = []  # called when Sphinx is ready to read; False: it must not
on_pdf: list[Callable[[str], None]] = []  # called with the name of every PDF that is there
on_read: list[Callable[[], None]] = []  # called when all pages have been read


class NotOpened(Exception):
    """Sphinx was told not to go on."""
