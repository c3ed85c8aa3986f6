"""The account that deploys may do all that the program asks for; and there is no right that nothing needs."""

from __future__ import annotations

import functools
from typing import get_args

import pytest

from infra.gcp import bucket as buckets
from ops.bootstrap.gcp import actions, permissions
from rehearsal.program import Resource
from tests.infra.gcp import plans
from tests.ops.bootstrap.gcp.cloud import discovery

VARIANT = {"nat": True, "zone": "acme-dev", "names": ["predict.example.com"]}  # what neither stack file asks for
ROLES = permissions.roles()
APPLY = set(ROLES["shoestring_apply"]) | set(ROLES["shoestring_apply_own"])


@functools.cache
def registered(stack: str) -> list[Resource]:
    """What the program registers for the stack as it is, and for one that has all that is optional."""
    _, variant = plans.changed(stack, **VARIANT)
    return [one for one in (*plans.stack(stack).resources, *variant.resources) if one.custom]


def types(stack: str) -> set[str]:
    return {one.type for one in registered(stack) if one.type.startswith("gcp:")}


@pytest.mark.parametrize("stack", plans.STACKS)
def test_every_resource_that_the_program_registers_can_be_made_changed_and_removed(stack: str) -> None:
    assert len(registered(stack)) > 40, "the whole program was looked at"
    unknown = types(stack) - actions.MAKES.keys()
    assert not unknown, f"say in ops/bootstrap/gcp/actions.py what these take: {sorted(unknown)}"
    assert not {each for kind in types(stack) for each in actions.permissions(actions.MAKES[kind])} - APPLY


def test_nothing_is_allowed_for_what_the_program_never_makes() -> None:
    """A right that nothing needs any more is only a risk."""
    used = {kind for stack in plans.STACKS for kind in types(stack)}
    assert actions.MAKES.keys() - used == set()
    needed = actions.of() | actions.permissions(actions.VERBS) | actions.permissions(actions.LOOKS)
    assert actions.permissions(actions.OWN) <= needed
    assert needed == APPLY


STAYS = {
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": "its right is to set the policy, by which it is taken, too",
    "gcp:projects/serviceIdentity:ServiceIdentity": "Google's own, which is never removed",
    "gcp:serviceaccount/account:Account": "bootstrap's, which the stack leaves",
    "gcp:storage/bucketIAMMember:BucketIAMMember": "as the key's",
}
MAKING = ("create", "attachDisk", "add", "write", "update")
ENDING = ("delete", "destroy", "detachDisk", "write", "update")


@pytest.mark.parametrize("kind", sorted(actions.MAKES))
def test_each_resource_has_what_makes_it_and_what_removes_it(kind: str) -> None:
    """The table is made by hand: a resource that can't be removed would be noticed by the first `down`."""
    verbs = {each.rpartition(".")[2] for each in actions.permissions(actions.MAKES[kind])}
    if kind not in STAYS:
        assert verbs & set(MAKING)
        assert verbs & set(ENDING)


# Services that are called otherwise in permissions, and what stands in no description that bootstrap has.
SERVICES = {"cloudsql": "sqladmin", "resourcemanager": "cloudresourcemanager"}
UNDESCRIBED = {
    "billing.resourceCosts",  # cloud.google.com/billing/docs/how-to/custom-roles
    "billing.resourcebudgets",
    "dns.networks",  # which Cloud DNS may be bound to (cloud.google.com/dns/docs/access-control)
}
OTHERS = {"dns": "v1", "monitoring": "v3"}


def _names(part: dict[str, object]) -> set[str]:
    found: set[str] = set()
    resources = part.get("resources", {})
    assert isinstance(resources, dict)
    for name, each in resources.items():
        found |= {name} | _names(each)
    return found


@pytest.mark.parametrize("permission", sorted(APPLY | set(ROLES["shoestring_plan"])))
def test_a_permission_is_about_something_that_there_is(permission: str) -> None:
    """Google refuses a role with one that it does not know. Its list of them is told only to who is logged in; what
    they are about is in the descriptions of its APIs."""
    service, resource, _ = permission.split(".")
    if f"{service}.{resource}" not in UNDESCRIBED:
        service = SERVICES.get(service, service)
        described = discovery.document(service, OTHERS.get(service, ""))
        assert resource in _names(described)


NAMED = ("Bucket", "CryptoKey", "DatabaseInstance", "Disk", "Firewall", "ForwardingRule", "Instance", "Secret")


def test_the_rights_on_names_know_the_programs_names() -> None:
    """The conditions name what the program calls its things."""
    assert set(permissions.PURPOSES) == set(get_args(buckets.Purpose))
    for stack in plans.STACKS:
        for one in registered(stack):
            if one.type.startswith("gcp:") and one.type.rpartition(":")[2] in (
                "Instance",
                "Disk",
                "Firewall",
                "Secret",
            ):
                assert one.name.startswith(f"{stack}-")
