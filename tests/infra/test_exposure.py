"""The exposure table: what it says is what each host lets in, and a bad one is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from infra import exposure
from infra.exposure import Exposure, Ingress
from infra.footprint import Footprint
from infra.problems import ExposureError
from tests.infra.footprints import changed, host, three


def line(source: str, to: str, port: int, protocol: str = "tcp") -> dict[str, Any]:
    return {"from": source, "to": to, "protocol": protocol, "port": port, "why": "a reason"}


SSH = line("controller", "all", 22)


def table(*lines: dict[str, Any]) -> list[Exposure]:
    return exposure.TABLE.validate_python(list(lines))


def derived(document: dict[str, Any], *lines: dict[str, Any]) -> dict[str, list[Ingress]]:
    return exposure.ingress(table(*lines), Footprint.model_validate(document))


def test_the_shipped_table_is_the_one_of_the_design() -> None:
    openings = {(one.source, one.to, one.protocol, one.port) for one in exposure.load()}
    assert openings == {
        ("controller", "all", "tcp", 22),
        ("world", "proxy", "tcp", 443),
        ("proxy", "service", "tcp", 8443),
        ("service", "database", "tcp", 5432),
        ("service", "bucket", "tcp", 7070),
        ("database", "bucket", "tcp", 7070),
    }, "an opening more or less is a decision: change this list with it"


def test_each_host_opens_the_ports_of_its_groups_and_no_other() -> None:
    shipped = exposure.load()
    footprint = Footprint.model_validate(three())
    ingress = exposure.ingress(shipped, footprint)
    assert {name: {one["port"] for one in rules} for name, rules in ingress.items()} == {
        "app1": {22, 443, 8443},
        "app2": {22, 8443},
        "data1": {22, 5432, 7070},
    }
    declared = {(one.protocol, one.port) for one in shipped}
    assert {(one["protocol"], one["port"]) for rules in ingress.values() for one in rules} == declared


def test_world_admin_and_groups_become_networks_by_family() -> None:
    document = changed(three(), "network.private_cidrs", ["10.20.0.0/24", "fd00:20::/64"])
    document = changed(document, "hosts.1.address", "fd00:20::12")
    rules = derived(
        document,
        line("world", "proxy", 443),
        line("admin", "proxy", 9),
        line("service", "database", 5432, "udp"),
    )
    world, admin = rules["app1"]
    (database,) = rules["data1"]
    assert world == {"protocol": "tcp", "port": 443, "v4": ["0.0.0.0/0"], "v6": ["::/0"], "why": "a reason"}
    assert (admin["v4"], admin["v6"]) == (["192.168.7.0/24"], []), "one family may be empty"
    assert (database["v4"], database["v6"]) == (["10.20.0.11/32"], ["fd00:20::12/128"])
    assert database["protocol"] == "udp"


IAP = {"tunnel": {"kind": "gcp-iap", "target": "a", "project": "acme-ml", "zone": "europe-west3-a"}}
CONNECT = {"tunnel": {"kind": "aws-instance-connect", "target": "i-0123456789abcdef0", "region": "eu-central-1"}}


@pytest.mark.parametrize(
    ("via", "sources"),
    [
        ("direct", ["192.168.7.0/24"]),
        ({"jump": {"host": "app1"}}, ["10.20.0.11/32"]),
        (CONNECT, ["10.20.0.0/24"]),
        (IAP, ["35.235.240.0/20"]),  # cloud.google.com/iap/docs/using-tcp-forwarding
    ],
    ids=["direct", "jump", "aws", "gcp"],
)
def test_the_controller_comes_as_the_host_is_reached(via: object, sources: list[str]) -> None:
    rules = derived(changed(three(), "hosts.1.ssh.via", via), SSH)
    assert rules["app2"][0]["v4"] == sources
    assert rules["app1"][0]["v4"] == ["192.168.7.0/24"], "the others are reached as before"


def test_networks_within_others_are_left_out() -> None:
    nested = ["192.168.7.0/24", "192.168.0.0/16", "192.168.7.9/32", "fd00::/8"]
    rules = derived(changed(three(), "network.admin_cidrs", nested), line("admin", "proxy", 9))
    assert (rules["app1"][0]["v4"], rules["app1"][0]["v6"]) == (["192.168.0.0/16"], ["fd00::/8"]), (
        "nft refuses intervals that overlap"
    )


def test_a_source_without_hosts_opens_nothing() -> None:
    assert derived(three(), line("telemetry", "database", 9187))["data1"] == []


def test_one_host_may_be_source_and_target() -> None:
    document = changed(three(), "hosts", [host("one", 5, "proxy", "service", "database", "bucket")])
    assert derived(document, line("service", "database", 5432))["one"][0]["v4"] == ["10.20.0.5/32"]


def test_ports_are_told_per_group() -> None:
    ports = exposure.ports(exposure.load())
    assert ports == {"all": 22, "proxy": 443, "service": 8443, "database": 5432, "bucket": 7070}


def test_a_port_of_ssh_that_stays_shut_is_a_problem() -> None:
    odd = Footprint.model_validate(changed(three(), "hosts.1.ssh.port", 2222))
    (problem,) = exposure.shut_out(table(SSH), odd)
    assert problem.path == "hosts[1].ssh.port"
    assert "port: 2222" in problem.fix
    assert not list(exposure.shut_out(table(SSH, line("controller", "all", 2222)), odd))
    forwarded = changed(changed(three(), "hosts.1.ssh.port", 2222), "hosts.1.ssh.address", "gate.internal")
    assert not list(exposure.shut_out(table(SSH), Footprint.model_validate(forwarded)))


BAD: dict[str, tuple[object, str, str, str]] = {
    "no list": ({"a": 1}, "(the whole file)", "a list of", "write for example `[{"),
    "empty file": (None, "(the whole file)", "a list of", "write for example `[{"),
    "empty list": ([], "(the whole file)", "a list of", "write"),
    "no SSH": ([line("world", "proxy", 443)], "(the whole file)", "SSH for the controller", "port: 22"),
    "source unknown": (
        [SSH, line("wrold", "proxy", 443)],
        "[1].from",
        "world, admin, controller, database",
        "`world`",
    ),
    "target unknown": ([SSH, line("proxy", "servce", 1)], "[1].to", "one of all, database", "`service`"),
    "from all": ([SSH, line("all", "proxy", 1)], "[1].from", "one of world", "write"),
    "protocol unknown": (
        [SSH, line("proxy", "service", 1, "icmp")],
        "[1].protocol",
        "one of tcp, udp",
        "protocol: tcp",
    ),
    "port 0": ([SSH, line("proxy", "service", 0)], "[1].port", "1 to 65535", "port: 443"),
    "port range": ([SSH, {**SSH, "to": "proxy", "port": "80-90"}], "[1].port", "whole number", "port: 443"),
    "no reason": ([SSH, {**SSH, "to": "proxy", "why": ""}], "[1].why", "the reason", "write"),
    "reason missing": (
        [{key: SSH[key] for key in SSH if key != "why"}],
        "[0].why",
        "the reason",
        "add `why:",
    ),
    "unknown key": ([{**SSH, "ports": 1}], "[0].ports", "only the keys from, to", "`port`"),
    "twice": ([SSH, {**SSH, "why": "another reason"}], "[1]", "each opening once", "delete one"),
    "world beyond the door": (
        [SSH, line("world", "database", 5432)],
        "[1].to",
        "proxy, the only public door",
        "let the world",
    ),
    "world to all": (
        [SSH, line("world", "all", 22)],
        "[1].to",
        "proxy, the only public door",
        "let the world",
    ),
}


@pytest.mark.parametrize(("document", "path", "expected", "fix"), BAD.values(), ids=BAD)
def test_a_bad_table_is_refused(document: object, path: str, expected: str, fix: str, tmp_path: Path) -> None:
    file = tmp_path / "exposure.yml"
    file.write_text(yaml.safe_dump(document))
    with pytest.raises(ExposureError) as caught:
        exposure.load(file)
    there = [problem for problem in caught.value.problems if problem.path == path]
    assert any(expected in one.expected and fix in one.fix for one in there), str(caught.value)
    assert str(file) in str(caught.value)


def test_fields_and_contradictions_are_named_in_one_go(tmp_path: Path) -> None:
    file = tmp_path / "exposure.yml"
    file.write_text(yaml.safe_dump([line("world", "database", 0), line("x", "proxy", 1)]))
    with pytest.raises(ExposureError) as caught:
        exposure.load(file)
    assert {problem.path for problem in caught.value.problems} == {
        "[0].port",
        "[0].to",
        "[1].from",
        "(the whole file)",
    }
