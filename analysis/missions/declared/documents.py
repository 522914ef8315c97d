"""Which PDFs there are: the entries of `typst_documents` in _config.yml, one of which may stand for many pages."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from typing import Annotated, Any

from ..paths import ROOT
from .reading import Declared, Foreign, Name, Text, must, read

READS = ("_config.yml",)


def _are_pages(value: object) -> bool:
    names = [value] if isinstance(value, str) else value
    return isinstance(names, list) and bool(names) and all(isinstance(name, str) and name.strip() for name in names)


class Document(Declared):
    """pages: names, or a pattern that stands for a document per page; without them all pages that have none by a pattern.

    letter: its date in the year file.
    """

    name: Text
    title: Text
    pages: Annotated[Any, must("be a list of pages, or a pattern", _are_pages)] = None
    letter: Name | None = None


class _Settings(Foreign):
    typst_documents: list[Document]


class _Sphinx(Foreign):
    config: _Settings


class _Config(Foreign):
    sphinx: _Sphinx


def pdf_documents(pages: Sequence[str]) -> list[dict]:
    """The PDFs of the book, as _config.yml lists them. pages: names of those that may have a PDF each. Errors: DeclaredError."""
    listed = read(ROOT / READS[0], _Config).sphinx.config.typst_documents
    return expanded([entry.model_dump(exclude_unset=True) for entry in listed], pages)


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
