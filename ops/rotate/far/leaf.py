"""Prints the digest of the public key in this host's leaf, and of that in what it serves on each port of ARGUMENT."""

import hashlib
import json
import socket
import ssl
import subprocess
from pathlib import Path

REQUEST = b"\0\0\0\x08\x04\xd2\x16\x2f"  # how PostgreSQL is asked for TLS


def digest(pem: str) -> str:
    """That of the key: a leaf renewed over the same key is no new secret."""
    key = subprocess.run(
        ["openssl", "x509", "-noout", "-pubkey"], input=pem, text=True, stdout=subprocess.PIPE, check=True
    ).stdout
    return hashlib.sha256(key.encode()).hexdigest()


def served(port: int, database: bool) -> str:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # it is compared, not trusted
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        if database:
            plain.sendall(REQUEST)
            assert plain.recv(1) == b"S", "PostgreSQL speaks no TLS"
        with context.wrap_socket(plain, server_hostname="localhost") as connection:
            shown = connection.getpeercert(binary_form=True)
    return digest(ssl.DER_cert_to_PEM_cert(shown or b""))


key = digest(Path("/etc/shoestring/tls/host.pem").read_text())
ports = ARGUMENT  # type: ignore[name-defined]  # noqa: F821 - see ops/far.py
print(json.dumps({"key": key, "served": {port: served(int(port), database) for port, database in ports.items()}}))
