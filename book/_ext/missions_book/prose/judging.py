"""Sentences that judge without a test: outside {claim} and {said} they compare, see a change, praise or blame, or tell how much.

A list of words (book/judging_words.yml) with a small grammar: what follows "of", "als" or "hoe" asks and does not judge, a denial
of what can be known is no judgement, and nor is a count ("meer dan een"). What is found and may stand all the same is in
book/judging_exceptions.yml, with the reason. A Dutch language model was weighed: none is on the package index, and the words
decide more than the parse.
"""

from __future__ import annotations

import functools
import re

from docutils import nodes
from sphinx.application import Sphinx

from missions.declared.judging import allowed_judgements, judging_vocabulary

from ..reading.problems import note_problem
from .sentences import Sentence, sentences_of

_PURPOSE = re.compile(r"\bom\b[^,;:.]{0,60}?\bte \w+", re.IGNORECASE)
# A cause: what would not have been there without something.
_WITHOUT = re.compile(r"^zonder\b.*\b(?:zou|zouden|was|waren|had|hadden)\b.*\b(?:niet|geen|nooit)\b", re.IGNORECASE)
# What does not judge: a question within a sentence, up to the next comma; a condition; a purpose.
_ASKS = re.compile(
    r"(?:^|(?<=[\s(]))(?:of|als|hoe|hoeveel|hoezeer|welke?|wat|waar|waarom|wanneer|wie|zodat|zou|zouden"
    r"|wil)\b[^,;:.]*",
    re.IGNORECASE,
)
_COUNTS = re.compile(
    r"\b(?:meer|minder|hoger|lager|groter|kleiner|vaker) dan (?:een|één|twee|drie|vier|vijf|tien|nul|toeval|\d+)\b|\bniet meer\b"
    r"|\bonder meer\b|\bmin of meer\b|\bmeer of minder\b|\bop meer manieren\b|\b(?:een|één) of meer\b|\bgeen \w+ meer\b"
    r"|\bten minste\b|\benkele (?:dagen|weken|maanden)\b",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"\b(?:zeg(?:t|gen)|weten|weet|blijkt|volgt|betekent|bewijst|bewijzen|hoeft|hoeven|maakt)\b[^.;]*\b(?:niet|niets|geen|nooit)\b"
    r"|\bniet (?:te zeggen|bekend|gezegd|nagegaan|openbaar|af te lezen|gemeten)\b|\?$",
    re.IGNORECASE,
)


# Pages on which the publication speaks of itself, and those that list what stands elsewhere. A new page is looked at.
_OF_ITSELF = (
    *("book/method/", "book/review", "book/changes", "book/key-figures", "book/errata", "book/cite", "book/accessibility"),
    *("book/reproduce", "book/for-"),
)


def judging_words(sentence: str) -> list[str]:
    """The words by which a sentence judges; empty for one that asks, counts or denies. sentence: without claims and facts."""
    if _DENIES.search(sentence):
        return []
    for entry in allowed_judgements().values():
        sentence = re.sub(entry["pattern"], " ", sentence)
    words = _pattern(", ".join(judging_vocabulary().values()))
    found = [*_WITHOUT.finditer(sentence), *words.finditer(_COUNTS.sub(" ", _PURPOSE.sub(" ", _ASKS.sub(" ", sentence))))]
    return [" ".join(one[0].split()) for one in found]


@functools.lru_cache(maxsize=1)
def _pattern(vocabulary: str) -> re.Pattern:
    words = filter(None, (" ".join(word.split()) for word in vocabulary.split(",")))
    patterns = [
        re.escape(word).replace(r"\*", r"\w*").replace(r"\.\.\.", r"\b[^,.;]*\b").replace(r"\ ", r"\s+") for word in words
    ]
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.IGNORECASE)


def _check(app: Sphinx, page: nodes.document) -> None:
    if app.env.docname.startswith(_OF_ITSELF):
        return
    for sentence in sentences_of(page):
        if words := judging_words(sentence.without("claim", "said", "fact")):
            note_problem(app.env, sentence.line, _problem(sentence, words), _first_words(sentence))


def _problem(sentence: Sentence, words: list[str]) -> str:
    return (
        f'"{sentence.text}" judges ({", ".join(words)}) and nothing tests it: use {{claim}} or {{said}}, leave the words out, '
        "or say in book/judging_exceptions.yml why they may stand there"
    )


def _first_words(sentence: Sentence) -> str:
    """By which the line is found in a notebook."""
    own = (str(part) for part in sentence.parts if isinstance(part, nodes.Text) and part.strip())
    return next((text.strip().split("\n")[0] for text in own), "")


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", _check)
