"""The door: annexes and pages read what people decided and what was published here, item by item, and each reading is noted.

What was noted is what an annex or a page rests on. Nobody declares it a second time, so that nobody can forget it.
A kind of content is a `Shelf`; an item on it is known by kind and key, and has a state: a hash, or None where it is not there.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import pickle
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

Item = tuple[str, str]  # kind, key
EVERY = "*"  # the key that stands for which keys there are, and their order
_ASKED = "is asked for, and was not when the text was read"
NOT_NOTED = re.compile(rf"[\w/.-]+: [\w ]+ '[^']*' {_ASKED}")  # within the words of others
_shelves: dict[str, Shelf] = {}
_loaded: dict[tuple, Mapping] = {}
_given: dict[str, bytes] = {}  # what was handed over, in a process that may open no file
_noted: set[Item] = set()
_allowed: set[Item] | None = None  # what may be read just now; None: everything
_where = ""  # by what, for a message


class NotNoted(LookupError):
    """Something is read where only what was noted before may be read; the message names it."""


class Shelf(Mapping):
    """All items of one kind: key -> value, loaded at the first reading.

    load: gives all of them; `of` are its arguments. Errors: those of `load`; NotNoted.
    """

    def __init__(self, kind: str, load: Callable[..., Mapping], *of: object):
        self.kind, self._load, self._of = kind, load, of
        _shelves[kind] = self

    def content(self) -> Mapping:
        """All items, without a note: for those who look after states."""
        handed = self.kind in _given
        place = (self.kind,) if handed else (self.kind, *self._of)
        if place not in _loaded:
            _loaded[place] = pickle.loads(_given[self.kind]) if handed else self._load(*self._of)
        return _loaded[place]

    def __getitem__(self, key: str) -> object:
        _note(self.kind, key)
        return self.content()[key]

    def __iter__(self) -> Iterator[str]:
        _note(self.kind, EVERY)
        return iter(list(self.content()))

    def __len__(self) -> int:
        _note(self.kind, EVERY)
        return len(self.content())


def _note(kind: str, key: str) -> None:
    if _allowed is not None and (kind, key) not in _allowed:
        raise NotNoted(f"{_where}{kind} '{key}' {_ASKED}")
    _noted.add((kind, key))


def digest(value: object) -> str:
    """The state of a value: equal for equal content, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False, default=repr).encode()).hexdigest()


def state(kind: str, key: str, content: Mapping | None = None) -> str | None:
    """The state of an item now; nothing is noted. content: of its shelf, where that is not in this process."""
    found = _shelves[kind].content() if content is None else content
    if key == EVERY:
        return digest(list(found))
    try:
        return digest(found[key])
    except KeyError:
        return None


def states(items: Iterable[Item], contents: Mapping[str, Mapping]) -> dict[str, str | None]:
    """'kind key' -> state, of items on shelves whose content is given by kind."""
    return {f"{kind} {key}": state(kind, key, contents[kind]) for kind, key in sorted(items)}


def packed(contents: Mapping[str, Mapping]) -> dict[str, bytes]:
    """Contents by kind, to be handed over to a process that has not imported what they are made of."""
    return {kind: pickle.dumps(dict(content)) for kind, content in contents.items()}


def hand_over(contents: Mapping[str, bytes]) -> None:
    """From here on this process reads these packed contents, by kind, and no file for them."""
    _given.update(contents)
    begin()


def begin() -> None:
    """Forget what was noted: something else begins to read."""
    _noted.clear()


def noted() -> list[Item]:
    """What was read since `begin`."""
    return sorted(_noted)


def open_anew() -> None:
    """Forget what was loaded: files may have changed."""
    _loaded.clear()


@contextlib.contextmanager
def apart() -> Iterator[set[Item]]:
    """Reading within this block is noted in the set that it gives, and nowhere else; everything may be read."""
    global _noted, _allowed
    outside = _noted, _allowed
    _noted, _allowed = set(), None
    try:
        yield _noted
    finally:
        _noted, _allowed = outside


def close_to(items: Iterable[Item] | None, where: str = "") -> None:
    """From here on only these items may be read; None: everything. where: who reads, as a message names it."""
    global _allowed, _where
    _allowed, _where = None if items is None else set(items), where and f"{where}: "
