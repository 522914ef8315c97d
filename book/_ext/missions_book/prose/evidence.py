"""What a sentence rests on: on numbers that are there, and on the public record or on synthetic rows, never on both at once."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx

from missions.present.shelves import FACTS

from ..reading.problems import note_problem
from .sentences import Sentence, sentences_of


def _wrong_with(sentence: Sentence) -> list[tuple[str, str]]:
    """Fact and problem."""
    keys = [node["fact"] for node in sentence.nodes_with("fact")]
    found = [
        (key, f"{{fact}}`{key}` has no value in this edition; say what is known of it under {{when-known}} and {{when-unknown}}")
        for key in keys
        if FACTS[key]["value"] is None
    ]
    kinds = {FACTS[key]["synthetic"]: key for key in keys}
    if len(kinds) == 2:
        record, synthetic = kinds[False], kinds[True]
        problem = f"{{fact}}`{record}` is of the public record and {{fact}}`{synthetic}` is synthetic: not in one sentence"
        found.append((synthetic, problem))
    return found


def _check(app: Sphinx, page: nodes.document) -> None:
    for sentence in sentences_of(page):
        for key, problem in _wrong_with(sentence):
            note_problem(app.env, sentence.line, f'"{sentence.text}": {problem}', f"`{key}`")


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", _check)
