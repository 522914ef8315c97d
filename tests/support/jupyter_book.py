"""`jupyter-book build .`, as somebody runs it who knows Jupyter Book and not our engine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from missions.machine.snapshot import tree
from support.checkout import Checkout

BESIDE = Path("_build", "jupyter-book", "html")


def jupyter_book(book: Path, code: Path, *options: str) -> subprocess.CompletedProcess:
    """Build the book of one checkout with the code of another, or its own."""
    places = os.pathsep.join(str(code / place) for place in ("analysis", "book/_ext"))
    command = [Path(sys.executable).with_name("jupyter-book"), "build", *options, "."]
    return subprocess.run(command, cwd=book, env=os.environ | {"PYTHONPATH": places}, capture_output=True, text=True)


def made_beside(checkout: Checkout) -> dict[str, str]:
    """Every file of the book that it makes -> hash. PDFs are the engine's; a copy outside git has no commit to fill in."""
    result = jupyter_book(checkout.root, checkout.root)
    assert result.returncode == 0, result.stdout + result.stderr
    return tree(str(checkout.root / BESIDE))


def edition(checkout: Checkout) -> dict[str, str]:
    """The same files as `make book` made them."""
    return {name: known for name, known in tree(str(checkout.html)).items() if not name.startswith("pdf/")}
