"""The one reader of small files: every rule of YAML and of the models, with the exact message."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Annotated, Literal

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from missions.declared.reading import Declared, DeclaredError, Foreign, Name, Number, Sentence, Text, Unit, must, read
from missions.declared.tree import AT_MOST
from support.house import rooted_at


class Part(Declared):
    size: int
    day: datetime.date | None = None


class Example(Declared):
    name: Text = "x"
    count: int = 0
    share: Number = 0
    day: datetime.date | None = None
    is_good: bool = False
    unit: Unit = "count"
    words: Sentence = "Een zin."
    kind: Literal["one", "two"] = "one"
    items: list[Text] = Field([])
    even: Annotated[int, must("be even", lambda number: number % 2 == 0)] = 0
    part: Part | None = None
    parts: list[Part] = Field([])
    by_name: dict[Name, Part] = Field({})
    named_else: Annotated[int, Field(alias="named-else")] = 0


def messages(folder: Path, content: str | bytes, model=Example, place: str = "small.yml") -> list[str]:
    """What is told of a file; empty when it was read."""
    path = folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    try:
        read(path, model)
    except DeclaredError as error:
        assert str(error) == "\n".join(map(str, error.problems))
        return str(error).splitlines()
    return []


QUOTED = "put it between quotation marks"
WORD = f"YAML takes this word for true or false: write that, or {QUOTED}"
NUMBER = f"YAML takes this for another number: write it plainly, or {QUOTED}"
NO_ANCHORS = "cannot be read as YAML: anchors, aliases and tags are not used here"
KNOWN = "name, count, share, day, is_good, unit, words, kind, items, even, part, parts, by_name, named-else"
UNITS = "count, year, grade, score, score_change, pct, pp, pct_as_published, eur"
AS_YAML = [
    (b"", ": is empty"),
    (b"# a remark\n", ": is empty"),
    (b"- name", ": holds no keys"),
    (b"name", ": holds no keys"),
    (b"\xff", ": is not UTF-8 text"),
    (b"name: a" + b" " * AT_MOST, ": is larger than 64 kB"),
    ("name: \x07", ": cannot be read as YAML: control characters are not allowed"),
    ("name: [", ", line 1: cannot be read as YAML: did not find expected node content"),
    ("count: 1\n\tname: x", ", line 2: cannot be read as YAML: found a tab character that violates indentation"),
    ("name: a\nwords: b: c", ", line 2: cannot be read as YAML: mapping values are not allowed in this context"),
    ("count: 1\n---\ncount: 2", ", line 2: cannot be read as YAML: a second document begins here"),
    ("count: 1\nname: &a x", f", line 2: {NO_ANCHORS}"),
    ("name: x\nitems:\n  - *a", f", line 3: {NO_ANCHORS}"),
    ("name: !!str 1", f", line 1: {NO_ANCHORS}"),
    ("&a name: x", f", line 1: {NO_ANCHORS}"),
    ("items: " + "[" * 60_000, ", line 1: cannot be read as YAML: nested too deeply"),
    ("- " * 20_000, ", line 1: cannot be read as YAML: nested too deeply"),
    ("count: 1\nname: x\ncount: 2", ", line 3, count: stands there already (line 1)"),
    ("part:\n  size: 1\n  size: 1", ", line 3, part.size: stands there already (line 2)"),
    ("parts:\n  - size: 1\n  - {size: 1, size: 2}", ", line 3, parts.2.size: stands there already (line 3)"),
    ("count: 1\nday: 2026-02-30", ", line 2, day: is no date that exists"),
    ("count: " + "1" * 5000, ", line 1, count: is no number that exists"),
    ("is_good: yes", f", line 1, is_good: {WORD}"),
    ("count: 1\nname: no", f", line 2, name: {WORD}"),
    ("items:\n  - a\n  - Off", f", line 3, items.2: {WORD}"),
    ("no: x", f", line 1, no: {WORD}"),
    ("true: x", f", line 1, true: a key must be a text; {QUOTED}"),
    ("2024: x", f", line 1, 2024: a key must be a text; {QUOTED}"),
    ("? [a]\n: 1", f", line 1: a key must be a text; {QUOTED}"),
    ("count: 010", f", line 1, count: {NUMBER}"),
    ("count: 1_000", f", line 1, count: {NUMBER}"),
    ("name: 12:30", f", line 1, name: {NUMBER}"),
]
AS_MODEL = [
    ("colour: red", f", line 1, colour: is not known here (known: {KNOWN})"),
    ("count: 1\n<<: {count: 2}", f", line 2, <<: is not known here (known: {KNOWN})"),
    ("part: {size: 1, colour: red}", ", line 1, part.colour: is not known here (known: size, day)"),
    ("part: {}", ", line 1, part.size: is missing"),
    ("parts:\n  - size: 1\n  - day: null", ", line 3, parts.2.size: is missing"),
    ("by_name:\n  # size: 1\n  one:\n    day: null", ", line 3, by_name.one.size: is missing"),
    (
        "by_name:\n  One: {size: 1}",
        ", line 2, by_name.One: must be a name of small letters, figures and _ that begins with a letter (found: 'One')",
    ),
    ("name: 7", f", line 1, name: must be a text; {QUOTED} (found: 7)"),
    ("name: 1.10", f", line 1, name: must be a text; {QUOTED} (found: 1.1)"),
    ("name: true", f", line 1, name: must be a text; {QUOTED} (found: True)"),
    ("name: 2026-01-02", f", line 1, name: must be a text; {QUOTED} (found: 2026-01-02)"),
    ("name:", ", line 1, name: must be a text"),
    ("name: [a, b]", ", line 1, name: must be a text (found: ['a', 'b'])"),
    ("name: ' '", ", line 1, name: must be a text that is not empty (found: ' ')"),
    ("words: Een kop", ", line 1, words: must be a sentence that ends with a full stop (found: 'Een kop')"),
    ("words: .", ", line 1, words: must be a sentence that ends with a full stop (found: '.')"),
    ("count: '7'", ", line 1, count: must be a whole number (found: '7')"),
    ("count: 7.0", ", line 1, count: must be a whole number (found: 7.0)"),
    ("count: true", ", line 1, count: must be a whole number (found: True)"),
    ("share: true", ", line 1, share: must be a number (found: True)"),
    ("share: .nan", ", line 1, share: must be a number (found: nan)"),
    ("is_good: nee", ", line 1, is_good: must be true or false (found: 'nee')"),
    ("is_good: 1", ", line 1, is_good: must be true or false (found: 1)"),
    ("day: 1 mei", ", line 1, day: must be a date (YYYY-MM-DD) (found: '1 mei')"),
    ("day: 2026-05-01 10:00:00", ", line 1, day: must be a date (YYYY-MM-DD) (found: 2026-05-01 10:00:00)"),
    ("unit: kg", f", line 1, unit: must be one of {UNITS} (found: 'kg')"),
    ("kind: three", ", line 1, kind: must be 'one' or 'two' (found: 'three')"),
    ("even: 3", ", line 1, even: must be even (found: 3)"),
    ("items: a", ", line 1, items: must be a list (found: 'a')"),
    ("part: a", ", line 1, part: must hold named entries (found: 'a')"),
    ("by_name: [a]", ", line 1, by_name: must hold named entries (found: ['a'])"),
    ("named_else: 3", f", line 1, named_else: is not known here (known: {KNOWN})"),
    ("named-else: x", ", line 1, named-else: must be a whole number (found: 'x')"),
    (
        "words: " + "x" * 61,
        ", line 1, words: must be a sentence that ends with a full stop",
    ),  # what was found is too long to tell
]


@pytest.mark.parametrize(("content", "message"), AS_YAML + AS_MODEL, ids=lambda value: repr(value)[:40])
def test_what_may_not_stand_in_a_file_is_told_with_line_and_key(tmp_path, content, message):
    assert messages(tmp_path, content) == [f"small.yml{message}"]


def test_all_that_is_wrong_is_told_at_once_in_the_order_of_the_file(tmp_path):
    content = "# count: x\ncount: x\nday: 2026-02-30\nparts:\n  - {size: a, colour: red}\nname: no\nname: b\n"
    assert messages(tmp_path, content) == [
        "small.yml, line 2, count: must be a whole number (found: 'x')",
        "small.yml, line 3, day: is no date that exists",
        "small.yml, line 5, parts.1.size: must be a whole number (found: 'a')",
        "small.yml, line 5, parts.1.colour: is not known here (known: size, day)",
        f"small.yml, line 6, name: {WORD}",
        "small.yml, line 7, name: stands there already (line 6)",
    ]


def test_a_missing_key_is_told_where_it_should_stand(tmp_path):
    class Needs(Declared):
        day: datetime.date
        part: Part

    assert messages(tmp_path, "part: {}", Needs) == [
        "small.yml, day: is missing",
        "small.yml, line 1, part.size: is missing",
    ]


def test_a_format_of_others_may_have_more_keys(tmp_path):
    class Theirs(Foreign):
        size: int

    assert messages(tmp_path, "size: 1\ncolour: red", Theirs) == []


def test_a_file_is_named_below_the_repository(tmp_path, monkeypatch):
    rooted_at(monkeypatch, tmp_path)
    assert messages(tmp_path, "count: x", place="book/small.yml") == [
        "book/small.yml, line 1, count: must be a whole number (found: 'x')"
    ]


def test_of_a_confidential_file_no_value_is_told_and_no_key_that_may_be_one(tmp_path):
    wrong = "name: 7\nJan Jansen: x\nkind: Jan\npart: {size: Jan}\nday: Jan\nwords: Jan\n"
    told = messages(tmp_path, wrong, place="confidential/small.yml")
    assert len(told) == 6 and not any("Jan" in line or "7" in line for line in told)
    assert told[1] == f"small.yml, line 2, ...: is not known here (known: {KNOWN})"
    assert told[3] == "small.yml, line 4, part.size: must be a whole number"
    assert "'7'" in messages(tmp_path, "count: '7'")[0], "elsewhere it helps"


def test_what_is_found_wrong_later_has_its_line_too(tmp_path):
    (tmp_path / "small.yml").write_text("# of 2026\nparts:\n\n  - day: null\n    size: 1\n", encoding="utf-8")
    part = read(tmp_path / "small.yml", Example).parts[0]
    assert (part.line, part.where) == (4, ("small.yml", 4))
    assert str(part.fault("size", "is too small")) == "small.yml, line 5, size: is too small"
    assert str(part.fault("colour", "is missing")) == "small.yml, colour: is missing"


def test_nothing_can_be_changed_after_reading(tmp_path):
    (tmp_path / "small.yml").write_text("count: 1", encoding="utf-8")
    with pytest.raises(ValueError, match="frozen"):
        read(tmp_path / "small.yml", Example).count = 2


# --- whatever is written ---------------------------------------------------------------------------------------------
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Co", "Cn")), min_size=1).filter(str.strip)
VALUES = TEXTS | st.integers(-(10**9), 10**9) | st.booleans() | st.dates() | st.none() | st.lists(TEXTS, max_size=3)
ANY = dict[str, object]


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.dictionaries(TEXTS, VALUES | st.dictionaries(TEXTS, VALUES, max_size=3), min_size=1, max_size=6))
def test_any_mapping_is_read_as_it_was_written(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.yml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    assert read(path, ANY) == content


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.data())
def test_a_wrong_key_anywhere_is_told_with_its_line(tmp_path_factory, data):
    """Remarks with the same words, empty lines, nested mappings and lists around it."""
    remark = st.sampled_from(["", "# colour: red\n", "\n", "# size: 1\n\n"])
    lines, number = [], 0
    wrong = data.draw(st.integers(0, 8))
    for section in ("part", "parts", "by_name"):
        lines += [data.draw(remark), f"{section}:\n"]
        for entry in range(3 if section != "part" else 1):
            indent = {"part": "  ", "parts": "    ", "by_name": "    "}[section]
            lines += [data.draw(remark)]
            lines += [f"  name_{entry}:\n"] if section == "by_name" else []
            lines += [f"{'  - ' if section == 'parts' else indent}size: {entry}\n", data.draw(remark)]
            lines += [f"{indent}colour: red\n"] if number == wrong else []
            number += 1
    text = "".join(lines)
    there = [at for at, line in enumerate(text.splitlines(), 1) if re.fullmatch(r" +colour: red", line)]
    told = messages(tmp_path_factory.getbasetemp(), text)
    assert [re.search(r"line (\d+), \S+\.colour: is not known", line)[1] for line in told] == [str(at) for at in there]
    assert len(there) == (wrong < number)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.binary(max_size=80) | st.text("abc:-#&*!{}[]?|>'\"\n \t01,.~<=", max_size=80).map(str.encode))
def test_any_file_is_read_or_told(tmp_path_factory, content):
    for line in messages(tmp_path_factory.getbasetemp(), content, ANY):
        assert re.match(r"small\.yml(, line \d+)?(, .*)?: ", line, re.DOTALL)
