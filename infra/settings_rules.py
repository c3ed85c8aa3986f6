"""What must hold between the settings of an environment in a cloud, one rule a function."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from infra import rules, settings_limits
from infra.problems import Problem
from infra.stack_file import key

if TYPE_CHECKING:
    from infra.settings import Settings

RESERVED = ("amzn-s3-demo-", "sg-", "sthree-")  # what AWS lets no bucket, or no security group, begin with
LONGEST_OF_GOOGLE = 63  # letters of a name, says cloud.google.com/compute/docs/naming-resources
SUFFIX = len("-0123abc")  # what Pulumi adds to it
WIDEST, NARROWEST = 16, 24  # AWS takes /16 to /28; four subnets of a /24 still hold 59 hosts each
PRIVATE = [ipaddress.ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]  # RFC 1918


def broken(settings: Settings) -> Iterator[Problem]:
    """Every contradiction in settings whose fields are all right, its place as the stack file has it."""
    for rule in (*RULES, *settings_limits.RULES):
        for problem in rule(settings):
            field, rest = _split(problem.path)
            yield replace(problem, path=key(field, settings.cloud) + rest)


def _split(path: str) -> tuple[str, str]:
    end = next((index for index, character in enumerate(path) if character in ".["), len(path))
    return path[:end], path[end:]


def _the_cloud_takes_the_name(settings: Settings) -> Iterator[Problem]:
    """Names of databases, buckets and security groups begin with the environment's."""
    name = settings.environment
    if "--" in name or name.endswith("-") or name.startswith(RESERVED):
        expected = f"single hyphens, none at the end, and not {', '.join(RESERVED)} to begin with"
        yield Problem("(the file's name)", f"the environment {name}", expected, "rename the file, as in aws-dev")


def _google_takes_the_hosts_names(settings: Settings) -> Iterator[Problem]:
    """A machine's name begins with the environment's, and its disk's with both; AWS has names of 256 letters."""
    for index, host in enumerate(settings.hosts if settings.cloud == "gcp" else ()):
        disk = len("-database") if "database" in host.groups else 0
        most = LONGEST_OF_GOOGLE - SUFFIX - disk - len(settings.environment) - 1
        if len(host.name) > most:
            fix = "shorten it, or the environment's name, which Google's names begin with"
            found = f"{host.name}, of {len(host.name)} letters"
            yield Problem(f"hosts[{index}].name", found, f"at most {most} letters in {settings.environment}", fix)


def _hosts_make_sense(settings: Settings) -> Iterator[Problem]:
    """The Footprint's own rules about hosts and groups."""
    yield from rules.broken({"hosts": [{"name": host.name, "groups": host.groups} for host in settings.hosts]})


def _stores_are_made_once(settings: Settings) -> Iterator[Problem]:
    """Buckets are always the cloud's; the database is where `database` says."""
    holders = [index for index, host in enumerate(settings.hosts) if "database" in host.groups]
    if settings.database == "host" and not holders:
        fix = f"add database to the groups of one host, or write `{key('database')}: managed`"
        yield Problem("database", "host, but no host is in group database", "one host in database", fix)
    for index in holders if settings.database == "managed" else ():
        fix = f"take database out of its groups, or write `{key('database')}: host`"
        yield Problem(f"hosts[{index}].groups", "database, but the cloud runs it", "no host in database", fix)
    for index, host in enumerate(settings.hosts):
        if "bucket" in host.groups:
            fix = "take bucket out of its groups"
            yield Problem(
                f"hosts[{index}].groups", "bucket, but the cloud's buckets are used", "no host in bucket", fix
            )


def _production_is_protected(settings: Settings) -> Iterator[Problem]:
    if settings.prod and not settings.deletion_protection:
        fix = f"delete this line, or write `{key('tier')}: dev` if its data may be thrown away"
        yield Problem("deletion_protection", "false, in prod", "true", fix)


def _networks_are_apart(settings: Settings) -> Iterator[Problem]:
    own = ipaddress.ip_network(settings.cidr)
    if not WIDEST <= own.prefixlen <= NARROWEST or not any(_overlap(own, wide) for wide in PRIVATE):
        expected = f"a private IPv4 network (RFC 1918) from /{WIDEST} to /{NARROWEST}"
        fix = f"write for example `{key('cidr')}: 10.20.0.0/16`; IPv6 is added by the cloud"
        yield Problem("cidr", settings.cidr, expected, fix)
    for field in ("other_cidrs", "admin_cidrs"):
        for index, text in enumerate(getattr(settings, field)):
            if _overlap(own, ipaddress.ip_network(text)):
                fix = f"correct it, or give this environment another `{key('cidr')}`"
                yield Problem(f"{field}[{index}]", f"{text}, which overlaps with cidr {own}", "another network", fix)


def _overlap(one: ipaddress.IPv4Network | ipaddress.IPv6Network, other: object) -> bool:
    return type(one) is type(other) and one.overlaps(other)


def _the_controller_gets_in(settings: Settings) -> Iterator[Problem]:
    tunnel = f"`{key('ssh')}: tunnel`"
    if settings.ssh != "tunnel" and not settings.admin_cidrs:
        fix = f"add the network that you administer from, or write {tunnel}"
        yield Problem("admin_cidrs", f"nothing, with `{key('ssh')}: {settings.ssh}`", "at least one network", fix)
    if settings.ssh == "tunnel" and settings.admin_cidrs:
        fix = f"delete it, or write `{key('ssh')}: direct`"
        yield Problem("admin_cidrs", f"networks, with {tunnel}", "nothing: no SSH port is open", fix)
    if settings.ssh == "jump" and not any("proxy" in host.groups for host in settings.hosts):
        fix = f"add proxy to the groups of one host, or write {tunnel}"
        yield Problem("ssh", "jump, but no host is in proxy", "a proxy to jump through", fix)
    hidden = [host.name for host in settings.hosts if "proxy" not in host.groups]
    outside = bool(settings.admin_cidrs) and all(ipaddress.ip_network(text).is_global for text in settings.admin_cidrs)
    if settings.ssh == "direct" and hidden and outside:
        found = f"direct and from the internet, but {hidden[0]} has no public address"
        yield Problem("ssh", found, "a way to every host", f"write `{key('ssh')}: jump`, or {tunnel}")


def _names_are_there(settings: Settings) -> Iterator[Problem]:
    """Who writes names into a zone, or asks an issuer for a certificate, needs names."""
    for field, value in (("zone", settings.zone), ("certificate", settings.certificate)):
        if value in (None, "internal"):
            continue
        if not settings.names:
            fix = f"write the names that users type, or delete `{key(field)}`"
            yield Problem("names", f"nothing, with a {field}", "at least one name", fix)
        for index, name in enumerate(settings.names if value != "files" else ()):
            if name.replace(".", "").isdigit() or ":" in name:
                fix = f"write a DNS name, or delete `{key(field)}`"
                yield Problem(f"names[{index}]", f"the address {name}, with a {field}", "a DNS name", fix)


RULES = (
    _the_cloud_takes_the_name,
    _google_takes_the_hosts_names,
    _hosts_make_sense,
    _stores_are_made_once,
    _production_is_protected,
    _networks_are_apart,
    _the_controller_gets_in,
    _names_are_there,
)
