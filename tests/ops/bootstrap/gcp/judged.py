"""What an account may do in a project as its policies are, judged by the logic of IAM."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.ops.bootstrap.gcp.cloud import cel
from tests.ops.bootstrap.gcp.cloud.project import ID, NUMBER
from tests.ops.bootstrap.gcp.cloud.server import Google
from tests.ops.bootstrap.gcp.conftest import BUCKET, KEY, SHARED

OBJECTS = {"storage.objects.get", "storage.objects.list"}
ROLES = {  # as far as matters here (cloud.google.com/iam/docs/roles-permissions)
    "roles/cloudkms.cryptoKeyEncrypterDecrypter": {
        "cloudkms.cryptoKeyVersions.useToDecrypt",
        "cloudkms.cryptoKeyVersions.useToEncrypt",
    },
    "roles/iam.serviceAccountTokenCreator": {"iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.signBlob"},
    "roles/iam.serviceAccountUser": {"iam.serviceAccounts.actAs"},
    "roles/iam.workloadIdentityUser": {"iam.serviceAccounts.getAccessToken"},
    "roles/iap.tunnelResourceAccessor": {"iap.tunnelInstances.accessViaIAP"},
    "roles/storage.legacyBucketOwner": {"storage.buckets.update", "storage.objects.list"},
    "roles/storage.legacyBucketReader": {"storage.buckets.get", "storage.objects.list"},
    "roles/storage.objectUser": OBJECTS | {"storage.objects.create", "storage.objects.delete"},
    "roles/storage.objectViewer": OBJECTS,
}
ACCOUNT = f"projects/{ID}/serviceAccounts/{{}}@{ID}.iam.gserviceaccount.com"


def member(kind: str, environment: str = "gcp-dev") -> str:
    return f"serviceAccount:{SHARED.role(kind, environment)}"


def may(google: Google, who: str, permission: str, resource: str, tells: bool = True, **more: Any) -> bool:
    """Whether the member may do it to the resource, by its full name; its policy and the project's are asked.

    `tells`: whether the service tells a condition the resource's name. `more`: other attributes, as destination_port.
    """
    given = {name.replace("_", "."): value for name, value in more.items()}
    if tells:
        given["resource.name"] = resource
    for binding in _bindings(google, resource):
        if who in binding["members"] and permission in contents(google, binding["role"]):
            condition = binding.get("condition")
            if condition is None or cel.holds(condition["expression"], given):
                return True
    return False


def contents(google: Google, role: str) -> set[str]:
    """The permissions of a role: Google's own as above, a custom one as it was made."""
    if role in ROLES:
        return ROLES[role]
    return set(google.project.roles[role.rpartition("/")[2]]["includedPermissions"])


def _bindings(google: Google, resource: str) -> Iterator[dict[str, Any]]:
    names = {ID}
    if resource.startswith(f"projects/_/buckets/{BUCKET}"):
        names.add(BUCKET)
    if resource == KEY or resource.startswith(f"{KEY}/"):
        names.add(KEY)
    if "/serviceAccounts/" in resource:
        names.add(resource)
    for name in names:
        yield from google.project.policies.get(name, {"bindings": []})["bindings"]


def named(kind: str, name: str) -> str:
    """The full name of a thing in this project, as conditions are told it."""
    return {
        "bucket": f"projects/_/buckets/{name}",
        "disk": f"projects/{ID}/zones/us-central1-b/disks/{name}",
        "firewall": f"projects/{ID}/global/firewalls/{name}",
        "instance": f"projects/{ID}/zones/us-central1-b/instances/{name}",
        "key": f"projects/{ID}/locations/us-central1/keyRings/shoestring/cryptoKeys/{name}",
        "secret": f"projects/{NUMBER}/secrets/{name}/versions/1",
        "sql": f"projects/{ID}/instances/{name}",
        "state": f"projects/_/buckets/{BUCKET}/objects/.pulumi/{name}",
    }[kind]
