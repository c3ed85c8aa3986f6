"""What the calls of Cloud Storage do to the project: its bucket's names are the world's."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

from tests.ops.bootstrap.gcp.cloud import policies
from tests.ops.bootstrap.gcp.cloud.discovery import Call
from tests.ops.bootstrap.gcp.cloud.errors import RefusedError
from tests.ops.bootstrap.gcp.cloud.project import Project, Thing

BUCKET_RIGHTS = "roles/storage.legacyBucketOwner"


def merge(old: Thing, patch: Thing) -> Thing:
    """RFC 7396, which Cloud Storage's PATCH follows."""
    merged = copy.deepcopy(old)
    for key, value in patch.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = merge(merged[key], value)
        elif value is None:
            merged.pop(key, None)
        else:
            merged[key] = value
    return merged


def bucket_get(project: Project, call: Call) -> Thing:
    name = call.parameters["bucket"]
    bucket = project.buckets.get(name)
    if bucket is None:
        raise RefusedError(404, "The specified bucket does not exist.")
    if bucket["projectNumber"] != project.number and not bucket.get("seen"):
        raise RefusedError(403, f"me@acme.dev does not have storage.buckets.get access to the bucket {name}.")
    return dict(bucket)


def bucket_insert(project: Project, call: Call) -> Thing:
    name = call.body["name"]
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]", name):
        raise RefusedError(400, f"Invalid bucket name: {name}")
    if name in project.buckets:
        raise RefusedError(409, "The requested bucket name is not available. Please select a different name.")
    key = call.body.get("encryption", {}).get("defaultKmsKeyName")
    agent = f"serviceAccount:service-{project.number}@gs-project-accounts.iam.gserviceaccount.com"
    users = [
        each for binding in project.policies.get(str(key), {"bindings": []})["bindings"] for each in binding["members"]
    ]
    if key and agent not in users:
        raise RefusedError(
            403, "Permission denied on Cloud KMS key. Please ensure that your Cloud Storage account may."
        )
    project.buckets[name] = {**call.body, "projectNumber": project.number}
    owners = [f"projectOwner:{project.id}", f"projectEditor:{project.id}"]
    project.policies[name] = {"bindings": [{"role": BUCKET_RIGHTS, "members": owners}], "version": 1}
    return project.buckets[name]


def bucket_patch(project: Project, call: Call) -> Thing:
    name = call.parameters["bucket"]
    project.buckets[name] = merge(bucket_get(project, call), call.body)
    return project.buckets[name]


def storage_agent(project: Project, _: Call) -> Thing:
    email = f"service-{project.number}@gs-project-accounts.iam.gserviceaccount.com"
    project.agents.add(email)
    return {"kind": "storage#serviceAccount", "email_address": email}


def bucket_policy(project: Project, call: Call) -> Thing:
    return policies.read(project, call.parameters["bucket"], call.parameters.get("optionsRequestedPolicyVersion"))


def set_bucket_policy(project: Project, call: Call) -> Thing:
    return policies.write(project, call.parameters["bucket"], call.body)


HANDLERS: dict[str, Callable[[Project, Call], Any]] = {
    "storage.buckets.get": bucket_get,
    "storage.buckets.insert": bucket_insert,
    "storage.buckets.patch": bucket_patch,
    "storage.buckets.getIamPolicy": bucket_policy,
    "storage.buckets.setIamPolicy": set_bucket_policy,
    "storage.projects.serviceAccount.get": storage_agent,
}
