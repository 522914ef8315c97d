"""What a cell says: delivered text to a typed value, or that it cannot be read. No judgement: ranges belong to contracts."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..dictionary import QUESTIONS
from .column_map import ColumnRule
from .formats import NO_ANSWER_WORDS

_YES_NO = {"ja": True, "yes": True, "nee": False, "no": False}
_DAY = re.compile(r"((?:19|20)[0-9]{2})-([0-9]{2})-([0-9]{2})")
_DAY_IN_DUTCH = re.compile(r"([0-9]{1,2})-([0-9]{1,2})-((?:19|20)[0-9]{2})")  # with slashes it may be American: refused
_SEVERAL = re.compile(r"\s*[;,|/]\s*")
# "4.000" may be four or four thousand: who can tell? The supplier, not we. Three decimals need a zero or four digits before them.
_DECIMAL = r"([0-9]+{mark}([0-9]{{1,2}}|[0-9]{{4,}})|(0[0-9]*|[0-9]{{4,}}){mark}[0-9]{{3}})"
_NUMBER = rf"^-?([0-9]+|{_DECIMAL.format(mark='[.,]')})$"
_MARKS = {mark: rf"^-?{_DECIMAL.format(mark=re.escape(mark))}$" for mark in (",", ".")}
UNREADABLE = object()  # a cell that has no reading in its type

_EXPECTED = {
    "category": "must be one of: {codes}",
    "categories": "must be one or several of: {codes}",
    "yes_no": "must be ja or nee (yes or no)",
    "date": "must be a date like 2025-03-18 or 18-3-2025",
    "decimal": "must be a number (4000 or 4000,0, not 4.000)",
    "integer": "must be a whole number",
    "score": "must be a whole number, n.v.t., weet niet or empty",
    "amount": "must be a whole number, n.v.t., weet niet or empty",
    "choice": "must be one of: {codes}, n.v.t., weet niet or empty",
}


def expectation(rule: ColumnRule) -> str:
    """What a cell of this column must be, for the message about one that is not."""
    return _EXPECTED[rule.kind].format(codes=", ".join(rule.codes))


def column_types(rule: ColumnRule, may_be_empty: bool) -> dict[str, object]:
    """Our column or columns for a delivered one -> pandas type."""
    if rule.kind in QUESTIONS:
        return {rule.name: "str" if rule.kind == "choice" else "Int64", f"{rule.name}_no_answer": "str"}
    if rule.kind == "remark":
        return {f"has_{rule.name}": "bool"}
    types = {"integer": "Int64", "decimal": "float64", "date": "datetime64[ns]", "yes_no": "boolean" if may_be_empty else "bool"}
    return {rule.name: types.get(rule.kind, "str")}


def convert(texts: pa.Array, rule: ColumnRule, may_be_empty: bool) -> tuple[dict[str, pd.Series], pd.Series]:
    """Typed column(s) of one delivered column of trimmed text, and True for each cell that has no reading in its type."""
    types = column_types(rule, may_be_empty)
    empty = pc.equal(texts, "")
    if rule.kind in ("integer", "decimal"):
        values, wrong = _numbers(texts, empty, rule.kind)
        return {rule.name: _series(values, types[rule.name])}, _mask(wrong)
    if rule.kind in ("text", "code"):
        return {rule.name: _series(pc.if_else(empty, None, texts), "str")}, _mask(pc.is_null(texts))
    if rule.kind == "remark":
        # PRIVACY: what somebody wrote is not kept; companies were promised that it is never published.
        return {f"has_{rule.name}": _mask(pc.invert(empty))}, _mask(pc.is_null(texts))
    read = _reader(rule, may_be_empty)
    if rule.kind not in QUESTIONS:
        values, wrong = _each(texts, read, types[rule.name])
        return {rule.name: values}, wrong
    values, wrong = _each(texts, lambda text: None if text.lower() in NO_ANSWER_WORDS else read(text), types[rule.name])
    no_answer, _ = _each(texts, lambda text: NO_ANSWER_WORDS.get(text.lower()), "str")
    return {rule.name: values, f"{rule.name}_no_answer": no_answer}, wrong


def _series(values: pa.Array, dtype: str) -> pd.Series:
    types = {"Int64": pd.Int64Dtype(), "str": pd.StringDtype(na_value=float("nan")), "boolean": pd.BooleanDtype()}
    return values.to_pandas(types_mapper=lambda _: types[dtype]) if dtype in types else values.to_pandas().astype(dtype)


def _mask(values: pa.Array) -> pd.Series:
    return values.to_pandas().astype(bool)


def _numbers(texts: pa.Array, empty: pa.Array, kind: str) -> tuple[pa.Array, pa.Array]:
    if kind == "integer":
        well_formed = pc.match_substring_regex(texts, r"^-?[0-9]{1,15}$")
        values = pc.cast(pc.if_else(well_formed, texts, None), pa.int64())
    else:
        well_formed = pc.match_substring_regex(texts, _NUMBER)
        values = pc.cast(pc.replace_substring(pc.if_else(well_formed, texts, None), ",", "."), pa.float64())
    return values, pc.and_(pc.invert(well_formed), pc.invert(empty))


def decimal_marks(texts: pa.Array) -> set[str]:
    """Which of comma and point stand before decimals in cells that can be read."""
    return {mark for mark, form in _MARKS.items() if pc.any(pc.match_substring_regex(texts, form)).as_py()}


def date_orders(texts: pa.Array) -> set[str]:
    """In which orders days are written in a column."""
    orders = {"year-month-day": r"^[0-9]{4}-", "day-month-year": r"-[0-9]{4}$"}
    return {order for order, form in orders.items() if pc.any(pc.match_substring_regex(texts, form)).as_py()}


def _each(texts: pa.Array, read: Callable[[str], object], dtype: str) -> tuple[pd.Series, pd.Series]:
    """`read` applied to each different text once: columns of codes have few."""
    coded = texts.dictionary_encode()
    found = [read(text) for text in coded.dictionary.to_pylist()]
    different = pd.Series([None if value is UNREADABLE else value for value in found], dtype=object)
    unreadable = pd.Series([value is UNREADABLE for value in found], dtype=bool)
    places = coded.indices.to_numpy()
    if dtype == "bool":
        different = different.fillna(False)  # the contract never sees it: such a cell is told as unreadable
    elif dtype == "datetime64[ns]":
        different = pd.to_datetime(different)
    values = different.astype(dtype).take(places).reset_index(drop=True)
    return values, unreadable.take(places).reset_index(drop=True)


def _reader(rule: ColumnRule, may_be_empty: bool) -> Callable[[str], object]:
    codes = {code.lower(): value for code, value in rule.codes.items()}
    if rule.kind in ("score", "amount"):
        return lambda text: int(text) if re.fullmatch(r"-?[0-9]{1,6}", text) else UNREADABLE
    if rule.kind == "date":
        return _read_day
    if rule.kind == "codes":
        return lambda text: ";".join(_SEVERAL.split(text)) if text else None
    if rule.kind == "categories":
        return lambda text: _read_categories(text, codes)
    if rule.kind == "yes_no":
        return lambda text: _YES_NO.get(text.lower(), None if may_be_empty and not text else UNREADABLE)
    if not codes:  # the public record uses our own codes, which its contract checks
        return lambda text: text or None
    return lambda text: codes.get(text.lower(), UNREADABLE) if text else None


def _read_day(text: str) -> object:
    if not text:
        return None
    first, dutch = _DAY.fullmatch(text), _DAY_IN_DUTCH.fullmatch(text)
    if not first and not dutch:
        return UNREADABLE
    year, month, day = first.groups() if first else reversed(dutch.groups())
    try:
        return datetime.datetime(int(year), int(month), int(day))
    except ValueError:
        return UNREADABLE


def _read_categories(text: str, codes: dict[str, str]) -> object:
    if not text:
        return None
    values = [codes.get(part.lower()) for part in _SEVERAL.split(text)]
    return UNREADABLE if None in values else ";".join(values)
