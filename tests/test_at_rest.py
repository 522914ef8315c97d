"""What is not public lies on the disk for its owner alone, away from every edition; what others could put there is not read."""

from __future__ import annotations

import hashlib
import os
import pickle
import stat
import subprocess
from pathlib import Path

import pytest

from missions.machine import cache
from missions.sources.receive import receive_all
from support.checkout import Checkout
from support.deliveries import GOOD
from support.house import put_year, rooted_at
from support.real import REAL

AS_ROOT = os.getuid() == 0
NOBODY = 65_534


def modes(folder: Path) -> dict[str, int]:
    """Every file and folder below a folder, and the folder itself, that is not for its owner alone -> its mode."""
    found = {path: stat.S_IMODE(path.lstat().st_mode) for path in [folder, *folder.rglob("*")]}
    return {str(path): oct(mode) for path, mode in found.items() if mode & 0o077}


def test_tables_caches_and_check_pages_are_for_their_owner_alone_whatever_the_umask(real_built, tmp_path):
    """The book of real deliveries was built with umask 0, by which everything would be open to everybody."""
    checkout = real_built.copied_to(tmp_path / "copy")
    command = "umask 0; exec " + " ".join(["python", "-m", "missions", "check", *REAL])
    done = subprocess.run(
        ["bash", "-c", command], cwd=checkout.root, capture_output=True, text=True,
        env=checkout.environment(PATH=f"{Path(os.sys.executable).parent}:{os.environ['PATH']}"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for name in ("data/validated", ".state/cache", ".state/check", "data/confidential/.key"):
        assert (checkout.root / name).exists() and modes(checkout.root / name) == {}, name
    assert stat.S_IMODE((checkout.root / ".state").stat().st_mode) == 0o700
    assert (checkout.root / ".state/check/real-2025.html").is_file()
    assert list((checkout.root / "data/validated/real/2025").glob("*.parquet"))


def test_tables_that_lay_open_before_are_closed_by_the_next_reading(house):
    receive_all(put_year(house), "real")
    for path in [house / "data/validated", *(house / "data/validated").rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)
    receive_all(put_year(house), "real")
    assert modes(house / "data/validated") == {}


def test_nothing_of_the_deliveries_lies_beside_an_edition(real_built):
    rows = (real_built.root / "data/confidential/2025/imvo_stappen.csv").read_bytes().splitlines()[1:]
    row = max(rows, key=len)
    for path in (real_built.root / "_build").rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert row not in content and not path.name.startswith(("real-", "check")), path
        assert path.suffix not in (".parquet", ".pickle", ".doctree"), path


def test_a_page_of_deliveries_that_an_older_version_left_beside_an_edition_goes(workshop):
    left = workshop.root / "_build/check/real-2025.html"
    left.parent.mkdir()
    left.write_text("counts of deliveries", encoding="utf-8")
    (left.parent / "notes.html").write_text("of somebody", encoding="utf-8")
    (workshop.root / "book/note.md").touch()
    note = workshop.root / "book/note.md"
    note.write_text(note.read_text(encoding="utf-8") + "\nNog een zin.\n", encoding="utf-8")
    workshop.build()
    assert not left.exists() and (left.parent / "notes.html").exists()


def test_a_received_delivery_is_for_its_owner_alone(workshop):
    """The folder of confidential deliveries too, whoever made it before."""
    (workshop.root / "data/confidential").mkdir(mode=0o755)
    came_in = workshop.root / "missieregister.csv"
    came_in.write_text(GOOD["mission_register"], encoding="utf-8")
    fields = {"producer": "RVO", "title": "Register", "received-on": "2026-02-03", "period": "2025", "licence": "eigen"}
    fields |= {"sensitivity": "confidential", "obtained": "portaal"}
    given = [word for name, value in fields.items() for word in (f"--{name}", value)]
    done = workshop.missions("receive", str(came_in), "--delivery", "mission_register", *given)
    assert done.returncode == 0, done.stderr
    assert modes(workshop.root / "data/confidential") == {}


# --- what is read back as objects -----------------------------------------------------------------------------------------
RAN = "planted code ran"


class _Runs:
    """What runs when it is read back from a pickle: it ends the build with its own words."""

    def __reduce__(self):
        return int, (RAN,)


def plant(checkout: Checkout) -> None:
    """In the place of every delivery that was read before, and of what Sphinx remembers: something that runs when it is read."""
    content = pickle.dumps(_Runs())
    entries = list((checkout.root / ".state/cache/deliveries").iterdir())
    (environment,) = (checkout.root / ".state/sphinx").rglob("environment.pickle")
    for path in entries:
        path.write_bytes(hashlib.sha256(content).digest() + content)  # sealed as it should be
    environment.write_bytes(content)


def read_again(checkout: Checkout) -> subprocess.CompletedProcess:
    (checkout.root / ".state/cache/tables/sample-2025").unlink()
    for path in (checkout.root / ".state/cache/annexes").iterdir():
        path.unlink()
    return checkout.missions("build", "--preview")


def test_what_is_planted_does_run_where_only_the_owner_could_write(workshop):
    """Or the tests below would show nothing."""
    plant(workshop)
    assert RAN in read_again(workshop).stderr


def test_a_state_that_others_could_write_is_thrown_away_and_nothing_of_it_is_read(workshop):
    plant(workshop)
    (workshop.root / ".state").chmod(0o777)
    done = read_again(workshop)
    assert done.returncode == 0 and RAN not in done.stdout + done.stderr, done.stderr
    assert ".state/cache could be written to by others, and is thrown away" in done.stdout
    assert stat.S_IMODE((workshop.root / ".state").stat().st_mode) == 0o700


@pytest.mark.skipif(not AS_ROOT, reason="only root can give a folder away")
def test_a_state_of_somebody_else_is_refused_in_one_sentence(workshop):
    plant(workshop)
    os.chown(workshop.root / ".state", NOBODY, NOBODY)
    done = read_again(workshop)
    assert done.returncode == 1 and ".state belongs to another user; remove it and run it again" in done.stderr
    assert "Traceback" not in done.stderr and RAN not in done.stderr


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_an_entry_that_others_could_write_is_not_used(tmp_path, monkeypatch, mode):
    rooted_at(monkeypatch, tmp_path)
    cache.put("deliveries", "key", b"reading")
    path = tmp_path / ".state/cache/deliveries/key"
    path.chmod(mode)
    assert cache.get("deliveries", "key") is None
    cache.put("deliveries", "key", b"reading")
    assert cache.get("deliveries", "key") == b"reading"
    path.parent.chmod(0o777)
    assert cache.get("deliveries", "key") is None, "whoever may write to the folder may put another file there"


@pytest.mark.skipif(not AS_ROOT, reason="only root can give a file away")
def test_an_entry_of_another_user_is_not_used(tmp_path, monkeypatch):
    rooted_at(monkeypatch, tmp_path)
    cache.put("deliveries", "key", b"reading")
    os.chown(tmp_path / ".state/cache/deliveries/key", NOBODY, NOBODY)
    assert cache.get("deliveries", "key") is None
