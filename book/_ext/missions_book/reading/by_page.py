"""What is noted about a page while it is read: forgotten when it is read again, gathered when pages are read side by side."""

from __future__ import annotations

from sphinx.application import Sphinx


def noted(env, name: str) -> dict:
    """Page -> what was noted about it under this name. It is kept with what Sphinx read."""
    if not hasattr(env, name):
        setattr(env, name, {})
    return getattr(env, name)


def keep_by_page(app: Sphinx, name: str) -> None:
    """Have Sphinx forget and gather what is noted under a name."""

    def forget(app: Sphinx, env, docname: str) -> None:
        noted(env, name).pop(docname, None)

    def gather(app: Sphinx, env, docnames: set[str], other) -> None:
        noted(env, name).update({page: found for page, found in noted(other, name).items() if page in docnames})

    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", gather)
