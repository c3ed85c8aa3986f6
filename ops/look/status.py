"""`status`: does the environment serve, and if not, what is in the way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from infra import public
from infra.footprint import Footprint
from infra.hosts import Host
from ops import certificate, door, probe, secrets
from ops.build import service
from ops.environment import Environment
from ops.errors import OperationError
from ops.look import consistency, deploys

OK, DEGRADED, DOWN = "ok", "degraded", "down"


@dataclass(frozen=True)
class HostStatus:
    """`state`: systemd's word (running, degraded, ...), or unreachable. `release`: what `current` points to, `model`
    ({name, version}) that of it; `uptime_seconds` and `restarts` (by systemd, not by hand) of its unit. Null is none.
    """

    name: str
    address: str
    groups: list[str]
    state: str
    release: str | None = None
    model: dict[str, Any] | None = None
    uptime_seconds: int | None = None
    restarts: int | None = None


@dataclass(frozen=True)
class Status:
    """What FORMAT=json prints, but for `reasons`. Paths are absolute; `service`, `release` and `model` ({name,
    version}) are those that answer; `example_request` is a body for POST url + example_path, which takes a GET where
    there is none. `certificate_ends` is an ISO time; `warnings` do not speak against `ok` yet; `deploys`, the last
    ten, are as in `deploys.merged`. Null is unknown.
    """

    result: str
    environment: str
    url: str | None = None
    ca_file: str | None = None
    api_key_file: str | None = None
    service: str | None = None
    release: str | None = None
    model: dict[str, Any] | None = None
    example_request: dict[str, Any] | None = None
    example_path: str | None = None
    certificate_ends: str | None = None
    hosts: list[HostStatus] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    deploys: list[dict[str, Any]] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def json(self) -> str:
        content = asdict(self)
        del content["reasons"]
        return json.dumps(content, indent=2)


def collect(environment: Environment) -> Status:
    """Asks every host at once, then the door. Raises SettingsError, or OperationError for no Footprint."""
    try:
        footprint = environment.check()
    except OperationError:
        if not environment.rehearsed:
            raise
        return Status(DOWN, environment.name, reasons=["There are no hosts; `make up` makes them."])
    if not (environment.state / "api-key").is_file():  # a controller that has just taken over has the repository alone
        secrets.unpack(environment)
    url, ca_file, key_file = url_of(footprint), ca_of(environment, footprint), environment.state / "api-key"
    probes = probe.hosts(environment)
    # Of the release that runs, and not of the one that the variables describe: it may never have been deployed.
    about = next((found.about for found in probes.values() if found.about), {})
    ready = about.get("ready_path") or service.settings(environment)["service_ready_path"]
    answer = door.get(url + ready, ca_file, key_file)
    hosts = [_host(each, probes[each.name]) for each in footprint.hosts]
    result, reasons = judge(answer, hosts, probes)
    return Status(
        result=result,
        environment=environment.name,
        url=url,
        ca_file=None if ca_file is None else str(ca_file),
        api_key_file=str(key_file),
        service=about.get("name"),
        release=answer.body.get("release") or next((p.release for p in probes.values() if p.release), None),
        model=answer.body.get("model") or about.get("model"),
        example_request=about.get("example"),
        example_path=about.get("predict_path" if about.get("example") else "check_path"),
        certificate_ends=None if answer.certificate is None else answer.certificate.end.isoformat(),
        hosts=hosts,
        warnings=certificate.warnings(environment, footprint, answer.certificate),
        deploys=deploys.merged({name: found.deploys for name, found in probes.items()}),
        reasons=reasons,
    )


def _host(host: Host, found: probe.Probe) -> HostStatus:
    unit = found.unit
    return HostStatus(
        host.name,
        host.address,
        list(host.groups),
        found.state,
        found.release,
        found.about.get("model"),
        None if unit is None else unit.uptime,
        None if unit is None else unit.restarts,
    )


def judge(answer: door.Answer, hosts: list[HostStatus], probes: Mapping[str, probe.Probe]) -> tuple[str, list[str]]:
    """The result, and why: first what speaks against `ok`, then what was or is and does not."""
    reasons = [f"{host.name} is {host.state}" for host in hosts if host.state != "running"]
    reasons += consistency.against(hosts, probes)
    notes = consistency.notes(probes)
    if answer.code != 200:
        said = f"answers {answer.code}" if answer.code else f"does not answer: {answer.text}"
        return DOWN, [f"the public door {said}", *reasons, *notes]
    if answer.body.get("database") == "degraded":
        reasons.insert(0, "the service can't reach its database: it predicts, and keeps the log for later")
    if answer.body.get("spool") == "degraded":
        reasons.insert(0, "the service can't write its spool: it predicts, and each answer waits for the database")
    return (DEGRADED if reasons else OK), [*reasons, *notes]


def url_of(footprint: Footprint) -> str:
    """Where the service answers."""
    return public.url(footprint.plain()["public"])


def ca_of(environment: Environment, footprint: Footprint) -> Path | None:
    """The CA that a client has to be told of; None where the public ones do."""
    return public.roots(footprint.plain()["public"], environment.directory, environment.state)
