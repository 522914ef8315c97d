"""Save an annex or a page and see it in the browser: a preview that is built anew after every change and shows itself.

The processes that have imported the libraries stay, so that a build costs only what changed.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import watchfiles

from ..choice import Choice
from ..machine import snapshot, warm
from ..paths import CONFIDENTIAL, GENERATED, ROOT, SOURCE_FILES, SOURCE_FOLDERS
from . import build, results

_STATE_ADDRESS, _SCRIPT_ADDRESS = "/.state", "/.watch.js"
# A file, because pages forbid scripts within them; only pages that this server sends have it.
_TAG = f'<script defer src="{_SCRIPT_ADDRESS}"></script></body>'.encode()
# Asks twice a second whether there is another build.
_SCRIPT = b"""
let seen = null;
setInterval(async () => {
  const state = await (await fetch("/.state")).json();
  if (seen !== null && state.build !== seen) location.reload();
  seen = state.build;
  let box = document.getElementById("build-error");
  if (!box && state.error) {
    box = document.body.insertBefore(document.createElement("pre"), document.body.firstChild);
    box.id = "build-error";
    box.style = "margin:0;padding:1rem;background:#7a1111;color:#fff;white-space:pre-wrap";
  }
  if (box) box.textContent = state.error;
}, 500);
"""


class _Pages(SimpleHTTPRequestHandler):
    """The preview, with a script in every page that shows the next build or its error."""

    state: ClassVar[dict] = {}

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if self.path.partition("?")[0] == _STATE_ADDRESS:
            self._send(json.dumps(self.state).encode(), "application/json")
        elif self.path == _SCRIPT_ADDRESS:
            self._send(_SCRIPT, "text/javascript")
        elif path.suffix == ".html" and path.is_file():
            self._send(path.read_bytes().replace(b"</body>", _TAG), "text/html; charset=utf-8")
        else:
            super().do_GET()

    def _send(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *ignored: object) -> None:
        """Requests are no news."""


def watch(choice: Choice, port: int) -> None:
    """Build a preview, serve it on this machine alone, and build again whenever a file is saved; until it is interrupted."""
    state = {"build": 0, "error": ""}
    folder = results.where(preview=True) / "html"
    handler = type("Pages", (_Pages,), {"state": state})
    server = ThreadingHTTPServer(("127.0.0.1", port), functools.partial(handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    started_with = _own_code(), snapshot.environment()
    places = [ROOT / name for name in ("analysis", "book", "data")]
    with warm.processes(str(ROOT)) as processes:
        changes = watchfiles.watch(
            *places, debounce=200, step=20, watch_filter=_matters, rust_timeout=1000, yield_on_timeout=True
        )
        print(f"http://localhost:{port} shows the preview; control-C ends this", flush=True)
        while True:
            seen = snapshot.sources(choice.data)  # before the build: what is saved during it makes another one
            try:
                build.build(choice, processes=processes)
                state["error"] = ""
            except Exception as error:
                # Whatever is wrong, the person who edits reads it and saves again.
                ours = type(error).__module__.startswith("missions")
                state["error"] = str(error) if ours else f"{type(error).__name__}: {error}"
                print(f"\n{state['error']}", file=sys.stderr, flush=True)
            state["build"] += 1
            try:
                while snapshot.sources(choice.data) == seen:
                    settings = _settings()
                    while not next(changes) and _settings() == settings:
                        pass
            except (StopIteration, KeyboardInterrupt):
                return
            if (_own_code(), snapshot.environment()) != started_with:
                server.server_close()
                processes.close()
                os.execv(sys.executable, [sys.executable, "-m", "missions", *sys.argv[1:]])


def _matters(change: object, path: str) -> bool:
    """Whether a saved file can change a build: no file that a build writes itself."""
    name = Path(path).relative_to(ROOT).as_posix() if Path(path).is_relative_to(ROOT) else path
    if "__pycache__" in name or name.startswith(GENERATED) or name.rpartition("/")[2].startswith("."):
        return False
    return name in SOURCE_FILES or name.startswith((*SOURCE_FOLDERS, CONFIDENTIAL))


def _settings() -> dict[str, str]:
    """The few files beside the folders, which editors replace rather than change: their content tells, not the file system."""
    return {name: snapshot.sha256_of(ROOT / name) for name in SOURCE_FILES if (ROOT / name).is_file()}


def _own_code() -> dict[str, str]:
    """The modules of ours that this process has imported, by content: when one changes, this process is of no use any more."""
    files = [
        module.__file__
        for name, module in list(sys.modules.items())
        if name.startswith("missions") and getattr(module, "__file__", None)
    ]
    return {path: snapshot.sha256_of(path) for path in sorted(files) if os.path.isfile(path)}
