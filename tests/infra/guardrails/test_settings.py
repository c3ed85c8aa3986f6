"""Whatever the settings allow passes, what they do not allow fails, and the setting that a message names raises it."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from infra import guardrails
from infra.guardrails import RULES
from infra.guardrails.rule import Rule
from infra.settings import KEYS, Limits, Settings
from rehearsal.program import Resource
from tests.infra.aws import plans
from tests.infra.guardrails import worse_hosts, worse_network
from tests.infra.guardrails.stacks import MONTHLY, faults, find, made, settings

ONE = [{"name": "solo", "groups": ["proxy", "service"]}]
SPOT = [{"name": "solo", "groups": ["proxy", "service", "database"], "spot": True}]
GPU = [{"name": "solo", "groups": ["proxy", "service", "database"], "machine": "g4dn.xlarge"}]
MANY = [*ONE, *({"name": f"app{number}", "groups": ["service"]} for number in range(2, 8))]
HOME, OFFICE = "198.51.100.0/24", "2001:db8:7::/48"
ALLOWED: dict[str, tuple[str, dict[str, Any]]] = {
    "as it is, dev": ("aws-dev", {}),
    "as it is, prod": ("aws-prod", {}),
    "data may be thrown away": ("aws-dev", {"deletion_protection": False}),
    "a managed database": ("aws-dev", {"hosts": ONE, "database": "managed"}),
    "a database on a host, in prod": ("aws-prod", {"database": None, "hosts": SPOT, "limits": {"spot": 1}}),
    "a NAT gateway": ("aws-prod", {"nat": True}),
    "a spot machine": ("aws-dev", {"hosts": SPOT, "limits": {"spot": 1}}),
    "a GPU": ("aws-dev", {"hosts": GPU, "limits": {"gpus": 1, "machines": ["g4dn.xlarge"]}}),
    "many hosts": ("aws-prod", {"hosts": MANY, "limits": {"hosts": 7}}),
    "SSH from a known network": ("aws-dev", {"ssh": "direct", "admin_cidrs": [HOME, OFFICE]}),
    "SSH through the proxy": ("aws-prod", {"ssh": "jump", "admin_cidrs": [HOME]}),
    "some may come": ("aws-dev", {"public_cidrs": [HOME]}),
    "a zone": ("aws-prod", {"zone": "Z0123456789"}),
    "other zones": ("aws-prod", {"zones": ["b", "c"], "cidr": "172.16.0.0/20", "size": "large"}),
    "an image by its id": ("aws-dev", {"image": "ami-0123456789abcdef0"}),
}


@functools.cache
def asked(name: str) -> tuple[Settings, tuple[Resource, ...]]:
    stack, changes = ALLOWED[name]
    settings, found = plans.changed(stack, **changes)
    return settings, tuple(one for one in found.resources if one.custom)


@pytest.mark.parametrize("name", ALLOWED)
def test_what_the_settings_ask_for_passes(name: str) -> None:
    settings, resources = asked(name)
    assert [verdict.message for verdict in faults(resources, settings)] == []


def test_every_rule_judges_something() -> None:
    """A rule over no resource passes silently."""
    seen = {verdict.rule for name in ALLOWED for verdict in guardrails.check(asked(name)[1], asked(name)[0], MONTHLY)}
    assert seen == {rule.id for rule in RULES}


@pytest.mark.parametrize(
    ("ask", "allow", "rules"),
    [
        ("a NAT gateway", "as it is, prod", {"nat-asked-for"}),
        ("a spot machine", "as it is, dev", {"cost-spot", "ec2-not-terminated"}),
        ("a GPU", "as it is, dev", {"cost-gpus", "cost-machine-types"}),
        ("many hosts", "as it is, prod", {"cost-hosts", "cost-asked-for", "sg-declared", "sg-narrow-egress"}),
        ("SSH from a known network", "as it is, dev", {"sg-declared"}),
        ("SSH through the proxy", "as it is, prod", {"sg-declared", "sg-narrow-egress"}),
        ("SSH through the proxy", "SSH from a known network", {"sg-declared"}),
        ("as it is, dev", "SSH from a known network", {"sg-declared", "sg-narrow-egress", "tunnel-narrow"}),
        ("as it is, dev", "some may come", {"sg-declared"}),
        (
            "data may be thrown away",
            "as it is, dev",
            {"protected", "s3-not-emptied", "ec2-not-terminated"},
        ),
    ],
)
def test_what_other_settings_ask_for_fails(ask: str, allow: str, rules: set[str]) -> None:
    """The rules judge what is registered, not what the program meant by it."""
    found = faults(asked(ask)[1], asked(allow)[0])
    assert {verdict.rule for verdict in found} >= rules - {"sg-own-groups"}, [verdict.message for verdict in found]
