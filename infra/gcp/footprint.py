"""The Footprint of an environment on Google Cloud, as far as Pulumi knows it.

What it can't know is added when it is written: the hosts' keys, the database's CA, the time.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from infra.gcp import user_data
from infra.gcp.bucket import Bucket
from infra.gcp.database import Database
from infra.gcp.network import Network
from infra.gcp.vm import Vm
from infra.settings import HostSetting
from infra.settings_clouds import Gcp

TIME = "169.254.169.254"
"""Google's clock, at every instance and past every firewall. Debian's pool is not: no rule lets NTP out."""


@dataclass(frozen=True)
class Parts:
    """What an environment is made of. `vms`: by the name of their host. `database`: a managed one, or None."""

    settings: Gcp
    network: Network
    vms: Mapping[str, Vm]
    artifacts: Bucket
    backups: Bucket
    database: Database | None


def describe(parts: Parts) -> pulumi.Output[dict[str, Any]]:
    """The Footprint (infra/footprint.py) as JSON types."""
    settings = parts.settings
    document = {
        "schema": 1,
        "environment": settings.environment,
        "producer": "pulumi",
        "hosts": [dict(_host(settings, host, parts.vms[host.name])) for host in settings.hosts],
        "network": {
            "private_cidrs": [parts.network.vpc_cidr],
            "admin_cidrs": settings.admin_cidrs,
            "public_cidrs": settings.public_cidrs,
            "apt_mirror": settings.mirror,
            "ntp": [TIME],
        },
        "public": {"names": _names(parts), "certificate": _certificate(settings)},
        "database": _database(parts.database),
        "buckets": {"artifacts": _bucket(parts.artifacts), "backups": _bucket(parts.backups)},
    }
    return pulumi.Output.from_input(document)


def _host(settings: Gcp, host: HostSetting, vm: Vm) -> Iterator[tuple[str, Any]]:
    yield "name", host.name
    yield "groups", host.groups
    yield "address", vm.private_ip
    if vm.public_ip is not None:
        yield "public_address", vm.public_ip
    yield "ssh", {"address": _ssh_address(settings, vm), "user": user_data.USER, "via": _via(settings, host, vm)}
    yield "volumes", vm.volumes


def _ssh_address(settings: Gcp, vm: Vm) -> pulumi.Output[str]:
    """Administrators who come from the internet reach a public address, those of a joined network the private one."""
    outside = any(ipaddress.ip_network(cidr).is_global for cidr in settings.admin_cidrs)
    return vm.public_ip if vm.public_ip is not None and outside else vm.private_ip


def _via(settings: Gcp, host: HostSetting, vm: Vm) -> Any:
    if settings.ssh == "tunnel":
        way = {"kind": "gcp-iap", "target": vm.instance_name, "project": settings.project, "zone": vm.zone}
        return {"tunnel": way}
    if settings.ssh == "jump" and "proxy" not in host.groups:
        return {"jump": {"host": next(one.name for one in settings.hosts if "proxy" in one.groups)}}
    return "direct"


def _names(parts: Parts) -> Sequence[pulumi.Input[str]]:
    """What users type; where nothing is said, the proxy's address, or without a proxy the first host's."""
    if parts.settings.names:
        return parts.settings.names
    vms = [parts.vms[host.name] for host in parts.settings.hosts]
    public = [vm.public_ip for vm in vms if vm.public_ip is not None]
    return [next(iter(public), vms[0].private_ip)]


def _certificate(settings: Gcp) -> Any:
    return settings.model_dump(mode="json", by_alias=True)["certificate"]


def _database(database: Database | None) -> dict[str, Any]:
    if database is None:
        return {"kind": "host"}
    secret = pulumi.Output.concat("gcp-sm:", database.secret)
    return {
        "kind": "managed",
        "address": database.address,
        "port": database.port,
        "version": database.version,
        "name": database.name,
        "admin": {"user": database.user, "secret": secret},
    }


def _bucket(bucket: Bucket) -> dict[str, Any]:
    return {"kind": "gcs", "name": bucket.name, "credentials": "instance"}
