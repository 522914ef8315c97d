"""What benchmarks share whose tables stand on a page: processes, Dutch numbers, a CSV file, and the command that writes it."""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Callable, Iterable, Sequence
from multiprocessing import get_context
from pathlib import Path

from missions.paths import ROOT

# TRAP: a process that libraries have given threads must not be forked: the copy can wait for a lock that nobody holds any more.
PROCESSES = get_context("forkserver")


def dutch(number: float, decimals: int = 1) -> str:
    # A rounded -0.0 is no less than nothing.
    return f"{round(number, decimals) + 0.0:.{decimals}f}".replace(".", ",")


def as_csv(rows: Iterable[Sequence[object]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def command(about: str, path: Path, option: str, worlds: int, table: Callable[[int], str]) -> None:
    """Show a table of so many worlds, and with --write put it in its file. option: how their number is given."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument(option, type=int, default=worlds, dest="worlds", help="worlds of each row or scenario")
    parser.add_argument("--write", action="store_true", help=f"write {path.relative_to(ROOT).as_posix()}")
    chosen = parser.parse_args()
    text = table(chosen.worlds)
    sys.stdout.write(text)
    if chosen.write:
        path.write_text(text, encoding="utf-8")
