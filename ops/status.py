"""`status`: does the environment serve, and if not, what is in the way."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from infra import public
from infra.footprint import Footprint
from ops import certificate, door, probe
from ops.environment import Environment
from ops.errors import OperationError

OK, DEGRADED, DOWN = "ok", "degraded", "down"
PATH = "/v1/predictions"


@dataclass(frozen=True)
class HostStatus:
    """`state`: systemd's word (running, degraded, ...), or unreachable."""

    name: str
    address: str
    groups: list[str]
    state: str


@dataclass(frozen=True)
class Status:
    """What FORMAT=json prints, but for `reasons`. Paths are absolute; `release` and `model` ({name, version})
    are those that answer; `example_request` is a body for POST url + example_path; null where there is none.
    `certificate_ends` is an ISO time; `warnings` do not speak against `ok` yet.
    """

    result: str
    environment: str
    url: str | None = None
    ca_file: str | None = None
    api_key_file: str | None = None
    release: str | None = None
    model: dict[str, Any] | None = None
    example_request: dict[str, Any] | None = None
    example_path: str = PATH
    certificate_ends: str | None = None
    hosts: list[HostStatus] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def json(self) -> str:
        content = asdict(self)
        del content["reasons"]
        return json.dumps(content, indent=2)


def collect(environment: Environment) -> Status:
    """Asks the door and every host, at once. Raises FootprintError, or OperationError for no Footprint."""
    try:
        path = environment.footprint
    except OperationError:
        if not environment.rehearsed:
            raise
        return Status(DOWN, environment.name, reasons=["There are no hosts; `make up` makes them."])
    footprint = Footprint.load(path)
    url, ca_file, key_file = url_of(footprint), ca_of(environment, footprint), environment.state / "api-key"
    with ThreadPoolExecutor(2) as pool:
        asked = pool.submit(door.get, url + "/readyz", ca_file, key_file)
        probed = pool.submit(probe.hosts, environment)
        answer, probes = asked.result(), probed.result()
    hosts = [
        HostStatus(
            each.name,
            each.address,
            list(each.groups),
            probes[each.name].state,
        )
        for each in footprint.hosts
    ]
    result, reasons = judge(answer, hosts)
    return Status(
        result=result,
        environment=environment.name,
        url=url,
        ca_file=None if ca_file is None else str(ca_file),
        api_key_file=str(key_file),
        release=answer.body.get("release") or next((p.release for p in probes.values() if p.release), None),
        model=answer.body.get("model"),
        example_request=example_request(environment),
        certificate_ends=None if answer.certificate is None else answer.certificate.end.isoformat(),
        hosts=hosts,
        warnings=certificate.warnings(environment, footprint, answer.certificate),
        reasons=reasons,
    )


def judge(answer: door.Answer, hosts: list[HostStatus]) -> tuple[str, list[str]]:
    """The result, and what speaks against `ok`."""
    reasons = [f"{host.name} is {host.state}" for host in hosts if host.state != "running"]
    if answer.code != 200:
        said = f"answers {answer.code}" if answer.code else f"does not answer: {answer.text}"
        return DOWN, [f"the public door {said}", *reasons]
    if answer.body.get("database") == "degraded":
        reasons.insert(0, "the service can't reach its database: it predicts, and keeps the log for later")
    return (DEGRADED if reasons else OK), reasons


def url_of(footprint: Footprint) -> str:
    """Where the service answers."""
    return public.url(footprint.plain()["public"])


def ca_of(environment: Environment, footprint: Footprint) -> Path | None:
    """The CA that a client has to be told of; None where the public ones do."""
    return public.roots(footprint.plain()["public"], environment.directory, environment.state)


def example_request(environment: Environment) -> dict[str, Any] | None:
    """A body that the deployed model's canary set holds; None if nothing was deployed from here."""
    try:
        release = json.loads((environment.state / "release.json").read_bytes())
        canary = json.loads((environment.state / "releases" / release["id"] / "canary.json").read_bytes())
        request = canary["cases"][0]["request"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return request if isinstance(request, dict) else None
