"""How Sphinx runs in a build: started early, it waits for the annexes, and does meanwhile what does not need them."""

from __future__ import annotations

import contextlib
import importlib

import jinja2
import jinja2.meta
from myst_nb.core.render import load_mime_renders, load_renderer
from nbformat.validator import get_validator
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.errors import SphinxError

from missions.machine import gate

from .. import events
from ..reading import edition, freshness

_TEMPLATES = ("page.html", "search.html", "start.html")
# Modules that libraries import at first use.
_IMPORTED = (
    *("xlsxwriter", "xml.dom.minidom", "encodings.utf_8_sig", "encodings.unicode_escape"),
    *("docutils.languages.en", "docutils.languages.nl", "docutils.parsers.rst.languages.nl"),
)


class _NotOpened(gate.NotOpened, SphinxError):
    """TRAP: Sphinx wraps what a handler raises in an error of its own, unless it is one of Sphinx's."""


def _open(app: Sphinx) -> None:
    if gate.idle == [True] and isinstance(app.builder, StandaloneHTMLBuilder):
        _use_first(app.builder.templates.environment)
        if gate.known == [True]:
            _look_ahead(app)
    if not all([call() for call in gate.on_open]):
        raise _NotOpened


def _use_first(environment: jinja2.Environment) -> None:
    """What libraries do once in a process, before there are more of them: templates and schemas compiled, plugins found."""
    for name in _IMPORTED:
        importlib.import_module(name)
    load_renderer("default")
    load_mime_renders()
    get_validator()
    _compile_templates(environment)


def _look_ahead(app: Sphinx) -> None:
    """Look up all that pages read the last time. It is asked for anew when it counts; a small file with the same content is known
    by then (missions.declared.reading)."""
    with contextlib.suppress(Exception):  # whatever is wrong is told when it counts
        edition.open_edition(app)
        freshness.outdated(app, app.env, set(), set(), set())
        edition.shown_everywhere()


def _compile_templates(environment: jinja2.Environment) -> None:
    """Those of whole pages, and all that they name: Jinja keeps them."""
    waiting, found = list(_TEMPLATES), set()
    while waiting:
        name = waiting.pop()
        if name is not None and name not in found:
            found.add(name)
            environment.get_template(name)
            source = environment.loader.get_source(environment, name)[0]
            waiting += jinja2.meta.find_referenced_templates(environment.parse(source))


def _keep_what_no_page_makes(app: Sphinx, builder: Builder) -> None:
    """Sphinx copies looks, scripts and fonts every time. Where the site was made of the same before, all of them are there."""
    if gate.same == [True] and isinstance(builder, StandaloneHTMLBuilder):
        builder.copy_assets = lambda: None


def _tell(app: Sphinx, env) -> None:
    for call in gate.on_read:
        call()


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", _open, priority=events.WAIT_FOR_PAGES)
    app.connect("env-check-consistency", _tell)
    app.connect("write-started", _keep_what_no_page_makes)
