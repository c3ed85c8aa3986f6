"""The way in for SSH: the tunnel's end is there with `ssh: tunnel`, and otherwise neither it nor its door."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infra.aws import plans

ADMINS = {"admin_cidrs": ["192.168.7.0/24"]}
OTHERS: dict[str, dict[str, Any]] = {"direct": {"ssh": "direct", **ADMINS}, "jump": {"ssh": "jump", **ADMINS}}


@pytest.mark.parametrize("stack", plans.STACKS)
def test_the_tunnel_ends_in_a_private_subnet(stack: str) -> None:
    made = plans.stack(stack)
    (endpoint,) = plans.of(made, "InstanceConnectEndpoint")
    names = {plans.identity(one): one.name for one in plans.of(made, "Subnet", "SecurityGroup")}
    assert names[endpoint.inputs["subnetId"]] == f"{stack}-private-a"
    assert [names[group] for group in endpoint.inputs["securityGroupIds"]] == [f"{stack}-tunnel"]
    assert endpoint.inputs["preserveClientIp"] is False, "hosts let the tunnel's group in, and no client's address"


@pytest.mark.parametrize("stack", plans.STACKS)
def test_a_new_tunnel_waits_until_the_old_one_is_gone(stack: str) -> None:
    (endpoint,) = plans.of(plans.stack(stack), "InstanceConnectEndpoint")
    assert endpoint.options["delete_before_replace"], "a VPC has room for one"


@pytest.mark.parametrize("stack", plans.STACKS)
@pytest.mark.parametrize("ssh", OTHERS)
def test_there_is_no_tunnel_that_nobody_uses(ssh: str, stack: str) -> None:
    _, made = plans.changed(stack, **OTHERS[ssh])
    left = [one.name for one in made.resources if "InstanceConnect" in one.type or "tunnel" in one.name]
    assert left == [], "it goes past admin_cidrs"
