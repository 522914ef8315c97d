"""Which PDFs there are: the entries of `typst_documents` in _config.yml, one of which may stand for many pages."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence


def expanded(listed: Sequence[dict], pages: Sequence[str]) -> list[dict]:
    """The documents of the book.

    listed: entries {name, title, pages}; where pages is a pattern, the entry stands for a document per page that fits, named
    after that page. pages: names of all pages. An entry without pages holds all those that have no document by a pattern.
    """
    patterns = [entry["pages"] for entry in listed if isinstance(entry.get("pages"), str)]
    documents = []
    for entry in listed:
        if not isinstance(entry.get("pages"), str):
            documents.append(entry)
            continue
        found = [page for page in pages if fnmatch.fnmatchcase(page, entry["pages"])]
        documents += [entry | {"name": page.rpartition("/")[2].lower(), "pages": [page]} for page in sorted(found)]
    rest = [page for page in pages if not any(fnmatch.fnmatchcase(page, pattern) for pattern in patterns)]
    return [document if "pages" in document else document | {"pages": rest, "is_whole": True} for document in documents]
