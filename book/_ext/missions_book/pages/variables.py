"""The page on variables: the directive {variables}`delivery`, a table from the dictionary and the year file."""

from __future__ import annotations

from collections.abc import Mapping

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from missions.declared.year_file import Question
from missions.dictionary import QUESTIONS, Variable
from missions.present.numbers import dutch
from missions.present.shelves import QUESTIONS_ASKED, VARIABLES
from missions.present.words import label

from ..outputs import build_table

_TYPES = {
    "text": "tekst",
    "code": "kenmerk",
    "codes": "een of meer kenmerken",
    "category": "keuze",
    "categories": "een of meer keuzes",
    "integer": "aantal of nummer",
    "decimal": "getal",
    "date": "dag",
    "yes_no": "ja of nee",
    "score": "vraag met een schaal",
    "choice": "vraag met keuzes",
    "amount": "vraag naar een aantal",
    "remark": "open vraag",
}


class Variables(SphinxDirective):
    """All variables of one delivery: label, name in the code, kind, values or scale, and who knows it."""

    required_arguments = 1

    def run(self):
        name = self.arguments[0]
        if name not in VARIABLES:
            raise self.error(f"unknown delivery '{name}' (known: {', '.join(VARIABLES)})")
        questions = QUESTIONS_ASKED if name == "survey_answers" else {}
        headers = [("Variabele", False), ("Naam", False), ("Soort", False), ("Waarden", False), ("Bron", False)]
        rows = [
            [known.label_nl, [nodes.literal(text=known.name)], _TYPES[known.type], values_text(known, questions), known.source_nl]
            for known in VARIABLES[name]
            if known.type not in QUESTIONS or known.name in questions
        ]
        return [build_table(headers, rows, id=f"variables-{name.replace('_', '-')}", title=f"Variabelen: {label(name)}")]


def values_text(variable: Variable, questions: Mapping[str, Question]) -> str:
    """In Dutch: which values a variable may have, and on which scale a question was put in this year."""
    if variable.type in QUESTIONS:
        question = questions[variable.name]
        if question.answers:
            text = " < ".join(label(answer) for answer in question.answers)
        else:
            low, high = question.range
            text = f"{low} tot en met {high}"
        if variable.type == "score":
            text += "; hoogste is het best" if question.highest_is_best else "; geleverd met laagste als best, hier omgedraaid"
        return text + (f"; vergelijkbaar sinds {question.since}" if question.since else "")
    if variable.type in ("category", "categories"):
        return ", ".join(label(value) for value in variable.values)
    if variable.type in ("integer", "decimal") and variable.values:
        unit = "year" if variable.name.endswith("year") else "count"
        low, high = (None if end is None else dutch(end, unit) for end in variable.values)
        return f"vanaf {low}" if high is None else f"{low} tot en met {high}"
    return ""


def setup(app: Sphinx) -> None:
    app.add_directive("variables", Variables)
