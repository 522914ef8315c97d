"""The shortest build: nothing has changed, which is found out by reading all sources and importing almost nothing."""

from __future__ import annotations

from ..choice import PUBLIC, Choice
from ..machine import snapshot
from . import results


def told(choice: Choice) -> str | None:
    """Where the edition is that was made from just these files, programs and choices, and is whole; None when there is none."""
    if choice.edition == PUBLIC and results.holds_internal_preview():
        return None
    place = results.where(choice.preview)
    made_from = {
        "options": choice.options,
        "sources": snapshot.sources(choice.data),
        "environment": snapshot.environment(),
        "commit": results.commit(choice),  # which every page names
    }
    return f"Nothing has changed:\n{results.told(place)}" if results.is_sealed(place, made_from) else None
