"""Asks an S3 gateway as those who may not, and says what it answers. Standard library only.

ARGUMENT: {"url", "connect": address or null, "region", "ca": PEM or null, "tries": [{method, path, query, keys}, ...]}
`keys`: [access, secret], null for nobody, or whose of those that lie on this host: service or backup.
Prints JSON: for each try the HTTP status, null where this host has no such keys, or a text: why there was no answer.
"""

import base64
import hashlib
import hmac
import http.client
import json
import re
import socket
import ssl
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

SECONDS = 10.0
EMPTY = b""
# A body that is not what its header says: a gateway that would take it answers 400, and stores nothing.
FALSE_DIGEST = base64.b64encode(bytes(16)).decode()
KEPT = {
    "service": ("/etc/shoestring/credentials/bucket.curl", r'user = "([^:"]+):([^"]+)"'),
    "backup": ("/etc/pgbackrest.conf", r"repo1-s3-key=(\S+)\n(?:.*\n)*?repo1-s3-key-secret=(\S+)"),
}


def kept(owner: str) -> list[str] | None:
    """The keys that a role of this host has in a file of its own."""
    file, form = KEPT[owner]
    found = re.search(form, Path(file).read_text()) if Path(file).is_file() else None
    return [found[1], found[2]] if found else None


def signed(keys: list[str], region: str, method: str, path: str, query: str, headers: dict[str, str]) -> dict[str, str]:
    """The headers that sign a request without a body (AWS signature 4)."""
    stamp, content = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()), hashlib.sha256(EMPTY).hexdigest()
    headers = {**headers, "x-amz-date": stamp, "x-amz-content-sha256": content}
    names = sorted(headers)
    lines = "".join(f"{name}:{headers[name]}\n" for name in names)
    canonical = "\n".join([method, quote(path), query, lines, ";".join(names), content])
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{keys[1]}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.new(key, text.encode(), "sha256").hexdigest()
    who = f"AWS4-HMAC-SHA256 Credential={keys[0]}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
    return {**headers, "authorization": who}


class Connection(http.client.HTTPSConnection):
    """TLS verified for the URL's name, to another address where one is given: the name leads nowhere in DNS."""

    address: str | None = None

    def connect(self) -> None:
        plain = socket.create_connection((self.address or self.host, self.port), SECONDS)
        self.sock = self.context.wrap_socket(plain, server_hostname=self.host)

    def __init__(self, host: str, port: int, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=SECONDS, context=context)
        self.context = context


def ask(argument: dict[str, Any], each: dict[str, Any]) -> int | str | None:
    parts = urlsplit(argument["url"])
    keys = kept(each["keys"]) if isinstance(each["keys"], str) else each["keys"]
    if isinstance(each["keys"], str) and keys is None:
        return None
    path, query = parts.path.rstrip("/") + each["path"], urlencode(sorted(each["query"].items()), quote_via=quote)
    headers = {"host": parts.netloc}
    if each["method"] == "PUT":
        headers["content-md5"] = FALSE_DIGEST
    if keys:
        headers = signed(keys, argument["region"], each["method"], path, query, headers)
    connection = Connection(parts.hostname or "", parts.port or 443, ssl.create_default_context(cadata=argument["ca"]))
    connection.address = argument["connect"]
    try:
        connection.request(each["method"], quote(path) + (f"?{query}" if query else ""), EMPTY, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()


if __name__ == "__main__":
    asked = globals()["ARGUMENT"]  # ops/far.py sets it
    print(json.dumps([ask(asked, each) for each in asked["tries"]]))
