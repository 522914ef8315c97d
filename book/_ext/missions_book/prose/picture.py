"""Pictures that a writer puts on a page: which may be there, and under which name they lie beside the pages."""

from __future__ import annotations

import html
import re
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

KINDS = (".svg", ".png", ".jpg", ".jpeg")  # that browsers and Typst both show


def wrong_with(picture: nodes.image) -> Iterator[str]:
    """Why a picture cannot be shown on the site and in a PDF."""
    file = picture["uri"]
    if "?" in picture.get("candidates", ()):
        yield f"a picture lies beside the pages and not elsewhere: {file}"
    elif not file.lower().endswith(KINDS):
        yield f"a picture is one of {', '.join(KINDS)}, which {file} is not"
    if not picture.get("alt", "").strip():
        yield f"{file} has no alternative text, by which those who cannot see a picture know what it shows"
    if not re.fullmatch(r"(\d+(px)?)?", picture.get("width", "")):
        yield f"the width of a picture is a number of pixels, not {picture['width']}"
    for option in ("height", "scale", "align", "loading"):
        if option in picture:
            yield f"a picture has no option {option}: how it stands on the page is the same for all"


def file_name(uri: str) -> str:
    """The name of a picture among those of all pages, the same in every build; uri: its path in the repository."""
    return uri.replace("/", "--")


def stands_alone(picture: nodes.image) -> bool:
    """Whether a picture is a block of its own, and not a part of a sentence."""
    return not isinstance(picture.parent, nodes.TextElement)


def _visit(self, node: nodes.image) -> None:
    # TRAP: Sphinx writes the width as a style, which the policy of our pages forbids.
    width = f' width="{node["width"].removesuffix("px")}"' if node.get("width") else ""
    source = f"{self.builder.imgpath}/{urllib.parse.quote(self.builder.images[node['uri']])}"
    self.body.append(f'<img alt="{html.escape(node["alt"])}" src="{source}"{width}>' + "\n" * stands_alone(node))


def _depart(self, node: nodes.image) -> None:
    pass


def _name_by_path(app: Sphinx, env) -> None:
    # Sphinx counts pictures of one name in the order in which it happens to read their pages.
    for uri, (pages, _) in list(env.images.items()):
        env.images[uri] = (pages, file_name(uri))


def _remove_unused(app: Sphinx, exception: Exception | None) -> None:
    """Pictures that no page shows any more; Sphinx leaves them where they were."""
    if exception or app.builder.name != "html":
        return
    shown = {name for _, name in app.env.images.values()}
    folder = Path(app.outdir, "_images")
    for path in sorted(folder.glob("*")):
        if path.name not in shown:
            path.unlink()
    if folder.is_dir() and not shown:
        folder.rmdir()


def setup(app: Sphinx) -> None:
    app.add_node(nodes.image, override=True, html=(_visit, _depart))
    app.connect("env-updated", _name_by_path)
    app.connect("build-finished", _remove_unused)
