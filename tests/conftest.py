"""One copy of the repository, built once, that all tests of the built publication read."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from missions.declared import door
from support.checkout import Checkout, copy_repository, drop_factsheets
from support.house import rooted_at


def _built_once(tmp_path_factory, name: str, prepare: Callable[[Checkout], None]) -> Checkout:
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
            checkout.build()
            ready.touch()
    return Checkout(target)


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Checkout:
    """The publication as a newcomer builds it. Tests read it and leave it as it is."""
    return _built_once(tmp_path_factory, "built", lambda checkout: None)


@pytest.fixture(scope="session")
def without_factsheets(tmp_path_factory) -> Checkout:
    """The publication without the page per mission, which takes half of the time of a build (see test_factsheets.py)."""
    return _built_once(tmp_path_factory, "without", drop_factsheets)


@pytest.fixture
def workshop(without_factsheets, tmp_path) -> Checkout:
    """A copy of the built publication that a test may change and build again."""
    target = tmp_path / "workshop"
    shutil.copytree(without_factsheets.root, target, symlinks=True)
    return Checkout(target)


@pytest.fixture
def house(tmp_path, monkeypatch) -> Iterator[Path]:
    """An empty repository of its own."""
    rooted_at(monkeypatch, tmp_path)
    (tmp_path / "analysis" / "years").mkdir(parents=True)
    door.open_anew()
    yield tmp_path
    door.open_anew()
