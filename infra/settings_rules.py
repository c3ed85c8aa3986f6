"""What must hold between the settings of an environment in a cloud, one rule a function."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import TYPE_CHECKING

from infra import rules
from infra.problems import Problem

if TYPE_CHECKING:
    from infra.settings import Settings

RESERVED = ("amzn-s3-demo-", "sg-", "sthree-")  # what AWS lets no bucket, or no security group, begin with
WIDEST, NARROWEST = 16, 24  # AWS takes /16 to /28; four subnets of a /24 still hold 59 hosts each


def broken(settings: Settings) -> Iterator[Problem]:
    """Every contradiction in settings whose fields are all right."""
    for rule in RULES:
        yield from rule(settings)


def _the_cloud_takes_the_name(settings: Settings) -> Iterator[Problem]:
    """Names of databases, buckets and security groups begin with the environment's."""
    name = settings.environment
    if "--" in name or name.endswith("-") or name.startswith(RESERVED):
        expected = f"single hyphens, none at the end, and not {', '.join(RESERVED)} to begin with"
        yield Problem("(the file's name)", f"the environment {name}", expected, "rename the file, as in aws-dev")


def _hosts_make_sense(settings: Settings) -> Iterator[Problem]:
    """The Footprint's own rules about hosts and groups, on the Footprint that these settings lead to."""
    hosts = [{"name": host.name, "groups": host.groups} for host in settings.hosts]
    bucket = {"kind": "s3" if settings.cloud == "aws" else "gcs"}
    database = {"kind": settings.database}
    yield from rules.broken({"hosts": hosts, "database": database, "buckets": {"artifacts": bucket, "backups": bucket}})


def _production_is_protected(settings: Settings) -> Iterator[Problem]:
    if settings.prod and not settings.deletion_protection:
        fix = "delete this line, or write `tier: dev` if its data may be thrown away"
        yield Problem("deletion_protection", "false, in prod", "true", fix)


def _networks_are_apart(settings: Settings) -> Iterator[Problem]:
    own = ipaddress.ip_network(settings.cidr)
    if own.version != 4 or not WIDEST <= own.prefixlen <= NARROWEST or not own.is_private:
        expected = f"a private IPv4 network from /{WIDEST} to /{NARROWEST}"
        yield Problem("cidr", settings.cidr, expected, "write for example 10.20.0.0/16; IPv6 is added by the cloud")
    for key in ("other_cidrs", "admin_cidrs"):
        for index, text in enumerate(getattr(settings, key)):
            other = ipaddress.ip_network(text)
            if other.version == own.version and other.overlaps(own):
                fix = "give this environment another `cidr`"
                yield Problem(f"{key}[{index}]", f"{text}, which overlaps with cidr {own}", "another network", fix)


def _the_controller_gets_in(settings: Settings) -> Iterator[Problem]:
    if settings.ssh != "tunnel" and not settings.admin_cidrs:
        fix = "add the network that you administer from, or write `ssh: tunnel`"
        yield Problem("admin_cidrs", f"nothing, with `ssh: {settings.ssh}`", "at least one network", fix)
    if settings.ssh == "tunnel" and settings.admin_cidrs:
        fix = "delete it, or write `ssh: direct`"
        yield Problem("admin_cidrs", "networks, with `ssh: tunnel`", "nothing: no SSH port is open", fix)
    if settings.ssh == "jump" and not any("proxy" in host.groups for host in settings.hosts):
        fix = "add proxy to the groups of one host, or write `ssh: tunnel`"
        yield Problem("ssh", "jump, but no host is in proxy", "a proxy to jump through", fix)


def _names_are_there(settings: Settings) -> Iterator[Problem]:
    if not settings.names:
        for key, value in (("zone", settings.zone), ("certificate", settings.certificate)):
            if value not in (None, "internal"):
                fix = f"write the names that users type, or delete `{key}`"
                yield Problem("names", f"nothing, with a {key}", "at least one name", fix)


RULES = (
    _the_cloud_takes_the_name,
    _hosts_make_sense,
    _production_is_protected,
    _networks_are_apart,
    _the_controller_gets_in,
    _names_are_there,
)
