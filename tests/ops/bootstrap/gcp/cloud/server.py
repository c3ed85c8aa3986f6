"""The APIs of one project, by HTTP on this machine: each request is held against Google's description of its API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

from ops.cloud.gcp.api import OVERRIDE, VERSIONS
from tests.ops.bootstrap.gcp.cloud import discovery
from tests.ops.bootstrap.gcp.cloud.discovery import Call, WrongError
from tests.ops.bootstrap.gcp.cloud.errors import RefusedError
from tests.ops.bootstrap.gcp.cloud.project import Project
from tests.ops.bootstrap.gcp.cloud.services import HANDLERS


class LostError(Exception):
    """The answer never arrives; what was asked for is done."""


@dataclass
class Google:
    """`calls`: all that were answered. `wrong`: requests that no API of Google's has, or a handler that broke.

    `before` and `after` are given each call's id and may raise RefusedError or LostError.
    """

    project: Project = field(default_factory=Project)
    calls: list[Call] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None
    after: Callable[[str], None] = lambda _: None

    @property
    def changes(self) -> list[str]:
        """The ids of the calls that may change something."""
        return [call.id for call in self.calls if call.changes]

    def mend(self) -> None:
        self.before = self.after = lambda _: None
        self.calls.clear()

    def answer(self, service: str, verb: str, path: str, query: str, body: bytes) -> dict[str, object]:
        call = discovery.understood(service, verb, path, query, body)
        self.calls.append(call)
        self.before(call.id)
        self.project.wants(service)
        found = HANDLERS[call.id](self.project, call)
        self.after(call.id)
        return found


@contextmanager
def serving(google: Google) -> Iterator[dict[str, str]]:
    """The variables that gcloud, and ops.cloud.gcp.api, take the APIs' addresses from."""

    class Handler(BaseHTTPRequestHandler):
        def _asked(self) -> None:
            parts = urlsplit(self.path)
            _, service, path = parts.path.split("/", 2)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                status, said = 200, google.answer(service, self.command, path, parts.query, body)
            except RefusedError as error:
                status, said = error.status, error.document()
            except LostError:
                self.close_connection = True
                return
            except WrongError as error:
                google.wrong.append(str(error))
                status, said = 400, RefusedError(400, f"wrong: {error}").document()
            except Exception as error:  # noqa: BLE001 - a handler that breaks must fail the test, not hang it
                google.wrong.append(f"{self.path}: {error!r}")
                status, said = 400, RefusedError(400, f"wrong: {error!r}").document()
            data = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _asked  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Nothing: the calls are kept."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        root = f"http://127.0.0.1:{server.server_address[1]}"
        yield {
            OVERRIDE.format(service.upper()): f"{root}/{service}/{discovery.document(service)['servicePath']}"
            for service in VERSIONS
        }
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
