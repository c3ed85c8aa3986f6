"""The accounts that bootstrap makes may do no more: no basic role, nothing of other environments, for nobody else."""

from __future__ import annotations

import pytest

from ops.bootstrap.gcp import permissions
from tests.ops.bootstrap.gcp.cloud.project import ID
from tests.ops.bootstrap.gcp.cloud.server import Google
from tests.ops.bootstrap.gcp.conftest import BUCKET, KEY
from tests.ops.bootstrap.gcp.judged import ACCOUNT, contents, may, member, named

WIDE = ("roles/owner", "roles/editor", "roles/viewer", "roles/iam.", "Admin", "admin")
POWERS = (  # each of them is a way to all the others (cloud.google.com/iam/docs/best-practices-service-accounts)
    "iam.roles.",
    "iam.serviceAccountKeys.",
    "iam.serviceAccounts.actAs",
    "iam.serviceAccounts.delete",
    "iam.serviceAccounts.getAccessToken",
    "iam.serviceAccounts.implicitDelegation",
    "iam.serviceAccounts.setIamPolicy",
    "iam.serviceAccounts.sign",
    "iam.workloadIdentityPool",
    "resourcemanager.projects.setIamPolicy",
    "compute.projects.setCommonInstanceMetadata",
    "compute.instances.osAdminLogin",
    "compute.instances.getSerialPortOutput",
)


def test_no_basic_role_and_none_that_leads_to_all(both: Google) -> None:
    """CIS GCP 1.5, 1.6: no account with a basic role, none that may act as every account of the project."""
    for binding in both.project.policies[ID]["bindings"]:
        assert not any(word in binding["role"] for word in WIDE), binding["role"]
    for role in permissions.roles():
        held = contents(both, role)
        assert not [each for each in held if each.startswith(POWERS)], role
        assert not [each for each in held if each.endswith("setIamPolicy")] or role == "shoestring_apply_own"


def test_nothing_is_for_the_public_and_nobody_has_a_key(both: Google) -> None:
    text = both.project.everything()
    assert "allUsers" not in text
    assert "allAuthenticatedUsers" not in text
    assert "principalSet:" not in text, "one subject each, and no set of them"
    assert not [call for call in both.calls if "keys.create" in call.id]


def test_plan_looks_and_changes_nothing(both: Google) -> None:
    """A pull request of anybody with write access runs with it."""
    for permission in contents(both, "shoestring_plan"):
        verb = permission.rpartition(".")[2]
        assert verb in ("get", "list", "getIamPolicy", "read", "use"), permission
        assert permission.rpartition(".")[0] not in ("storage.objects", "iam.serviceAccountKeys")


OBJECT = named("bucket", "gcp-dev-artifacts-1/objects/models/delay/1/model.onnx")
NOT_PLAN = [
    ("secretmanager.versions.access", named("secret", "gcp-dev-database-admin-1")),
    ("storage.objects.get", OBJECT),
    ("storage.objects.get", named("bucket", "gcp-dev-backups-1/objects/base")),
    ("storage.objects.get", named("state", "stacks/shoestring/gcp-prod.json")),
    ("storage.objects.create", named("state", "stacks/shoestring/gcp-dev.json")),
    ("storage.objects.delete", named("state", "stacks/shoestring/gcp-dev.json")),
    ("cloudkms.cryptoKeyVersions.useToDecrypt", KEY),
    ("iam.serviceAccounts.actAs", ACCOUNT.format("gcp-dev-database-proxy-service")),
    ("iam.serviceAccounts.getAccessToken", ACCOUNT.format("shoestring-gcp-dev-apply")),
    ("iap.tunnelInstances.accessViaIAP", named("instance", "gcp-dev-solo-1")),
]


@pytest.mark.parametrize(("permission", "resource"), NOT_PLAN, ids=str)
def test_plan_reads_no_secret_and_no_data(both: Google, permission: str, resource: str) -> None:
    assert not may(both, member("plan"), permission, resource, destination_port=22)
    assert may(both, member("plan"), "storage.objects.get", named("state", "stacks/shoestring/gcp-dev.json"))


OTHERS = [
    ("compute.instances.delete", named("instance", "gcp-prod-app1-1")),
    ("compute.instances.delete", named("instance", "somebodys")),
    ("compute.disks.delete", named("disk", "gcp-prod-app1-database-1")),
    ("compute.firewalls.delete", named("firewall", "gcp-prod-no-ingress-1")),
    ("cloudsql.instances.delete", named("sql", "gcp-prod-database-1")),
    ("cloudsql.users.update", named("sql", "gcp-prod-database-1")),
    ("secretmanager.versions.access", named("secret", "gcp-prod-database-admin-1")),
    ("cloudkms.cryptoKeyVersions.destroy", named("key", "gcp-prod-data-1") + "/cryptoKeyVersions/1"),
    ("cloudkms.cryptoKeys.setIamPolicy", named("key", "gcp-prod-data-1")),
    ("cloudkms.cryptoKeys.setIamPolicy", KEY),
    ("cloudkms.cryptoKeyVersions.destroy", f"{KEY}/cryptoKeyVersions/1"),
    ("cloudkms.cryptoKeys.update", KEY),
    ("storage.buckets.delete", named("bucket", "gcp-prod-backups-1")),
    ("storage.buckets.setIamPolicy", named("bucket", BUCKET)),
    ("storage.buckets.update", named("bucket", BUCKET)),
    ("storage.buckets.delete", named("bucket", BUCKET)),
    ("storage.objects.get", named("state", "stacks/shoestring/gcp-prod.json")),
    ("storage.objects.get", named("state", "stacks/shoestring/gcp-dev2.json")),
    ("storage.objects.delete", named("state", "locks/organization/shoestring/gcp-prod/1.json")),
    ("storage.objects.get", named("bucket", "gcp-prod-artifacts-1/objects/models/m/1/model.onnx")),
    ("storage.objects.get", named("bucket", "gcp-dev-backups-1/objects/models/full")),
    ("storage.objects.create", named("bucket", "gcp-dev-backups-1/objects/models/full")),
    ("storage.objects.get", named("bucket", "gcp-dev-artifacts-1/objects/other/models/x")),
    ("iam.serviceAccounts.actAs", ACCOUNT.format("gcp-prod-service")),
    ("iam.serviceAccounts.actAs", ACCOUNT.format("shoestring-gcp-prod-apply")),
    ("iam.serviceAccounts.actAs", ACCOUNT.format("shoestring-gcp-dev-apply")),
    ("iam.serviceAccounts.getAccessToken", ACCOUNT.format("shoestring-gcp-prod-apply")),
    ("iam.serviceAccounts.setIamPolicy", ACCOUNT.format("gcp-dev-database-proxy-service")),
]


@pytest.mark.parametrize(("permission", "resource"), OTHERS, ids=[f"{one[0]}-{one[1][-24:]}" for one in OTHERS])
def test_apply_leaves_what_is_not_its_environments_alone(both: Google, permission: str, resource: str) -> None:
    """The state and its key are everybody's: lost, they take every environment with them."""
    assert not may(both, member("apply"), permission, resource)


def test_apply_comes_to_no_other_port_than_that_of_ssh(both: Google) -> None:
    machine = named("instance", "gcp-dev-solo-1")
    assert may(both, member("apply"), "iap.tunnelInstances.accessViaIAP", machine, destination_port=22)
    assert not may(both, member("apply"), "iap.tunnelInstances.accessViaIAP", machine, destination_port=5432)


def test_a_condition_that_google_does_not_answer_lets_nobody_in(both: Google) -> None:
    """A service that tells no name refuses, and never allows all."""
    for permission, resource in OTHERS:
        assert not may(both, member("apply"), permission, resource, tells=False)


ALLOWED = [
    ("compute.instances.delete", named("instance", "gcp-dev-solo-1")),
    ("compute.disks.delete", named("disk", "gcp-dev-solo-database-1")),
    ("compute.firewalls.delete", named("firewall", "gcp-dev-no-ingress-1")),
    ("cloudsql.instances.delete", named("sql", "gcp-dev-database-1")),
    ("secretmanager.versions.access", named("secret", "gcp-dev-database-admin-1")),
    ("cloudkms.cryptoKeyVersions.destroy", named("key", "gcp-dev-data-1") + "/cryptoKeyVersions/1"),
    ("cloudkms.cryptoKeys.setIamPolicy", named("key", "gcp-dev-data-1")),
    ("cloudkms.cryptoKeyVersions.useToDecrypt", KEY),
    ("storage.buckets.delete", named("bucket", "gcp-dev-backups-1")),
    ("storage.objects.delete", named("bucket", "gcp-dev-backups-1/objects/archive/1")),
    ("storage.objects.get", OBJECT),
    ("storage.objects.create", OBJECT),
    ("storage.objects.get", named("state", "meta.yaml")),
    ("storage.objects.create", named("state", "stacks/shoestring/gcp-dev.json")),
    ("storage.objects.create", named("state", "history/shoestring/gcp-dev/gcp-dev-1.history.json")),
    ("storage.objects.create", named("state", "backups/shoestring/gcp-dev/gcp-dev.1.json")),
    ("storage.objects.delete", named("state", "locks/organization/shoestring/gcp-dev/1.json")),
    ("storage.objects.list", named("bucket", BUCKET)),
    ("iam.serviceAccounts.actAs", ACCOUNT.format("gcp-dev-database-proxy-service")),
    ("iam.serviceAccounts.signBlob", ACCOUNT.format("shoestring-gcp-dev-apply")),
]
EVERYBODYS = (KEY, "/meta.yaml", BUCKET)


@pytest.mark.parametrize(("permission", "resource"), ALLOWED, ids=[f"{one[0]}-{one[1][-24:]}" for one in ALLOWED])
def test_apply_can_do_what_the_verbs_of_ops_do(both: Google, permission: str, resource: str) -> None:
    """State, removal, the database's secret, the model and its signed URL; and another environment's account can't."""
    assert may(both, member("apply"), permission, resource)
    if not resource.endswith(EVERYBODYS):
        assert not may(both, member("apply", "gcp-prod"), permission, resource)
