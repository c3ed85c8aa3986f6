"""The store as a process of its own: `python -m rehearsal.planes.gcs.server ADDRESS PORT DIRECTORY`.

The emulator alone speaks neither TLS nor OAuth, keeps no connection, answers one at a time, and names a resumable
upload in its Location only, where Google (and pgBackRest) have a header of its own; that much is added here, and
batches that can be read.
"""

from __future__ import annotations

import json
import signal
import ssl
import sys
import threading
import time
import urllib.parse
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from gcp_storage_emulator.exceptions import NotFound
from gcp_storage_emulator.server import RequestHandler
from gcp_storage_emulator.storage import Storage

from rehearsal.planes.gcs import batch, rights
from rehearsal.planes.gcs.tokens import Held, Tokens

PROJECT_NUMBER = "0"
SAVED_EVERY = 1.0  # seconds; what came after that is lost if the server is killed, and kept if it is ended


class Records(Storage):  # type: ignore[misc]  # the emulator has no types
    """The emulator's, written once for many requests: it would write all that it knows of all objects for each."""

    changed = False

    def _write_config_to_file(self) -> None:
        self.changed = True

    def save(self) -> None:
        """Writes them if there is something new."""
        if self.changed:
            super()._write_config_to_file()
            self.changed = False


class Store:
    """What the server answers from. `directory`: its own, 0700: objects, accounts, policies, certificate, log."""

    def __init__(self, directory: Path, audience: str) -> None:
        self.directory, self.audience = directory, audience
        self.tokens = Tokens(directory)
        # One request at a time: the emulator's records are plain dictionaries.
        self.lock = threading.Lock()
        self.storage = Records(use_memory_fs=False, data_dir=str(directory), project_number=PROJECT_NUMBER)

    def save(self) -> None:
        """For as long as the server runs: what a second has brought."""
        while True:
            time.sleep(SAVED_EVERY)
            with self.lock:
                self.storage.save()

    def policies(self) -> rights.Policies:
        """Read each time: the program may have given or taken a right."""
        found: rights.Policies = json.loads((self.directory / "policies.json").read_text())
        return found

    def log(self, *words: object) -> None:
        """A line of who did what, and how it ended."""
        with (self.directory / "access.log").open("a") as file:
            file.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S')} {' '.join(map(str, words))}\n")


class Door(RequestHandler):  # type: ignore[misc]  # the emulator has no types
    """Lets in who has a token that may."""

    rfile: Any  # what is still to be read of the connection
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body go out apart: each of a backup's files would wait 40 ms for an ACK

    def __init__(self, store: Store, *rest: Any) -> None:
        self.store, self.who = store, "-"
        super().__init__(store.storage, *rest)

    def parse_request(self) -> bool:
        """True if the emulator is to answer."""
        if not super().parse_request():
            return False
        self.who = "-"
        if self.path == "/token":
            self._token()
            return False
        word, _, token = self.headers.get("Authorization", "").partition(" ")
        held = self.store.tokens.of(token) if word == "Bearer" else None
        if held is None:
            return self._refuse(401, "Invalid Credentials")
        self.who = held.member
        if self.path.partition("?")[0] == batch.PATH:
            self._batch(held)
            return False
        want = rights.wanted(self.command, self.path)
        if want is None:
            return self._refuse(501, f"the rehearsal's store does not know {self.command} {self.path}")
        if not rights.may(held, want, self.store.policies()):
            return self._refuse(403, f"{held.member} does not have {want.permission} access to {want.bucket}.")
        return True

    def handle_one_request(self) -> None:
        """With the emulator to itself once a request has come: while none does, others are served."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline:
            self.close_connection = True
            return
        with self.store.lock:
            if self.parse_request():
                getattr(self, f"do_{self.command}")()
            self.wfile.flush()

    def send_header(self, keyword: str, value: str) -> None:
        """An upload goes on by TLS, and its id has a header of its own."""
        value = value.replace("http://", "https://", 1) if keyword == "Location" else value
        super().send_header(keyword, value)
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(value).query) if keyword == "Location" else {}
        if "upload_id" in query:
            super().send_header("X-GUploader-UploadID", query["upload_id"][0])

    def log_request(self, code: Any = "-", _size: Any = "-") -> None:
        """As a bucket's access log: from where, who, what, how it ended."""
        self.store.log(self.client_address[0], self.who, self.command, self.path.partition("?")[0], int(code))

    def _token(self) -> None:
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        token = self.store.tokens.signed(form.get("assertion", [""])[0], self.store.audience)
        if token is None:
            self._answer(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
        else:
            self._answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": 3599})

    def _batch(self, held: Held) -> None:
        """Each by its own right; only deletions are known."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        statuses = []
        for part in batch.parts(self.headers.get("Content-Type", ""), body):
            statuses.append((part.id, status := self._deleted(held, part)))
            self.store.log(self.client_address[0], self.who, part.method, part.target, status)
        if statuses:
            self._send(200, *batch.answer(statuses))
        else:
            self._refuse(400, "no batch")

    def _deleted(self, held: Held, part: batch.Part) -> int:
        """How it ended."""
        want = rights.wanted(part.method, part.target)
        if want is None or want.permission != rights.DELETE:
            return 501
        if not rights.may(held, want, self.store.policies()):
            return 403
        try:
            self.store.storage.delete_file(want.bucket, want.object)
        except NotFound:
            return 404
        return 204

    def _refuse(self, status: int, message: str) -> bool:
        self.close_connection = True  # its body is not read
        self._answer(status, {"error": {"code": status, "message": message}})
        return False

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        self._send(status, "application/json", json.dumps(content).encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


def serve(address: str, port: int, directory: Path) -> None:
    """Until it is ended."""
    store = Store(directory, f"https://{address}:{port}/token")
    server = ThreadingHTTPServer((address, port), partial(Door, store))
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "host.pem", directory / "host.key")
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    threading.Thread(target=store.save, daemon=True).start()
    try:
        server.serve_forever()
    finally:
        store.storage.save()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
