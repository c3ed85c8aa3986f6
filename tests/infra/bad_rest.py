"""Footprints that are bad in their network, public door or stores, or were never filled in."""

from __future__ import annotations

from tests.infra.bad import Bad
from tests.infra.footprints import ABSENT, PEM, managed

MANAGED = managed()
ACME = {"acme": {"email": "a@b.net"}}
S3 = {"kind": "s3", "name": "all", "credentials": "instance"}

BAD = {
    # network
    "network missing": Bad("network", ABSENT, "network", "private_cidrs", "add `network:"),
    "private networks missing": Bad(
        "network.private_cidrs", ABSENT, "network.private_cidrs", "networks", "10.20.0.0/24"
    ),
    "no private network": Bad("network.private_cidrs", [], "network.private_cidrs", "networks", "10.20.0.0/24"),
    "host bits": Bad(
        "network.private_cidrs",
        ["10.20.0.1/24"],
        "network.private_cidrs[0]",
        "host bits",
        "write 10.20.0.0/24",
    ),
    "no length": Bad("network.admin_cidrs", ["192.168.7.9"], "network.admin_cidrs[0]", "CIDR", "192.168.7.9/32"),
    "length too long": Bad("network.admin_cidrs", ["10.0.0.0/33"], "network.admin_cidrs[0]", "CIDR", "10.20.0.0/24"),
    "no network": Bad("network.public_cidrs", ["everybody"], "network.public_cidrs[0]", "CIDR", "10.20.0.0/24"),
    "everybody an admin": Bad("network.admin_cidrs", ["0.0.0.0/0"], "network.admin_cidrs[0]", "your own", "the world"),
    "half of v6 an admin": Bad("network.admin_cidrs", ["::/1"], "network.admin_cidrs[0]", "your own", "the world"),
    "everybody inside": Bad("network.private_cidrs", ["::/0"], "network.private_cidrs[0]", "your own", "the world"),
    "network twice": Bad("network.public_cidrs", ["::/0", "::/0"], "network.public_cidrs", "once", "delete the second"),
    "no admin network": Bad("network.admin_cidrs", [], "network.admin_cidrs", "administer from", "/32"),
    "no users": Bad("network.public_cidrs", [], "network.public_cidrs", "the users", "0.0.0.0/0"),
    "proxy without scheme": Bad("network.http_proxy", "proxy:3128", "network.http_proxy", "http://", "http://proxy"),
    "proxy with a password": Bad(
        "network.http_proxy", "http://u:canary77@p:1", "network.http_proxy", "password", "take"
    ),
    "mirror with a quote": Bad("network.apt_mirror", "http://m/';x", "network.apt_mirror", "http://", "http://"),
    "DNS by name": Bad("network.dns", ["ns1.internal"], "network.dns[0]", "IP address", "10.20.0.5"),
    "time server as URL": Bad("network.ntp", ["ntp://x"], "network.ntp[0]", "DNS name", "no scheme"),
    # public
    "no public name": Bad("public.names", [], "public.names", "at least one", "names:"),
    "public name as URL": Bad("public.names", ["https://a.b"], "public.names[0]", "DNS name", "no scheme"),
    "wildcard": Bad("public.names", ["*.mycompany.net"], "public.names[0]", "DNS name", "no scheme, port, path or *"),
    "public name twice": Bad("public.names", ["a.b", "a.b"], "public.names", "once", "delete the second"),
    "certificate unknown": Bad("public.certificate", "letsencrypt", "public.certificate", "internal, files", "acme"),
    "ACME without e-mail": Bad(
        "public.certificate", {"acme": {}}, "public.certificate.acme.email", "e-mail", "add `email:"
    ),
    "ACME in clear": Bad(
        "public.certificate",
        {"acme": {"email": "a@b.net", "directory": "http://ca"}},
        "public.certificate.acme.directory",
        "https",
        "https",
    ),
    "ACME for an address": Bad(
        "public", {"names": ["10.20.0.11"], "certificate": ACME}, "public.names[0]", "DNS name", "internal"
    ),
    # stores
    "database missing": Bad("database", ABSENT, "database", "{kind: host}", "add `database:"),
    "database without kind": Bad("database", {}, "database.kind", "host, managed", "add `kind: host` to database"),
    "database of another kind": Bad("database", {"kind": "rds"}, "database.kind", "host, managed", "kind: host"),
    "database as text": Bad("database", "host", "database", "{kind: host}", "database:"),
    "managed without fields": Bad("database", {"kind": "managed"}, "database.admin", "user", "add `admin:"),
    "version too old": Bad("database.version", "9.6", "database.version", "14 to 19", "17", MANAGED),
    "version as a fraction": Bad("database.version", 17.1, "database.version", "in quotes", "quotes", MANAGED),
    "a password, not a reference": Bad(
        "database.admin.secret", "canary77", "database.admin.secret", "vault:", "vault.yml", MANAGED
    ),
    "a reference to nothing": Bad(
        "database.admin.secret", "vault:", "database.admin.secret", "vault:<variable>", "vault", MANAGED
    ),
    "no PEM": Bad("database.ca_pem", "canary77", "database.ca_pem", "PEM", "paste", MANAGED),
    "PEM with rubbish": Bad("database.ca_pem", PEM.replace("MIIB", "M*IB"), "database.ca_pem", "PEM", "paste", MANAGED),
    "PEM of a key": Bad(
        "database.ca_pem",
        PEM + "-----BEGIN PRIVATE KEY-----",
        "database.ca_pem",
        "without a key",
        "replace it",
        MANAGED,
    ),
    "buckets missing": Bad("buckets.backups", ABSENT, "buckets.backups", "{kind: host}", "add `backups:"),
    "bucket of another kind": Bad(
        "buckets.backups.kind", "azure", "buckets.backups.kind", "host, s3, gcs", "kind: host"
    ),
    "bucket without credentials": Bad(
        "buckets.artifacts.credentials",
        ABSENT,
        "buckets.artifacts.credentials",
        "instance",
        "add `credentials:",
        MANAGED,
    ),
    "credentials in clear": Bad(
        "buckets.artifacts.credentials",
        "AKIAcanary77",
        "buckets.artifacts.credentials",
        "reference",
        "vault.yml",
        MANAGED,
    ),
    "bucket in capitals": Bad("buckets.artifacts.name", "Acme", "buckets.artifacts.name", "3 to 63", "acme", MANAGED),
    "prefix with a slash": Bad(
        "buckets.backups.prefix", "/x", "buckets.backups.prefix", "slash", "shoestring", MANAGED
    ),
    "endpoint in clear": Bad(
        "buckets.backups.endpoint", "http://s3", "buckets.backups.endpoint", "https", "https", MANAGED
    ),
    "path style as text": Bad(
        "buckets.backups.path_style",
        "yes",
        "buckets.backups.path_style",
        "true or false",
        "path_style",
        MANAGED,
    ),
    "buckets overlap": Bad(
        "buckets",
        {"artifacts": S3, "backups": {**S3, "prefix": "b"}},
        "buckets.backups",
        "own",
        "prefix",
        MANAGED,
    ),
    "backups beside the database": Bad(
        "accept", [], "buckets.backups.kind", "another machine", "accept: [backups-on-database-host]"
    ),
    # never filled in
    "placeholder": Bad("hosts.0.address", "<fill in>", "hosts[0].address", "your own", "replace it"),
    "placeholder in a list": Bad("public.names", ["CHANGE-ME"], "public.names[0]", "your own", "replace it"),
    "example name": Bad("public.names", ["predict.example.com"], "public.names[0]", "your own", "replace it"),
    "example network": Bad(
        "network.admin_cidrs", ["203.0.113.0/24"], "network.admin_cidrs[0]", "your own", "replace it"
    ),
    "example key": Bad(
        "hosts.0.ssh.host_keys", ["ssh-ed25519 AAAA..."], "hosts[0].ssh.host_keys[0]", "your own", "replace"
    ),
}
