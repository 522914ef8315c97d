"""The first hour and the daily minute: set-up and first build from nothing, and from saving a sentence to the page that shows it.

make bench, or a part of it: .venv/bin/python tests/benchmarks/first_hour.py --saves 5 --sizes 7 --no-set-up
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import copies

REPORT = copies.ROOT / "docs" / "first-hour.md"
SAVED = "book/note.md"
AT_MOST = {"set-up": 0.35, 7: 0.5, 63: 1.0}
_ABOUT = """# The first hour and the daily minute

Measured on {day}: {cores} cores, Python {python}. Made by `tests/benchmarks/first_hour.py`; do it again with `make bench`.

- Set-up: `make book` in an empty clone, without byte code and with an empty cache and home folder, by uv as the Makefile does it;
  beside it the same lists installed by pip as before, and the same build.
- Saving: from writing a sentence to a page of text until an open browser has been told, asked for the page and found the sentence
  on it; the median, a new sentence every time.

| What | Seconds | Beside it | Ratio or limit |
| --- | ---: | ---: | --- |
"""


# --- set-up ---------------------------------------------------------------------------------------------------------
def clone(folder: Path, name: str) -> Path:
    target = folder / name
    subprocess.run(["git", "clone", "--quiet", copies.ROOT, target], check=True)
    return target


def from_nothing(folder: Path) -> dict[str, str]:
    """The environment of a newcomer: no cache and no settings of ours."""
    home = Path(tempfile.mkdtemp(dir=folder))
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("UV_CACHE", "XDG_", "VIRTUAL_ENV", "PYTHONPATH"))
    }
    return kept | {"HOME": str(home), "PIP_NO_CACHE_DIR": "1"}


def timed(root: Path, environment: dict[str, str], *commands: list[str]) -> float:
    start = time.perf_counter()
    for command in commands:
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return time.perf_counter() - start


def set_up(folder: Path) -> tuple[float, float]:
    """Seconds of `make book` from an empty clone: as it is, and with pip as it was before uv."""
    ours = timed(clone(folder, "ours"), from_nothing(folder), ["make", "book"])
    plain = clone(folder, "plain")
    pip = [".venv/bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    commands = [
        [sys.executable, "-m", "venv", ".venv"],
        [*pip, "--require-hashes", "-r", "requirements.txt"],
        [*pip, "--no-build-isolation", "--no-deps", "-e", "."],
        [".venv/bin/missions", "build"],
    ]
    return ours, timed(plain, from_nothing(folder), *commands)


# --- saving ---------------------------------------------------------------------------------------------------------
@contextlib.contextmanager
def watched(root: Path) -> Iterator[tuple[str, Iterator[dict]]]:
    """The address of a preview, and what it tells an open browser."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    environment = os.environ | {"PYTHONPATH": str(root / "analysis")}
    process = subprocess.Popen(
        [sys.executable, "-m", "missions", "watch", "--quiet", "--port", str(port)], cwd=root, env=environment,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        while True:
            try:
                stream = urllib.request.urlopen(f"{address}/.state", timeout=600)
                break
            except OSError:
                if process.poll() is not None:
                    raise SystemExit("the preview has ended") from None
                time.sleep(0.05)  # it is starting
        yield address, (json.loads(line[5:]) for line in stream if line.startswith(b"data:"))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def until_built(told: Iterator[dict], builds: int) -> dict:
    for state in told:
        if state["error"]:
            raise SystemExit(state["error"])
        if state["build"] > builds and not state["busy"]:
            return state
    raise SystemExit("the preview told no more")


def saving(folder: Path, size: int, saves: int) -> float:
    """The median of seconds from saving a sentence to the page that shows it, with so many notebooks."""
    root = folder / f"watched-{size}"
    copies.copy_repository(folder / f"repository-{size}")
    copies.template(folder / f"repository-{size}", root, size)
    text, seconds = (root / SAVED).read_text(encoding="utf-8"), []
    with watched(root) as (address, told):
        state = until_built(told, 0)
        for number in range(saves):
            time.sleep(1)  # somebody reads, and writes the next sentence; Sphinx gets ready meanwhile
            sentence = f"Dit is de {copies.mark(number)} van de dag."
            start = time.perf_counter()
            (root / SAVED).write_text(f"{text}\n{sentence}\n", encoding="utf-8")
            state = until_built(told, state["build"])
            page = urllib.request.urlopen(f"{address}/{SAVED.removesuffix('.md')}.html").read().decode()
            seconds.append(time.perf_counter() - start)
            if sentence not in page:
                raise SystemExit("the page does not show what was saved: what was measured is worth nothing")
            print(f"  saved with {size} notebooks: {seconds[-1]:.2f} s", file=sys.stderr, flush=True)
    shutil.rmtree(root)
    return statistics.median(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--saves", type=int, default=20)
    parser.add_argument("--sizes", type=int, nargs="*", default=[7, 63])
    parser.add_argument("--no-set-up", action="store_true")
    parser.add_argument("--write", action="store_true", help=f"write {REPORT.relative_to(copies.ROOT)}")
    chosen = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        if not chosen.no_set_up:
            ours, before = set_up(Path(folder))
            ratio = f"{ours / before:.2f} (at most {AT_MOST['set-up']})"
            rows.append(f"| `make book` from an empty clone | {ours:.1f} | {before:.1f} | {ratio} |")
        for size in chosen.sizes:
            seconds = saving(Path(folder), size, chosen.saves)
            limit = f"at most {AT_MOST[size]} s" if size in AT_MOST else ""
            rows.append(f"| From saving to seeing, {size} notebooks (median of {chosen.saves}) | {seconds:.2f} | | {limit} |")
    about = _ABOUT.format(day=datetime.date.today(), cores=os.cpu_count(), python=sys.version.split()[0])
    page = about + "\n".join(rows) + "\n"
    print(page)
    if chosen.write:
        REPORT.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
