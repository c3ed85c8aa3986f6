"""The public door, asked from here as a client asks: TLS verified, with the key."""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = 5.0  # seconds; a service that takes longer to say that it is ready is not


@dataclass(frozen=True)
class Validity:
    """From when to when a certificate is valid, in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Answer:
    """`code` is 0 where nothing answered, and `text` then says why. `body` is {} if it was no JSON object.
    `certificate` is that of the door.
    """

    code: int
    body: dict[str, Any]
    text: str
    certificate: Validity | None = None


def get(url: str, ca_file: Path | None, key_file: Path) -> Answer:
    """GETs `url` with the key in `key_file`; `ca_file` None trusts what this machine trusts."""
    parts = urlsplit(url)
    assert parts.hostname is not None, url
    try:
        context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
        headers = {"Authorization": f"Bearer {key_file.read_text().strip()}", "Accept": "application/json"}
        connection = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=TIMEOUT, context=context)
        try:
            connection.connect()
            validity = _validity(connection.sock)
            connection.request("GET", parts.path or "/", headers=headers)
            response = connection.getresponse()
            text = response.read(65536).decode(errors="replace")
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, {}, str(error) or type(error).__name__)
    return Answer(response.status, _object(text), text, validity)


def _validity(connection: ssl.SSLSocket) -> Validity:
    stated = connection.getpeercert()
    assert stated, "verified, so there is one"
    start, end = (ssl.cert_time_to_seconds(str(stated[key])) for key in ("notBefore", "notAfter"))
    return Validity(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))


def _object(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
