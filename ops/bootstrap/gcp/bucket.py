"""The bucket that holds the state. Pulumi puts and deletes lock files in it, so no retention policy holds them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from googleapiclient.errors import HttpError

from ops.bootstrap.change import Change
from ops.bootstrap.gcp import grants, policies
from ops.bootstrap.gcp.account import LABELS, Account, found, has_labels
from ops.errors import OperationError

DAY = 24 * 60 * 60
KEPT_DAYS, SOFT_DAYS, PARTS_DAYS = 90, 30, 7  # old versions; whatever was deleted; parts of uploads that broke off
LIFECYCLE = [
    {"action": {"type": "Delete"}, "condition": {"daysSinceNoncurrentTime": KEPT_DAYS, "isLive": False}},
    {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": PARTS_DAYS}},
]


def changes(account: Account) -> Iterator[Change]:
    """What the bucket lacks. Raises OperationError if its name is somebody else's, or it is in another region."""
    buckets, name = account.client("storage.buckets"), account.shared.bucket
    there = _there(account) if account.sees("storage") else None
    settings = wanted(account)
    if there is None:
        body = {"name": name, "location": account.shared.region.upper(), "labels": LABELS} | _merged(settings)
        says = f"the bucket {name}: {', '.join(settings)}"
        # Whoever is asked for nothing in the way of ACLs makes them out of the project's roles, and there are none.
        yield Change(says, lambda: buckets.insert(project=account.shared.project, body=body).execute())
        return
    for says, body in settings.items():
        if not _within(body, there):
            yield Change(f"{says} of {name}", buckets.patch(bucket=name, body=body).execute)
    if not has_labels(there.get("labels")):
        yield Change("its labels", lambda: buckets.patch(bucket=name, body={"labels": LABELS}).execute())
    if grants.lacking(grants.of_bucket(account), [], policies.public):
        yield Change(
            f"nobody of the public in {name}", lambda: grants.give(grants.of_bucket(account), [], policies.public)
        )


def wanted(account: Account) -> dict[str, dict[str, Any]]:
    """How it is set up: in words, and as the API has it."""
    return {
        "no ACLs": {"iamConfiguration": {"uniformBucketLevelAccess": {"enabled": True}}},
        "no public access": {"iamConfiguration": {"publicAccessPrevention": "enforced"}},
        "versions": {"versioning": {"enabled": True}},
        "encryption with that key": {"encryption": {"defaultKmsKeyName": account.shared.state_key}},
        f"what is deleted can be had back for {SOFT_DAYS} days": {
            "softDeletePolicy": {"retentionDurationSeconds": str(SOFT_DAYS * DAY)}
        },
        f"old versions leave after {KEPT_DAYS} days": {"lifecycle": {"rule": LIFECYCLE}},
    }


def _merged(settings: dict[str, dict[str, Any]]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for each in settings.values():
        for key, value in each.items():
            whole[key] = {**whole.get(key, {}), **value}
    return whole


def _within(wanted: Any, there: Any) -> bool:
    """Whether the bucket says all of that, whatever else it says, such as since when."""
    if isinstance(wanted, dict):
        return isinstance(there, dict) and all(_within(value, there.get(key)) for key, value in wanted.items())
    return bool(wanted == there)


def _there(account: Account) -> dict[str, Any] | None:
    name, region = account.shared.bucket, account.shared.region
    try:
        bucket = found(account.client("storage.buckets").get(bucket=name))
    except HttpError as error:
        # Of what is nobody's it says 404, and of another's that it may not be seen.
        if error.resp.status == 403 and "storage.buckets.get" in str(error.reason):
            raise taken(name, account.shared.project) from None
        raise
    if bucket is None:
        return None
    if str(bucket["projectNumber"]) != account.number:
        raise taken(name, account.shared.project)
    if bucket["location"].lower() != region:
        raise OperationError(
            f"The bucket {name} is in {bucket['location'].lower()}, not in {region}.",
            "Nothing was changed: the state would lie in another place than its key.",
            f"If it is empty: gcloud storage buckets delete gs://{name}; it is then made again in {region}.",
        )
    return bucket


def taken(name: str, project: str) -> OperationError:
    """The error for a name that another project has."""
    return OperationError(
        f"The bucket {name} belongs to another project than {project}, or you may not see it.",
        "The state was not put there, and nothing was changed: whoever owns a bucket reads what is in it.",
        f"See whether it is yours: gcloud storage buckets list --project={project}. If it is listed, use an account "
        "that may see it; if not, somebody took your project's name: change BUCKET in infra/gcp/shared.py, and tell "
        "Google.",
    )
