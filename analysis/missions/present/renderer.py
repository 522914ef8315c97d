"""The plugin that MyST-NB asks to show an output of ours (declared in pyproject.toml; protocol: MimeRenderPlugin of MyST-NB).

TRAP: every other book in the same environment is asked too. So it is part of what is installed, imports next to nothing, and
knows nothing of our book: that says itself how it shows an output (book/_ext/missions_book/outputs.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

MIME = "application/vnd.missions+json"


class OutputRenderer:
    mime_priority_overrides = (("*", MIME, 1),)
    show: ClassVar[Callable | None] = None  # (renderer, payload) -> nodes of a page

    @staticmethod
    def handle_mime(renderer, data, inline: bool):
        """The nodes of an output of ours; None for any other, which MyST-NB then shows itself."""
        if inline or data.mime_type != MIME or OutputRenderer.show is None:
            return None
        return OutputRenderer.show(renderer, data.content)
