"""`status` says ok only when the public door has answered, with the certificate verified and the key sent."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from infra import inventory
from ops import door, example, files, pki, probe
from ops.environment import Environment
from ops.errors import OperationError
from ops.look import status
from ops.rehearsal import write_footprint
from tests.ops import certificates
from tests.ops.test_rehearsal import THREE

READY = {
    "status": "ready",
    "release": "1.2.3-abc",
    "model": {"name": "toy", "version": "v1"},
    "database": "ok",
}
PREDICTIONS = "/v1/predictions"
REQUEST = {"instances": [{"carrier": "UA", "note": "it's"}]}

ABOUT = {
    "name": "toy service",
    "ready_path": "/readyz",
    "check_path": "/check",
    "predict_path": PREDICTIONS,
    "model": {"name": "toy", "version": "v1"},
    "example": REQUEST,
}
SERVES = {"state": "running", "release": "0.0.1-old", "model": ABOUT["model"], "uptime_seconds": 300, "restarts": 0}
SERVES_NOTHING = {"state": "running", "release": None, "model": None, "uptime_seconds": None, "restarts": None}


class Service(BaseHTTPRequestHandler):
    """A service behind a key; `body` and `code` are set by the test."""

    code, body, ready = 200, READY, "/readyz"

    def do_GET(self) -> None:
        known = self.headers["Authorization"] == "Bearer the-key" and self.path == self.ready
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
    write_footprint(one, THREE)
    handler = type("Handler", (Service,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.leaf(key, ca, "127.0.0.1", tmp_path))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    monkeypatch.setattr(status, "url_of", lambda _: f"https://127.0.0.1:{server.server_port}")
    serves = probe.Probe("running", "0.0.1-old", ABOUT, {"0.0.1-old": probe.Unit("active", 300, 0)})
    running = {"app1": serves, "app2": serves, "data1": probe.Probe("running")}
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
        "service": "toy service",
        "release": "1.2.3-abc",
        "model": {"name": "toy", "version": "v1"},
        "example_request": REQUEST,
        "example_path": PREDICTIONS,
        "hosts": [
            {"name": "app1", "address": "10.77.0.11", "groups": ["proxy", "service"], **SERVES},
            {"name": "app2", "address": "10.77.0.12", "groups": ["service"], **SERVES},
            {"name": "data1", "address": "10.77.0.21", "groups": ["database", "bucket"], **SERVES_NOTHING},
        ],
        "warnings": [],
        "deploys": [],
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
        (200, READY | {"spool": "degraded"}, {}, "degraded"),
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


def test_a_roll_that_ended_halfway_is_degraded_and_a_crash_that_is_over_is_not(
    serving: type[Service],  # noqa: ARG001 - it answers
    one: Environment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    probes = probe.hosts(one)
    crashed = probe.Probe("running", "0.0.1-old", ABOUT, {"0.0.1-old": probe.Unit("active", 5, 3)})
    monkeypatch.setattr(probe, "hosts", lambda _: probes | {"app2": crashed})
    found = status.collect(one)
    assert (found.result, found.hosts[1].restarts, len(found.reasons)) == ("ok", 3, 1)
    assert "restarted 0.0.1-old on app2 3 times" in found.reasons[0]
    monkeypatch.setattr(probe, "hosts", lambda _: probes | {"app2": probe.Probe("running", "0.0.2-new", ABOUT)})
    found = status.collect(one)
    assert found.result == "degraded"
    assert found.reasons[0].startswith("app1 serves 0.0.1-old and app2 0.0.2-new: make deploy")


def test_a_service_of_ones_own_is_asked_what_it_answers(
    serving: type[Service], one: Environment, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The paths and the line to paste are those of the release that runs, and no prediction is assumed."""
    about = {"name": "mine", "ready_path": "/health", "check_path": "/hello", "model": None, "example": None}
    monkeypatch.setattr(
        probe, "hosts", lambda _: {h["name"]: probe.Probe("running", "1", about) for h in THREE["hosts"]}
    )
    monkeypatch.setattr(serving, "body", {"status": "fine"})
    assert status.collect(one).result == "down", "the path of another service answers for it"
    monkeypatch.setattr(serving, "ready", "/health")
    found = status.collect(one)
    assert (found.result, found.service, found.release, found.model) == ("ok", "mine", "1", None)
    assert str(example.curl(found, root)).endswith(f"api-key.header {found.url}/hello")


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
    read = inventory.read(one.footprint, one.state.parents[1])
    words = probe.command(read.common, read.hosts["app1"])
    assert {"StrictHostKeyChecking=yes", "HostKeyAlias=app1", "BatchMode=yes"} <= set(words)
    assert words[words.index("-i") + 1] == str(one.state / "id_ed25519")
    assert words[-2:] == ["10.77.0.11", probe.COMMAND]
