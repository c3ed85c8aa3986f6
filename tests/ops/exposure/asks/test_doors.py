"""A real door by TLS, asked as `verify` asks: what lets a stranger in is named once, with how."""

from __future__ import annotations

import http.server
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops import pki
from ops.exposure.asks import doors
from tests.ops import certificates

KEY = "a-key-that-nobody-guesses"
PATHS = [("GET", "/"), ("POST", "/v1/predictions"), ("GET", "/healthz"), ("GET", "/metrics"), ("GET", "/v1/../metrics")]
KNOWN = dict(doors.credentials())

Rule = Callable[[str, str, str], int]


def strict(_method: str, path: str, given: str) -> int:
    if path == "/healthz":
        return 200
    return 404 if "metrics" in path else 200 if given == f"Bearer {KEY}" else 401


class Server(http.server.ThreadingHTTPServer):
    rule: Rule = staticmethod(strict)
    asked = 0


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # an answer in one piece, or each waits for an acknowledgement
    server: Server

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked += 1
        status = self.server.rule(self.command, self.path, self.headers.get("Authorization") or "")
        body = b'{"paths": {"/items/{id}": {"get": {}, "delete": {}, "summary": "x"}}}'
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer  # noqa: N815 - the names that the library calls

    def log_message(self, *_: object) -> None:
        """Tests print nothing."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    signer = pki.new_key()
    authority = pki.ca_certificate(signer, "test")
    (tmp_path / "ca.pem").write_text(authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.leaf(signer, authority, "127.0.0.1", tmp_path))
    with Server(("127.0.0.1", 0), Handler) as made:
        made.socket = context.wrap_socket(made.socket, server_side=True)
        threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        yield made
        made.shutdown()


@pytest.fixture
def door(server: Server, tmp_path: Path) -> Iterator[doors.Door]:
    with doors.Door(f"https://127.0.0.1:{server.server_port}", tmp_path / "ca.pem") as made:
        yield made


def said(door: doors.Door, public: tuple[str, ...] = ("/healthz",)) -> list[str]:
    report = doors.knock(door, "https://door", PATHS, KNOWN, public, ("/metrics",))
    assert report.checked["routes"] == len(PATHS) - len([one for one in PATHS if one[1] in public])
    assert report.checked["doors"] == report.checked["routes"] * len(KNOWN)
    assert report.open_to_all == list(public)
    return [f"{one.where} {one.what}" for one in report.problems]


def test_a_door_that_asks_for_its_key_has_no_problem(door: doors.Door, server: Server) -> None:
    assert said(door) == []
    assert server.asked == 4 * len(KNOWN)


def test_what_no_setting_opens_is_named_once(door: doors.Door) -> None:
    """As where proxy_public_paths was widened on the host, and not in the environment's variables."""
    (found,) = said(door, public=())
    ways = f"(and {len(KNOWN) - 1} more of {len(KNOWN)} ways)"
    assert found == f"https://door/healthz GET without a key gets 200 {ways}, not 401 or 403"


@pytest.mark.parametrize("what", KNOWN)
def test_each_credential_that_opens_is_named(door: doors.Door, server: Server, what: str) -> None:
    """One that the service takes, whatever the proxy thinks."""
    taken = KNOWN[what].get("Authorization", "").strip()
    server.rule = lambda method, path, given: (
        200 if given.strip() == taken and path == "/" else strict(method, path, given)
    )
    found = said(door)
    assert len(found) == 1
    assert "https://door/ GET" in found[0]
    assert what in found[0] or not taken, "without any, the first that sends none is named"


@pytest.mark.parametrize("status", [200, 404, 422, 500])
def test_whatever_is_no_refusal_is_named(door: doors.Door, server: Server, status: int) -> None:
    """404 too: who is told what is not there has been let in to ask."""
    server.rule = lambda method, path, given: status if path == "/v1/predictions" else strict(method, path, given)
    assert [one.partition(" gets ")[0] for one in said(door)] == ["https://door/v1/predictions POST without a key"]


def test_a_hidden_path_that_answers_is_named(door: doors.Door, server: Server) -> None:
    server.rule = lambda method, path, given: 200 if ".." in path else strict(method, path, given)
    assert [one.partition(" GET ")[0] for one in said(door)] == ["https://door/v1/../metrics"]


def test_a_limit_is_waited_for_and_is_no_refusal(door: doors.Door, server: Server) -> None:
    server.rule = lambda method, path, given: 429 if server.asked % 3 == 0 else strict(method, path, given)
    assert said(door) == []


def test_a_door_that_does_not_answer_has_proven_nothing(
    door: doors.Door, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "PATIENCE", 0.3)
    server.shutdown()
    server.server_close()
    assert len(doors.knock(door, "https://door", PATHS[:1], {"without a key": {}}, (), ()).problems) == 1


def test_the_routes_are_those_of_the_document(door: doors.Door, server: Server) -> None:
    server.rule = lambda *_: 200
    assert doors.routes(door.document("/openapi.json", {})) == [("GET", "/items/x"), ("DELETE", "/items/x")]


def test_a_service_without_such_a_document_is_asked_all_the_same() -> None:
    assert doors.routes({}) == []
    assert len(doors.WELL_KNOWN) > 10


def test_a_secret_that_opens_the_door_too_is_named() -> None:
    """Nothing is sent to see it: a door that is not ours any more would have it then."""
    held = {"vault_api_keys": {"default": "one", "app": "two"}, "vault_bucket_backup": {"id": "one", "secret": "two"}}
    (found,) = doors.repeated(Path("vault.yml"), held | {"vault_database_service_password": "three"})
    assert (found.where, found.what) == ("vault.yml", "vault_bucket_backup is the API key 'app' as well")
    assert "two" not in found.what + found.fix
