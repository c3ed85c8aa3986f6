"""Allow policies of resources: read, compared, and written back with their etag, which another's change makes stale."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ops.bootstrap.gcp import policies
from ops.bootstrap.gcp.account import Account, look
from ops.bootstrap.gcp.policies import VERSION, Grant, Policy


@dataclass(frozen=True)
class Resource:
    """How the policy of one resource is read and written; each service has its own way."""

    get: Callable[[], Policy]
    put: Callable[[Policy], Any]


def lacking(resource: Resource, wanted: Iterable[Grant], ours: Callable[[str], bool]) -> bool:
    """Whether `give` would change anything."""
    return policies.mended(resource.get(), wanted, ours) is not None


def give(resource: Resource, wanted: Iterable[Grant], ours: Callable[[str], bool]) -> None:
    """Makes the members that are `ours` have the rights in `wanted` and no other; what others have stays."""
    policy = policies.mended(resource.get(), wanted, ours)
    if policy is not None:
        resource.put(policy)


def of_project(account: Account) -> Resource:
    projects, name = account.client("cloudresourcemanager.projects"), account.shared.project
    question = {"options": {"requestedPolicyVersion": VERSION}}
    return Resource(
        lambda: look(projects.getIamPolicy(resource=name, body=question)),
        lambda policy: projects.setIamPolicy(resource=name, body={"policy": policy}).execute(),
    )


def of_bucket(account: Account) -> Resource:
    buckets, name = account.client("storage.buckets"), account.shared.bucket
    return Resource(
        lambda: look(buckets.getIamPolicy(bucket=name, optionsRequestedPolicyVersion=VERSION)),
        lambda policy: buckets.setIamPolicy(bucket=name, body=policy).execute(),
    )


def of_key(account: Account) -> Resource:
    keys = account.client("cloudkms.projects.locations.keyRings.cryptoKeys")
    return _usual(keys, account.shared.state_key)


def of_account(account: Account, email: str) -> Resource:
    """Who may act as a service account."""
    accounts = account.client("iam.projects.serviceAccounts")
    return _usual(accounts, f"projects/{account.shared.project}/serviceAccounts/{email}")


def _usual(collection: Any, name: str) -> Resource:
    return Resource(
        lambda: look(collection.getIamPolicy(resource=name, options_requestedPolicyVersion=VERSION)),
        lambda policy: collection.setIamPolicy(resource=name, body={"policy": policy}).execute(),
    )
