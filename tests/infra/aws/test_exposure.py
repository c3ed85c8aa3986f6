"""Security groups say what stacks/exposure.yml says, with other settings and other tables than the stacks have.

What the stacks' own come to is read back from an emulated account: test_exists_network.py.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from infra.settings import Settings
from rehearsal.program import Made
from tests.infra.aws import plans

TABLE: list[dict[str, Any]] = yaml.safe_load((plans.ROOT / "stacks" / "exposure.yml").read_text())
WORLD = ("0.0.0.0/0", "::/0")
APART = [
    {"name": "gate1", "groups": ["proxy"]},
    {"name": "app1", "groups": ["service"]},
    {"name": "app2", "groups": ["service"]},
    {"name": "data1", "groups": ["database"]},
]
ADMINS = ["192.168.7.0/24", "fd00:7::/64"]
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "each its own": ("aws-dev", {"hosts": APART}),
    "direct": ("aws-dev", {"hosts": APART, "ssh": "direct", "admin_cidrs": ADMINS}),
    "jump": ("aws-prod", {"ssh": "jump", "admin_cidrs": ADMINS}),
    "few users": ("aws-dev", {"public_cidrs": ["198.51.100.0/24", "2001:db8:7::/48"]}),
}
ODD = [
    {"from": "controller", "to": "all", "protocol": "tcp", "port": 22, "why": "Ansible configures the hosts"},
    {"from": "admin", "to": "service", "protocol": "udp", "port": 9, "why": "what the admin's machine sends"},
    {"from": "service", "to": "database", "protocol": "tcp", "port": 5432, "why": "predictions are logged"},
    {"from": "proxy", "to": "database", "protocol": "tcp", "port": 5432, "why": "keys are looked up"},
    {"from": "telemetry", "to": "database", "protocol": "tcp", "port": 9187, "why": "nobody is in that group"},
    {"from": "service", "to": "tracking", "protocol": "tcp", "port": 5000, "why": "nobody is in that group"},
]
Flow = tuple[str, str, str, int]
"""Who, to whom, protocol, port. Who: a host, the tunnel, or a network. To whom: a host, or the managed database."""


def declared(settings: Settings, table: list[dict[str, Any]]) -> set[Flow]:
    """What the table lets in, host by host."""
    groups = {host.name: list(host.groups) for host in settings.hosts}
    if settings.database == "managed":
        groups["rds"] = ["database"]
    proxies = [name for name in groups if "proxy" in groups[name]]
    flows: set[Flow] = set()
    for line in table:
        for to in groups:
            if line["to"] not in groups[to] and not (line["to"] == "all" and to != "rds"):
                continue
            controller = {
                "tunnel": ["tunnel"],
                "direct": settings.admin_cidrs,
                "jump": settings.admin_cidrs if to in proxies else proxies,
            }[settings.ssh]
            words = {"world": settings.public_cidrs, "admin": settings.admin_cidrs, "controller": controller}
            members = [name for name in groups if name != "rds" and line["from"] in groups[name]]
            for source in words.get(line["from"], members):
                flows.add((source, to, line["protocol"], line["port"]))
    return flows


def members(made: Made) -> dict[str, list[str]]:
    """Security group id -> the hosts and other things in it."""
    found: dict[str, list[str]] = {plans.identity(group): [] for group in plans.of(made, "SecurityGroup")}
    for machine in plans.machines(made):
        for group in machine.inputs["vpcSecurityGroupIds"]:
            found[group].append(machine.name.split("-")[-1])
    for kind, key, name in (
        ("aws:rds", "vpcSecurityGroupIds", "rds"),
        ("aws:ec2transit", "securityGroupIds", "tunnel"),
    ):
        for one in made.resources:
            if one.type.startswith(kind) and key in one.inputs:
                for group in one.inputs[key]:
                    found[group].append(name)
    return found


def flows(made: Made, direction: str) -> set[Flow]:
    """What the rules let through, host by host."""
    within = members(made)
    found: set[Flow] = set()
    for rule in plans.of(made, f"SecurityGroup{direction}Rule"):
        said = rule.inputs
        assert said["fromPort"] == said["toPort"], "the table opens single ports"
        peers = [said[key] for key in ("cidrIpv4", "cidrIpv6") if key in said]
        if "referencedSecurityGroupId" in said:
            peers += within[said["referencedSecurityGroupId"]]
        for own in within[said["securityGroupId"]]:
            for peer in peers:
                way = (peer, own) if direction == "Ingress" else (own, peer)
                found.add((*way, said["ipProtocol"], int(said["fromPort"])))
    return found


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_comes_in_is_what_the_table_says(variant: str) -> None:
    name, new = VARIANTS[variant]
    settings, made = plans.changed(name, **new)
    assert flows(made, "Ingress") == declared(settings, TABLE), "nothing less works, nothing more is safe"


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_goes_out_is_tls_and_what_the_table_says(variant: str) -> None:
    name, new = VARIANTS[variant]
    settings, made = plans.changed(name, **new)
    peers = {flow for flow in declared(settings, TABLE) if "/" not in flow[0]}
    outside = {(host.name, world, "tcp", 443) for host in settings.hosts for world in WORLD}
    assert flows(made, "Egress") == peers | outside, "the OS mirror, ACME and S3 need 443; the managed database nothing"


@pytest.mark.parametrize("to", [line["to"] for line in TABLE if line["to"] not in ("all", "bucket")])
def test_a_line_that_is_removed_is_closed(to: str) -> None:
    rest = [line for line in TABLE if line["to"] != to]
    settings, made = plans.opened("aws-dev", rest, hosts=APART)
    gone = declared(settings, TABLE) - declared(settings, rest)
    assert gone, "a line that opens nothing closes nothing"
    assert flows(made, "Ingress") == declared(settings, rest)
    assert not gone & flows(made, "Ingress"), "what no line opens is closed, without a change anywhere else"
    assert not gone & flows(made, "Egress"), "... at the other end too"


def test_other_lines_open_other_ports() -> None:
    new = {"ssh": "direct", "admin_cidrs": ADMINS}
    settings, made = plans.opened("aws-prod", ODD, **new)
    assert flows(made, "Ingress") == declared(settings, ODD)
    assert ("192.168.7.0/24", "app1", "udp", 9) in flows(made, "Ingress")


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_world_gets_to_the_proxy_and_to_nothing_else(variant: str) -> None:
    name, new = VARIANTS[variant]
    settings, made = plans.changed(name, **new)
    proxies = {host.name for host in settings.hosts if "proxy" in host.groups}
    for source, to, protocol, port in flows(made, "Ingress"):
        if source in WORLD:
            assert (to in proxies, protocol, port) == (True, "tcp", 443), f"{to} opens {port} to {source}"


def test_a_host_for_the_database_alone_is_not_taken_for_a_managed_one() -> None:
    _, made = plans.changed("aws-dev", hosts=APART)
    found = [one.name for one in made.resources if one.type.startswith("aws:rds/")]
    assert found == [], "both have a security group of that name, and one of them costs 15 USD a month more"


@pytest.mark.parametrize("variant", VARIANTS)
def test_groups_hold_no_rules_of_their_own(variant: str) -> None:
    name, new = VARIANTS[variant]
    _, made = plans.changed(name, **new)
    groups = plans.of(made, "SecurityGroup")
    assert groups
    assert not [one.name for one in groups if {"ingress", "egress"} & set(one.inputs)], (
        "rules within a group and beside it take each other away at every other run"
    )


def test_lines_that_come_to_the_same_share_a_rule() -> None:
    _, made = plans.opened("aws-dev", ODD, ssh="direct", admin_cidrs=ADMINS)
    rules = [
        (
            *(one.inputs.get(key) for key in ("referencedSecurityGroupId", "cidrIpv4", "cidrIpv6")),
            one.inputs["fromPort"],
        )
        for one in plans.of(made, "SecurityGroupIngressRule")
    ]
    assert len(rules) == len(set(rules)), "AWS refuses the same rule twice: service and proxy are one host here"
    (database,) = (one for one in plans.of(made, "SecurityGroupIngressRule") if one.inputs["fromPort"] == 5432)
    assert database.inputs["description"] == "predictions are logged; keys are looked up", "both reasons are told"


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_rule_and_group_says_why_in_letters_that_aws_takes(variant: str) -> None:
    name, new = VARIANTS[variant]
    _, made = plans.opened(name, ODD if variant == "direct" else None, **new)
    for one in plans.of(made, "SecurityGroup", "SecurityGroupIngressRule", "SecurityGroupEgressRule"):
        said = one.inputs["description"]
        # Of a rule that names a group: docs.aws.amazon.com, EC2 API, UserIdGroupPair
        assert re.fullmatch(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=;{}!$*]{5,255}", said), f"{one.name}: {said!r}"


def test_a_host_with_every_group_is_in_no_more_security_groups_than_aws_allows() -> None:
    every = ["proxy", "service", "database", "tracking", "dashboard", "orchestrator", "telemetry"]
    _, made = plans.changed("aws-dev", hosts=[{"name": "solo", "groups": every}])
    (machine,) = plans.machines(made)
    assert 1 <= len(machine.inputs["vpcSecurityGroupIds"]) <= 5, "the default quota of an account"
