"""What each call does to the project: keys, APIs, billing. storage.py and identities.py have the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.ops.bootstrap.gcp.cloud import identities, policies, storage
from tests.ops.bootstrap.gcp.cloud.discovery import Call
from tests.ops.bootstrap.gcp.cloud.errors import RefusedError, missing, there
from tests.ops.bootstrap.gcp.cloud.project import Project, Thing

PAID = {"cloudkms", "compute", "dns", "secretmanager", "sqladmin"}  # what is only turned on for who pays


def masked(old: Thing, call: Call) -> Thing:
    """What PATCH with an updateMask makes: those fields as they are in the body, and no other."""
    fields = call.parameters["updateMask"].split(",")
    if set(fields) != set(call.body):
        raise RefusedError(400, f"the mask {fields} is not what the body has: {sorted(call.body)}")
    return old | {field: call.body[field] for field in fields}


def _services(project: Project, names: list[str]) -> list[Thing]:
    return [
        {
            "name": f"projects/{project.number}/services/{name}",
            "parent": f"projects/{project.number}",
            "state": "ENABLED" if name.removesuffix(".googleapis.com") in project.enabled else "DISABLED",
        }
        for name in names
    ]


def batch_get(project: Project, call: Call) -> Thing:
    if len(call.parameters["names"]) > 30:
        raise RefusedError(400, "at most 30 services")
    return {"services": _services(project, [each.rpartition("/")[2] for each in call.parameters["names"]])}


def batch_enable(project: Project, call: Call) -> Thing:
    names = [each.removesuffix(".googleapis.com") for each in call.body["serviceIds"]]
    if not 0 < len(names) <= 20:
        raise RefusedError(400, "1 to 20 services")
    if PAID & set(names) and not project.billing["billingEnabled"]:
        text = f"Billing must be enabled for activation of service '{names[0]}' in project '{project.number}'."
        return project.operation("", {"code": 9, "message": text})
    project.enabled |= set(names)
    return project.operation("")


def operation(project: Project, call: Call) -> Thing:
    return project.operations[call.parameters["name"]]


def billing_info(project: Project, call: Call) -> Thing:
    return {"name": call.parameters["name"], "projectId": project.id, **project.billing}


def ring_get(project: Project, call: Call) -> Thing:
    return project.rings.get(call.parameters["name"]) or _raise(missing(call.parameters["name"]))


def ring_create(project: Project, call: Call) -> Thing:
    name = f"{call.parameters['parent']}/keyRings/{call.parameters['keyRingId']}"
    if name in project.rings:
        raise there(name)
    project.rings[name] = {"name": name}
    return project.rings[name]


def key_get(project: Project, call: Call) -> Thing:
    return project.keys.get(call.parameters["name"]) or _raise(missing(call.parameters["name"]))


def key_create(project: Project, call: Call) -> Thing:
    parent, key = call.parameters["parent"], call.body
    name = f"{parent}/cryptoKeys/{call.parameters['cryptoKeyId']}"
    if parent not in project.rings:
        raise missing(parent)
    if name in project.keys:
        raise there(name)
    if "rotationPeriod" in key and "nextRotationTime" not in key:
        raise RefusedError(400, "rotation_period wants next_rotation_time")
    project.keys[name] = {
        **key,
        "name": name,
        "primary": {"name": f"{name}/cryptoKeyVersions/1", "state": "ENABLED"},
    }
    return project.keys[name]


def key_patch(project: Project, call: Call) -> Thing:
    name = call.parameters["name"]
    project.keys[name] = masked(key_get(project, call), call)
    return project.keys[name]


def policy(project: Project, call: Call) -> Thing:
    said = call.body.get("options", {}).get("requestedPolicyVersion")
    version = call.parameters.get("options.requestedPolicyVersion", said)
    return policies.read(project, call.parameters["resource"], version)


def set_policy(project: Project, call: Call) -> Thing:
    return policies.write(project, call.parameters["resource"], call.body["policy"])


def _raise(error: RefusedError) -> Any:
    raise error


KEYS = "cloudkms.projects.locations.keyRings"
HANDLERS: dict[str, Callable[[Project, Call], Thing]] = {
    "serviceusage.services.batchGet": batch_get,
    "serviceusage.services.batchEnable": batch_enable,
    "serviceusage.operations.get": operation,
    "cloudbilling.projects.getBillingInfo": billing_info,
    "cloudresourcemanager.projects.getIamPolicy": policy,
    "cloudresourcemanager.projects.setIamPolicy": set_policy,
    f"{KEYS}.get": ring_get,
    f"{KEYS}.create": ring_create,
    f"{KEYS}.cryptoKeys.get": key_get,
    f"{KEYS}.cryptoKeys.create": key_create,
    f"{KEYS}.cryptoKeys.patch": key_patch,
    f"{KEYS}.cryptoKeys.getIamPolicy": policy,
    f"{KEYS}.cryptoKeys.setIamPolicy": set_policy,
    **identities.HANDLERS,
    **storage.HANDLERS,
}
HANDLERS |= {
    "iam.projects.serviceAccounts.getIamPolicy": policy,
    "iam.projects.serviceAccounts.setIamPolicy": set_policy,
    "iam.projects.locations.workloadIdentityPools.operations.get": operation,
    "iam.projects.locations.workloadIdentityPools.providers.operations.get": operation,
}
