"""When the parts of the book act in an event of Sphinx, where that matters: every number with its reason.

Sphinx calls handlers of an event from low numbers to high ones; 500 is its own choice for those that give none. Parts that
are not named here connect at 500, and the site is the same in whatever order they do so (tests/book/test_extensions.py).
"""

from __future__ import annotations

# builder-inited
WAIT_FOR_PAGES = 1000  # all others have made ready what does not need the pages
OPEN_THE_EDITION = 1001  # only now its facts are there
# env-get-outdated
LIST_PAGES = 1  # at 500 it is looked up what has changed since, also in the list of pages
# source-read
BEGIN_A_PAGE = 1  # what is asked for from here on is noted for this page
# doctree-read
CHECK_GRAMMAR = 600  # at 500 Sphinx has found the files of pictures
KEEP_WHAT_WAS_READ = 900  # all that look at the page, at 500, may read for it
# env-get-updated
BEFORE_NUMBERING = 1  # Sphinx numbers figures at 500, from what figure_numbers gives it
AFTER_NUMBERING = 999  # whoever comes after Sphinx gets whole pages again
# html-page-context
OPEN_FOR_A_PAGE = 1  # from here on may be asked for what this page has read, and for nothing else
CLOSE_AFTER_A_PAGE = 999  # all that the page shows is known; what other pages have read is not for the next one
# build-finished
OPEN_FOR_ALL = 1  # what is written at 500 is about all pages
REMOVE_UNUSED = 900  # others copy files into _static at 500
