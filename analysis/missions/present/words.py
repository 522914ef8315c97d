"""The Dutch words for what the data say in codes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..declared.door import Shelf
from ..declared.labels import read_labels
from ..dictionary import deliveries, variables
from ..dictionary.countries import country_names
from .numbers import dutch_list


def _read() -> dict[str, str]:
    names = {variable.name: variable.label_nl for delivery in deliveries() for variable in variables(delivery)}
    names |= {name: delivery.label_nl for name, delivery in deliveries().items()}
    return names | country_names() | read_labels()


_LABELS = Shelf("label", _read)


def labels() -> Mapping[str, str]:
    """All Dutch words by code."""
    return _LABELS


def label(code: str) -> str:
    """The Dutch words for a code in the data (book/labels.yml), a variable, a delivery (the dictionary) or a country.

    Errors: KeyError when the code has no Dutch words: an English leftover never reaches a page.
    """
    try:
        return _LABELS[code]
    except KeyError:
        raise KeyError(f"'{code}' has no Dutch label in book/labels.yml") from None


def codes_in_words(codes: object) -> str:
    """The Dutch words for a code, or for several joined by ";", each once: "KEN;UGA" is "Kenia en Uganda"."""
    return dutch_list([label(code) for code in dict.fromkeys(re.split("; ?", str(codes)))])
