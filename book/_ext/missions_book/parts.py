"""The parts of the extension, room by room. Each sets itself up; their order does not matter (tests/book/test_extensions.py)."""

from __future__ import annotations

from . import outputs
from .pages import assumptions, changes, disclosure, errata, key_figures, review, sign_off, variables
from .pdf import builder, grammar
from .prose import claim, dropdown, evidence, fact, judging, math, picture, redact, typed, wording
from .reading import edition, freshness, problems
from .site import beside, cards, citation, data_package, publication, search, theme
from .speed import figure_numbers, running, side_by_side

PARTS = (
    *(edition, freshness, problems, outputs),
    *(fact, claim, redact, typed, wording, judging, evidence),
    *(math, picture, dropdown, grammar),
    *(key_figures, variables, changes, errata, review, sign_off, assumptions, disclosure),
    *(publication, theme, citation, cards, data_package, search, beside),
    *(builder, figure_numbers, running, side_by_side),
)
