"""What one edition shows and another withholds: the role {redact}`name <ground>`.

Values are never in git: data/confidential/redacted/<year>.yml holds them by name.
PRIVACY: the public edition prints the ground of withholding. Its build does not have the file with the values among what it may
read (engine/plan.py), so that no mistake here can bring a value into it.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole
from sphinx.util.nodes import split_explicit_title

from missions.choice import INTERNAL
from missions.declared.tree import NAME
from missions.present.shelves import EDITION, REDACTED
from missions.present.words import label

from ..reading.problems import note_problem


def _value(name: str) -> str:
    """A withheld text by its name. Errors: ValueError that names the file, never a value."""
    place, value = f"data/confidential/redacted/{EDITION['year']}.yml", REDACTED.get(name)
    if not REDACTED:
        raise ValueError(f"the internal edition needs {place}, which holds what the public edition withholds: '{name}'")
    if value is None:
        raise ValueError(f"{place}: there is no text for '{name}'")
    return value


class RedactRole(SphinxRole):
    """A text that only the internal edition shows; elsewhere stands the ground on which it is withheld."""

    def run(self):
        has_ground, name, ground = split_explicit_title(self.text)
        try:
            return [self._text(has_ground, name, ground)], []
        except ValueError as error:
            note_problem(self.env, self.get_source_info()[1], str(error), f"`{self.text}`")
            return [nodes.problematic(text="?")], []

    def _text(self, has_ground: bool, name: str, ground: str) -> nodes.inline:
        """Errors: ValueError for a redaction that is not written as it must be, or whose text is not there."""
        if not has_ground:
            raise ValueError("a redaction is written {redact}`name <ground>`: the ground is missing")
        if not NAME.fullmatch(name):
            raise ValueError("a redaction names its text and does not hold it: what stands here is in git")
        try:
            words = label(f"ground_{ground}")
        except KeyError:
            raise ValueError(f"unknown ground '{ground}' (book/labels.yml has no ground_{ground})") from None
        if EDITION["edition"] == INTERNAL:
            return nodes.inline("", _value(name), classes=["redacted"])
        return nodes.inline("", "", nodes.emphasis(text=words), classes=["redacted"])


def setup(app: Sphinx) -> None:
    app.add_role("redact", RedactRole())
