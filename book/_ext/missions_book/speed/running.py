"""How Sphinx runs in a build: started early, it waits for the annexes."""

from __future__ import annotations

import importlib

import jinja2
import jinja2.meta
from myst_nb.core.render import load_mime_renders, load_renderer
from nbformat.validator import get_validator
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.errors import SphinxError

from missions.machine import gate

from .. import events


class _NotOpened(gate.NotOpened, SphinxError):
    """TRAP: Sphinx wraps what a handler raises in an error of its own, unless it is one of Sphinx's."""


def _open(app: Sphinx) -> None:
    if gate.idle == [True] and isinstance(app.builder, StandaloneHTMLBuilder):
        _use_first(app.builder.templates.environment)
    if not all([call() for call in gate.on_open]):
        raise _NotOpened


def _use_first(environment: jinja2.Environment) -> None:
    """What libraries do once in a process, before there are more of them: templates and schemas compiled, plugins found."""
    importlib.import_module("xlsxwriter")
    load_renderer("default")
    load_mime_renders()
    get_validator()
    _compile_templates(environment)


def _compile_templates(environment: jinja2.Environment) -> None:
    """Those of a page, and all that they name: Jinja keeps them."""
    waiting, found = ["page.html"], set()
    while waiting:
        name = waiting.pop()
        if name is not None and name not in found:
            found.add(name)
            environment.get_template(name)
            source = environment.loader.get_source(environment, name)[0]
            waiting += jinja2.meta.find_referenced_templates(environment.parse(source))


def _tell(app: Sphinx, env) -> None:
    for call in gate.on_read:
        call()


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", _open, priority=events.WAIT_FOR_PAGES)
    app.connect("env-check-consistency", _tell)
