"""`status` says ok only when the public door has answered, with the certificate verified and the key sent."""

from __future__ import annotations

import json
import shutil
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from infra import inventory
from ops import door, example, files, pki, probe, status
from ops.environment import ROOT, Environment
from ops.errors import OperationError
from ops.rehearsal import write_footprint
from tests.ops import certificates
from tests.ops.test_rehearsal import THREE

READY = {
    "status": "ready",
    "release": "1.2.3-abc",
    "model": {"name": "toy", "version": "v1"},
    "database": "ok",
}
REQUEST = {"instances": [{"carrier": "UA", "note": "it's"}]}


class Service(BaseHTTPRequestHandler):
    """A service behind a key; `body` and `code` are set by the test."""

    code, body = 200, READY

    def do_GET(self) -> None:
        known = self.headers["Authorization"] == "Bearer the-key" and self.path == "/readyz"
        content = json.dumps(self.body).encode()
        self.send_response(self.code if known else 401)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def serving(one: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Service]]:
    """The environment `one` with a public door on this machine, all hosts running, and a deployed model."""
    key = pki.new_key()
    ca = pki.ca_certificate(key, "one")
    state = one.make_state()
    files.write(state / "ca.pem", ca)
    files.write(state / "api-key", "the-key\n", 0o600)
    files.write(state / "releases" / "1.2.3-abc" / "canary.json", json.dumps({"cases": [{"request": REQUEST}]}))
    files.write(state / "release.json", json.dumps({"id": "1.2.3-abc"}))
    write_footprint(one, THREE)
    handler = type("Handler", (Service,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.leaf(key, ca, "127.0.0.1", tmp_path))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    monkeypatch.setattr(status, "url_of", lambda _: f"https://127.0.0.1:{server.server_port}")
    running = {host["name"]: probe.Probe("running", "0.0.1-old") for host in THREE["hosts"]}
    monkeypatch.setattr(probe, "hosts", lambda _: running)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield handler
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.usefixtures("serving")
def test_the_json_that_programs_read(one: Environment) -> None:
    said = json.loads(status.collect(one).json())
    assert said.pop("url").startswith("https://127.0.0.1:")
    assert datetime.fromisoformat(said.pop("certificate_ends")) > datetime.now(UTC)
    assert said == {
        "result": "ok",
        "environment": "one",
        "ca_file": str(one.state / "ca.pem"),
        "api_key_file": str(one.state / "api-key"),
        "release": "1.2.3-abc",
        "model": {"name": "toy", "version": "v1"},
        "example_request": REQUEST,
        "example_path": "/v1/predictions",
        "hosts": [
            {"name": "app1", "address": "10.77.0.11", "groups": ["proxy", "service"], "state": "running"},
            {"name": "app2", "address": "10.77.0.12", "groups": ["service"], "state": "running"},
            {"name": "data1", "address": "10.77.0.21", "groups": ["database", "bucket"], "state": "running"},
        ],
        "warnings": [],
    }


@pytest.mark.usefixtures("serving")
def test_a_wrong_key_is_not_ok(one: Environment) -> None:
    files.write(one.state / "api-key", "another\n", 0o600)
    found = status.collect(one)
    assert (found.result, found.reasons) == ("down", ["the public door answers 401"])


@pytest.mark.usefixtures("serving")
def test_a_certificate_of_another_ca_is_not_ok(one: Environment) -> None:
    files.write(one.state / "ca.pem", pki.ca_certificate(pki.new_key(), "one"))
    found = status.collect(one)
    assert found.result == "down"
    assert "certificate verify failed" in found.reasons[0]


@pytest.mark.parametrize(
    ("code", "body", "states", "result"),
    [
        (200, READY, {}, "ok"),
        (200, READY | {"database": "degraded"}, {}, "degraded"),
        (200, READY, {"app2": "unreachable"}, "degraded"),
        (200, READY, {"app2": "degraded"}, "degraded"),
        (503, {"error": {}}, {}, "down"),
        (502, {}, {"app1": "unreachable"}, "down"),
    ],
)
def test_the_result(
    serving: type[Service],
    one: Environment,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    body: dict[str, Any],
    states: dict[str, str],
    result: str,
) -> None:
    monkeypatch.setattr(serving, "code", code)
    monkeypatch.setattr(serving, "body", body)
    probes = probe.hosts(one) | {name: probe.Probe(state) for name, state in states.items()}
    monkeypatch.setattr(probe, "hosts", lambda _: probes)
    found = status.collect(one)
    assert found.result == result
    assert bool(found.reasons) == (result != "ok"), "what is wrong is said, and nothing else"
    assert all(any(name in reason for reason in found.reasons) for name in states)


def test_before_up_it_is_down_and_not_an_error(one: Environment, yours: Environment) -> None:
    found = status.collect(one)
    assert (found.result, found.hosts, found.url) == ("down", [], None)
    yours.footprint.unlink()
    with pytest.raises(OperationError, match=r"no footprint\.yml"):
        status.collect(yours)


def test_nothing_listening_is_told(tmp_path: Path) -> None:
    files.write(tmp_path / "key", "k")
    answer = door.get("https://127.0.0.1:1/readyz", None, tmp_path / "key")
    assert (answer.code, answer.body) == (0, {})
    assert "refused" in answer.text


@pytest.mark.usefixtures("serving")
def test_the_line_to_paste(one: Environment, root: Path) -> None:
    found = status.collect(one)
    assert example.curl(found, root) == (
        "curl --cacert .shoestring/one/ca.pem -H @.shoestring/one/api-key.header "
        "-H 'Content-Type: application/json' "
        """-d '{"instances": [{"carrier": "UA", "note": "it'"'"'s"}]}' """
        f"{found.url}/v1/predictions"
    ), "relative to the root, quoted for a shell, the key not in it"


def test_a_host_is_reached_by_its_pinned_key_only(one: Environment) -> None:
    write_footprint(one, THREE)
    (one.make_state() / "id_ed25519").touch()
    shutil.copy(ROOT / "stacks" / "exposure.yml", one.directory.parent)
    read = inventory.read(one.footprint, one.state.parents[1])
    words = probe.command(read.common, read.hosts["app1"])
    assert {"StrictHostKeyChecking=yes", "HostKeyAlias=app1", "BatchMode=yes"} <= set(words)
    assert words[words.index("-i") + 1] == str(one.state / "id_ed25519")
    assert words[-2:] == ["10.77.0.11", probe.COMMAND]
