"""A program in the background, of which a test waits for what it says or makes, and never for some seconds."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from support.checkout import Checkout

AT_LAST_SECONDS = 600  # what hangs is ended then; no test is about it


class Background:
    """A verb of `missions` that runs beside the test. said: every line so far, of both its streams."""

    def __init__(self, checkout: Checkout, *arguments: str, **environment: str):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "missions", *arguments], cwd=checkout.root, env=checkout.environment(**environment),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", preexec_fn=_as_in_a_terminal,
        )  # fmt: skip
        self.said: list[str] = []
        self._watchdog = threading.Timer(AT_LAST_SECONDS, self.end)
        self._watchdog.start()

    def until_said(self, words: str) -> str:
        """The next line that holds these words. AssertionError when the program ends without it."""
        for line in self.process.stdout:
            self.said.append(line)
            if words in line:
                return line
        raise AssertionError(f"'{words}' was not said:\n{''.join(self.said)}")

    def until(self, holds: Callable[[], bool]) -> None:
        """For what shows itself in no line, such as a file that is there. AssertionError when the program ends before."""
        while not holds():
            assert self.process.poll() is None, f"it ended before:\n{self.rest()}"
            time.sleep(0.005)

    def until_made(self, path: Path) -> None:
        self.until(path.exists)

    def rest(self) -> str:
        """All that it says until it ends, with what it said before."""
        self.said.extend(self.process.stdout)
        self.process.wait()
        self._watchdog.cancel()
        return "".join(self.said)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """It stands still meanwhile, with all its processes: what a test does now comes before whatever it does next."""
        processes = [psutil.Process(self.process.pid), *self.children()]
        for one in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.suspend()
        yield
        for one in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.resume()

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, with_children: bool = True) -> None:
        """SIGKILL: to all its processes, as when memory is short, or to it alone, as when a terminal is closed."""
        with contextlib.suppress(psutil.NoSuchProcess):  # it was ready before
            for one in [psutil.Process(self.process.pid), *(self.children() if with_children else [])]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.kill()
        self._watchdog.cancel()
        self.process.wait()

    def interrupt(self) -> None:
        """Control-C."""
        self.process.send_signal(signal.SIGINT)


def _as_in_a_terminal() -> None:
    """TRAP: what a shell starts in the background ignores control-C, and so does all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextlib.contextmanager
def started(checkout: Checkout, *arguments: str, **environment: str) -> Iterator[Background]:
    """A verb of `missions` that is ended with the block, if it has not ended by itself."""
    program = Background(checkout, *arguments, **environment)
    try:
        yield program
    finally:
        program.end()
        program.process.stdout.close()
