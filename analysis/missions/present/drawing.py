"""From a Vega-Lite chart to SVG, by a renderer in this process or in one that several annexes share.

A renderer takes a third of a second to start and some milliseconds per chart; a build starts one for all its annexes.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from functools import cache
from multiprocessing.connection import Client, Connection, Listener, wait

import vl_convert

from ..paths import ROOT

READS = ("book/_static/fonts/*",)
FONTS = ROOT / "book" / "_static" / "fonts"
_VEGA_LITE = "6.4"
_DUTCH_LOCALE = {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["€ ", ""]}
_PATIENCE_SECONDS = 30
_shared: list[Connection] = []  # the connection to a shared renderer, once there is one


def draw(spec: dict) -> str:
    """SVG of a Vega-Lite chart, with text as text. Errors: ValueError when it is no chart."""
    if _shared:
        _shared[0].send_bytes(json.dumps(spec).encode())
        svg, error = json.loads(_shared[0].recv_bytes())
    else:
        svg, error = _draw_here(spec)
    if error:
        raise ValueError(error)
    return svg


def share(address: str) -> None:
    """From here on this process has its charts drawn by the renderer at an address, which may still be starting."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            _shared[:] = [Client(address, "AF_UNIX")]
            return
        except (FileNotFoundError, ConnectionRefusedError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


@cache
def prepare() -> None:
    """Have the fonts of the charts read. A process that will be closed to folders calls this before.

    TRAP: a renderer that cannot list the folder of the fonts says nothing and measures text with another font.
    """
    vl_convert.register_font_directory(str(FONTS))


def _draw_here(spec: dict) -> tuple[str, str]:
    prepare()
    try:
        svg = vl_convert.vegalite_to_svg(
            json.dumps(spec), vl_version=_VEGA_LITE, format_locale=_DUTCH_LOCALE, allowed_base_urls=[]
        )
        return svg, ""
    except Exception as error:  # of one chart; the renderer is there for the others
        return "", str(error)


def serve(address: str) -> None:
    """Draw for every process that connects, until whoever started this one closes its standard input."""
    with Listener(address, "AF_UNIX", backlog=64) as door:
        _draw_here({"data": {"values": [{"x": 1}]}, "mark": "bar", "encoding": {"x": {"field": "x"}}})
        clients: list[Connection] = []
        knock = door._listener._socket
        while True:
            for ready in wait([sys.stdin, knock, *clients]):
                if ready is sys.stdin:
                    return
                if ready is knock:
                    clients.append(door.accept())
                    continue
                try:
                    # As JSON: an object that is unpickled can run code.
                    ready.send_bytes(json.dumps(_draw_here(json.loads(ready.recv_bytes()))).encode())
                except (EOFError, OSError):
                    clients.remove(ready)
                    with contextlib.suppress(OSError):
                        ready.close()
