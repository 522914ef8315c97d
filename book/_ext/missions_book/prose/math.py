"""Formulas: `$...$`, `$$...$$` and {math}, written into the page when it is built; no script of others draws them.

The site has them as MathML, which browsers draw and read aloud themselves; a PDF has them from Typst, with words beside them.
"""

from __future__ import annotations

import html
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.directives.patches import MathDirective
from sphinx.util.math import get_node_equation_number

from .formula import in_words, mathml
from .latex import parse


class Formula(MathDirective):
    """A formula on lines of its own. Options: label, by which {eq} refers to its number; alt, words better than our own."""

    option_spec: ClassVar = {
        "label": directives.unchanged_required,
        "name": directives.unchanged_required,
        "alt": directives.unchanged_required,
    }

    def run(self):
        made = super().run()
        for node in made:
            if isinstance(node, nodes.math_block):
                node["said"] = self.options.get("alt")
        return made


def words_of(node: nodes.math | nodes.math_block) -> str:
    """What a formula says: the words of its writer, else those that follow from its signs."""
    return node.get("said") or in_words(parse(node.astext()))


def _math(node: nodes.math | nodes.math_block, attributes: str = "") -> str:
    return f'<math{attributes} alttext="{html.escape(words_of(node))}">{mathml(parse(node.astext()))}</math>'


def _visit_inline(self, node: nodes.math) -> None:
    self.body.append(_math(node))
    raise nodes.SkipNode


def _visit_block(self, node: nodes.math_block) -> None:
    """In a box of its own, which scrolls where a formula is wider than a phone; the keyboard reaches it."""
    self.body.append(self.starttag(node, "div", CLASS="formula", tabindex="0", role="group", **{"aria-label": "Formule"}))
    self.body.append(_math(node, ' display="block"'))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link naar deze formule")
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    app.add_directive("math", Formula, override=True)
    app.add_html_math_renderer("mathml", (_visit_inline, None), (_visit_block, None))  # goes before Sphinx's own, MathJax
