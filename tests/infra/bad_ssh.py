"""Footprints that are bad in a host's SSH or volumes."""

from __future__ import annotations

from tests.infra.bad import Bad
from tests.infra.footprints import ABSENT, host, key

RSA_SHORT = key(1, "ssh-rsa")
DISK = "/dev/disk/by-id/virtio-1"
TUNNEL = {"kind": "gcp-iap", "target": "app1", "project": "acme-ml", "zone": "europe-west3-a"}

BAD = {
    # ssh
    "ssh missing": Bad("hosts.0.ssh", ABSENT, "hosts[0].ssh", "user", "add `ssh:"),
    "port 0": Bad("hosts.0.ssh.port", 0, "hosts[0].ssh.port", "1 to 65535", "port: 22"),
    "port too high": Bad("hosts.0.ssh.port", 65536, "hosts[0].ssh.port", "1 to 65535", "port: 22"),
    "port as text": Bad("hosts.0.ssh.port", "22", "hosts[0].ssh.port", "whole number", "port: 22"),
    "port as fraction": Bad("hosts.0.ssh.port", 22.5, "hosts[0].ssh.port", "1 to 65535", "port: 22"),
    "port as truth": Bad("hosts.0.ssh.port", True, "hosts[0].ssh.port", "whole number", "port: 22"),
    "user missing": Bad("hosts.0.ssh.user", ABSENT, "hosts[0].ssh.user", "Unix user", "add `user: deploy`"),
    "user with an option": Bad("hosts.0.ssh.user", "-oProxyCommand=x", "hosts[0].ssh.user", "Unix user", "deploy"),
    "ssh address with an option": Bad("hosts.0.ssh.address", "-oX", "hosts[0].ssh.address", "DNS name", "only"),
    "ssh address with a template": Bad("hosts.0.ssh.address", "{{ x }}", "hosts[0].ssh.address", "DNS name", "only"),
    "ssh endpoint twice": Bad(
        "hosts",
        [
            host("a", 1, "database", "bucket", ssh={"address": "gw"}),
            host("b", 2, "proxy", ssh={"address": "gw"}),
        ],
        "hosts[1].ssh.address",
        "no other host",
        "hosts[0].ssh.address",
    ),
    "no host keys": Bad("hosts.0.ssh.host_keys", [], "hosts[0].ssh.host_keys", "at least one", "host_keys:"),
    "host keys missing": Bad("hosts.0.ssh.host_keys", ABSENT, "hosts[0].ssh.host_keys", "at least one", "host_keys:"),
    "host key cut off": Bad(
        "hosts.0.ssh.host_keys", [key(1)[:-9]], "hosts[0].ssh.host_keys[0]", "whole", "host_ed25519"
    ),
    "host key of another type": Bad(
        "hosts.0.ssh.host_keys",
        [key(1).replace("ssh-ed25519", "ssh-rsa", 1)],
        "hosts[0].ssh.host_keys[0]",
        "inner type is ssh-rsa",
        "'ssh-ed25519' inside",
    ),
    "host key too short": Bad("hosts.0.ssh.host_keys", [RSA_SHORT], "hosts[0].ssh.host_keys[0]", "2048 bits", "bytes"),
    "host key of DSA": Bad(
        "hosts.0.ssh.host_keys", [key(1, "ssh-dss")], "hosts[0].ssh.host_keys[0]", "ssh-ed25519", "run"
    ),
    "a private key": Bad(
        "hosts.0.ssh.host_keys",
        ["-----BEGIN OPENSSH PRIVATE KEY----- canary77"],
        "hosts[0].ssh.host_keys[0]",
        "public",
        "run",
    ),
    "a fingerprint": Bad("hosts.0.ssh.host_keys", ["SHA256:abc"], "hosts[0].ssh.host_keys[0]", "public key", "paste"),
    "host key twice": Bad("hosts.0.ssh.host_keys", [key(1)] * 2, "hosts[0].ssh.host_keys", "once", "delete the second"),
    "host key of another host": Bad(
        "hosts.1.ssh.host_keys", [key(11)], "hosts[1].ssh.host_keys[0]", "no other", "ssh-keygen -A"
    ),
    "way unknown": Bad("hosts.0.ssh.via", "vpn", "hosts[0].ssh.via", "direct, {jump", "via: direct"),
    "way with two keys": Bad(
        "hosts.0.ssh.via", {"jump": {}, "tunnel": {}}, "hosts[0].ssh.via", "direct", "via: direct"
    ),
    "jump as text": Bad("hosts.0.ssh.via", {"jump": "app2"}, "hosts[0].ssh.via.jump", "{host: <name>}", "host"),
    "jump to nobody": Bad(
        "hosts.0.ssh.via",
        {"jump": {"host": "x"}},
        "hosts[0].ssh.via.jump.host",
        "in this file",
        "app2, data1",
    ),
    "jump to itself": Bad(
        "hosts.0.ssh.via", {"jump": {"host": "app1"}}, "hosts[0].ssh.via.jump.host", "ends", "direct"
    ),
    "jumps in a circle": Bad(
        "hosts",
        [
            host("a", 1, "database", "bucket", ssh={"via": {"jump": {"host": "b"}}}),
            host("b", 2, "proxy", ssh={"via": {"jump": {"host": "a"}}}),
        ],
        "hosts[1].ssh.via.jump.host",
        "ends at a host",
        "via: direct",
    ),
    "tunnel unknown": Bad(
        "hosts.0.ssh.via", {"tunnel": {"kind": "ssm"}}, "hosts[0].ssh.via.tunnel.kind", "gcp-iap", "kind:"
    ),
    "tunnel half": Bad(
        "hosts.0.ssh.via",
        {"tunnel": {"kind": "gcp-iap"}},
        "hosts[0].ssh.via.tunnel.zone",
        "zone",
        "add `zone:",
    ),
    "tunnel with a command": Bad(
        "hosts.0.ssh.via",
        {"tunnel": {**TUNNEL, "zone": "a; rm -rf /"}},
        "hosts[0].ssh.via.tunnel.zone",
        "zone",
        "europe",
    ),
    # volumes
    "device by letter": Bad(
        "hosts.2.volumes",
        [{"purpose": "database", "device": "/dev/sdb"}],
        "hosts[2].volumes[0].device",
        "by-id",
        "by-id",
    ),
    "device climbs": Bad(
        "hosts.2.volumes",
        [{"purpose": "database", "device": "/dev/disk/by-id/../../sda"}],
        "hosts[2].volumes[0].device",
        "by-id",
        "by-id",
    ),
    "purpose unknown": Bad(
        "hosts.2.volumes",
        [{"purpose": "data", "device": DISK}],
        "hosts[2].volumes[0].purpose",
        "database, bucket",
        "`database`",
    ),
    "purpose of another host": Bad(
        "hosts.0.volumes",
        [{"purpose": "bucket", "device": DISK}],
        "hosts[0].volumes[0].purpose",
        "group of this",
        "add bucket",
    ),
    "device twice": Bad(
        "hosts.2.volumes",
        [{"purpose": "bucket", "device": DISK}, {"purpose": "database", "device": DISK}],
        "hosts[2].volumes[1].device",
        "one purpose for each device",
        "correct one",
    ),
    "purpose twice": Bad(
        "hosts.2.volumes",
        [{"purpose": "bucket", "device": DISK}, {"purpose": "bucket", "device": DISK + "2"}],
        "hosts[2].volumes[1].purpose",
        "one volume for each purpose",
        "correct one",
    ),
}
