"""The head of a letter in a PDF: the name of a field says where it goes."""

from __future__ import annotations

from sphinx.errors import ExtensionError

DATE, REFERENCE = "Datum", "Onze referentie"  # what every later page repeats

_SUBJECT = ("Betreft",)
_REFERENCE_COLUMN = (
    *("Soort", DATE, REFERENCE, "Bijlage", "Bijlagen", "Aantal bijlagen"),
    *("Uiterlijk bij", "Naar de Kamer"),
)
_TO = ("Aan", "Van", "Via", "Kopie aan", "Afgestemd met", "Opgesteld door")
_PLACES = {"to": _TO, "reference": _REFERENCE_COLUMN, "subject": _SUBJECT}


def letter_head(page: str, fields: list[tuple[str, str]]) -> str:
    """Arguments of the template: fields (name, Typst markup) by their place, within a place in the order of the page.

    Errors: ExtensionError for a field that has no place, and for a letter without date or reference.
    """
    names = [name for name, _ in fields]
    known = [name for place in _PLACES.values() for name in place]
    if unknown := [name for name in names if name not in known]:
        raise ExtensionError(f"{page}: a letter has no place for the field {', '.join(unknown)} (known: {', '.join(known)})")
    if missing := [name for name in (DATE, REFERENCE) if name not in names]:
        raise ExtensionError(f"{page}: the head of a letter lacks {', '.join(missing)}")
    return ", ".join(
        f"{place}: ({''.join(f'{markup}, ' for name, markup in fields if name in of_place)})"
        for place, of_place in _PLACES.items()
    )
