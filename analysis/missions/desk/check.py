"""All deliveries of a year, read and judged for the analyst: told in words, and on a page with every column."""

from __future__ import annotations

from ..choice import Choice
from ..contracts import DeliveryError
from ..declared.year_file import load_year
from ..machine.cache import write_whole
from ..paths import STATE, shown
from ..sources.receive import receive_all
from . import report


def check(choice: Choice) -> str:
    """Read and judge all deliveries of a year and write all that was found to a page; returns it in words.

    Errors: DeliveryError with everything that is wrong; the previous tables are then still there.
    """
    received = receive_all(load_year(choice.year, choice.data), choice.data)
    path = STATE / "check" / f"{choice.data}-{choice.year}.html"
    write_whole(path, report.page(received).encode("utf-8"))
    words = f"{report.in_full(received)}\n  more: {shown(path)}"
    if received.problems:
        print(words)
        raise DeliveryError(received.problems)
    return words
