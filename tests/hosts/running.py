"""Settings that differ from a site's own, and what asks each RUNNING process which of the two it has.

Each function is given a host and returns True if the process runs with TRIAL; AssertionError if with half of it.
"""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Callable

from tests.hosts.site import Site
from tests.hosts.test_requests import FLIGHT

ADMIN = "10.255.255.77"  # in nobody's network here
TRIAL = {
    "host_journal_max": "321M",
    "host_ssh_log_level": "DEBUG1",
    "host_timezone": "Asia/Tokyo",
    "bucket_region": "trial-1",
    "database_max_connections": 93,
    "database_statement_timeout": "59s",
    "nginx_header_timeout_seconds": 3,
    "nginx_worker_connections": 4032,
    "proxy_body_max": "40k",
    "service_body_max": "30k",
}


def host(site: Site, name: str) -> bool:
    """The kernel, sshd for a new connection, the running journald and the clock, each asked for what it does."""
    firewall = ADMIN in site.ssh(name, "nft list chain inet shoestring input").stdout
    since = site.ssh(name, "date +%s; sleep 1").stdout.strip()
    time.sleep(1)
    talks = "debug1: " in site.ssh(name, f"journalctl -u ssh.service --since=@{since} -o cat").stdout
    journal = site.ssh(
        name, "journalctl -u systemd-journald.service -o cat | grep -F /var/log/journal | tail -1"
    ).stdout
    zone = site.ssh(name, "date +%Z").stdout.strip()
    answers = {firewall, talks, "max 321M" in journal, zone == "JST"}
    assert len(answers) == 1, f"half of it: {firewall=} {talks=} {journal=} {zone=}"
    return answers.pop()


def gateway(site: Site, name: str) -> bool:
    """A request that is signed for the new region: the gateway takes it for its own only then."""
    sign = "--aws-sigv4 aws:amz:trial-1:s3"
    curl = f"curl -s -o /dev/null -w %{{http_code}} --config /etc/shoestring/credentials/bucket/deployer.curl {sign}"
    port = '$(python3 -c \'import json; print(json.load(open("/etc/shoestring/bucket.json"))["port"])\')'
    done = site.ssh(name, f"{curl} https://bucket.shoestring.internal:{port}/artifacts?list-type=2")
    assert done.stdout in ("200", "400", "403"), done.stderr
    return done.stdout == "200"


def database(site: Site, name: str) -> bool:
    """One setting that a reload takes, and one that only a restart does."""
    del name
    asked = site.sql(
        "select current_setting($$statement_timeout$$) || current_setting($$max_connections$$)".replace("$", "\\$")
    )
    assert asked in ("59s93", "1min100"), f"half of it: {asked}"
    return asked == "59s93"


def nginx(site: Site, name: str) -> bool:
    """How long it waits for a request, and its limit of open files, which a reload does not change."""
    limits = site.ssh(name, "cat /proc/$(systemctl show -P MainPID nginx.service)/limits").stdout
    files = next(line.split()[3] for line in limits.splitlines() if line.startswith("Max open files"))
    context = ssl.create_default_context(cafile=str(site.environment.state / "ca.pem"))
    door = site.footprint()["public"]["names"][0]
    with context.wrap_socket(socket.create_connection((door, 443), timeout=6), server_hostname=door) as waiting:
        begun = time.monotonic()
        try:
            cut = waiting.recv(1) == b"" and time.monotonic() - begun < 5
        except TimeoutError:
            cut = False
    assert (files == str(4032 * 4)) == cut, f"half of it: {files=} {cut=}"
    return cut


def _body(site: Site, size: int) -> int:
    """The status of a valid request of that many bytes."""
    body = json.dumps({"instances": [FLIGHT]}).encode().ljust(size)
    return site.ask("/v1/predictions", body, Content_Type="application/json")[0]


def door(site: Site, name: str) -> bool:
    """The size of body that the public door refuses."""
    del name
    return _body(site, 45_000) == 413


def behind(site: Site, name: str) -> bool:
    """The size of body that the service's own door refuses; which of the two hosts answers is up to the proxy."""
    config = "/etc/nginx/conf.d/service.conf"
    port = site.ssh(name, f"sed -n 's/.*listen \\([0-9]*\\) ssl.*/\\1/p' {config}").stdout.strip()
    tls = "--cacert /etc/shoestring/tls/ca.pem --cert /etc/shoestring/tls/host.pem --key /etc/shoestring/tls/host.key"
    at = f"--resolve service.shoestring.internal:{port}:{site.hosts()[name]}"
    curl = f"head -c 35000 /dev/zero | curl -s -o /dev/null -w %{{http_code}} {tls} {at} --data-binary @-"
    done = site.ssh("app1", f"{curl} https://service.shoestring.internal:{port}/v1/predictions")
    assert done.stdout in ("413", "400", "403", "415", "422"), done.stdout + done.stderr
    return done.stdout == "413"


LOST: list[tuple[str, str, str, Callable[[Site, str], bool]]] = [
    # role, host, the handler that is lost, what asks the running process
    ("host", "app1", "Apply the host's configuration", host),
    ("host", "app2", "Keep the change, since a new connection came through", host),
    ("database", "data1", "Reload PostgreSQL", database),
    ("nginx", "app1", "Restart nginx under its changed unit", nginx),
    ("proxy", "app1", "Reload nginx for the public door", door),
    ("service", "app2", "Reload nginx for the service's door", behind),
    ("bucket", "data1", "Restart the gateway", gateway),
]
