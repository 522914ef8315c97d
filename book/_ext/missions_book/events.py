"""When the parts of the book act in an event of Sphinx, where that matters: every number with its reason.

Sphinx calls who connected to an event from low numbers to high ones; 500 is its own choice for who gives none. Parts that are not
named here connect at 500, and the site is the same in whatever order they do so (tests/book/test_extensions.py).
"""

from __future__ import annotations

# builder-inited
WAIT_FOR_PAGES = 1000  # all others have made ready what does not need the pages
# env-get-updated
BEFORE_NUMBERING = 1  # Sphinx numbers figures here, at 500, from what figure_numbers gives it
AFTER_NUMBERING = 999  # whoever comes after Sphinx gets whole pages again
# build-finished
REMOVE_UNUSED = 900  # others still copy files into _static at 500
