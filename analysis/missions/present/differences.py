"""What changed between two editions, in the words of readers: figures, claims, cells of tables and sentences."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .fact_text import VERDICTS, basis_text, deciding_text, interval_text
from .words import label

SENTENCE = "zin"
_INSIDE = " > "  # table > row > column
_WHOLE_TABLE = f"{_INSIDE}hele tabel"
_ALIKE = 0.5  # share of words that two sentences have in common when one is a change of the other


class Difference(NamedTuple):
    """kind: facts, claims, tables or sentences. old: empty for what is new; new: empty for what is gone."""

    kind: str
    place: str
    what: str
    old: str
    new: str

    @property
    def row(self) -> tuple[str, str, str, str]:
        return self[1:]


def differences(before: dict, after: dict) -> list[Difference]:
    """Everything that differs. before, after: what readers saw of an edition, as a release holds it (missions.published)."""
    found = [
        *differing_facts(before["facts"], after["facts"]),
        *differing_claims(before.get("claims", []), after.get("claims", [])),
        *(Difference("tables", *row) for row in _pages(before["tables"], after["tables"], _tables)),
        *(Difference("sentences", *row) for row in _pages(before["sentences"], after["sentences"], _sentences)),
    ]
    return list(dict.fromkeys(found))


def differing_facts(before: list[dict], after: list[dict]) -> list[Difference]:
    return list(_keyed("facts", before, after, "estimand", "text", _fact_parts))


def differing_claims(before: list[dict], after: list[dict]) -> list[Difference]:
    return list(_keyed("claims", before, after, "statement", "verdict", _claim_parts))


def figures_are_listed(rows: Iterable[tuple[str, str, str, str]], before: dict, after: dict) -> bool:
    """Whether a list of differences has just those figures and claims that differ. Tables and sentences need a built site."""
    listed = {row for row in rows if row[1] != SENTENCE and _INSIDE not in row[1]}
    differing = [*differing_facts(before["facts"], after["facts"])]
    differing += differing_claims(before.get("claims", []), after.get("claims", []))
    return listed == {difference.row for difference in differing}


def _keyed(kind: str, before: list[dict], after: list[dict], name: str, shows: str, parts) -> Iterator[Difference]:
    """name: the field that says what it is; shows: the field that readers see; parts: (old, new) -> what differs in it."""
    old, new = ({one["key"]: one for one in found} for found in (before, after))
    for key in [*old, *(key for key in new if key not in old)]:
        is_of = new.get(key) or old[key]
        place = _annex(is_of)
        if key not in new:
            yield Difference(kind, place, is_of[name], _word(old[key][shows]), "")
        elif key not in old:
            yield Difference(kind, place, is_of[name], "", _word(new[key][shows]))
        else:
            for part, was, now in parts(old[key], new[key]):
                yield Difference(kind, place, is_of[name] + (f" ({part})" if part else ""), was, now)


def _annex(one: dict) -> str:
    """The Dutch name of the annex where something was published; an annex of long ago may have none any more."""
    annex = one.get("origin", {}).get("annex", "")
    try:
        return label(f"annex_{annex}")
    except KeyError:
        return annex


def _word(verdict: str) -> str:
    return VERDICTS.get(verdict, verdict)


def _fact_parts(old: dict, new: dict) -> Iterator[tuple[str, str, str]]:
    """What differs in a fact: part, old and new words. Exact figures only where the words hide that they differ."""
    if old["text"] != new["text"]:
        yield "", old["text"], new["text"]
    elif old["value"] != new["value"]:
        yield "onafgerond", _exact(old["value"]), _exact(new["value"])
    if interval_text(old) != interval_text(new):
        yield "interval", interval_text(old), interval_text(new)
    elif old["interval"] != new["interval"]:
        yield "interval, onafgerond", _exact_interval(old["interval"]), _exact_interval(new["interval"])
    if basis_text(old) != basis_text(new):
        yield "rust op", basis_text(old), basis_text(new)
    if old["estimand"] != new["estimand"]:
        yield "wat het zegt", old["estimand"], new["estimand"]
    if old["synthetic"] != new["synthetic"]:
        yield "synthetisch", _yes_no(old["synthetic"]), _yes_no(new["synthetic"])


def _claim_parts(old: dict, new: dict) -> Iterator[tuple[str, str, str]]:
    for part, field in (("", "verdict"), ("de uitspraak", "statement"), ("weerlegging", "wrong_if")):
        if old[field] != new[field]:
            yield part, _word(old[field]), _word(new[field])
    if deciding_text(old) != deciding_text(new):
        yield "wat beslist", deciding_text(old), deciding_text(new)


def _exact(value: float | None) -> str:
    return "" if value is None else str(value).replace(".", ",")


def _exact_interval(interval: dict | None) -> str:
    if interval is None:
        return ""
    kind = ", ".join(str(interval[part]) for part in ("level", "kind") if interval.get(part) is not None)
    return f"{_exact(interval['low'])} tot {_exact(interval['high'])} ({kind})"


def _yes_no(is_so: bool) -> str:
    return "ja" if is_so else "nee"


def _pages(before: dict, after: dict, compare) -> Iterator[tuple[str, str, str, str]]:
    """Page by page, by title: place, what, old, new."""
    for page in [*after, *(page for page in before if page not in after)]:
        for row in compare(before.get(page), after.get(page)):
            yield page, *row


def _tables(before: dict | None, after: dict | None) -> Iterator[tuple[str, str, str]]:
    before, after = before or {}, after or {}
    for caption in [*after, *(caption for caption in before if caption not in after)]:
        old, new = before.get(caption), after.get(caption)
        if old is None or new is None:
            yield caption + _WHOLE_TABLE, _size(old), _size(new)
            continue
        for cell in [*new, *(cell for cell in old if cell not in new)]:
            if old.get(cell) != new.get(cell):
                yield caption + _INSIDE + cell, old.get(cell, ""), new.get(cell, "")


def _size(cells: dict | None) -> str:
    return "" if cells is None else f"tabel met {len(cells)} cellen"


def _sentences(before: list[str] | None, after: list[str] | None) -> Iterator[tuple[str, str, str]]:
    """Old and new sentences by pairs, so that a changed number shows as one change; a sentence that only moved is none."""
    old, new = Counter(before or []), Counter(after or [])
    gone, come = list((old - new).elements()), list((new - old).elements())
    pairs = sorted(
        ((_likeness(a, b), -i, -j) for i, a in enumerate(gone) for j, b in enumerate(come)),
        reverse=True,
    )
    partner: dict[int, int] = {}
    for likeness, i, j in pairs:
        if likeness >= _ALIKE and -i not in partner and -j not in partner.values():
            partner[-i] = -j
    for i, sentence in enumerate(gone):
        yield SENTENCE, sentence, come[partner[i]] if i in partner else ""
    for j, sentence in enumerate(come):
        if j not in partner.values():
            yield SENTENCE, "", sentence


def _likeness(old: str, new: str) -> float:
    """Sentences that differ in their numbers alone are the most alike: a number is taken for any other, and then for itself."""
    words = [re.sub(r"\d[\d.,]*", "0", sentence).split() for sentence in (old, new)]
    alike = difflib.SequenceMatcher(None, *words, autojunk=False).ratio()
    return alike if alike < _ALIKE else alike + difflib.SequenceMatcher(None, old.split(), new.split(), autojunk=False).ratio()
