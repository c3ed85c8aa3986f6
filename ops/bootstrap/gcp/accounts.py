"""The service accounts: two for GitHub, those of the hosts, and what all of them may do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from infra.gcp import shared as names
from infra.settings_clouds import Gcp
from ops.bootstrap.change import Change
from ops.bootstrap.gcp import grants, permissions, policies
from ops.bootstrap.gcp.account import MARK, Account, found
from ops.bootstrap.gcp.policies import Grant
from ops.errors import OperationError

WHAT = {"plan": "reads, for pull requests", "apply": "makes and changes it, from the GitHub environment of its name"}


def changes(account: Account, settings: Gcp) -> Iterator[Change]:
    """What is missing of the accounts and of their rights, for the environment of `settings`."""
    environment, shared = settings.environment, account.shared
    own = {permissions.member(shared, kind, environment) for kind in WHAT}
    for kind, what in WHAT.items():
        account_id, wanted = (
            names.role(kind, environment),
            permissions.on_account(shared, settings, account.number, kind),
        )
        there = _found(account, account_id)
        if there is None:
            says = f"the service account {account_id}: {what}; for {settings.repository}"
            description = f"{MARK}. {environment}: {what}"
            yield _made(account, says, account_id, {"displayName": account_id, "description": description})
        else:
            _is_ours(there)
        says = f"who acts as {account_id}: {settings.repository}"
        yield from _granted(account, says, account_id, wanted, policies.from_outside, there is not None)
    for account_id, title in permissions.hosts(settings).items():
        there = _found(account, account_id)
        if there is None:
            says = f"the service account {account_id}: its hosts run as it"
            yield _made(account, says, account_id, {"displayName": title})
        says = f"machines that run as {account_id}, made by {names.role('apply', environment)}"
        wanted = permissions.on_host(shared, environment)
        yield from _granted(account, says, account_id, wanted, lambda _: False, there is not None)
    yield from _rights(account, settings, own)


def _rights(account: Account, settings: Gcp, own: set[str]) -> Iterator[Change]:
    environment, shared = settings.environment, account.shared
    in_project = permissions.in_project(shared, account.number, environment)
    parts = (
        ("in the project", "cloudresourcemanager", grants.of_project, in_project, True),
        ("with the state's key", "cloudkms", grants.of_key, permissions.on_key(shared, environment), _has_key(account)),
        (
            f"in {shared.bucket}",
            "storage",
            grants.of_bucket,
            permissions.in_bucket(shared, environment),
            _has_bucket(account),
        ),
    )
    for where, service, resource, wanted, there in parts:

        def give(resource: Any = resource, wanted: list[Grant] = wanted) -> None:
            grants.give(resource(account), wanted, own.__contains__)

        seen = there and account.sees(service)
        if not seen or grants.lacking(resource(account), wanted, own.__contains__):
            yield Change(f"what the accounts of {environment} may do {where}", give)


def _has_key(account: Account) -> bool:
    keys = account.client("cloudkms.projects.locations.keyRings.cryptoKeys")
    return account.sees("cloudkms") and found(keys.get(name=account.shared.state_key)) is not None


def _has_bucket(account: Account) -> bool:
    buckets = account.client("storage.buckets")
    return account.sees("storage") and found(buckets.get(bucket=account.shared.bucket)) is not None


def _found(account: Account, account_id: str) -> dict[str, Any] | None:
    """The account, if it is there; one that was turned off was so by somebody, and is theirs to turn on."""
    email = account.shared.email(account_id)
    name = f"projects/{account.shared.project}/serviceAccounts/{email}"
    there = found(account.client("iam.projects.serviceAccounts").get(name=name)) if account.sees("iam") else None
    if there is not None and there.get("disabled"):
        raise OperationError(
            f"The service account {email} is disabled.",
            "Somebody stopped it by that; it was left so, and nothing was changed.",
            f"If it is over: gcloud iam service-accounts enable {email} --project={account.shared.project}",
        )
    return there


def _made(account: Account, says: str, account_id: str, described: dict[str, str]) -> Change:
    parent = f"projects/{account.shared.project}"
    body = {"accountId": account_id, "serviceAccount": described}
    collection = account.client("iam.projects.serviceAccounts")
    return Change(says, lambda: collection.create(name=parent, body=body).execute())


def _granted(
    account: Account, says: str, account_id: str, wanted: Iterable[Grant], ours: Any, there: bool
) -> Iterator[Change]:
    resource = grants.of_account(account, account.shared.email(account_id))
    if not there or grants.lacking(resource, wanted, ours):
        yield Change(says, lambda: grants.give(resource, wanted, ours))


def _is_ours(there: dict[str, Any]) -> None:
    if not str(there.get("description", "")).startswith(MARK):
        raise OperationError(
            f"There is a service account {there['email']} that `make bootstrap` did not make.",
            "It was left as it is, and nothing was changed: somebody else may depend on it.",
            f"If nobody does: gcloud iam service-accounts delete {there['email']}, and run this again. "
            "Else give the environment another name.",
        )
