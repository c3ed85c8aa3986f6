"""Carries a connection of ssh over standard input and output, as the clouds' own programs do."""

from __future__ import annotations

import os
import socket
import threading


def connected(host: str, port: int, source: str = "") -> socket.socket:
    """A connection that was made within 10 s, and may be silent for as long as it likes. `source`: whence it comes."""
    connection = socket.create_connection((host, port), timeout=10, source_address=(source, 0) if source else None)
    connection.settimeout(None)
    return connection


def carry(connection: socket.socket) -> None:
    """Standard input to the far end, and what comes from there to standard output, until it closes."""

    def outwards() -> None:
        while data := os.read(0, 65536):
            connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)

    threading.Thread(target=outwards, daemon=True).start()
    while data := connection.recv(65536):
        left = memoryview(data)
        while left:
            left = left[os.write(1, left) :]
