"""Asks the service's backends round the proxy's door, from this host. Standard library only.

ARGUMENT: {"targets": {name: address}, "port", "server_name"}.
Prints JSON: {target: {"without": status, "own": status}}; without a certificate, and with this host's own.
A text instead of a status is why there was no answer; "closed": no connection.
"""

import http.client
import json
import socket
import ssl
from typing import Any

AUTHORITY, CERTIFICATE, KEY = (f"/etc/shoestring/tls/{name}" for name in ("ca.pem", "host.pem", "host.key"))
SECONDS = 5.0


def ask(address: str, port: int, name: str, *, own: bool) -> int | str:
    context = ssl.create_default_context(cafile=AUTHORITY)
    if own:
        context.load_cert_chain(CERTIFICATE, KEY)
    try:
        plain = socket.create_connection((address, port), SECONDS)
    except OSError:
        return "closed"
    try:
        with context.wrap_socket(plain, server_hostname=name) as wire:
            wire.sendall(f"GET /readyz HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
            answer = http.client.HTTPResponse(wire)
            answer.begin()
            return answer.status
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__


def main(argument: dict[str, Any]) -> dict[str, Any]:
    """Each target, both ways. A host reaches its own backend by loopback, whatever its firewall says."""
    found = {}
    for target, address in argument["targets"].items():
        words = (address, argument["port"], argument["server_name"])
        found[target] = {"without": ask(*words, own=False), "own": ask(*words, own=True)}
    return found


if __name__ == "__main__":
    print(json.dumps(main(globals()["ARGUMENT"])))  # ops/far.py sets it
