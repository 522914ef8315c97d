"""From the draft of an annex and the decision to its page: tables, charts, facts and verdicts as readers see them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from ..declared import door
from ..machine import cache
from ..machine.guard import close_to
from ..paths import ROOT
from ..present import charts, drawing, facts, judge, tables  # noqa: F401 (what an output may ask to be shown by)
from .page import AnnexError, decide


def make(
    name: str,
    key: str,
    withheld: Mapping,
    readable: list[str],
    contents: Mapping[str, bytes],
    renderer: str | None,
    tell: Callable[[str], None],
) -> tuple[str, list[door.Item]]:
    """The page of an annex as JSON, and what it read from shelves.

    key: of its draft in the cache. withheld: what is not shown of it. readable: the files that may be read.
    contents: of the shelves that it may read from, packed. renderer: address of a shared renderer of charts. Errors: AnnexError.
    """
    if renderer:
        drawing.share(renderer)
    else:
        drawing.prepare()
    closed = close_to([*readable, cache.folder("annexes") / key], [cache.folder("annexes")], ROOT)
    door.hand_over(contents)
    page = decide(name, json.loads(cache.require("annexes", key)), withheld)
    if found := closed.offences():
        raise AnnexError(f"the page of annex {name} {'; '.join(found)}")
    return json.dumps(page, ensure_ascii=False, indent=1) + "\n", door.noted()
