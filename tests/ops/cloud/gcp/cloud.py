"""Google Cloud in a thread of the test: an HTTP server that holds all it hears and says against Google's schemas.

It knows nothing of its own accord: a test says what each method answers. Lists are filtered by label as Google does.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ops.cloud.gcp.api import OVERRIDE, VERSIONS
from tests.ops.cloud.gcp import schema

TOKEN = "ya29.only-for-tests"  # noqa: S105 - nobody's
Said = Mapping[str, str]
Answer = Callable[[Said], Any]


@dataclass(frozen=True)
class Refusal:
    """An answer that says no."""

    status: int
    message: str = "no"


@dataclass
class Cloud:
    """`url` of the server. `calls`: id and parameters of each request, with its body as `body`."""

    url: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    _answers: dict[str, list[Any]] = field(default_factory=dict)

    def says(self, method: str, *answers: Any) -> None:
        """What it answers to a method, one after the other; the last for ever. A function gets the parameters."""
        schema.method(method)
        self._answers[method] = list(answers)

    def lists(self, method: str, items: Iterable[dict[str, Any]], key: str = "items", per_page: int = 500) -> None:
        """Those of `items` that a request's filter takes, in pages, in the list named `key`."""
        every = list(items)

        def answer(said: Said) -> dict[str, Any]:
            found, begin = chosen(every, said.get("filter")), int(said.get("pageToken", 0))
            page: dict[str, Any] = {key: found[begin : begin + per_page]}
            return page | ({"nextPageToken": str(begin + per_page)} if begin + per_page < len(found) else {})

        self.says(method, answer)

    def holds(self, collection: str, items: Iterable[dict[str, Any]]) -> None:
        """The same for an aggregated list of Compute Engine: by zone or region."""
        every = list(items)

        def answer(said: Said) -> dict[str, Any]:
            scopes: dict[str, Any] = {"zones/none-a": {"warning": {"code": "NO_RESULTS_ON_PAGE"}}}
            for one in chosen(every, said.get("filter")):
                place = one.get("zone") or one.get("region") or "global"
                name = "/".join(place.split("/")[-2:])
                scopes.setdefault(name, {collection: []})[collection].append(one)
            return {"items": scopes}

        self.says(f"compute.{collection}.aggregatedList", answer)

    def asked(self, method: str) -> list[dict[str, Any]]:
        """The parameters of each request of that method."""
        return [said for name, said in self.calls if name == method]

    def answer(self, verb: str, url: str, body: Any, authorization: str) -> tuple[int, Any]:
        """Status and JSON."""
        parts = urlsplit(url)
        if parts.path == "/token":
            return 200, {"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"}
        service, _, path = parts.path.lstrip("/").partition("/")
        found = schema.route(service, verb, path.removeprefix(schema.document(service)["servicePath"]))
        if found is None:
            return self._wrong(f"Google has no {verb} {parts.path}")
        method, inside = found
        said = inside | {name: value for name, value in parse_qsl(parts.query) if name not in ("alt", "prettyPrint")}
        faults = list(method.faults(said, body))
        if authorization != f"Bearer {TOKEN}":
            faults.append(f"{method.id} comes without a token")
        if faults:
            return self._wrong("; ".join(faults))
        self.calls.append((method.id, said | ({"body": body} if body is not None else {})))
        return self._answered(method, said)

    def _answered(self, method: schema.Method, said: Said) -> tuple[int, Any]:
        waiting = self._answers.get(method.id)
        if waiting is None:
            return self._wrong(f"the test says nothing of {method.id}")
        told = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        answer = told(said) if callable(told) else told
        if isinstance(answer, Refusal):
            return answer.status, {"error": {"code": answer.status, "message": answer.message}}
        if answer is None:
            return 204, None
        shape = method.said.get("response", {"type": "object"})
        if faults := list(schema.faults(method.service, shape, answer, f"{method.id} answer")):
            return self._wrong("; ".join(faults))
        return 200, answer

    def _wrong(self, fault: str) -> tuple[int, Any]:
        self.faults.append(fault)
        return 400, {"error": {"code": 400, "message": fault}}


def chosen(items: list[dict[str, Any]], condition: str | None) -> list[dict[str, Any]]:
    """Those that a filter by label takes: labels.environment=gcp-dev, or sqladmin's settings.userLabels.x:y."""
    if condition is None:
        return items
    found = re.fullmatch(r"((?:[A-Za-z]+\.)+)([a-z-]+)[=:]([a-z0-9-]+)", condition)
    assert found, f"a filter that this does not know: {condition}"
    return [one for one in items if _inside(one, found[1].strip(".").split(".")).get(found[2]) == found[3]]


def _inside(thing: Mapping[str, Any], names: list[str]) -> Mapping[str, Any]:
    for name in names:
        thing = thing.get(name, {})
    return thing


@contextmanager
def running() -> Iterator[Cloud]:
    """A cloud that answers; at the end it is an error if anything was not as Google has it."""
    cloud = Cloud()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            is_json = "json" in (self.headers.get("Content-Type") or "")
            status, answer = cloud.answer(
                self.command,
                self.path,
                json.loads(text) if text and is_json else None,
                self.headers.get("Authorization", ""),
            )
            data = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = _do  # noqa: N815 - http.server's names

        def log_message(self, *_words: object) -> None:
            """Nothing: a test says what went wrong."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        cloud.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield cloud
        server.shutdown()
    assert cloud.faults == [], "requests and answers as Google's discovery documents have them"


def overrides(cloud: Cloud) -> dict[str, str]:
    """The environment variables that lead every service's client to it."""
    return {
        OVERRIDE.format(service.upper()): f"{cloud.url}/{service}/{schema.document(service)['servicePath']}"
        for service in VERSIONS
    }
