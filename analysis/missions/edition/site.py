"""Sphinx in a process of its own: the pages of the book as a site, and each document as a PDF.

Incremental, and never stale: what a page read is known by content (book/_ext/freshness.py); what shapes all pages starts anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from ..choice import Choice
from ..declared import door
from ..machine import cache, gate
from ..machine.guard import close_to
from ..machine.snapshot import digest, require_untouched, seen
from ..machine.warm import CAN_FORK
from ..paths import ROOT

FINISHED = "finished.json"  # of what shape the site is that Sphinx builds upon, and whether it is whole
PAGES = ROOT / "book" / "annexes"
# What Sphinx imports only when it reads the settings of the book, and what reads the small files of the book.
LIBRARIES = (
    *("jupyter_book.sphinx", "myst_nb.sphinx_ext", "sphinx_external_toc", "sphinx.builders.html", "sphinx.search.nl"),
    *("yaml", "pydantic.types", "pydantic.type_adapter"),
)
# Many pages are read and written side by side, in more parts than there are cores, so that none waits long for the last one.
_JOBS = min(2 * (os.cpu_count() or 1) + 1, 9) if CAN_FORK else 1
# MyST-NB and Jupyter Book import what runs notebooks and looks after links; here every notebook was run already.
NEVER_USED = ("jupyter_cache", "nbclient", "jupyter_client", "IPython", "requests", "urllib3")
PDF_LIBRARIES = ("pikepdf", "typst", "rocrate.rocrate")  # what an edition needs besides


class BookError(RuntimeError):
    """Jupyter Book could not assemble the site or the PDFs; the message holds what Sphinx said."""


class GivenUp(RuntimeError):
    """There will be no pages: an annex failed."""


def make_site(
    work: str,
    shape: str,
    readable: list[str],
    choice: Choice,
    idle: bool,
    tell: Callable[[str], None],
    hear: Callable[[], dict[str, list[int]] | None],
) -> None:
    """Assemble the site in `work`; tells "read" when PDFs can be made of it.

    Sphinx is started at once and waits, where it would begin to read, to hear that the pages of annexes and the facts are there
    (`put_pages`): then it is told the stamps of all sources when the keys were made; None when they will not come. idle: whether
    that may take a while. shape: hash of all that shapes every page; another one than last time
    starts anew. readable: the files of the repository that may be read.
    Errors: BookError, Changed, GivenUp.
    """
    folder = Path(work)
    shutil.rmtree(folder / "tmp", ignore_errors=True)
    finished = folder / FINISHED
    before, state = json.loads(finished.read_bytes()) if finished.is_file() else ("", "")
    is_whole = state == _state(folder)
    if not is_whole:
        # TRAP: Sphinx writes only pages that were read in the same run. After a run that broke off, or when what it left was
        # damaged, everything is made anew, or pages would keep old numbers.
        _start_anew(folder)
    heard: list[dict[str, list[int]] | None] = []
    made: list[str] = []

    def wait_for_pages() -> bool:
        """False when this Sphinx builds upon pages of another shape."""
        if not heard:
            heard.append(hear())
            if heard[0] is None:
                return False
            finished.unlink(missing_ok=True)
            made.append(digest([shape, _outputs(), any(fact["synthetic"] for fact in _facts(folder)["facts"])]))
            gate.same[:] = [is_whole and made[0] == before]
            return not is_whole or gate.same[0]  # where nothing is left, there is nothing of another shape
        return heard[0] is not None

    gate.idle[:], gate.known[:], gate.same[:] = [idle], [idle and is_whole and _is_of(folder, choice)], [False]
    gate.on_open[:], gate.on_read[:] = [wait_for_pages], [lambda: tell("read")]
    with _closed(folder, readable):
        if not assemble(folder, "html", "html", choice):
            if heard == [None]:
                raise GivenUp
            _start_anew(folder)
            assemble(folder, "html", "html", choice)
    gate.on_open.clear()
    require_untouched(heard[0], choice.data)
    cache.write_whole(finished, json.dumps([made[0], _state(folder)]).encode())


def _start_anew(folder: Path) -> None:
    """Put away what Sphinx would build upon. It is removed by the next build: this process may be closed to folders by now."""
    away = folder / "tmp" / "before"
    away.mkdir(parents=True)
    for name in ("doctrees", "html"):
        if (folder / name).exists():
            (folder / name).rename(away / name)


def make_pdfs(work: str, readable: list[str], choice: Choice, stamps: dict[str, list[int]], tell: Callable[[str], None]) -> None:
    """Make the PDFs from the reading that `make_site` left. Errors: BookError, Changed."""
    gate.on_pdf[:] = [tell]
    with _closed(Path(work), readable):
        assemble(Path(work), "typst", "pdf", choice)
    require_untouched(stamps, choice.data)
    for seal in Path(work, "pdf", "typst").glob("*.seal.new"):
        seal.replace(seal.with_suffix(""))  # only now what was compiled is known to be of these sources


def put_pages(folder: Path, pages: dict[str, str], facts: str) -> None:
    """Lay ready what Sphinx reads. pages: annex -> key of its page in the cache; facts: their key."""
    for name, key in pages.items():
        cache.write_if_changed(PAGES / f"{name}.ipynb", cache.require("pages", key))
    for left in PAGES.glob("*.ipynb"):
        if left.stem not in pages:
            left.unlink()
    cache.write_if_changed(folder / "facts.json", cache.require("facts", facts))


def _outputs() -> list[str]:
    """The outputs of all annexes by name: Sphinx leaves the downloads of one that no longer exists where they were."""
    return [
        name for page in sorted(PAGES.glob("*.ipynb")) for name in re.findall(r'"id": "[^"]*"', page.read_text(encoding="utf-8"))
    ]


def _facts(folder: Path) -> dict:
    """Of the edition: every page has a banner when any number is synthetic."""
    return json.loads((folder / "facts.json").read_bytes())


def _is_of(folder: Path, choice: Choice) -> bool:
    """Whether the facts that lie there are of this edition: those of another lead to files that are closed to this one."""
    with contextlib.suppress(OSError):
        facts = _facts(folder)
        return [facts["year"], facts["deliveries"], facts["edition"]] == choice.options
    return False


def _state(folder: Path) -> str:
    """Another word after any writing to what Sphinx will build upon."""
    return digest([seen(str(folder / "doctrees")), seen(str(folder / "html"))])


@contextlib.contextmanager
def _closed(folder: Path, readable: list[str]) -> Iterator[None]:
    """Read only what is declared, and say so first of all if something else was tried."""
    tempfile.tempdir = str(folder / "tmp")
    Path(tempfile.tempdir).mkdir(parents=True, exist_ok=True)
    platform.platform()  # Sphinx asks another program for it, when it tells of an error
    closed = close_to([*readable, PAGES], [folder, PAGES], ROOT, strict=False)
    said = []
    try:
        yield
    except BookError as error:
        said.append(str(error))
    if found := closed.offences():
        said.insert(0, f"the book {'; '.join(found)}")
    if said:
        raise BookError("\n".join(said))


def assemble(work: Path, builder: str, name: str, choice: Choice) -> bool:
    """Run one builder of Jupyter Book into `work/name`: strict, nothing unresolved, all warnings shown.

    The same as `jupyter-book build . -W -n --keep-going`, in this process and in a folder that is not yet public.
    False when Sphinx was told not to go on (gate.on_open). Errors: BookError with Sphinx's own messages.
    """
    from jupyter_book.sphinx import build_sphinx
    from sphinx.util.console import nocolor

    nocolor()
    log = work / f"{name}.log"
    with open(log, "w", encoding="utf-8") as errors:
        kept, sys.stderr = sys.stderr, errors
        try:
            result = build_sphinx(
                ROOT,
                work / name,
                doctreedir=work / "doctrees",
                noconfig=True,
                path_config=ROOT / "_config.yml",
                confoverrides={
                    "external_toc_path": (ROOT / "_toc.yml").as_posix(),
                    "latex_individualpages": False,
                    "nitpicky": True,
                    "missions_facts": (work / "facts.json").as_posix(),
                    "missions_publication": not choice.preview,
                },
                builder=builder,
                jobs=_JOBS if builder == "html" else 1,
                warningiserror=True,
                keep_going=True,
                quiet=True,
            )
        finally:
            sys.stderr = kept
    if isinstance(result, gate.NotOpened):
        return False
    if result and (asked := door.NOT_NOTED.search(f"{result} {getattr(result, 'message', '')}")):
        raise BookError(f"{asked[0]}; what a page shows must be asked for while it is read")
    if result:
        raise BookError(log.read_text(encoding="utf-8").strip() or f"{builder}: {result}")
    return True
