"""A YAML file as plain values, with the line of every key.

YAML has more than people need, and some of it surprises: a bare `no` is false, 010 is eight. Here a file is one mapping of at
most 64 kB in UTF-8, without anchors, aliases and tags; no key stands there twice, and what YAML would take for something else
than what is written must be quoted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from ..paths import relative

AT_MOST = 64 * 1024  # bytes; the largest of our files has 8 kB
NAME = re.compile(r"[a-z][a-z0-9_]*")
QUOTE = "put it between quotation marks"
_DEEPEST = 16  # levels of nesting
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong in a file. line: None where none can be named. key: dotted; entries of a list count from 1."""

    file: str
    line: int | None
    key: str
    what: str

    def __str__(self) -> str:
        return f"{', '.join(filter(None, [self.file, self.line and f'line {self.line}', self.key]))}: {self.what}"


class Tree:
    """What a file holds.

    root: its outermost mapping; None when there is none to use. lines: id of a mapping or list -> key or index -> line.
    known: id of a mapping -> the keys that it may have, as far as a model was asked. faults: what is wrong with it as YAML.

    PRIVACY: of a file below a folder `confidential` no message tells a value, or a key that is no plain name (hides).
    """

    def __init__(self, path: Path, content: bytes):
        """content: of the file. What is wrong with it is told as faults."""
        self.file, self.hides = relative(path), "confidential" in path.parts
        self.root: dict | None = None
        self.faults: list[Fault] = []
        self.lines: dict[int, dict] = {}
        self.known: dict[int, list[str]] = {}
        self._key: list[str] = []  # where the parser is
        try:
            self.root = self._parsed(content)
        except UnicodeDecodeError:
            self.fault(None, "is not UTF-8 text")
        except yaml.YAMLError as error:
            mark, why = getattr(error, "problem_mark", None), getattr(error, "problem", "") or getattr(error, "reason", "")
            self._key, last = [], content.count(b"\n") + 1
            self.fault(mark and min(mark.line + 1, last), f"cannot be read as YAML: {why}")

    def fault(self, line: int | None, what: str) -> None:
        self.faults.append(Fault(self.file, line, self.dotted(self._key), what))

    def dotted(self, key: list[str]) -> str:
        return ".".join("..." if self.hides and not (part.isdecimal() or NAME.fullmatch(part)) else part for part in key)

    def _parsed(self, content: bytes) -> dict | None:
        """TRAP: by events. yaml.load knows no lines, lets aliases multiply, and very deep nesting would end the whole process."""
        if len(content) > AT_MOST:
            return self.fault(None, f"is larger than {AT_MOST // 1024} kB")
        loader = _Loader(content.decode("utf-8-sig"))
        self._next, self._resolve, self._construct = loader.get_event, loader.resolve, loader.construct_object
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            return self.fault(None, "is empty")
        root = self._value(self._next())
        self._next()
        if not isinstance(following := self._next(), yaml.StreamEndEvent):
            raise _refused("a second document begins here", following)
        return root if isinstance(root, dict) else self.fault(None, "holds no keys")

    def _value(self, event) -> object:
        if isinstance(event, yaml.AliasEvent) or event.anchor or event.tag is not None:
            raise _refused("anchors, aliases and tags are not used here", event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if len(self._key) >= _DEEPEST:
            raise _refused("nested too deeply", event)
        return self._items() if isinstance(event, yaml.SequenceStartEvent) else self._mapping()

    def _items(self) -> list:
        items: list = []
        lines = self.lines[id(items)] = {}
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            lines[len(items)] = _line(event)
            self._key.append(str(len(items) + 1))
            items.append(self._value(event))
            self._key.pop()
        return items

    def _mapping(self) -> dict:
        mapping: dict = {}
        lines = self.lines[id(mapping)] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            name = getattr(event, "value", "")
            self._key.append(name)
            if not isinstance(self._value(event), str):
                self.fault(_line(event), f"a key must be a text; {QUOTE}")
            elif name in lines:
                self.fault(_line(event), f"stands there already (line {lines[name]})")
            lines.setdefault(name, _line(event))
            mapping.setdefault(name, self._value(self._next()))
            self._key.pop()
        return mapping

    def _scalar(self, event) -> object:
        """A text, number, date, true, false or nothing; nothing too for what cannot be read."""
        tag, text = self._resolve(yaml.ScalarNode, event.value, event.implicit), event.value
        if tag.endswith((":merge", ":value")):  # << and =
            return text
        try:
            value = self._construct(yaml.ScalarNode(tag, text))
        except ValueError:
            return self.fault(_line(event), f"is no {'date' if tag.endswith(':timestamp') else 'number'} that exists")
        if isinstance(value, bool) and text.lower() not in ("true", "false"):
            self.fault(_line(event), f"YAML takes this word for true or false: write that, or {QUOTE}")
        elif type(value) is int and str(value) != text:
            self.fault(_line(event), f"YAML takes this for another number: write it plainly, or {QUOTE}")
        return value


def _line(event) -> int:
    return event.start_mark.line + 1


def _refused(why: str, event) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=why, problem_mark=event.start_mark)
