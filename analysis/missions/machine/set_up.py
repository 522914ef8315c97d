"""Puts locked libraries into an environment: in seconds by uv, else by pip. A line per stage: what it does, how long it took.

The Makefile runs it before anything is installed, so that it rests on Python's own library alone:

    python3 analysis/missions/machine/set_up.py .venv requirements.txt --ours
    python3 analysis/missions/machine/set_up.py .venv requirements-test.txt --compile

Exit code 1: it could not be done, and the cause is told.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

UV_LIST = "requirements-setup.txt"
# uv does not read pip's settings, in which an organisation names its own mirror: pip's name -> uv's variable.
_SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
}
_OLDEST_PIP = (22, 3)  # that installs into another environment than its own


class NotDone(Exception):
    """A stage that failed; the message is what the tool said."""


@contextlib.contextmanager
def stage(words: str) -> Iterator[None]:
    print(f"  {words} ...", end="", flush=True)
    start = time.perf_counter()
    try:
        yield
    except BaseException:
        print(" not done", flush=True)
        raise
    print(f" {time.perf_counter() - start:.1f} s", flush=True)


def run(command: list[str], environment: dict[str, str] | None = None) -> str:
    """What a program says. Errors: NotDone with what it complains of, or why it cannot be started."""
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except OSError as error:
        raise NotDone(str(error)) from None
    if done.returncode:
        raise NotDone(done.stderr.strip() or done.stdout.strip() or f"{command[0]}: exit code {done.returncode}")
    return done.stdout


def works(command: list[str]) -> bool:
    with contextlib.suppress(NotDone):
        run(command)
        return True
    return False


def make_environment(python: Path) -> None:
    """An environment without libraries, unless there is one that works. Errors: NotDone."""
    if works([str(python), "-c", ""]):
        return
    folder = python.parent.parent
    shutil.rmtree(folder, ignore_errors=True)  # of a Python that is gone, or of a folder that was moved
    with stage(f"Python {'.'.join(map(str, sys.version_info[:3]))} in {folder}"):
        run([sys.executable, "-m", "venv", "--without-pip", str(folder)])


def pip_for(python: Path) -> list[str]:
    """The command of a pip that installs into an environment: the one that is there already, else one in the environment.

    Errors: NotDone when there is none and it may not be installed.
    """
    with contextlib.suppress(NotDone):
        found = re.match(r"pip (\d+)\.(\d+)", run([sys.executable, "-m", "pip", "--version"]))
        if found and (int(found[1]), int(found[2])) >= _OLDEST_PIP:
            return [sys.executable, "-m", "pip", "--python", str(python)]
    own = [str(python), "-m", "pip"]
    if not works([*own, "--version"]):
        with stage("pip"):
            if not works([str(python), "-m", "ensurepip"]):
                _install_ensurepip()
                run([str(python), "-m", "ensurepip"])
    return own


def _install_ensurepip() -> None:
    """Debian and Ubuntu ship Python without it. Errors: NotDone that says what to install."""
    if not shutil.which("apt-get") or os.getuid():
        raise NotDone("the Python module venv is missing; run: sudo apt install python3-venv")
    run(["apt-get", "update", "-qq"])
    run(["apt-get", "install", "-y", "-qq", "python3-venv"])


def pip_settings(pip: list[str]) -> dict[str, str]:
    """pip's settings on this machine, from its files and the environment: name -> value."""
    lines = re.findall(r"^(global|install|:env:)\.([a-z-]+)=(.*)$", run([*pip, "config", "list"]), re.MULTILINE)
    lines.sort(key=lambda line: ("global", "install", ":env:").index(line[0]))  # the last one counts
    return {name: str(ast.literal_eval(value)) for _, name, value in lines}


def uv_environment(settings: dict[str, str]) -> dict[str, str]:
    """The environment in which uv asks where pip would ask. What somebody told uv itself counts for more."""
    told = {_SETTINGS[name]: " ".join(value.split()) for name, value in settings.items() if name in _SETTINGS}
    if "UV_FIND_LINKS" in told:  # folders that are not there are nothing to pip and an error to uv
        places = [place for place in told["UV_FIND_LINKS"].split() if "://" in place or Path(place).exists()]
        told["UV_FIND_LINKS"] = ",".join(places)
    # As pip does, look for a version in all places: what counts is its hash, not where it lies.
    return {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_NO_PROGRESS": "1"} | told | dict(os.environ)


def installer(python: Path, pip: list[str]) -> tuple[list[str], dict[str, str] | None, str]:
    """How to install: command, environment, and why it is not uv, if so."""
    uv = str(python.with_name("uv"))
    try:
        if not works([uv, "--version"]):
            with stage("uv, which installs the libraries"):
                run([*pip, "-qq", "install", "--no-compile", "--only-binary", ":all:", "--require-hashes", "-r", UV_LIST])
                run([uv, "--version"])
        settings = pip_settings(pip)
    except NotDone as error:
        return [*pip, "-qq", "install", "--no-compile"], None, str(error)
    offline = settings.get("no-index", "").lower() in ("1", "true", "yes", "on")
    command = [uv, "pip", "install", "--quiet", "--python", str(python), *(["--no-index"] if offline else [])]
    return command, uv_environment(settings), ""


def install(folder: Path, locked: str, ours: bool, compiled: bool) -> None:
    """Errors: NotDone."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    make_environment(python)
    pip = pip_for(python)
    command, environment, cause = installer(python, pip)
    count = len(re.findall(r"^[a-z0-9][\w.-]*==", Path(locked).read_text(encoding="utf-8"), re.MULTILINE | re.IGNORECASE))
    what = f"{count} libraries of {locked}, each checked by its hash"
    arguments = ["--require-hashes", "-r", locked]
    if not cause:
        try:
            with stage(what):
                run([*command, *arguments], environment)
        except NotDone as error:
            command, environment, cause = [*pip, "-qq", "install", "--no-compile"], None, str(error)
    if cause:
        print(f"  uv cannot be used here ({cause.splitlines()[0]}); pip does the same and takes longer", flush=True)
        with stage(what):
            run([*command, *arguments])
        works([str(python), "-m", "ensurepip"])  # a pip of its own, as uv's list has
    if ours:
        with stage("our own library"):
            run([*command, "--no-build-isolation", "--no-deps", "-e", "."], environment)
    if compiled:
        with stage("byte code, which every process would else make for itself"):
            places = run([str(python), "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"]).strip()
            works([str(python), "-m", "compileall", "-qq", "-j", "0", places])  # some libraries carry examples of faulty code


def main() -> int:
    parser = argparse.ArgumentParser(description="Puts locked libraries into an environment.")
    parser.add_argument("folder", type=Path, help="of the environment, made when it is not there")
    parser.add_argument("locked", help="the list with exact versions and hashes")
    parser.add_argument("--ours", action="store_true", help="the library of this repository too, as it stands here")
    parser.add_argument("--compile", action="store_true", help="make all byte code now, for what starts many processes")
    chosen = parser.parse_args()
    print(f"Setting up {chosen.folder} (once):", flush=True)
    try:
        install(chosen.folder, chosen.locked, chosen.ours, chosen.compile)
    except NotDone as error:
        print(f"\nThe set-up stopped:\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nThe set-up was interrupted; it goes on with the next call", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
