"""How far a build is: in a terminal one line that follows what is done, in a log or file a line for everything that is done.

Stages may overlap. Everything goes to `sys.stdout` as it is at that moment, so that whoever redirects it hears nothing.
"""

from __future__ import annotations

import shutil
import sys
import time
from dataclasses import dataclass, field

_BAR = 20  # characters


@dataclass
class _Stage:
    total: int
    done: int = 0
    what: str = ""
    start: float = field(default_factory=time.perf_counter)


_stages: dict[str, _Stage] = {}


def begin(stage: str, total: int, about: str = "") -> None:
    """A stage begins. total: how many steps it has; 0 where that is not known. about: what it does, in a few words."""
    _stages[stage] = _Stage(total, what=about)
    _show(f"{stage}: {about or 'begins'}" + (f" ({total})" if total else ""))


def step(stage: str, what: str) -> None:
    """One more step of a stage is done."""
    one = _stages[stage]
    one.done, one.what = one.done + 1, what
    _show(f"  {stage} {one.done}{f' of {one.total}' if one.total else ''}: {what}")


def at_work(stage: str, what: str) -> None:
    """What a stage does just now: for a terminal alone, in a log it would be too much."""
    _stages[stage].what = what
    if sys.stdout.isatty():
        _draw()


def end(stage: str) -> None:
    """A stage is ready: this line stays."""
    one = _stages.pop(stage)
    say(f"{stage}: ready in {time.perf_counter() - one.start:.1f} s" + (f" ({one.done})" if one.done else ""))


def say(words: str) -> None:
    """A line that stays, whatever is under way."""
    _erase()
    print(words, flush=True)
    if _stages and sys.stdout.isatty():
        _draw()


def clear() -> None:
    """Nothing is under way any more, also when it broke off."""
    if _stages:
        _stages.clear()
        _erase()


def _show(line: str) -> None:
    if sys.stdout.isatty():
        _draw()
    else:
        print(line, flush=True)


def _draw() -> None:
    """All stages that are under way, as far as the terminal is wide; the one that was begun first has a bar."""
    texts = []
    for name, one in _stages.items():
        filled = _BAR * min(one.done, one.total) // one.total if one.total else 0
        bar = f" [{'#' * filled}{'.' * (_BAR - filled)}]" if one.total and not texts else ""
        count = f" {one.done} of {one.total}" if one.total else f" {one.done}" if one.done else ""
        texts.append(f"{name}{bar}{count}" + (f" {one.what}" if one.what else ""))
    line = "   ".join(texts)[: shutil.get_terminal_size().columns - 1]
    print(f"\r\x1b[K{line}", end="", flush=True)


def _erase() -> None:
    if sys.stdout.isatty():
        print("\r\x1b[K", end="", flush=True)
