"""A page rests on what was asked for while it was read, whoever wrote what asked; later nothing else can be asked for."""

from __future__ import annotations

from support.checkout import Checkout, edit
from support.publication import page
from support.tiny import OTHER_ROW, ROW, STEPS

KEY = "imvo_talk_n"
# What a writer who knows nothing of freshness may write.
ECHO = f"""
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from missions.present.shelves import FACTS


class Echo(SphinxDirective):
    def run(self):
        return [nodes.paragraph(text=f"echo {{FACTS['{KEY}']['text']}}", classes=["echo"])]


def setup(app):
    app.add_directive("echo", Echo)
    return {{"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}}
"""
AT_WRITING = """
from missions.present.shelves import FACTS


def look(app, pagename, templatename, context, doctree):
    if pagename == "book/glossary":
        context["body"] += FACTS["imvo_talk_n"]["text"]


def setup(app):
    app.connect("html-page-context", look)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
"""


def with_extension(checkout: Checkout, text: str) -> None:
    (checkout.root / "book/_ext/echo.py").write_text(text, encoding="utf-8")
    edit(checkout.root / "_config.yml", "sphinx_external_toc, missions_book]", "sphinx_external_toc, missions_book, echo]")


def test_a_page_of_a_directive_that_nobody_told_of_freshness_is_never_stale(workshop):
    with_extension(workshop, ECHO)
    glossary = workshop.root / "book/glossary.md"
    glossary.write_text(glossary.read_text(encoding="utf-8") + "\n```{echo}\n```\n", encoding="utf-8")
    workshop.build()
    before = page(workshop, "glossary").select_one("p.echo").get_text()
    assert before == f"echo {workshop.facts()[KEY]['text']}"
    edit(workshop.root / STEPS, ROW, OTHER_ROW)
    workshop.reseal(STEPS)
    workshop.build()
    now = page(workshop, "glossary").select_one("p.echo").get_text()
    assert now == f"echo {workshop.facts()[KEY]['text']}" != before


def test_a_page_that_asks_for_more_while_it_is_written_is_refused_with_its_name_and_the_key(workshop):
    with_extension(workshop, AT_WRITING)
    result = workshop.missions("build")
    assert result.returncode == 1
    assert "fact 'imvo_talk_n' is asked for, and was not when the text was read" in result.stderr, result.stderr
    assert "book/glossary" in result.stderr and "Traceback" not in result.stderr and "report" not in result.stderr
