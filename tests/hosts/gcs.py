"""Google's storage as a host of ours meets it: TLS, OAuth for a service account, and an emulator of the JSON API.

The emulator alone speaks neither TLS nor OAuth, keeps no connection, and names a resumable upload in its Location only,
where Google (and pgBackRest) have a header of its own; that much is added here.
"""

from __future__ import annotations

import base64
import json
import secrets
import ssl
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from gcp_storage_emulator.handlers.buckets import create_bucket
from gcp_storage_emulator.server import RequestHandler
from gcp_storage_emulator.storage import Storage

from ops import pki
from tests.ops import certificates

ACCOUNT = "backups@shoestring-test.iam.gserviceaccount.com"


@dataclass
class Google:
    """What the server needs to know; `objects` are the names of all that were stored."""

    address: str
    ca: str
    key: rsa.RSAPrivateKey
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    port: int = 0
    storage: Any = field(default_factory=lambda: Storage(use_memory_fs=True))
    refused: int = 0  # requests without the token

    @property
    def endpoint(self) -> str:
        return f"https://{self.address}:{self.port}"

    def account(self) -> dict[str, str]:
        """The service account's key file, less what nobody reads."""
        pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return {
            "type": "service_account",
            "client_email": ACCOUNT,
            "private_key": pem.decode(),
            "token_uri": f"{self.endpoint}/token",
        }

    def objects(self, bucket: str) -> list[str]:
        return [found["name"] for found in self.storage.get_file_list(bucket)[0]]

    def grant(self, assertion: str) -> str | None:
        """The token for a JWT that the account signed for us and that is still good (RFC 7523)."""
        head, claims, signature = assertion.split(".")
        self.key.public_key().verify(
            _decoded(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256()
        )
        told = json.loads(_decoded(claims))
        good = told["iss"] == ACCOUNT and told["aud"] == f"{self.endpoint}/token" and told["exp"] > time.time()
        return self.token if good else None


class _Door(RequestHandler):  # type: ignore[misc]  # the emulator has no types
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body go out apart: each of a backup's files would wait 40 ms for an ACK

    def __init__(self, google: Google, *rest: Any) -> None:
        self.google = google
        super().__init__(google.storage, *rest)

    def parse_request(self) -> bool:
        """True if the emulator is to answer."""
        if not super().parse_request():
            return False
        if self.path == "/token":
            form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            token = self.google.grant(form["assertion"][0])
            self._answer(200 if token else 401, {"access_token": token, "token_type": "Bearer", "expires_in": 3600})
            return False
        if self.headers["Authorization"] != f"Bearer {self.google.token}":
            self.google.refused += 1
            self._answer(401, {"error": {"code": 401, "message": "Invalid Credentials"}})
            return False
        return True

    def send_header(self, keyword: str, value: str) -> None:
        super().send_header(keyword, value)
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(value).query) if keyword == "Location" else {}
        if "upload_id" in query:
            super().send_header("X-GUploader-UploadID", query["upload_id"][0])

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@contextmanager
def serving(address: str, bucket: str, directory: Path) -> Iterator[Google]:
    """Google with one empty bucket, on a free port of `address`, for as long as the block lasts."""
    authority = pki.new_key()
    ca = pki.ca_certificate(authority, "storage")
    google = Google(address, ca, rsa.generate_private_key(65537, 2048))
    create_bucket(bucket, google.storage)
    server = ThreadingHTTPServer((address, 0), partial(_Door, google))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.leaf(authority, ca, address, directory))
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    google.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield google
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
