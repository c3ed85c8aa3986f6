"""Who reaches what is read from the firewall rules as Google applies them, and is what the table says.

The rules are the real program's own, and then some that a person might add.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ops.cloud.gcp import ways
from ops.cloud.gcp.ways import Described
from ops.cloud.ways import Way
from ops.environment import Environment
from tests.infra.gcp import plans
from tests.ops.cloud.gcp import described
from tests.ops.cloud.gcp.cloud import Cloud
from tests.ops.cloud.gcp.made import COMPUTE, machine

EACH = pytest.mark.parametrize("stack", plans.STACKS)
OTHERS = "198.51.100.0/24"
PROD = "gcp-prod"


def rule(**said: Any) -> dict[str, Any]:
    """One that somebody adds to gcp-prod's network: SSH from elsewhere, unless told otherwise."""
    made: dict[str, Any] = {
        "name": "by-hand",
        "network": described.network(PROD),
        "direction": "INGRESS",
        "priority": 1000,
        "sourceRanges": [OTHERS],
        "allowed": [{"IPProtocol": "tcp", "ports": ["22"]}],
    }
    return {name: value for name, value in (made | said).items() if value is not None}


def account_of(host: str) -> str:
    _, there = described.of(PROD)
    found = next(one for one in there.machines if one["labels"]["name"] == f"{PROD}-{host}")
    return str(found["serviceAccounts"][0]["email"])


def changed(*rules: dict[str, Any], **parts: Any) -> tuple[set[Way], set[Way]]:
    """What is open besides, and what is not open any more, with these rules added to gcp-prod's."""
    settings, there = described.of(PROD)
    there = replace(there, rules=[*parts.pop("rules", there.rules), *rules], **parts)
    found, wanted = there.ways(), ways.declared(settings)
    return found - wanted, wanted - found


def opened(*rules: dict[str, Any], **parts: Any) -> set[Way]:
    """What is open besides; all that should be still is."""
    more, less = changed(*rules, **parts)
    assert less == set()
    return more


@EACH
@pytest.mark.parametrize("ssh", ["tunnel", "direct", "jump"])
def test_what_the_program_opens_is_what_the_table_says(stack: str, ssh: str) -> None:
    cidrs = [] if ssh == "tunnel" else ["198.18.7.0/24"]
    settings, there = described.of(stack, ssh=ssh, admin_cidrs=cidrs)
    found = there.ways()
    assert found == ways.declared(settings)
    first = settings.hosts[0].name
    assert Way("0.0.0.0/0", first, "tcp", 443) in found, "users come in"
    assert not any(":" in way.source for way in found), "there is no IPv6"
    assert Way({"tunnel": "tunnel"}.get(ssh, "198.18.7.0/24"), first, "tcp", 22) in found
    if stack == PROD:
        assert {way for way in found if way.to == "database"} == {
            Way(host, "database", "tcp", 5432) for host in ("app1", "app2")
        }


def test_it_is_asked_of_the_project(prod: Environment, cloud: Cloud) -> None:
    settings, there = described.of(PROD)
    described.put(cloud, there)
    assert ways.there(prod) == ways.declared(settings)


def test_a_rule_without_targets_reaches_every_host() -> None:
    assert opened(rule()) == {Way(OTHERS, host, "tcp", 22) for host in ("app1", "app2")}


def test_a_rule_for_an_account_reaches_the_hosts_that_run_as_it() -> None:
    assert opened(rule(targetServiceAccounts=[account_of("app2")])) == {Way(OTHERS, "app2", "tcp", 22)}


def test_tags_are_read_on_both_ends() -> None:
    _, there = described.of(PROD)
    tagged = [{**one, "tags": {"items": [one["labels"]["name"]]}} for one in there.machines]
    both = {"sourceTags": [f"{PROD}-app2"], "targetTags": [f"{PROD}-app1"], "sourceRanges": None}
    assert opened(rule(**both), machines=tagged) == {Way("app2", "app1", "tcp", 22)}
    assert opened(rule(**both | {"sourceTags": ["nobodys"]}), machines=tagged) == set()


@pytest.mark.parametrize(
    ("allowed", "protocol", "port"),
    [
        ([{"IPProtocol": "all"}], "all", "all"),
        ([{"IPProtocol": "tcp"}], "tcp", "all"),
        ([{"IPProtocol": "6", "ports": ["22"]}], "tcp", 22),
        ([{"IPProtocol": "udp", "ports": ["6000-6010"]}], "udp", "6000-6010"),
        ([{"IPProtocol": "icmp"}], "icmp", "all"),
    ],
    ids=["everything", "all ports", "by number", "a range", "no ports"],
)
def test_what_is_let_in_is_told_in_words(allowed: list[dict[str, Any]], protocol: str, port: int | str) -> None:
    found = opened(rule(allowed=allowed, targetServiceAccounts=[account_of("app1")]))
    assert found == {Way(OTHERS, "app1", protocol, port)}


def test_without_a_source_it_is_the_whole_world() -> None:
    assert {way.source for way in opened(rule(sourceRanges=None))} == {"0.0.0.0/0"}


@pytest.mark.parametrize(
    "harmless",
    [
        {"disabled": True},
        {"network": f"{COMPUTE}/global/networks/default"},
        {"priority": 65001},
        {"priority": 65000},
        {"targetServiceAccounts": ["nobody@elsewhere.iam.gserviceaccount.com"]},
    ],
    ids=["off", "another network's", "behind the denial", "equal to it", "for nobody"],
)
def test_what_google_does_not_apply_opens_nothing(harmless: dict[str, Any]) -> None:
    assert opened(rule(**harmless)) == set()


def test_a_machine_of_somebody_elses_in_our_network_is_seen() -> None:
    _, there = described.of(PROD)
    stray = machine("10.20.0.99", labels={}, name="stray", serviceAccounts=[{"email": account_of("app2")}])
    stray["networkInterfaces"][0]["network"] = described.network(PROD)
    found = opened(machines=[*there.machines, stray])
    assert Way("tunnel", "stray", "tcp", 22) in found, "whoever acts as a host's account gets what the host gets"
    assert Way("stray", "database", "tcp", 5432) in found
    elsewhere = machine("10.30.0.9", environment="gcp-dev")
    assert opened(machines=[*there.machines, elsewhere]) == set(), "another environment's machine is not ours"


DENY = {"allowed": None, "denied": [{"IPProtocol": "tcp", "ports": ["443"]}], "priority": 900}


def test_a_denial_that_closes_a_door_is_named() -> None:
    more, less = changed(rule(**DENY, sourceRanges=["0.0.0.0/0"]))
    assert more == set()
    assert less == {Way("0.0.0.0/0", "app1", "tcp", 443)}


def test_a_denial_that_closes_it_to_some_is_named_too() -> None:
    more, less = changed(rule(**DENY))
    assert more == {Way("0.0.0.0/0", "app1", "tcp", "443, in part")}
    assert less == {Way("0.0.0.0/0", "app1", "tcp", 443)}


@pytest.mark.parametrize(
    "harmless",
    [
        {"priority": 1001},
        {"disabled": True},
        {"denied": [{"IPProtocol": "udp", "ports": ["443"]}]},
        {"denied": [{"IPProtocol": "tcp", "ports": ["444-500"]}]},
        {"targetServiceAccounts": ["nobody@elsewhere.iam.gserviceaccount.com"]},
    ],
    ids=["behind", "off", "another protocol", "other ports", "for nobody"],
)
def test_a_denial_of_something_else_closes_nothing(harmless: dict[str, Any]) -> None:
    assert changed(rule(**DENY | harmless)) == (set(), set())


def test_a_denial_that_another_rule_passes_by_closes_nothing() -> None:
    first = {"allowed": [{"IPProtocol": "tcp", "ports": ["443"]}], "targetServiceAccounts": [account_of("app1")]}
    passing = rule(**first, sourceRanges=["0.0.0.0/0"], priority=800)
    assert changed(rule(**DENY), passing) == (set(), set())


def test_a_denial_by_network_closes_what_a_host_there_would_do() -> None:
    """The proxy's requests come from an address, however they are let in."""
    closing = {"denied": [{"IPProtocol": "tcp", "ports": ["8000-9000"]}], "sourceRanges": ["10.20.0.0/16"]}
    more, less = changed(rule(**DENY | closing, targetServiceAccounts=[account_of("app2")]))
    assert more == set()
    assert less == {Way("app1", "app2", "tcp", 8443)}


def egress(**said: Any) -> dict[str, Any]:
    return rule(direction="EGRESS", sourceRanges=None, **said)


def test_who_may_go_out_to_the_database_reaches_it() -> None:
    """It is an address of our subnet, which no ingress rule guards."""
    _, there = described.of(PROD)
    without = [one for one in there.rules if "5432" not in one["name"]]
    more, less = changed(rules=without)
    assert (more, {way.to for way in less}) == (set(), {"database"})
    every = egress(allowed=[{"IPProtocol": "all"}], destinationRanges=["10.0.0.0/8"])
    assert opened(every) == {Way(host, "database", "all", "all") for host in ("app1", "app2")}
    other = egress(allowed=[{"IPProtocol": "tcp", "ports": ["5433"]}], destinationRanges=["10.20.0.10/32"])
    assert opened(other) == set(), "nothing listens there"
    assert opened(egress(destinationRanges=["10.20.0.11/32"], allowed=[{"IPProtocol": "all"}])) == set()


def test_without_its_own_denial_everything_goes_out() -> None:
    """So a network is born: Google lets everything out, and no list of rules says so."""
    _, there = described.of(PROD)
    without = [one for one in there.rules if one["name"] != f"{PROD}-no-egress"]
    assert opened(rules=without) == {Way(host, "database", "all", "all") for host in ("app1", "app2")}


def test_nothing_there_opens_nothing() -> None:
    assert Described(PROD, [], [rule()], []).ways() == set()
