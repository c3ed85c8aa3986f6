"""Steady requests to the public door, TLS verified, while something is done to it: whose answer got lost?"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

PACE = 0.05  # seconds between two requests of a client: eight clients stay under the door's rate limit


class Connection(http.client.HTTPSConnection):
    """To `address`, whatever DNS says of `name`; the certificate must be for the name."""

    def __init__(self, name: str, address: str, context: ssl.SSLContext) -> None:
        super().__init__(name, 443, context=context, timeout=20)
        self.address, self.context = address, context

    def connect(self) -> None:
        plain = socket.create_connection((self.address, 443), timeout=20)
        self.sock: ssl.SSLSocket = self.context.wrap_socket(plain, server_hostname=self.host)


@dataclass
class Seen:
    """`lost`: what went wrong, one text a request. `serials`: of the certificates, in the order of their coming."""

    answered: int = 0
    lost: list[str] = field(default_factory=list)
    serials: list[str] = field(default_factory=list)


def served(name: str, address: str, roots: str) -> dict[str, object]:
    """The door's certificate, verified against the PEM `roots`, as ssl describes it. Raises ssl.SSLError."""
    connection = Connection(name, address, ssl.create_default_context(cadata=roots))
    connection.connect()
    found: dict[str, object] = {**(connection.sock.getpeercert() or {})}
    connection.close()
    return found


@contextmanager
def requests(name: str, address: str, roots: str, clients: int = 8) -> Iterator[Seen]:
    """Half the clients keep their connection, half open one a request. At least 20 answers before and after."""
    seen, stop = Seen(), threading.Event()
    context = ssl.create_default_context(cadata=roots)
    threads = [
        threading.Thread(target=_client, args=(Connection(name, address, context), number % 2 == 0, seen, stop))
        for number in range(clients)
    ]
    for thread in threads:
        thread.start()
    try:
        _more(seen)
        yield seen
        _more(seen)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _more(seen: Seen) -> None:
    enough, end = seen.answered + 20, time.monotonic() + 60
    while seen.answered < enough and time.monotonic() < end:
        time.sleep(0.05)


def _client(connection: Connection, keeps: bool, seen: Seen, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            _ask(connection, seen)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            seen.lost.append(repr(error))
        if not keeps:
            connection.close()
        stop.wait(PACE)
    connection.close()


def _ask(connection: Connection, seen: Seen) -> None:
    reused = connection.sock is not None
    try:
        answer = _send(connection, seen)
    except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
        if not reused:
            raise
        # A server may close an idle connection at any time (RFC 9112, 9.3.1): clients ask once more on a new one.
        connection.close()
        answer = _send(connection, seen)
    body = answer.read()
    if answer.status != 200:
        seen.lost.append(f"{answer.status} {body[:200]!r}")
    seen.answered += 1


def _send(connection: Connection, seen: Seen) -> http.client.HTTPResponse:
    if connection.sock is None:
        connection.connect()
        serial = str((connection.sock.getpeercert() or {})["serialNumber"])
        if serial not in seen.serials:
            seen.serials.append(serial)
    connection.request("GET", "/healthz")
    return connection.getresponse()
