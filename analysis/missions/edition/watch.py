"""Save an annex or a page and see it in the browser: a preview that is built anew after every change and shows itself.

The processes that have imported the libraries stay, and Sphinx waits ahead for the next save, so that a build costs only what
changed.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import watchfiles

from ..choice import CONTENT_SECURITY_POLICY, Choice
from ..machine import snapshot, warm
from ..paths import CONFIDENTIAL, GENERATED, ROOT, SOURCE_FILES, SOURCE_FOLDERS
from . import begin, build, results

_STATE_ADDRESS, _SCRIPT_ADDRESS = "/.state", "/.watch.js"
# A file, because pages forbid scripts within them; only pages that this server sends have it.
_TAG = f'<script defer src="{_SCRIPT_ADDRESS}"></script></body>'.encode()
_SCRIPT = Path(__file__).with_name("watch.js")
READS = ("analysis/missions/edition/watch.js",)
_WAITING = """<!DOCTYPE html><html lang="nl"><head><meta charset="utf-8"><title>Voorbeeld</title></head>
<body><main><h1>Het voorbeeld wordt gemaakt</h1><p>Deze pagina toont het zodra het er is.</p></main></body></html>"""
# With every answer: the policy of the site also where a page has lost it, and nothing that another site or a cache could use.
_HEADERS = {
    "Content-Security-Policy": f"{CONTENT_SECURITY_POLICY}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_STEP_MS = 10  # how long nothing may be saved before what was saved is told


class State:
    """What browsers are told: how many builds there were, whether one is under way, and what was wrong with the last."""

    def __init__(self) -> None:
        self.told = {"build": 0, "busy": True, "error": "", "since": time.time_ns()}
        self._changed = threading.Condition()

    def tell(self, **news: object) -> None:
        with self._changed:
            self.told = self.told | news
            self._changed.notify_all()

    def stream(self) -> Iterator[dict]:
        """What is known now, and every change of it from then on."""
        seen = None
        while True:
            with self._changed:
                if self.told is seen:
                    self._changed.wait(timeout=10)  # so that a browser that left is noticed
                seen = self.told
            yield seen


class _Pages(SimpleHTTPRequestHandler):
    """The preview, with a script in every page that shows the next build or its error."""

    state: ClassVar[State]
    hosts: ClassVar[tuple[str, ...]]
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "preview", ""

    def parse_request(self) -> bool:
        """Whether a request of any kind may be answered."""
        if not super().parse_request():
            return False
        # PRIVACY: a page of another site may not make a browser here ask for the preview under a name of its own.
        if len(known := self.headers.get_all("Host", [])) != 1 or known[0] not in self.hosts:
            self.send_error(403)
            return False
        # PRIVACY: a link in the folder may lead to anything that this user can read.
        if "%00" in self.path or not self._path().resolve().is_relative_to(Path(self.directory).resolve()):
            self.send_error(404)
            return False
        return True

    def _path(self) -> Path:
        path = Path(self.translate_path(self.path))
        return path / "index.html" if path.is_dir() else path

    def do_GET(self) -> None:
        address, path = self.path.partition("?")[0], self._path()
        if address == _STATE_ADDRESS:
            self._stream()
        elif address == _SCRIPT_ADDRESS:
            self._send(_SCRIPT.read_bytes(), "text/javascript")
        elif path.suffix == ".html" and path.is_file():
            self._send(path.read_bytes().replace(b"</body>", _TAG), "text/html; charset=utf-8")
        elif not self.state.told["build"] or not Path(self.directory).is_dir():
            self._send(_WAITING.encode().replace(b"</body>", _TAG), "text/html; charset=utf-8")
        else:
            super().do_GET()

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.close_connection = True
        for told in self.state.stream():
            try:
                self.wfile.write(f"data: {json.dumps(told)}\n\n".encode())
                self.wfile.flush()
            except OSError:  # the page was closed
                return

    def _send(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def end_headers(self) -> None:
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def list_directory(self, path: str) -> None:
        self.send_error(404)

    def log_message(self, *ignored: object) -> None:
        """Requests are not logged."""


class _Saved:
    """Tells of saved files, from before its creation ends until it is closed: nothing that is saved in between is missed."""

    def __init__(self) -> None:
        self.event, self._stop = threading.Event(), threading.Event()
        folders = [ROOT / name for name in ("analysis", "book", "data") if (ROOT / name).is_dir()]
        # The settings lie beside the folders, where results are written too.
        watching = [threading.Event() for _ in range(2)]
        for ready, places, below in ((watching[0], folders, True), (watching[1], [ROOT], False)):
            threading.Thread(target=self._watch, args=(ready, places, below), daemon=True).start()
        for ready in watching:
            ready.wait()

    def _watch(self, ready: threading.Event, places: list[Path], below: bool) -> None:
        # TRAP: this begins to watch only when it is asked for the first time, and tells by an empty answer that it does.
        for saved in watchfiles.watch(
            *places, debounce=200, step=_STEP_MS, watch_filter=_matters, rust_timeout=100, yield_on_timeout=True,
            stop_event=self._stop, recursive=below,
        ):  # fmt: skip
            if saved or not ready.is_set():
                self.event.set()
            ready.set()

    def close(self) -> None:
        self._stop.set()


def pages(state: State, port: int) -> type[_Pages]:
    """What answers to a browser: a handler of requests, for a server at this port."""
    hosts = (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}")
    return type("Pages", (_Pages,), {"state": state, "hosts": hosts})


def watch(choice: Choice, port: int) -> None:
    """Build a preview, serve it on this machine alone, and build again whenever a file is saved; until it is interrupted.

    Errors: OSError when the port is taken.
    """
    state = State()
    folder = results.where(preview=True) / "html"
    server = ThreadingHTTPServer(("127.0.0.1", port), functools.partial(pages(state, port), directory=str(folder)))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment, saved = snapshot.environment(), _Saved()
    seen = snapshot.sources(choice.data)
    print(f"http://localhost:{port} shows the preview; control-C ends this", flush=True)
    with warm.processes(str(ROOT)) as processes:
        try:
            while True:
                state.tell(busy=True)
                state.tell(busy=False, error=_built(choice, processes), build=state.told["build"] + 1)
                while not (changed := snapshot.differing(now := snapshot.sources(choice.data), seen)):
                    saved.event.wait()
                    saved.event.clear()
                seen = now  # from before the build: what is saved during it makes another one
                if not _own_code().isdisjoint(changed) or snapshot.environment() != environment:
                    break
        except KeyboardInterrupt:
            return
        finally:
            saved.close()
            server.server_close()
    os.execv(sys.executable, [sys.executable, "-m", "missions", *sys.argv[1:]])


def _built(choice: Choice, processes: warm.Processes) -> str:
    """Build once; returns what is wrong, for the person who edits, who reads it and saves again."""
    try:
        with begin.locked():
            build.build(choice, processes, resident=True)
    except Exception as error:
        ours = type(error).__module__.startswith("missions")
        said = str(error) if ours else f"{type(error).__name__}: {error}"
        print(f"\n{said}", file=sys.stderr, flush=True)
        return said
    return ""


def _matters(change: object, path: str) -> bool:
    """Whether a saved file can change a build: no file that a build writes itself."""
    name = Path(path).relative_to(ROOT).as_posix() if Path(path).is_relative_to(ROOT) else path
    if "__pycache__" in name or name.startswith(GENERATED) or name.rpartition("/")[2].startswith("."):
        return False
    return name in SOURCE_FILES or name.startswith((*SOURCE_FOLDERS, CONFIDENTIAL))


def _own_code() -> set[str]:
    """The modules of ours that this process has imported: when one changes, this process is of no use any more."""
    files = [getattr(module, "__file__", None) for name, module in list(sys.modules.items()) if name.startswith("missions")]
    return {Path(path).relative_to(ROOT).as_posix() for path in files if path}
