"""The shortest build: nothing has changed, which is found out by reading all sources and importing almost nothing."""

from __future__ import annotations

from ..choice import PUBLIC
from ..machine import snapshot
from . import results


def told(reporting_year: int, world: str, edition: str, preview: bool) -> str | None:
    """Where the edition is that was made from just these files, programs and choices, and is whole; None when there is none."""
    if edition == PUBLIC and results.holds_internal_preview():
        return None
    pointer = results.PREVIEW if preview else results.FINAL
    made_from = {
        "options": [reporting_year, world, edition],
        "sources": snapshot.sources(world),
        "environment": snapshot.environment(),
        "commit": snapshot.commit(),  # which every page names
    }
    return f"Nothing has changed:\n{results.told(pointer)}" if results.is_sealed(pointer, made_from) else None
