"""Good Footprints, one for each thing that one can say."""

from __future__ import annotations

from typing import Any

from tests.infra.footprints import ARN, GCP, PEM, changed, host, key, managed, three

TUNNELS: list[dict[str, Any]] = [
    {"kind": "aws-instance-connect", "target": "i-0123456789abcdef0", "region": "eu-central-1"},
    {"kind": "gcp-iap", "target": "app1", "project": "acme-ml", "zone": "europe-west3-a"},
]
DISK = {"purpose": "database", "device": "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0abc"}
V6 = ["10.20.0.0/24", "fd00:20::/64"]
GOOD: dict[str, dict[str, Any]] = {
    "three hosts": three(),
    "managed": managed(),
    "made by Pulumi": changed(changed(three(), "producer", "pulumi"), "generated_at", "2026-01-31T12:00:00+01:00"),
    "jump host": changed(three(), "hosts.1.ssh.via", {"jump": {"host": "app1"}}),
    "two jumps": changed(
        changed(three(), "hosts.1.ssh.via", {"jump": {"host": "app1"}}),
        "hosts.2.ssh.via",
        {"jump": {"host": "app2"}},
    ),
    "tunnel to AWS": changed(three(), "hosts.0.ssh.via", {"tunnel": TUNNELS[0]}),
    "tunnel to GCP": changed(three(), "hosts.0.ssh.via", {"tunnel": TUNNELS[1]}),
    "no admin networks where nobody comes directly": changed(
        changed(managed(), "network.admin_cidrs", []), "hosts.0.ssh.via", {"tunnel": TUNNELS[1]}
    ),
    "SSH by name and port": changed(
        three(), "hosts.0.ssh", {"user": "root", "host_keys": [key(1)], "address": "a.b", "port": 2222}
    ),
    "public address": changed(three(), "hosts.0.public_address", "20.1.2.3"),
    "own public address": changed(three(), "hosts.0.public_address", "10.20.0.11"),
    "IPv6": changed(changed(three(), "network.private_cidrs", V6), "hosts.0.address", "fd00:20::11"),
    "volume": changed(three(), "hosts.2.volumes", [DISK]),
    "key with comment": changed(three(), "hosts.0.ssh.host_keys", [key(1) + " root@app1"]),
    "ACME": changed(three(), "public", {"names": ["a.mycompany.net"], "certificate": {"acme": {"email": "a@b.net"}}}),
    "ACME elsewhere": changed(
        three(),
        "public.certificate",
        {"acme": {"email": "a@b.net", "directory": "https://pebble.internal:14000/dir"}},
    ),
    "certificate files": changed(three(), "public.certificate", "files"),
    "address as public name": changed(three(), "public.names", ["10.20.0.11", "fd00::1"]),
    "secret in the vault": changed(managed(), "database.admin.secret", "vault:vault_database_admin"),
    "secret of Google": changed(managed(), "database.admin.secret", GCP),
    "version as a number": changed(managed(), "database.version", 17),
    "own S3": changed(
        managed(),
        "buckets.backups",
        {
            "kind": "s3",
            "name": "backups",
            "endpoint": "https://s3.internal:7070",
            "region": "us-east-1",
            "path_style": True,
            "ca_pem": PEM + PEM,
            "credentials": ARN,
        },
    ),
    "two prefixes of a bucket": changed(
        changed(
            managed(),
            "buckets.backups",
            {"kind": "s3", "name": "all", "prefix": "b", "credentials": "instance"},
        ),
        "buckets.artifacts",
        {"kind": "s3", "name": "all", "prefix": "a", "credentials": "instance"},
    ),
    "proxies": changed(
        three(),
        "network",
        {
            **three()["network"],
            "http_proxy": "http://proxy.internal:3128",
            "apt_mirror": "https://mirror.internal/debian",
            "dns": ["10.20.0.1"],
            "ntp": ["ntp.internal", "10.20.0.1"],
        },
    ),
    "backups elsewhere need no acceptance": {
        **three(),
        "accept": [],
        "hosts": [host("app1", 11, "proxy", "service", "bucket"), host("data1", 21, "database")],
    },
}
