"""The set-up with real tools and without a network: wheels of our own, in a folder that only pip's settings name."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from missions.machine import set_up

PROGRAM = Path(set_up.__file__)
UV = Path(sys.prefix, "bin", "uv")
HAS_UV = pytest.mark.skipif(not UV.is_file(), reason="this environment was set up without uv")
PYPROJECT = (
    '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n[project]\nname = "ours"\nversion = "1"\n'
)
BACKEND = """
import zipfile
def get_requires_for_build_editable(settings=None):
    return []
def build_editable(folder, settings=None, metadata=None):
    with zipfile.ZipFile(f"{folder}/ours-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("ours.py", "")
        wheel.writestr("ours-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: ours\\nVersion: 1\\n")
        wheel.writestr("ours-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("ours-1.dist-info/RECORD", "ours.py,,\\nours-1.dist-info/METADATA,,\\n"
                       "ours-1.dist-info/WHEEL,,\\nours-1.dist-info/RECORD,,\\n")
    return "ours-1-py3-none-any.whl"
"""


def wheel(folder: Path, name: str, files: dict[str, bytes]) -> str:
    """Make a wheel; returns its line in a list."""
    about = f"{name}-1.dist-info"
    files = files | {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n".encode(),
        f"{about}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    path = folder / f"{name}-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as made:
        for place, content in files.items():
            entry = zipfile.ZipInfo(place)
            entry.external_attr = 0o100755 << 16
            made.writestr(entry, content)
        made.writestr(f"{about}/RECORD", "".join(f"{place},,\n" for place in [*files, f"{about}/RECORD"]))
    return f"{name}==1 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


@dataclass
class House:
    """A repository with one library, and a user whose pip knows where wheels are."""

    root: Path
    wheels: Path
    settings: Path

    def set_up(self, *options: str) -> subprocess.CompletedProcess:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "PYTHON"))}
        environment |= {"HOME": str(self.settings.parent), "PIP_CONFIG_FILE": str(self.settings)}
        command = [sys.executable, str(PROGRAM), ".venv", "requirements.txt", *options]
        return subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True)

    def offer_uv(self, program: bytes) -> None:
        line = wheel(self.wheels, "uv", {"uv-1.data/scripts/uv": program})
        (self.root / set_up.UV_LIST).write_text(line, encoding="utf-8")

    def installer_of(self, name: str) -> str:
        return next((self.root / ".venv").glob(f"lib/*/site-packages/{name}-1.dist-info/INSTALLER")).read_text().strip()


@pytest.fixture
def new_house(tmp_path) -> House:
    made = House(tmp_path / "root", tmp_path / "wheels", tmp_path / "home" / "pip.conf")
    for folder in (made.root, made.wheels, made.settings.parent):
        folder.mkdir()
    places = f"{made.wheels} {tmp_path / 'a-place-that-is-not-there'}"
    made.settings.write_text(f"[global]\nno-index = true\nfind-links = {places}\n", encoding="utf-8")
    (made.root / "requirements.txt").write_text(wheel(made.wheels, "tiny", {"tiny.py": b"answer = 42\n"}), encoding="utf-8")
    (made.root / set_up.UV_LIST).write_text(f"uv==1 --hash=sha256:{'0' * 64}\n", encoding="utf-8")  # nobody has it
    (made.root / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (made.root / "backend.py").write_text(BACKEND, encoding="utf-8")
    return made


def require_whole(house: House, result: subprocess.CompletedProcess, installer: str) -> list[str]:
    """What was said, when the library and ours are there and no tool made a noise."""
    assert (result.returncode, result.stderr) == (0, ""), result.stderr
    program = "import tiny, ours; print(tiny.answer)"
    assert subprocess.check_output([house.root / ".venv/bin/python", "-c", program], text=True) == "42\n"
    assert house.installer_of("tiny") == house.installer_of("ours") == installer
    return re.sub(r"\d+\.\d s", "0.0 s", result.stdout).splitlines()


@HAS_UV
def test_uv_installs_from_where_pip_is_told_to_look_and_says_what_it_does(new_house):
    new_house.offer_uv(UV.read_bytes())
    told = require_whole(new_house, new_house.set_up("--ours"), "uv")
    version = ".".join(map(str, sys.version_info[:3]))
    assert [line for line in told if not line.startswith("  pip")] == [
        "Setting up .venv (once):",
        f"  Python {version} in .venv ... 0.0 s",
        "  uv, which installs the libraries ... 0.0 s",
        "  1 libraries of requirements.txt, each checked by its hash ... 0.0 s",
        "  our own library ... 0.0 s",
    ]
    for made in (new_house.root / ".venv").rglob("tiny.*.pyc"):  # by whoever imported it, if at all
        made.unlink()
    again = new_house.set_up("--ours", "--compile")
    assert again.returncode == 0 and "Python" not in again.stdout, "an environment that works stays"
    assert list((new_house.root / ".venv").rglob("tiny.*.pyc")), "what starts many processes gets its byte code at once"


def test_without_a_wheel_of_uv_or_with_one_that_does_not_run_pip_does_the_same(new_house):
    python = new_house.root / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.symlink_to("/a/python/that/is/gone")  # such an environment is made anew
    told = require_whole(new_house, new_house.set_up("--ours"), "pip")
    assert any(line.startswith("  uv cannot be used here (ERROR: ") for line in told)

    for installed in [path for name in ("tiny*", "*ours*") for path in python.parents[1].glob(f"lib/*/site-packages/{name}")]:
        shutil.rmtree(installed) if installed.is_dir() else installed.unlink()
    new_house.offer_uv(b"#!/bin/sh\necho made for another machine >&2\nexit 126\n")
    told = require_whole(new_house, new_house.set_up("--ours"), "pip")
    assert "  uv cannot be used here (made for another machine); pip does the same and takes longer" in told


def test_another_file_than_the_one_that_was_locked_is_not_installed_and_the_cause_is_told(new_house):
    wheel(new_house.wheels, "tiny", {"tiny.py": b"answer = 43\n"})
    stopped = new_house.set_up()
    assert stopped.returncode == 1 and stopped.stdout.endswith("not done\n")
    assert stopped.stderr.startswith("\nThe set-up stopped:\n") and "HASHES" in stopped.stderr
    assert not list((new_house.root / ".venv").glob("lib/*/site-packages/tiny.py"))


def test_uv_asks_where_pip_asks_unless_it_was_told_itself(new_house, tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    new_house.settings.write_text(
        "[global]\nindex-url = https://mirror.example/simple\nextra-index-url =\n  https://one.example/simple\n"
        f"  https://two.example/simple\ntimeout = 30\nfind-links = {tmp_path}\n[install]\ntimeout = 60\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(new_house.settings))
    monkeypatch.setenv("PIP_TRUSTED_HOST", "mirror.example")
    monkeypatch.setenv("UV_INDEX", "https://own.example/simple")
    given = set_up.uv_environment(set_up.pip_settings([sys.executable, "-m", "pip"]))
    assert given["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert given["UV_INDEX"] == "https://own.example/simple"
    assert given["UV_INSECURE_HOST"] == "mirror.example"
    assert given["UV_HTTP_TIMEOUT"] == "60", "what is said for installing counts for more"
    assert given["UV_FIND_LINKS"] == str(tmp_path)
    monkeypatch.delenv("UV_INDEX")
    given = set_up.uv_environment(set_up.pip_settings([sys.executable, "-m", "pip"]))
    assert given["UV_INDEX"] == "https://one.example/simple https://two.example/simple"
