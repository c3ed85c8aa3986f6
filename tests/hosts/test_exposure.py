"""From every peer and the controller, v4 and v6: open is what stacks/exposure.yml lists; who asks wrongly is refused.

Faults are planted on hosts that serve, and taken away again; `verify` has to name each: where, from whom, the fix.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import yaml

from ops.exposure import run as exposure
from ops.exposure.report import Problem, Report
from tests.hosts.scanning import CONTROLLER, scan
from tests.hosts.site import Site
from tests.hosts.unguarded import unguarded

HBA = "/etc/postgresql/17/main/pg_hba.conf"
DOOR = "/etc/nginx/conf.d/proxy.conf"
BACKEND = "/etc/nginx/conf.d/service.conf"
POLICY = """
import sys; sys.path.insert(0, "/usr/local/lib/shoestring/bucket"); import json, s3
rule = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::artifacts/*"}
body = json.dumps({"Version": "2012-10-17", "Statement": [rule]}).encode()
sys.exit(s3.Client(s3.root_keys()).send("PUT", "/artifacts", {"policy": ""}, body)[0] >= 300)
"""


def check(report: Report, *, ports: int) -> None:
    """That it looked: three hosts from each other and from here, by both versions of IP."""
    assert report.idle == []
    assert report.checked["ways"] == 18
    assert report.checked["ports"] == 18 * ports
    assert report.checked["open"] == 17, "22 and 443 six times each, 5432 and 7070 twice each, 8443 once"
    assert report.checked["backends"] == 4
    assert report.checked["database"] == 2 * 9, "from each service host"
    assert report.checked["buckets"] > 150
    assert report.checked["doors"] >= 15 * report.checked["routes"] > 15 * 17
    assert report.open_to_all == ["/healthz"]
    assert report.unasked == {}


def test_nothing_is_open_that_is_not_declared_and_nobody_gets_in(site: Site) -> None:
    """Every port that anything listens on, and every question: what `make verify` and `make up` end with."""
    report = exposure.run(site.environment)
    assert report.problems == []
    check(report, ports=report.checked["ports"] // 18)


@pytest.mark.full
def test_all_ports(site: Site) -> None:
    done = site.verb("verify", FULL="1", FORMAT="json")
    assert done.returncode == 0, done.stdout
    read = json.loads(done.stdout[done.stdout.index("{\n") : done.stdout.rindex("}") + 1])
    assert read["result"] == "ok"
    assert read["checked"]["ports"] == 18 * 65535


def test_from_elsewhere_only_the_public_door_is_open(site: Site) -> None:
    """`Elsewhere` is an address of this machine that is neither the controller's nor a peer's."""
    bridge = yaml.safe_load((site.directory / "rehearsal.yml").read_text())["bridge"]
    elsewhere = site.hosts()["app1"].rpartition(".")[0] + ".200"
    subprocess.run(["ip", "address", "add", f"{elsewhere}/32", "dev", bridge], check=True)
    try:
        opened = {name: scan(site, CONTROLLER, address, leaving_by=elsewhere) for name, address in site.hosts().items()}
    finally:
        subprocess.run(["ip", "address", "del", f"{elsewhere}/32", "dev", bridge], check=True)
    assert opened == {"app1": {443}, "app2": set(), "data1": set()}


@contextmanager
def _edited(site: Site, host: str, file: str, edit: str, reload: str) -> Iterator[None]:
    """A file changed by a sed script, its service reloaded; both put back."""
    _must(site, host, f"cp -p {file} /root/kept && sed -i '{edit}' {file} && systemctl reload {reload}")
    try:
        yield
    finally:
        _must(site, host, f"cp -p /root/kept {file} && rm /root/kept && systemctl reload {reload}")


def _must(site: Site, host: str, command: str) -> None:
    done = site.ssh(host, command)
    assert done.returncode == 0, done.stderr


@contextmanager
def _stray(site: Site, *, let_in: bool) -> Iterator[None]:
    _must(site, "app2", "systemd-run -q --collect --unit=stray python3 -m http.server --bind :: 8099")
    _must(site, "app2", "sleep 1")
    if let_in:
        _must(site, "app2", "nft insert rule inet shoestring input tcp dport 8099 accept")
    try:
        yield
    finally:
        _must(site, "app2", "systemctl stop stray; systemctl reload nftables")


@contextmanager
def _all_faults(site: Site) -> Iterator[None]:
    with (
        _stray(site, let_in=True),
        _edited(site, "app1", DOOR, "s|location = /healthz |location ~ ^/(healthz\\|v1/model)$ |", "nginx"),
        _edited(site, "app2", BACKEND, "s/ssl_verify_client on/ssl_verify_client optional/; /is_proxy = 0/d", "nginx"),
        _edited(site, "data1", HBA, "1i host all all 0.0.0.0/0 md5", "postgresql@17-main"),
    ):
        _must(site, "data1", f"python3 -B - <<X\n{POLICY}\nX\n")
        _must(site, "data1", "systemd-run -q --collect --unit=deaf python3 -c \"import socket, time;"
              " s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('', 1161)); time.sleep(600)\"")  # fmt: skip
        try:
            yield
        finally:
            _must(site, "data1", "systemctl stop deaf; cd /usr/local/lib/shoestring/bucket && python3 -B provision.py")


FAULTS: dict[str, Callable[[Problem], bool]] = {
    "a port let in": lambda one: one.where == "app2:8099/tcp" and "port: 8099" in one.line,
    "a page without a key": lambda one: one.where.endswith("/v1/model") and "without a key gets 200" in one.what,
    "a backend without the proxy": lambda one: one.where == "app2:8443" and "without a certificate" in one.what,
    "a database without TLS": lambda one: one.where == "data1:5432" and "the service without TLS" in one.what,
    "the superuser": lambda one: one.where == "data1:5432" and "the superuser gets" in one.what,
    "a public bucket": lambda one: one.where == "data1:7070" and "GET /artifacts/" in one.what,
    "a listener by UDP": lambda one: one.where == "data1:1161/udp" and "python3 listens" in one.what,
}


@pytest.mark.full
def test_each_planted_fault_is_named_and_nothing_else(site: Site) -> None:
    with unguarded(site, "app2"), _all_faults(site):
        report = exposure.run(site.environment)
    missed = [name for name, named in FAULTS.items() if not any(map(named, report.problems))]
    assert missed == [], "\n".join(map(str, report.problems))
    places = {one.where for one in report.problems}
    assert {where for where in places if not where.startswith("https://")} == {
        "app2:8099/tcp", "app2:8443", "data1:5432", "data1:7070", "data1:1161/udp",
    }  # fmt: skip
    assert {where.rpartition("://")[2].partition("/")[2] for where in places if "://" in where} == {"v1/model"}
    assert {one.source for one in report.problems if "8099" in one.where} == {"app1", "data1", CONTROLLER}
    assert all(one.fix for one in report.problems)
    assert exposure.run(site.environment).problems == [], "what was planted is gone again"


@pytest.mark.full
def test_a_stray_listener_that_the_firewall_keeps_in_is_no_problem(site: Site) -> None:
    """The firewall denies by default: what someone starts by hand is the host's alone. It is knocked at too."""
    before = exposure.run(site.environment)
    with _stray(site, let_in=False):
        report = exposure.run(site.environment)
    assert report.problems == []
    assert report.checked["ports"] == before.checked["ports"] + 18
