"""A client for the gateway on this host: S3 requests signed by version 4, by the standard library alone."""

import hashlib
import hmac
import http.client
import json
import socket
import ssl
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

NAME = "bucket.shoestring.internal"  # a name in the host's leaf, so TLS is verified as clients do it
AUTHORITY = "/etc/shoestring/tls/ca.pem"
SOCKET = "/run/versitygw/admin.sock"
SETTINGS = Path("/etc/shoestring/bucket.json")
CREDENTIALS = Path("/etc/shoestring/credentials/bucket")

Keys = tuple[str, str]  # access key id, secret key
Answer = tuple[int, bytes]  # HTTP status, body


def settings() -> dict[str, Any]:
    """What the role wants: port, region, accounts {name: access key id}, buckets {name: owner, readers}."""
    wanted: dict[str, Any] = json.loads(SETTINGS.read_text())
    return wanted


def user_keys(name: str) -> Keys:
    """The keys of an account by its name. Raises KeyError for an account that the role did not make."""
    users = json.loads((CREDENTIALS / "users.json").read_text())["accessAccounts"]
    access = settings()["accounts"][name]
    return access, users[access]["secret"]


def root_keys() -> Keys:
    """The administrator's keys."""
    lines = (CREDENTIALS / "root.env").read_text().splitlines()
    values = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return values["ROOT_ACCESS_KEY_ID"], values["ROOT_SECRET_ACCESS_KEY"]


class _Network(http.client.HTTPSConnection):
    """TLS to the loopback address, with the certificate checked for NAME."""

    def connect(self) -> None:
        plain = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # or bodies wait for acknowledgements
        self.sock = ssl.create_default_context(cafile=AUTHORITY).wrap_socket(plain, server_hostname=NAME)


class _Administration(http.client.HTTPConnection):
    """The administration API, which listens on a socket of this host only."""

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(SOCKET)


class Client:
    """Requests as one account, or as nobody when `keys` is None."""

    def __init__(self, keys: Keys | None) -> None:
        self.keys = keys
        self.port, self.region = settings()["port"], settings()["region"]

    def send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        administration: bool = False,
    ) -> Answer:
        """Send one request. Raises OSError (also ssl.SSLError) when there is no trustworthy answer."""
        encoded = urlencode(sorted((query or {}).items()), quote_via=quote, safe="")
        head = {"host": f"{NAME}:{self.port}", **(headers or {})}
        if self.keys:
            head |= sign(self.keys, self.region, method, path, encoded, body, head, time.time())
        kind = _Administration if administration else _Network
        connection = kind(NAME, self.port, timeout=30)
        try:
            target = quote(path)
            connection.request(method, f"{target}?{encoded}" if encoded else target, body, head)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def sign(
    keys: Keys,
    region: str,
    method: str,
    path: str,
    query: str,
    body: bytes,
    headers: Mapping[str, str],
    now: float,
) -> dict[str, str]:
    """The headers that sign a request (AWS signature 4); `query` is encoded and sorted, `now` in seconds."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    content = hashlib.sha256(body).hexdigest()
    signed = {**headers, "x-amz-date": stamp, "x-amz-content-sha256": content}
    names = ";".join(sorted(signed))
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    canonical = "\n".join([method, quote(path), query, lines, names, content])
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{keys[1]}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.new(key, text.encode(), "sha256").hexdigest()
    credential = f"AWS4-HMAC-SHA256 Credential={keys[0]}/{scope}"
    return {
        "x-amz-date": stamp,
        "x-amz-content-sha256": content,
        "authorization": f"{credential}, SignedHeaders={names}, Signature={signature}",
    }
