"""The server of the preview: for this machine alone, of one folder alone, with the headers that have a browser keep it so."""

from __future__ import annotations

import functools
import http.client
import os
import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from missions.choice import CONTENT_SECURITY_POLICY
from missions.edition import watch

PAGE = b"<html><body>Voorbeeld</body></html>"


@pytest.fixture
def served(tmp_path) -> Path:
    folder = tmp_path / "preview" / "html"
    (folder / "data").mkdir(parents=True)
    (folder / "index.html").write_bytes(PAGE)
    (folder / "data" / "table.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (tmp_path / "secret.html").write_bytes(PAGE)
    (tmp_path / "secret.csv").write_text("geheim", encoding="utf-8")
    return folder


@pytest.fixture
def ask(served) -> Iterator[Callable]:
    """Sends one request to a server of the folder, with any Host; gives status, headers and content."""
    state = watch.State()
    state.tell(build=1, busy=False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), None)
    port = server.server_address[1]
    server.RequestHandlerClass = functools.partial(watch.pages(state, port), directory=str(served))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def asked(address: str, *hosts: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.putrequest(method, address, skip_host=True)
        for host in hosts or (f"localhost:{port}",):
            connection.putheader("Host", host.format(port=port))
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    yield asked
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("host", ["localhost:{port}", "127.0.0.1:{port}", "[::1]:{port}"])
def test_it_answers_to_the_names_of_this_machine(ask, host):
    status, _, content = ask("/index.html", host)
    assert status == 200 and b"Voorbeeld" in content and b"/.watch.js" in content


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("address", ["/", "/index.html", "/data/table.csv", "/.state", "/.watch.js", "/nothing"])
@pytest.mark.parametrize(
    "hosts",
    [
        ("elsewhere.example:{port}",),
        ("localhost",),  # of another port
        ("localhost:1",),
        ("127.0.0.1.elsewhere.example:{port}",),
        ("localhost:{port}", "elsewhere.example"),
        ("",),
    ],
)
def test_under_any_other_name_it_gives_nothing(ask, method, address, hosts):
    """A page of another site may have a name that leads here (DNS rebinding)."""
    status, _, content = ask(address, *hosts, method=method)
    assert status == 403 and b"Voorbeeld" not in content and b"1,2" not in content


@pytest.mark.parametrize("address", ["/data/", "/data", "/data/?a", "/./data/."])
def test_no_folder_is_listed(ask, address):
    status, _, content = ask(address)
    assert status in (301, 404) and b"table.csv" not in content


@pytest.mark.parametrize(("name", "to"), [("page.html", "../../secret.html"), ("all", "../.."), ("t.csv", "../../secret.csv")])
def test_a_link_that_leads_out_of_the_folder_is_not_followed(ask, served, name, to):
    os.symlink(to, served / name)
    address = f"/{name}/secret.html" if name == "all" else f"/{name}"
    for method in ("GET", "HEAD"):
        status, _, content = ask(address, method=method)
        assert status == 404 and b"geheim" not in content and b"Voorbeeld" not in content


@pytest.mark.parametrize("address", ["/../secret.html", "/..%2fsecret.html", "/%2e%2e/secret.html", "//etc/passwd", "/%00"])
def test_no_address_leads_out_of_the_folder(ask, address):
    status, _, content = ask(address)
    assert status in (301, 400, 404) and b"Voorbeeld" not in content and b"root:" not in content


def test_a_link_within_the_folder_is(ask, served):
    os.symlink("index.html", served / "start.html")
    assert ask("/start.html")[0] == 200


@pytest.mark.parametrize("address", ["/", "/index.html", "/data/table.csv", "/.watch.js", "/nothing", "/data/"])
def test_every_answer_has_the_headers_that_keep_it_here(ask, address):
    _, headers, _ = ask(address)
    assert headers["content-security-policy"] == f"{CONTENT_SECURITY_POLICY}; frame-ancestors 'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers or "Python" not in headers["server"]
