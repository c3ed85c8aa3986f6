"""Requests in one, as pgBackRest removes old backups (cloud.google.com/storage/docs/batch).

The emulator has batches too, but no client can read its answer: it leaves out the empty line between the head of a part
and what was answered, and the ids of the parts.
"""

from __future__ import annotations

import email
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus

PATH = "/batch/storage/v1"


@dataclass(frozen=True)
class Part:
    """A request of a batch; its body, if it has one, is left out."""

    id: str
    method: str
    target: str


def parts(kind: str, body: bytes) -> list[Part]:
    """What is in a body whose Content-Type is `kind`; nothing if that is no batch."""
    payload = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body).get_payload()
    found = []
    for each in payload if isinstance(payload, list) else ():
        if isinstance(each, Message):
            line = str(each.get_payload()).lstrip().partition("\n")[0].split()
            if len(line) >= 2:
                found.append(Part(each.get("Content-ID", ""), line[0], line[1]))
    return found


def answer(statuses: Sequence[tuple[str, int]]) -> tuple[str, bytes]:
    """Content-Type and body for the ids of parts and how each ended. Google answers a deletion with nothing."""
    boundary = f"batch_{secrets.token_urlsafe(24)}"
    said = [
        f"--{boundary}\r\nContent-Type: application/http\r\nContent-ID: <response-{id_.strip('<>')}>\r\n\r\n"
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Length: 0\r\n\r\n\r\n"
        for id_, status in statuses
    ]
    return f"multipart/mixed; boundary={boundary}", f"{''.join(said)}--{boundary}--\r\n".encode()
