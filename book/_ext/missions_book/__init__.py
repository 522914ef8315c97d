"""The extension of the book: numbers and claims in prose, pages made of data, the site and its PDFs.

One name in _config.yml. Each room sets itself up; their order does not matter (tests/book/test_extensions.py).
"""

from __future__ import annotations

from sphinx.application import Sphinx

from . import outputs
from .pages import assumptions, changes, errata, key_figures, sign_off, variables
from .pdf import builder, grammar
from .prose import claim, dropdown, fact, math, picture, redact, wording
from .reading import edition, freshness, problems
from .site import cards, citation, data_package, publication, search, theme
from .speed import figure_numbers, running

PARTS = (
    *(edition, freshness, problems, outputs),
    *(fact, claim, redact, wording),
    *(math, picture, dropdown, grammar),
    *(key_figures, variables, changes, errata, sign_off, assumptions),
    *(publication, theme, citation, cards, data_package, search),
    *(builder, figure_numbers, running),
)


def setup(app: Sphinx) -> dict:
    for part in PARTS:
        part.setup(app)
    return {"version": "1", "env_version": 3, "parallel_read_safe": True, "parallel_write_safe": True}
