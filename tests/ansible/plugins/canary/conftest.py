"""Makes the module's helpers importable as on a host, and serves answers on a unix socket."""

from __future__ import annotations

import http.server
import json
import socketserver
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ansible.module_utils
import pytest

_UTILS = str(Path(__file__).parents[4] / "ansible/plugins/module_utils")
if _UTILS not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(_UTILS)


class Release(socketserver.ThreadingUnixStreamServer):
    """Answers like the service: twice the number asked for. `answer` and `ready` may be replaced."""

    daemon_threads = True

    def __init__(self, path: str) -> None:
        self.asked: list[Any] = []
        self.seconds: list[float] = []
        self.ready = 200
        self.status = 200
        self.answer: Any = lambda request: {
            "predictions": [{"id": "x", "delay": 2.0 * item} for item in request["instances"]],
            "model": {"name": "m", "version": "1"},
        }
        super().__init__(path, _Handler)

    def handle_error(self, *_: object) -> None:
        """A client that gave up waiting is what some tests are about."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Release
    protocol_version = "HTTP/1.1"

    def address_string(self) -> str:
        return "unix"

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""

    def do_GET(self) -> None:
        self._send(self.server.ready if self.path == "/readyz" else 404, {"status": "as told"})

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, request))
        if self.server.seconds:
            time.sleep(self.server.seconds.pop(0))
        self._send(self.server.status, self.server.answer(request))

    def _send(self, status: int, answer: Any) -> None:
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory whose sockets have short paths: the kernel takes 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="canary.") as name:
        yield Path(name)


@pytest.fixture
def release(place: Path) -> Iterator[Release]:
    with Release(str(place / "http.sock")) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()
