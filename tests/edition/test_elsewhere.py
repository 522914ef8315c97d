"""Results where they are wanted, as real files and folders, also from a checkout that may not be written to."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from support.checkout import Checkout

NAMES = ("html", "pdf", "facts.json")


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_results_can_be_copied_and_archived_as_they_are(workshop, tmp_path):
    build = workshop.root / "_build"
    for name in NAMES:
        assert not (build / name).is_symlink()
        assert not [path for path in (build / name).rglob("*") if path.is_symlink()]
    shutil.copytree(build / "html", tmp_path / "site", symlinks=True)
    subprocess.run(["cp", "-r", str(build / "pdf"), str(tmp_path / "papers")], check=True)
    with tarfile.open(tmp_path / "all.tar", "w") as archive:
        archive.add(build / "html", "html")
    with tarfile.open(tmp_path / "all.tar") as archive:
        archive.extractall(tmp_path / "out", filter="data")
    assert files_of(tmp_path / "site") == files_of(tmp_path / "out" / "html") == files_of(build / "html")
    assert files_of(tmp_path / "papers") == files_of(build / "pdf")


def test_results_go_where_build_says_and_those_that_are_there_stay(workshop, tmp_path):
    before = files_of(workshop.root / "_build")
    result = workshop.missions("build", "--build", str(tmp_path / "results"))
    assert result.returncode == 0, result.stderr
    assert f"{tmp_path / 'results'}/html/index.html" in result.stdout
    for name in NAMES[:2]:
        assert files_of(tmp_path / "results" / name) == files_of(workshop.root / "_build" / name)
    assert files_of(workshop.root / "_build") == before
    assert "Nothing has changed" in workshop.missions("build", "--build", str(tmp_path / "results")).stdout


def read_only(checkout: Checkout, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Run the program in the checkout while nobody may write to it: not even the superuser, for whom modes are no limit."""
    program = shlex.join([sys.executable, "-m", "missions", *arguments])
    if os.geteuid() == 0:
        root = shlex.quote(str(checkout.root))
        mounted = f"mount --bind {root} {root} && mount -o remount,ro,bind {root} && cd {root} && {program}"
        return checkout.run("unshare", "--mount", "sh", "-c", mounted, **environment)
    checkout.run("chmod", "-R", "a-w", ".")
    try:
        return checkout.run("sh", "-c", program, **environment)
    finally:
        checkout.run("chmod", "-R", "u+w", ".")


def test_a_checkout_that_may_not_be_written_to_builds_elsewhere_the_same_bytes(workshop, tmp_path):
    shutil.rmtree(workshop.root / ".state")  # another user's, as it were
    expected = files_of(workshop.root / "_build" / "html")
    shutil.rmtree(workshop.root / "_build")
    before = files_of(workshop.root)
    caches = {"XDG_CACHE_HOME": str(tmp_path / "caches")}
    refused = read_only(workshop, "build", **caches)
    assert refused.returncode == 1 and "may not be written to: say where the results go" in refused.stderr
    result = read_only(workshop, "build", "--build", str(tmp_path / "results"), **caches)
    assert result.returncode == 0, result.stderr
    assert files_of(tmp_path / "results" / "html") == expected
    assert files_of(workshop.root) == before
    again = read_only(workshop, "build", "--build", str(tmp_path / "results"), **caches)
    assert again.returncode == 0 and "Nothing has changed" in again.stdout, "what was made before is known"
    (copy,) = (tmp_path / "caches" / "missions").iterdir()
    assert copy.stat().st_mode & 0o077 == 0, "it may hold confidential deliveries"
