"""The gate of a release: what must hold of an edition before it is frozen. CHECKS is the one place where that is listed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..choice import Choice
from ..declared.claims import declared_wordings
from ..declared.year_file import LETTERS, load_year
from ..edition import verify
from ..edition.record import ANNEXES
from ..paths import relative, year_path


@dataclass(frozen=True)
class Edition:
    """What is to be released. folder: where its results lie. record: of the build that made it. facts: its facts.json."""

    choice: Choice
    folder: Path
    record: dict
    facts: dict


def signed(edition: Edition) -> list[str]:
    """Letter, note and every annex has the signature of who read it; of the synthetic sample nobody signs for figures.

    That a signature is under what stands there now, the build has seen to (missions_book/pages/sign_off.py).
    """
    if edition.choice.data == "sample":
        return []
    pages = [*LETTERS, *sorted(f"book/{ANNEXES}/{path.stem}" for path in (edition.folder / ANNEXES).glob("*.ipynb"))]
    signatures = load_year(edition.choice.year, edition.choice.data).signatures
    place = relative(year_path(edition.choice.year))
    return [
        f"{page}: nobody has signed for it; who read it adds an entry to sign_off in {place}, then build again"
        for page in pages
        if page not in signatures and (edition.folder / "html" / f"{page}.html").is_file()
    ]


def private(edition: Edition) -> list[str]:
    """An attack on everything that the edition shows finds nothing (missions.disclosure.audit)."""
    found = edition.facts.get("disclosure", {}).get("ruled_out")
    if found == 0:
        return []
    said = "the edition was never attacked" if found is None else f"{found} numbers could be found out"
    return [f"disclosure: {said}; missions build tells which, and nothing is released before none is left"]


def carried(edition: Edition) -> list[str]:
    """Every claim is carried by the data, waived, or has words for what the data say instead, also one that no page uses."""
    wordings = declared_wordings()
    return [
        f"claim {claim['key']}: the verdict is {claim['verdict']}, and book/claims.yml has no words for that; "
        "declare them, give a waiver in the year file, or declare the claim no longer"
        for claim in edition.facts["claims"]
        if not claim["waiver"] and None in [words[claim["verdict"]] for words in wordings[claim["key"]]]
    ]


def repeated(edition: Edition) -> list[str]:
    """A second build elsewhere gives the same bytes: `missions verify` has seen so of just this edition, or sees so now."""
    if verify.is_verified(edition.record):
        return []
    try:
        verify.verify(edition.choice)
    except verify.NotTheSame as error:
        return [str(error)]
    return []


# All of them hold for real deliveries and for the synthetic sample, unless a check says otherwise itself. A new one comes before
# the last, which builds and is asked only when no other finds anything.
CHECKS: tuple[Callable[[Edition], list[str]], ...] = (signed, private, carried, repeated)


def problems(edition: Edition) -> list[str]:
    """Everything that stands in the way of a release."""
    *first, repeated_last = CHECKS
    found = [problem for check in first for problem in check(edition)]
    return found or repeated_last(edition)
