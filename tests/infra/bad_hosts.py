"""Footprints that are bad in their head, names, groups or addresses."""

from __future__ import annotations

from tests.infra.bad import Bad
from tests.infra.footprints import ABSENT, host, managed

MANAGED = managed()

BAD = {
    # unknown, missing, wrong kind
    "unknown key": Bad("databse", {}, "databse", "only the keys schema, environment", "did you mean `database`"),
    "unknown key, nothing near": Bad("zzz", 1, "zzz", "only the keys", "delete it"),
    "unknown key of a host": Bad("hosts.0.adress", "x", "hosts[0].adress", "only the keys name", "`address`"),
    "unknown key of ssh": Bad("hosts.0.ssh.keys", [], "hosts[0].ssh.keys", "host_keys", "`host_keys`"),
    "key of another kind": Bad("database.port", 5432, "database.port", "only the keys kind", "delete it"),
    "key of another bucket": Bad("buckets.backups.name", "x", "buckets.backups.name", "only the keys kind", "delete"),
    "schema of the future": Bad("schema", 2, "schema", "one of 1", "schema: 1"),
    "schema as text": Bad("schema", "1", "schema", "one of 1", "`1`"),
    "no environment": Bad("environment", ABSENT, "environment", "name", "add `environment: onprem`"),
    "environment not its directory": Bad("environment", "../x", "environment", "directory", "write"),
    "environment in capitals": Bad("environment", "Three", "environment", "a-z", "onprem"),
    "environment null": Bad("environment", None, "environment", "(text)", "environment: onprem"),
    "producer": Bad("producer", "terraform", "producer", "pulumi, hand", "producer: pulumi"),
    "Pulumi without a time": Bad("producer", "pulumi", "generated_at", "the time", "make footprint"),
    "time without a zone": Bad("generated_at", "2026-01-31", "generated_at", "zone", "2026-01-31T12:00:00Z"),
    "time as a number": Bad("generated_at", 5, "generated_at", "(text)", "generated_at"),
    "accept something else": Bad(
        "accept", ["backup-on-database-host"], "accept[0]", "one of", "backups-on-database-host"
    ),
    "accept twice": Bad("accept", ["backups-on-database-host"] * 2, "accept", "once", "delete the second"),
    "no hosts key": Bad("hosts", ABSENT, "hosts", "hosts", "add `hosts:"),
    "no hosts": Bad("hosts", [], "hosts", "at least one", "hosts:"),
    "hosts as a mapping": Bad("hosts", {"a": 1}, "hosts", "(a list)", "hosts:"),
    "a host as text": Bad("hosts.0", "app1", "hosts[0]", "a mapping", "write"),
    "too many hosts": Bad("hosts", [host("a", 1, "service")] * 201, "hosts", "at most 200", "remove"),
    # names
    "name missing": Bad("hosts.0.name", ABSENT, "hosts[0].name", "DNS label", "add `name: app1` to hosts[0]"),
    "name with underscore": Bad("hosts.0.name", "app_1", "hosts[0].name", "DNS label", "app1"),
    "name in capitals": Bad("hosts.0.name", "App1", "hosts[0].name", "a-z", "app1"),
    "name with a dot": Bad("hosts.0.name", "app1.internal", "hosts[0].name", "DNS label", "app1"),
    "name too long": Bad("hosts.0.name", "a" * 64, "hosts[0].name", "at most 63", "app1"),
    "name empty": Bad("hosts.0.name", "", "hosts[0].name", "DNS label", "app1"),
    "name in Cyrillic": Bad("hosts.0.name", "\u0430pp1", "hosts[0].name", "a-z", "app1"),
    "name with a newline": Bad("hosts.0.name", "app1\n", "hosts[0].name", "DNS label", "app1"),
    "name as a number": Bad("hosts.0.name", 1, "hosts[0].name", "(text)", "quotes"),
    "name of a group": Bad("hosts.0.name", "service", "hosts[0].name", "of its own", "service1"),
    "name of Ansible's": Bad("hosts.0.name", "all", "hosts[0].name", "of its own", "all1"),
    "name twice": Bad("hosts.1.name", "app1", "hosts[1].name", "no other host has", "hosts[0].name"),
    # groups
    "group misspelled": Bad("hosts.0.groups", ["proxi", "service"], "hosts[0].groups[0]", "one of database", "`proxy`"),
    "group twice": Bad("hosts.0.groups", ["proxy", "proxy"], "hosts[0].groups", "once", "delete the second"),
    "no group": Bad("hosts.1.groups", [], "hosts[1].groups", "at least one", "groups:"),
    "groups as text": Bad("hosts.1.groups", "service", "hosts[1].groups", "(a list)", "groups:"),
    "two databases": Bad("hosts.1.groups", ["database"], "hosts[2].groups", "at most one host in database", "take"),
    "two proxies": Bad("hosts.1.groups", ["proxy"], "hosts[1].groups", "at most one host in proxy", "take"),
    "no database host": Bad("hosts.2.groups", ["bucket"], "database.kind", "one host in database", "add database"),
    "no bucket host": Bad("hosts.2.groups", ["database"], "buckets.artifacts.kind", "one host in bucket", "add bucket"),
    "door to nothing": Bad(
        "hosts",
        [host("a", 1, "database", "bucket"), host("b", 2, "proxy")],
        "hosts[1].groups",
        "a host in service behind it",
        "add service",
    ),
    "managed, yet a host": Bad(
        "hosts.0.groups", ["database"], "hosts[0].groups", "no host in database", "take", MANAGED
    ),
    "bucket of a cloud, yet a host": Bad(
        "hosts.0.groups", ["bucket"], "hosts[0].groups", "no host in bucket", "take", MANAGED
    ),
    # addresses
    "address missing": Bad("hosts.0.address", ABSENT, "hosts[0].address", "IP address", "add `address: 10.20.0.5`"),
    "address of no number": Bad("hosts.0.address", "10.20.0.256", "hosts[0].address", "IP address", "10.20.0.5"),
    "address as name": Bad("hosts.0.address", "app1.internal", "hosts[0].address", "IP address", "10.20.0.5"),
    "address with length": Bad("hosts.0.address", "10.20.0.11/24", "hosts[0].address", "IP address", "without"),
    "loopback": Bad("hosts.0.address", "127.0.0.1", "hosts[0].address", "other hosts can reach", "ip -brief"),
    "any address": Bad("hosts.0.address", "::", "hosts[0].address", "other hosts can reach", "ip -brief"),
    "address outside": Bad("hosts.0.address", "10.21.0.1", "hosts[0].address", "network.private_cidrs", "add its"),
    "address twice": Bad("hosts.1.address", "10.20.0.11", "hosts[1].address", "no other host", "hosts[0].address"),
    "v6 address twice": Bad(
        "hosts",
        [
            host("a", 1, "database", "bucket", public_address="fd00::1"),
            host("b", 2, "proxy", public_address="FD00:0::1"),
        ],
        "hosts[1].public_address",
        "no other host",
        "hosts[0].public_address",
    ),
}
