"""Which code a notebook or an extension runs, by its syntax tree: our own modules, the files they read, other libraries."""

from __future__ import annotations

import ast
import contextlib
import functools
import hashlib
import importlib.util
import json
import os
import py_compile
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..paths import STATE

PACKAGE = "missions"
# A module that reads files of the repository names them in a tuple of this name, as paths or patterns.
READS = "READS"
# One whose content others read item by item (missions.declared.door) does so in a tuple of this name.
BEHIND_THE_DOOR = "BEHIND_THE_DOOR"
_KEPT = STATE / "imports.json"  # hash of a text -> what it imports and reads
_MOST = 2000
_known: dict[str, list[list[str]]] = {}
_new: list[str] = []
_looked_at: list[str] = []
_CHECKED_HASH = b"\x03\x00\x00\x00"


@dataclass(frozen=True)
class Code:
    """What a piece of code rests on.

    files: our own modules. reads: patterns of files that they read. behind_the_door: the same, where an annex is handed the
    content. libraries: names of all others, not of the standard library;
    some are functions in them.
    """

    files: frozenset[Path]
    reads: frozenset[str]
    behind_the_door: frozenset[str]
    libraries: frozenset[str]


@functools.cache
def code_behind(text: str, folders: tuple[Path, ...]) -> Code:
    """Everything that a text of Python imports, however far away. folders: where modules of our own lie."""
    names, reads, shelved = _imports(text, "")
    found, patterns, behind, libraries, waiting = {}, set(reads), set(shelved), set(), sorted(names)
    while waiting:
        name = waiting.pop()
        path = _module(name, folders)
        if path is None:
            # `from a.b import c` names c too, which may be a function: then its module counts.
            if name.partition(".")[0] == PACKAGE or _module(name.rpartition(".")[0], folders):
                continue
            libraries |= {name} if name.partition(".")[0] not in sys.stdlib_module_names | {"__future__", ""} else set()
        elif path not in found:
            found[path] = name
            package = name if path.name == "__init__.py" else name.rpartition(".")[0]
            names, reads, shelved = _imports(path.read_text(encoding="utf-8"), package)
            patterns |= reads
            behind |= shelved
            # A package runs before its modules do.
            waiting += [*sorted(names), *([package] if package and package != name else [])]
    return Code(frozenset(found), frozenset(patterns), frozenset(behind), frozenset(libraries))


@functools.cache
def _module(name: str, folders: tuple[Path, ...]) -> Path | None:
    for folder in folders if name else ():
        base = os.path.join(folder, *name.split("."))
        for path in (os.path.join(base, "__init__.py"), f"{base}.py"):
            if os.path.isfile(path):
                return Path(path)
    return None


def look_again(state: str) -> None:
    """Forget what was found in modules, unless all of them are as they were. state: of all files with code."""
    if [state] != _looked_at:
        _looked_at[:] = [state]
        _module.cache_clear()
        code_behind.cache_clear()


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """All statements, also those within others; no expressions, which are most of a tree and import nothing."""
    waiting = list(tree.body)
    while waiting:
        statement = waiting.pop()
        yield statement
        for inner in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(statement, inner, ())


def _imports(text: str, package: str) -> tuple[set[str], set[str], set[str]]:
    """Names that may be modules, the files that the module says it reads, and those that it reads for the door.

    Known by the hash of the text, also from builds before: syntax trees take longer than all else that a plan needs.
    """
    if not _known:
        with contextlib.suppress(OSError, ValueError):
            _known.update(json.loads(_KEPT.read_bytes()))
    key = hashlib.sha256(f"{package}\n{text}".encode()).hexdigest()
    if key not in _known:
        _known[key] = [sorted(names) for names in _imports_of(ast.parse(text), package)]
        _new.append(key)
    names, reads, behind = _known[key]
    return set(names), set(reads), set(behind)


def keep() -> None:
    """Keep for the next build what was found in texts that were new."""
    if _new:
        _KEPT.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = _KEPT.with_name(f".{_KEPT.name}.{os.getpid()}")
        beside.write_text(json.dumps(dict(list(_known.items())[-_MOST:])), encoding="utf-8")
        os.replace(beside, _KEPT)
        _new.clear()


def _imports_of(tree: ast.Module, package: str) -> tuple[set[str], set[str], set[str]]:
    names, said = set(), {READS: set(), BEHIND_THE_DOOR: set()}
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: package.count(".") + 2 - node.level] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            names |= {stem, *(f"{stem}.{alias.name}" for alias in node.names)}
    for node in tree.body:
        if isinstance(node, ast.Assign) and (found := {getattr(target, "id", None) for target in node.targets} & said.keys()):
            said[found.pop()] |= set(ast.literal_eval(node.value))
    return names, said[READS], said[BEHIND_THE_DOOR]


def compile_by_content(files: Iterable[Path]) -> None:
    """Byte code that Python trusts only as long as the hash of its source fits.

    TRAP: byte code is otherwise known by second and size, so that two edits within a second could run the old code.
    """
    for path in files:
        compiled = Path(importlib.util.cache_from_source(str(path)))
        source = path.read_bytes()
        wanted = importlib.util.MAGIC_NUMBER + _CHECKED_HASH + importlib.util.source_hash(source)
        if compiled.is_file() and compiled.read_bytes()[: len(wanted)] == wanted:
            continue
        py_compile.compile(str(path), invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)
