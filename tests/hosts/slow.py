"""Clients that hold on to the public door, many at once: each kind is a function that bears with one connection."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

HOLD_SECONDS = 40.0  # a connection that nobody cut is given up then

Work = Callable[[ssl.SSLSocket], None]


@dataclass
class Attack:
    """`count` connections of one kind; `seconds` has how long each was borne, once it is over."""

    count: int
    work: Work
    receive_bytes: int = 0  # of the kernel's buffer here; 0 for the usual
    seconds: list[float] = field(default_factory=list)


def drip(opening: bytes, pause: float) -> Work:
    """Sends `opening`, then a byte every `pause` seconds."""

    def work(connection: ssl.SSLSocket) -> None:
        connection.sendall(opening)
        end = time.monotonic() + HOLD_SECONDS
        connection.settimeout(pause)
        while time.monotonic() < end:
            with contextlib.suppress(TimeoutError):
                if not connection.recv(4096):
                    return
            connection.sendall(b"x")

    return work


def silent(connection: ssl.SSLSocket) -> None:
    """Says nothing after the handshake."""
    connection.settimeout(HOLD_SECONDS)
    connection.recv(1)


def sip(requests: bytes) -> Work:
    """Asks for more than it ever reads."""

    def work(connection: ssl.SSLSocket) -> None:
        connection.sendall(requests)
        end = time.monotonic() + HOLD_SECONDS
        while time.monotonic() < end:
            time.sleep(1)
            # A reset arrives as an error of the socket, however much is still unread.
            if connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                return

    return work


def run(address: str, ca: str, attacks: dict[str, Attack]) -> list[threading.Thread]:
    """Starts them all; the threads end when their connections have."""
    threads = [
        threading.Thread(target=_one, args=(address, ca, attack), daemon=True)
        for attack in attacks.values()
        for _ in range(attack.count)
    ]
    for thread in threads:
        thread.start()
    return threads


def connect(address: str, ca: str, receive_bytes: int = 0) -> ssl.SSLSocket:
    """A TLS connection to the door; `receive_bytes` limits the kernel's buffer here."""
    plain = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if receive_bytes:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    plain.settimeout(30)
    plain.connect((address, 443))
    return ssl.create_default_context(cafile=ca).wrap_socket(plain, server_hostname=address)


def _one(address: str, ca: str, attack: Attack) -> None:
    with connect(address, ca, attack.receive_bytes) as connection:
        started = time.monotonic()
        with contextlib.suppress(OSError):  # cut
            attack.work(connection)
        attack.seconds.append(time.monotonic() - started)
