"""The one reader of the small YAML files: what may stand in one is said by a model, and all that is wrong is told at once."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Callable
from functools import cache, lru_cache
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter, ValidationError, ValidationInfo, model_validator

from .tree import NAME, QUOTE, Fault, Tree
from .units import UNITS

# Else pydantic looks through all installed programs for plugins: slow, and none may change what is read here.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
_SHOWN = 60  # signs of what was found
_WORDS = {  # pydantic's kind of error -> ours; the others keep its words
    "missing": "is missing",
    "string_type": "must be a text",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "date_type": "must be a date (YYYY-MM-DD)",
    "list_type": "must be a list",
    "dict_type": "must hold named entries",
    "model_type": "must hold named entries",
    "too_short": "must not be empty",
}
T = TypeVar("T")


class DeclaredError(ValueError):
    """A small file that is not as it must be; `problems` holds all that is wrong with it, not just the first."""

    def __init__(self, *problems: Fault | str):
        self.problems = list(problems)
        super().__init__("\n".join(map(str, problems)))


class Declared(BaseModel):
    """What a mapping of a file must hold: these fields, no others, each of just this type."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)
    _file: str = ""
    _lines: dict[str, int] = {}

    @model_validator(mode="wrap")
    @classmethod
    def _with_lines(cls, given: object, validate, info: ValidationInfo):
        tree = info.context
        if not isinstance(tree, Tree):
            return validate(given)
        tree.known[id(given)] = [field.alias or name for name, field in cls.model_fields.items()]
        made = validate(given)
        made._file, made._lines = tree.file, tree.lines.get(id(given), {})
        return made

    @property
    def line(self) -> int:
        """Where it begins in the file."""
        return min(self._lines.values(), default=0)

    @property
    def where(self) -> tuple[str, int]:
        return self._file, self.line

    def fault(self, key: str, what: str) -> Fault:
        """What is found wrong later than by reading. key: of this mapping, with or without those that lead to it."""
        return Fault(self._file, self._lines.get(key.rpartition(".")[2]), key, what)


class Foreign(Declared):
    """The same in a format of others, which has more keys than we use."""

    model_config = ConfigDict(extra="ignore")


def must(words: str, holds: Callable[[Any], object]) -> AfterValidator:
    """A rule for a value, with the words that tell of it."""

    def check(value):
        if not holds(value):
            raise ValueError(f"must {words}")
        return value

    return AfterValidator(check)


Text = Annotated[str, must("be a text that is not empty", str.strip)]
Sentence = Annotated[str, must("be a sentence that ends with a full stop", lambda text: text[:-1].strip() and text[-1] == ".")]
FIGURE_FREE = must("hold no figure, which comes from a fact", lambda text: not re.search(r"\d", text))
Name = Annotated[str, must("be a name of small letters, figures and _ that begins with a letter", NAME.fullmatch)]
Number = Annotated[
    Any, must("be a number", lambda value: type(value) in (int, float) and isfinite(value))
]  # as it is written: 10 stays whole
Unit = Annotated[str, must(f"be one of {', '.join(UNITS)}", UNITS.__contains__)]
_checker = cache(TypeAdapter)


def read(path: Path, model: type[T]) -> T:
    """The content of a YAML file, as a model says that it must be: a subclass of Declared, or a dict of names to something.

    Errors: DeclaredError with everything that is wrong; FileNotFoundError.
    """
    return _read(path, model, path.read_bytes())


@lru_cache(maxsize=32)
def _read(path: Path, model: type[T], content: bytes) -> T:
    """content: of the file, by which it is known that it was read before."""
    tree, made = Tree(path, content), None
    faults = tree.faults
    if tree.root is not None:
        try:
            made = _checker(model).validate_python(tree.root, strict=True, context=tree)
        except ValidationError as error:
            told = tuple(f"{fault.key}." for fault in faults)  # what could not be read as YAML is told once
            found = [_fault(one, tree) for one in error.errors(include_url=False)]
            faults += [fault for fault in found if not f"{fault.key}.".startswith(told)]
    if faults:
        once: dict[tuple, Fault] = {}
        for fault in sorted(faults, key=lambda fault: fault.line or 0):
            once.setdefault((fault.line, fault.key), fault)
        raise DeclaredError(*once.values())
    return made


def read_by_key(path: Path, model: type[Declared]) -> dict[str, dict]:
    """Name -> fields, of a file in which every key is one of these. Errors: as of `read`."""
    return {key: one.model_dump() for key, one in read(path, dict[Name, model]).items()}


def _fault(error: dict, tree: Tree) -> Fault:
    """An error of pydantic in our words, with its place: pydantic's own tells more than what stands in the file."""
    at, line, key, known, kind, found = tree.root, None, [], [], error["type"], error["input"]
    for part in error["loc"]:
        lines = tree.lines[id(at)] if isinstance(at, dict | list) else {}
        if part in lines:
            known, line, at = tree.known.get(id(at), ()), lines[part], at[part]
            key.append(str(part + 1) if isinstance(part, int) else part)
    what = _WORDS.get(kind, error["msg"])
    if kind == "missing":
        key.append(error["loc"][-1])
    elif kind == "extra_forbidden":
        what = f"is not known here (known: {', '.join(known)})"
    elif kind in ("value_error", "literal_error"):
        what = str(error["ctx"].get("error") or f"must be {error['ctx']['expected']}")
    elif kind == "string_type" and isinstance(found, int | float | datetime.date):
        what += f"; {QUOTE}"
    if kind != "extra_forbidden" and not tree.hides and isinstance(found, str | int | float | datetime.date | list):
        words = str(found) if isinstance(found, datetime.date) else repr(found)
        what += f" (found: {words})" if len(words) <= _SHOWN else ""
    return Fault(tree.file, line, tree.dotted(key), what)
