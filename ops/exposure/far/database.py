"""Asks a PostgreSQL for entry, by its own protocol, and says how it answers. Standard library only.

ARGUMENT: {"address", "port", "tries": [{"user", "database", "tls", "passwords"}, ...]}. Prints JSON, for each try:
["refused", code] before a password is asked for, [method, code of the refusal] after, [method, "let in"], or
["silent", why]. Methods: trust, password, md5, scram.
"""

import base64
import hashlib
import hmac
import json
import secrets
import socket
import ssl
import struct
from typing import Any

SECONDS = 5.0
TLS_REQUEST = struct.pack("!II", 8, 80877103)
REPLICATION = "replication"  # which is no database: all of the cluster, as a replica gets it
METHODS = {0: "trust", 3: "password", 5: "md5", 10: "scram"}


class RefusedError(Exception):
    """The server's error; the text is its SQLSTATE."""


class Session:
    """A connection that has not been let in."""

    def __init__(self, address: str, port: int, *, tls: bool) -> None:
        self.wire: socket.socket = socket.create_connection((address, port), SECONDS)
        if tls:
            self.wire.sendall(TLS_REQUEST)
            if self.wire.recv(1) != b"S":
                raise OSError("it speaks no TLS")
            # Who it is does not matter here: nothing secret is sent, only what is no secret.
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.wire = context.wrap_socket(self.wire)

    def take(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self.wire.recv(size - len(data))
            if not more:
                raise OSError("it hung up")
            data += more
        return data

    def message(self) -> tuple[int, bytes]:
        """The next demand for a password: its number, and what goes with it. Raises RefusedError."""
        while True:
            kind, size = struct.unpack("!cI", self.take(5))
            body = self.take(size - 4)
            if kind == b"E":
                fields = {part[:1]: part[1:] for part in body.split(b"\0") if part}
                raise RefusedError(fields.get(b"C", b"?").decode())
            if kind == b"R":
                return struct.unpack("!I", body[:4])[0], body[4:]

    def start(self, user: str, database: str) -> int:
        where = ("replication", "true") if database == REPLICATION else ("database", database)
        words = b"".join(word.encode() + b"\0" for word in ("user", user, *where)) + b"\0"
        self.wire.sendall(struct.pack("!II", len(words) + 8, 3 << 16) + words)
        return self.message()[0]

    def send(self, body: bytes) -> None:
        self.wire.sendall(b"p" + struct.pack("!I", len(body) + 4) + body)

    def scram(self, password: str) -> None:
        """Proves the password. Returns if the server takes it, else raises RefusedError."""
        nonce = secrets.token_hex(12)
        bare = f"n=,r={nonce}"
        first = f"n,,{bare}".encode()
        self.send(b"SCRAM-SHA-256\0" + struct.pack("!I", len(first)) + first)
        said = self.message()[1].decode()
        fields = dict(part.split("=", 1) for part in said.split(","))
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(fields["s"]), int(fields["i"]))
        final = f"c=biws,r={fields['r']}"
        key = hmac.digest(salted, b"Client Key", "sha256")
        signature = hmac.digest(hashlib.sha256(key).digest(), f"{bare},{said},{final}".encode(), "sha256")
        proof = base64.b64encode(bytes(a ^ b for a, b in zip(key, signature, strict=True))).decode()
        self.send(f"{final},p={proof}".encode())
        self.message()


def ask(address: str, port: int, try_: dict[str, Any]) -> list[str]:
    said = ["silent", "nothing was tried"]
    for password in try_["passwords"] or [""]:
        method = ""
        try:
            session = Session(address, port, tls=try_["tls"])
            with session.wire:
                method = METHODS.get(number := session.start(try_["user"], try_["database"]), str(number))
                if method == "trust":
                    return [method, "let in"]
                if method != "scram":
                    return [method, "asks"]
                session.scram(password)
                return [method, "let in"]
        except RefusedError as error:
            said = [method, str(error)] if method else ["refused", str(error)]
        except OSError as error:
            said = ["silent", str(error) or type(error).__name__]
        if said[0] != "scram":
            break
    return said


if __name__ == "__main__":
    asked = globals()["ARGUMENT"]  # ops/far.py sets it
    print(json.dumps([ask(asked["address"], asked["port"], each) for each in asked["tries"]]))
