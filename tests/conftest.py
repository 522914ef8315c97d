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
    *("edition/test_changes.py", "book/test_browser.py", "edition/test_kill.py", "edition/test_annexes.py"),
    *("desk/test_receive_and_new_year.py", "test_privacy.py", "edition/test_cluster.py", "book/test_redaction.py"),
    *("test_ends.py", "book/test_grammar.py", "edition/test_results.py", "book/test_claims.py", "edition/test_cluster_tls.py"),
    *("edition", "desk", "machine", "disclosure", "book", "sources", "estimates", "sample", "test_editors.py"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(Path(__file__).parent).as_posix()
        return next((number for number, start in enumerate(BUILDING) if path.startswith(start)), len(BUILDING))

    items.sort(key=place)  # keeps the order within a file


def _made_once(tmp_path_factory, name: str, make: Callable[[Path], object]) -> Checkout:
    """A copy that all processes of a test run share: the first that asks makes it, the others wait."""
    here = tmp_path_factory.getbasetemp()
    shared = here.parent if os.environ.get("PYTEST_XDIST_WORKER") else here
    target, ready = shared / name, shared / f"{name}.ready"
    with open(shared / f"{name}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            shutil.rmtree(target, ignore_errors=True)
            make(target)
            ready.touch()
    return Checkout(target)


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Checkout:
    """The publication as a newcomer builds it. Tests read it and leave it as it is."""
    return _made_once(tmp_path_factory, "built", lambda target: copy_repository(target).build())


@pytest.fixture(scope="session")
def tiny_built(tmp_path_factory) -> Checkout:
    """The tiny book, built. Tests read it and leave it as it is."""
    return _made_once(tmp_path_factory, "tiny", lambda target: tiny.keep_little(copy_repository(target)).build())


@pytest.fixture(scope="session")
def real_built(tmp_path_factory) -> Checkout:
    """The tiny book of real deliveries, built where every new file would be open to all. Tests read it and leave it as it is."""

    def make(target: Path) -> None:
        checkout = tiny.keep_little(copy_repository(target))
        put_real(checkout)
        checkout.build(*REAL)

    before = os.umask(0)
    try:
        return _made_once(tmp_path_factory, "real", make)
    finally:
        os.umask(before)


@pytest.fixture(scope="session")
def unreleased(tiny_built, tmp_path_factory) -> Checkout:
    """The tiny book, of which nothing was released yet. Tests read it and leave it as it is."""

    def make(target: Path) -> None:
        checkout = tiny_built.copied_to(target)
        for path in (checkout.root / "data/published").rglob("2*.json*"):
            path.unlink()
        checkout.build()

    return _made_once(tmp_path_factory, "unreleased", make)


@pytest.fixture(scope="session")
def released(unreleased, tmp_path_factory) -> Checkout:
    """The same, released just so. Tests read it and leave it as it is."""

    def make(target: Path) -> None:
        told = unreleased.copied_to(target).missions("freeze")
        assert told.returncode == 0, told.stderr

    return _made_once(tmp_path_factory, "released", make)


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
