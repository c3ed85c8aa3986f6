"""What is seen is held against stacks/exposure.yml: too much is named with the line that would allow it."""

from __future__ import annotations

from typing import Any

import pytest

from infra import exposure
from infra.footprint import Footprint
from ops.errors import OperationError
from ops.exposure import scan
from ops.exposure.declared import CONTROLLER, MANAGED, Declared
from ops.far import Said
from tests.infra import footprints

LISTENING = {
    "app1": {"links": [["10.20.0.11", "fd00::11"], ["172.17.0.1"]], "tcp": [22, 443, 8443], "udp": []},
    "app2": {"links": [["10.20.0.12"]], "tcp": [22, 8443, 31337], "udp": [[68, "dhclient"]]},
    "data1": {"links": [["10.20.0.21"]], "tcp": [22, 5432, 7070], "udp": []},
}
TUNNEL = {"tunnel": {"kind": "aws-instance-connect", "target": "i-0123456789abcdef0", "region": "eu-central-1"}}
ADMIN = "192.168.7.9"


def declared(document: dict[str, Any] | None = None) -> Declared:
    return Declared.of(Footprint.model_validate(document or footprints.three()), exposure.load())


def way(
    target: str, address: str, own: str | None, tcp: tuple[int, ...] = (), udp: tuple[int, ...] = ()
) -> dict[str, Any]:
    return {"target": target, "address": address, "own": own, "tcp": list(tcp), "udp": list(udp)}


WAYS = {
    "proxy to service": ("app1", way("app2", "10.20.0.12", "10.20.0.11", (8443,))),
    "service to proxy": ("app2", way("app1", "10.20.0.11", "10.20.0.12", (443,))),
    "database to service": ("data1", way("app2", "10.20.0.12", "10.20.0.21")),
    "service to data": ("app2", way("data1", "10.20.0.21", "10.20.0.12", (5432, 7070))),
    "controller to proxy": (CONTROLLER, way("app1", "10.20.0.11", ADMIN, (22, 443))),
    "controller to data": (CONTROLLER, way("data1", "10.20.0.21", ADMIN, (22,))),
    "IPv6 peer to proxy": ("app2", way("app1", "fd00::11", "fd00::12", (443,))),
    "IPv6 peer to data": ("app2", way("data1", "fd00::21", "fd00::12")),
    "no way there": ("app2", way("app1", "fd00::11", None)),
}


@pytest.mark.parametrize(("source", "answer"), WAYS.values(), ids=WAYS)
def test_a_way_as_declared_has_no_problem(source: str, answer: dict[str, Any]) -> None:
    report = scan.compare(declared(), source, answer, 7)
    assert report.problems == []
    assert report.checked == {"ways": 1, "ports": 7, "open": len(answer["tcp"])}


@pytest.mark.parametrize(("source", "answer"), WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_one_port_more_is_named_with_its_line(source: str, answer: dict[str, Any], protocol: str) -> None:
    report = scan.compare(declared(), source, {**answer, protocol: [*answer[protocol], 8080]}, 7)
    (problem,) = report.problems
    assert (problem.where, problem.source) == (f"{answer['target']}:8080/{protocol}", source)
    assert "not declared" in problem.what
    assert f"protocol: {protocol}, port: 8080" in problem.line
    assert problem.fix


@pytest.mark.parametrize(("source", "answer"), [(source, answer) for source, answer in WAYS.values() if answer["tcp"]])
def test_one_port_less_is_named(source: str, answer: dict[str, Any]) -> None:
    """A firewall that keeps the proxy from its service is an outage that waits for the next restart."""
    for port in answer["tcp"]:
        left = [one for one in answer["tcp"] if one != port]
        (problem,) = scan.compare(declared(), source, {**answer, "tcp": left}, 7).problems
        assert problem.where == f"{answer['target']}:{port}/tcp"
        assert "declared, and closed" in problem.what


def test_the_line_is_in_the_tables_own_words() -> None:
    (problem,) = scan.compare(declared(), "data1", way("app2", "10.20.0.12", "10.20.0.21", (9100,)), 1).problems
    assert problem.line == "{from: database, to: service, protocol: tcp, port: 9100, why: ...}"


def test_behind_a_nat_the_controller_may_see_what_is_declared_for_anybody_and_no_more() -> None:
    """Its own address is not the one that hosts see, so which lines are its cannot be told from here."""
    seen = way("app1", "10.20.0.11", "172.30.1.9", (22, 443))
    assert scan.compare(declared(), CONTROLLER, seen, 1).problems == []
    assert scan.compare(declared(), CONTROLLER, {**seen, "tcp": [443]}, 1).problems == []
    for port in (8443, 8080):
        assert len(scan.compare(declared(), CONTROLLER, {**seen, "tcp": [port]}, 1).problems) == 1


def test_from_here_a_host_behind_a_tunnel_has_its_public_address_alone() -> None:
    document = footprints.three()
    for host, public in zip(document["hosts"], ("203.0.113.9", None, None), strict=True):
        host["ssh"] = {**host["ssh"], "via": TUNNEL}
        host["public_address"] = public
    one = declared(document)
    targets = {host["name"]: [host["address"]] for host in document["hosts"]}
    assert scan.from_here(one, targets, on_the_bridge=False) == {"app1": ["203.0.113.9"]}
    assert scan.from_here(one, targets, on_the_bridge=True) == targets
    assert scan.compare(one, CONTROLLER, way("app1", "203.0.113.9", "172.30.1.9", (443,)), 1).problems == []
    assert len(scan.compare(one, CONTROLLER, way("app1", "203.0.113.9", "172.30.1.9", (22,)), 1).problems) == 1


def test_a_managed_database_is_open_to_the_service_alone() -> None:
    one = declared(footprints.managed())
    assert scan.compare(one, "app1", way(MANAGED, "db.internal", "10.20.0.11", (5432,)), 1).problems == []
    named = {problem.where for problem in scan.compare(one, CONTROLLER, way(MANAGED, "db", ADMIN, (5432,)), 1).problems}
    assert named == {f"{MANAGED}:5432/tcp"}


def test_asked_is_what_listens_what_is_declared_and_what_is_well_known() -> None:
    asked = scan.questions(declared(), LISTENING, full=False)
    assert {22, 443, 5432, 7070, 8443, 31337, 6379} <= set(asked["tcp"])
    assert len(asked["tcp"]) < 200, "quick"
    assert {53, 68, 123} <= set(asked["udp"])
    assert asked["firm"] == [22, 443, 5432, 7070, 8443]
    assert asked["targets"]["app1"] == ["10.20.0.11", "fd00::11"], "and not what lies on interfaces of its own"


def test_full_is_every_port() -> None:
    assert scan.questions(declared(), LISTENING, full=True)["tcp"] == list(range(1, 65536))


def test_a_managed_database_is_a_target_at_its_own_port() -> None:
    document = footprints.changed(footprints.managed(), "database.port", 6033)
    asked = scan.questions(declared(document), {"app1": LISTENING["app1"]}, full=False)
    assert asked["targets"][MANAGED] == ["db.internal"]
    assert 6033 in asked["tcp"]


def test_what_listens_for_datagrams_is_declared() -> None:
    assert scan.listeners(declared(), LISTENING).problems == [], "a DHCP client has to"
    stray = {**LISTENING, "app2": {**LISTENING["app2"], "udp": [[161, "snmpd"]]}}
    report = scan.listeners(declared(), stray)
    assert [(one.where, one.what) for one in report.problems] == [("app2:161/udp", "snmpd listens")]
    assert report.checked["listeners"] == 10


@pytest.mark.parametrize("said", [Said(255, "", "no route to host"), Said(0, "not JSON", ""), Said(1, "{}", "boom")])
def test_a_host_that_cannot_be_asked_is_an_error_and_not_a_pass(said: Said) -> None:
    with pytest.raises(OperationError, match="app2 could not be asked"):
        scan.asked({"app1": Said(0, "[]", ""), "app2": said})
