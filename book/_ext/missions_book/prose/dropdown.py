"""Text that a page folds away below its title: the directive {dropdown}. On paper it is open."""

from __future__ import annotations

from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class dropdown(nodes.General, nodes.Element):
    """A title and what it folds away; attribute open."""


class dropdown_title(nodes.TextElement):
    """What stands there when the rest is folded away."""


class Dropdown(SphinxDirective):
    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar = {"open": directives.flag}

    def run(self):
        self.assert_has_content()
        words, messages = self.parse_inline(self.arguments[0])
        folded = dropdown("", dropdown_title("", "", *words), *self.parse_content_to_nodes(), open="open" in self.options)
        self.set_source_info(folded)
        return [folded, *messages]


def _visit(self, node: dropdown) -> None:
    self.body.append(self.starttag(node, "details", CLASS="dropdown", **({"open": "open"} if node["open"] else {})))


def _depart(self, node: dropdown) -> None:
    self.body.append("</details>\n")


def _visit_title(self, node: dropdown_title) -> None:
    self.body.append("<summary>")


def _depart_title(self, node: dropdown_title) -> None:
    self.body.append("</summary>\n")


def setup(app: Sphinx) -> None:
    app.add_node(dropdown, html=(_visit, _depart))
    app.add_node(dropdown_title, html=(_visit_title, _depart_title))
    app.add_directive("dropdown", Dropdown)
