"""Every page and API behind the public door: without a key, with wrong and default ones, with another service's."""

from __future__ import annotations

import base64
import http.client
import json
import secrets
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from infra import api_keys, documents, variables
from infra.problems import SettingsError
from infra.seen import mapping
from ops import door, vault
from ops.build import service
from ops.environment import ROOT, Environment
from ops.exposure.declared import CONTROLLER, Declared
from ops.exposure.report import Problem, Report
from ops.look import status

OPENAPI = "/openapi.json"
# Asked whatever the service says of itself: pages that tools and frameworks add, and what careless servers hand out.
WELL_KNOWN = (
    "/", "/docs", "/redoc", OPENAPI, "/metrics", "/admin", "/graphql", "/login", "/debug", "/status", "/server-status",
    "/nginx_status", "/.env", "/.git/config", "/api/2.0/mlflow/experiments/search", "/v1/../metrics",
    "//healthz/../metrics",
)  # fmt: skip
DEFAULTS = ROOT / "ansible/roles/proxy/defaults/main.yml"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
DEFAULT_LOGINS = (("admin", "admin"), ("admin", "password"), ("admin", "password1234"), ("user", "password"))
DEFAULT_KEYS = ("admin", "test", "secret", "changeme", "null", "undefined", "x" * 43)
REFUSED = (401, 403)
HIDDEN = (401, 403, 404)
BUSY, PATIENCE = 429, 10  # so many seconds; a limit says nothing about the key
FIX = "`make up` writes the proxy's configuration anew"


def credentials() -> Iterator[tuple[str, dict[str, str]]]:
    """What each is called, and its headers. No secret of ours is among them: a door is no place to send one to."""
    yield "without a key", {}
    for key in DEFAULT_KEYS:
        yield f"with the key {key[:12]!r}", {"Authorization": f"Bearer {key}"}
    yield "with an empty key", {"Authorization": "Bearer "}
    yield "with a key in another header", {"X-Api-Key": "admin", "X-Api-Key-Name": "admin"}
    for user, word in DEFAULT_LOGINS:
        yield f"as {user}:{word}", {"Authorization": "Basic " + base64.b64encode(f"{user}:{word}".encode()).decode()}
    # As good as any, and given to nobody here.
    yield "with another service's key", {"Authorization": f"Bearer {secrets.token_urlsafe(32)}"}


def routes(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(method, path) of what an OpenAPI document lists; a parameter in a path becomes a word."""
    found = []
    for path, item in dict(document.get("paths") or {}).items():
        for method in METHODS:
            if isinstance(item, Mapping) and method in item:
                parts = ["x" if part.startswith("{") else part for part in str(path).split("/")]
                found.append((method.upper(), "/".join(parts)))
    return found


def run(environment: Environment, declared: Declared) -> Report:
    """Asks from here, through the public door, TLS verified."""
    report, footprint = Report(), declared.footprint
    if not any("proxy" in host.groups for host in footprint.hosts):
        report.unasked["doors"] = "no host is in group proxy"
        return report
    settings, proxy = service.settings(environment), proxy_settings(environment)
    url, roots = status.url_of(footprint), status.ca_of(environment, footprint)
    key = (environment.state / "api-key").read_text().strip()
    own = [("GET", settings["service_ready_path"]), ("POST", settings["service_predict_path"])]
    with Door(url, roots) as asked:
        listed = routes(asked.document(OPENAPI, {"Authorization": f"Bearer {key}"}))
        paths = list(dict.fromkeys([*listed, *own, *(("GET", path) for path in WELL_KNOWN)]))
        known = dict(credentials())
        report.add(knock(asked, url, paths, known, proxy["proxy_public_paths"], proxy["proxy_hidden_paths"]))
    report.problems += repeated(environment.vault, vault.read(environment.vault, vault.key()))
    return report


def knock(
    asked: Door,
    url: str,
    paths: Sequence[tuple[str, str]],
    known: Mapping[str, Mapping[str, str]],
    public: Sequence[str],
    hidden: Sequence[str],
) -> Report:
    """Every path that is not `public` with every one of the `known` credentials; a page that lets in is one problem."""
    report = Report(open_to_all=list(public))
    for method, path in paths:
        if path in public:
            continue
        report.checked["routes"] += 1
        # What nginx makes of dots is its own affair, as long as nothing comes of it.
        fine = HIDDEN if path in hidden or ".." in path else REFUSED
        got = {what: asked.ask(method, path, headers) for what, headers in known.items()}
        report.checked["doors"] += len(got)
        if wrong := {what: status for what, status in got.items() if status not in fine}:
            what, answer = next(iter(wrong.items()))
            also = f" (and {len(wrong) - 1} more of {len(got)} ways)" if len(wrong) > 1 else ""
            said = f"{method} {what} gets {answer}{also}, not {' or '.join(map(str, fine))}"
            report.problems.append(Problem(f"{url}{path}", CONTROLLER, said, FIX))
    return report


def proxy_settings(environment: Environment) -> dict[str, Any]:
    """The proxy's defaults, with the environment's own values over them."""
    return {**mapping(documents.read(DEFAULTS, SettingsError)), **variables.read(environment.directory)}


def repeated(path: Path, variables: Mapping[str, Any]) -> list[Problem]:
    """The API keys in the vault at `path` that open something else too."""
    keys = {key: name for name, key in api_keys.valid(variables.get(api_keys.VARIABLE)).items()}
    found = []
    for name, value in variables.items():
        secret = value.get("secret") if isinstance(value, Mapping) else value
        if isinstance(secret, str) and (same := keys.get(secret)):
            found.append(
                Problem(str(path), CONTROLLER, f"{name} is the API key {same!r} as well", "make rotate SECRET=api-keys")
            )
    return found


class Door:
    """A connection to the public door that lives as long as the door lets it."""

    def __init__(self, url: str, roots: Path | None) -> None:
        parts = urlsplit(url)
        context = ssl.create_default_context(cafile=None if roots is None else str(roots))
        self._connection = http.client.HTTPSConnection(
            parts.hostname or "", parts.port, timeout=door.TIMEOUT, context=context
        )

    def __enter__(self) -> Door:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def ask(self, method: str, path: str, headers: Mapping[str, str]) -> int | str:
        """The status, or why there was none."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                got = self._once(method, path, headers)[0]
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()  # a kept one may just have ended: once more
                if time.monotonic() > end or not isinstance(error, http.client.RemoteDisconnected | ConnectionError):
                    return str(error) or type(error).__name__
                time.sleep(0.1)
                continue
            if got != BUSY or time.monotonic() > end:
                return got
            time.sleep(0.2)

    def document(self, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
        """The JSON object at a path, {} where there is none."""
        try:
            body = json.loads(self._once("GET", path, headers)[1])
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        return body if isinstance(body, dict) else {}

    def _once(self, method: str, path: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        body = b"{}" if method in ("POST", "PUT", "PATCH") else None
        kind = {"Content-Type": "application/json"} if body else {}
        self._connection.request(method, quote(path), body, {**kind, **headers})
        answer = self._connection.getresponse()
        return answer.status, answer.read()
