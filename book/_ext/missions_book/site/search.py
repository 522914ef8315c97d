"""The words of the search index, cut to their stems as the page that searches does it.

TRAP: Sphinx asks for the stemmer `dutch`, which since snowballstemmer 3 is another algorithm than that of its own script: many
words stood in the index under a stem that no reader's word is cut to, and were never found.
"""

from __future__ import annotations

import snowballstemmer
from sphinx.application import Sphinx
from sphinx.search.nl import SearchDutch


class AsInTheBrowser(SearchDutch):
    def init(self, options: dict[str, str]) -> None:
        self.stemmer = snowballstemmer.stemmer("dutch_porter")


def setup(app: Sphinx) -> None:
    app.add_search_language(AsInTheBrowser)
