"""How GitHub gets in, without a key of ours that could be lost: a pool, a provider in it for the environment, and two
service accounts, each for the jobs of one kind.

Google holds the name of a pool, of a provider and of a role for weeks after it was deleted: these are taken back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.gcp import shared as names
from infra.settings_clouds import Gcp
from ops.bootstrap.change import Change
from ops.bootstrap.gcp import accounts, permissions, policies
from ops.bootstrap.gcp.account import MARK, Account, found, settle
from ops.errors import OperationError

DELETED = "DELETED"
POOLS = "iam.projects.locations.workloadIdentityPools"
MAPPING = {"google.subject": "assertion.sub"}


def changes(account: Account, settings: Gcp) -> Iterator[Change]:
    """What is missing of it all, for the environment of `settings`, which names a repository."""
    _short_enough(settings)
    for role, wanted in permissions.roles().items():
        yield from _role(account, role, wanted)
    yield from _pool(account)
    yield from _provider(account, settings)
    yield from accounts.changes(account, settings)


def _short_enough(settings: Gcp) -> None:
    for kind in ("plan", "apply"):
        subject = policies.subject(str(settings.repository), kind, settings.environment)
        if len(subject.encode()) > policies.LONGEST_SUBJECT:
            raise OperationError(
                f"GitHub's name for the jobs of {settings.environment} is longer than {policies.LONGEST_SUBJECT} "
                f"letters: {subject}",
                "Google takes no token with a longer one; nothing was changed.",
                "Give the repository or the environment a shorter name.",
            )


def _role(account: Account, role: str, wanted: list[str]) -> Iterator[Change]:
    roles = account.client("iam.projects.roles")
    parent = f"projects/{account.shared.project}"
    name = f"{parent}/roles/{role}"
    there = found(roles.get(name=name)) if account.sees("iam") else None
    body = {
        "title": role.replace("_", " "),
        "description": f"{MARK}. {permissions.WHAT[role]}",
        "includedPermissions": wanted,
        "stage": "GA",
    }
    if there is None:
        made = {"roleId": role, "role": body}
        yield Change(f"the role {role}", lambda: roles.create(parent=parent, body=made).execute())
        return
    if there.get("deleted"):
        yield Change(f"the role {role}, taken back", lambda: roles.undelete(name=name, body={}).execute())
    if sorted(there.get("includedPermissions", [])) != wanted:
        change = {"includedPermissions": wanted}
        yield Change(
            f"what {role} has in it",
            lambda: roles.patch(name=name, updateMask="includedPermissions", body=change).execute(),
        )


def _pool(account: Account) -> Iterator[Change]:
    pools, operations, pool = _pools(account), account.client(f"{POOLS}.operations"), policies.pool(account.number)
    there = found(pools.get(name=pool)) if account.sees("iam") else None
    parent = pool.rpartition("/workloadIdentityPools/")[0]
    body = {"displayName": names.POOL, "description": f"{MARK}. Jobs of GitHub", "mode": "FEDERATION_ONLY"}
    if there is None:

        def make() -> None:
            operation = pools.create(parent=parent, workloadIdentityPoolId=names.POOL, body=body).execute()
            settle("the identity pool", operation, operations.get)

        yield Change(f"the workload identity pool {names.POOL}", make)
    elif there.get("state") == DELETED:

        def take_back() -> None:
            settle("the identity pool", pools.undelete(name=pool, body={}).execute(), operations.get)

        yield Change(f"the workload identity pool {names.POOL}, taken back", take_back)
    if there is not None:
        _is_on(there, pool, "workload-identity-pools", names.POOL, "")


def _provider(account: Account, settings: Gcp) -> Iterator[Change]:
    """One for each environment: its condition names one repository, and environments may have different ones."""
    provider = names.provider(settings.environment)
    name = f"{policies.pool(account.number)}/providers/{provider}"
    there = found(_providers(account).get(name=name)) if account.sees("iam") else None
    if there is not None:
        _is_on(there, name, "workload-identity-pools providers", provider, f" --workload-identity-pool={names.POOL}")
    says = f"its provider {provider}: takes tokens of {settings.repository} only"
    if there is None or there.get("state") == DELETED or _differing(there, _admits(settings)):
        yield Change(says, lambda: _admit(account, settings, name))


def _admit(account: Account, settings: Gcp, name: str) -> None:
    """By as many calls as it takes from what is there now: a pool that was just taken back brings its providers."""
    providers, there, wanted = _providers(account), found(_providers(account).get(name=name)), _admits(settings)
    pool, _, provider = name.rpartition("/providers/")

    def settled(request: Any) -> None:
        settle("the pool's provider", request.execute(), account.client(f"{POOLS}.providers.operations").get)

    if there is None:
        settled(providers.create(parent=pool, workloadIdentityPoolProviderId=provider, body=wanted))
        return
    if there.get("state") == DELETED:
        settled(providers.undelete(name=name, body={}))
    if differing := _differing(there, wanted):
        body = {key: wanted[key] for key in differing}
        settled(providers.patch(name=name, updateMask=",".join(differing), body=body))


def _admits(settings: Gcp) -> dict[str, Any]:
    return {
        "displayName": names.provider(settings.environment),
        "description": f"{MARK}. Jobs of {settings.environment}",
        # No audience: a token must be for this provider, by its full name.
        "oidc": {"issuerUri": policies.ISSUER},
        "attributeMapping": MAPPING,
        "attributeCondition": policies.admission(str(settings.repository), settings.environment),
    }


def _differing(there: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    return [key for key in ("oidc", "attributeMapping", "attributeCondition") if there.get(key) != wanted[key]]


def _is_on(there: dict[str, Any], name: str, noun: str, short: str, more: str) -> None:
    """Whoever turned it off shut GitHub out, and that is theirs to take back."""
    if there.get("disabled"):
        raise OperationError(
            f"{name} is disabled.",
            "Somebody shut GitHub out by that; it was left so, and nothing was changed.",
            f"If it is over: gcloud iam {noun} update {short} --location=global{more} --no-disabled",
        )


def _pools(account: Account) -> Any:
    return account.client(POOLS)


def _providers(account: Account) -> Any:
    return account.client(f"{POOLS}.providers")
