"""The publication and a tiny book, each built once and shared by all tests; copies of them in which a test may do anything."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from missions.declared import door
from support import tiny
from support.checkout import Checkout, copy_repository
from support.house import rooted_at
from support.real import REAL, put_real

# Files that take long come first, and the two that build what all share before all others, so that no process waits for the
# other: the many small files fill what is left of the time (`make test` has them handed out in this order).
BUILDING = (
    *("edition/test_changes.py", "book/test_browser.py", "edition/test_rebuild.py", "edition/test_annexes.py"),
    *("edition/test_results.py", "test_ends.py", "edition/test_kill.py", "book/test_redaction.py", "book/test_claims.py"),
    *("desk/test_receive_and_new_year.py", "book/test_grammar.py", "edition", "desk", "machine", "book"),
    *("sources/test_deliveries.py", "sources/test_unreadable.py", "sources", "estimates", "sample", "test_privacy.py"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(Path(__file__).parent).as_posix()
        return next((number for number, start in enumerate(BUILDING) if path.startswith(start)), len(BUILDING))

    items.sort(key=place)  # keeps the order within a file


def _built_once(tmp_path_factory, name: str, prepare: Callable[[Checkout], None], *arguments: str) -> Checkout:
    """A built copy that all processes of a test run share: the first that asks makes it, the others wait."""
    here = tmp_path_factory.getbasetemp()
    shared = here.parent if os.environ.get("PYTEST_XDIST_WORKER") else here
    target, ready = shared / name, shared / f"{name}.ready"
    with open(shared / f"{name}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            shutil.rmtree(target, ignore_errors=True)
            checkout = copy_repository(target)
            prepare(checkout)
            checkout.build(*arguments)
            ready.touch()
    return Checkout(target)


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Checkout:
    """The publication as a newcomer builds it. Tests read it and leave it as it is."""
    return _built_once(tmp_path_factory, "built", lambda checkout: None)


@pytest.fixture(scope="session")
def tiny_built(tmp_path_factory) -> Checkout:
    """The tiny book, built. Tests read it and leave it as it is."""
    return _built_once(tmp_path_factory, "tiny", tiny.keep_little)


@pytest.fixture(scope="session")
def real_built(tmp_path_factory) -> Checkout:
    """The tiny book of real deliveries, built where every new file would be open to all. Tests read it and leave it as it is."""

    def prepare(checkout: Checkout) -> None:
        tiny.keep_little(checkout)
        put_real(checkout)

    before = os.umask(0)
    try:
        return _built_once(tmp_path_factory, "real", prepare, *REAL)
    finally:
        os.umask(before)


@pytest.fixture
def workshop(tiny_built, tmp_path) -> Checkout:
    """A copy of the tiny book, built, that a test may change and build again."""
    return tiny_built.copied_to(tmp_path / "workshop")


@pytest.fixture
def whole_workshop(built, tmp_path) -> Checkout:
    """The same of the whole publication, for what only its own prose and numbers can show."""
    return built.copied_to(tmp_path / "workshop")


@pytest.fixture
def house(tmp_path, monkeypatch) -> Iterator[Path]:
    """An empty repository of its own."""
    rooted_at(monkeypatch, tmp_path)
    (tmp_path / "analysis" / "years").mkdir(parents=True)
    door.open_anew()
    yield tmp_path
    door.open_anew()
