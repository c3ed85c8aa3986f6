"""Who is who in Google's allow policies, under which conditions, and what a policy becomes with grants of ours. Pure.

A condition's `resource.name` is known for storage, keys, secrets, databases and some of Compute Engine's types only
(cloud.google.com/iam/docs/conditions-resource-attributes): not for networks, addresses and service accounts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from infra.gcp import shared as names
from infra.gcp.shared import Shared

Policy = dict[str, Any]

VERSION = 3  # of a policy that may have conditions
ISSUER = "https://token.actions.githubusercontent.com"
BRANCH = "refs/heads/main"  # what deploy.yml applies from
PROJECT = "shoestring"  # Pulumi.yaml's name; part of each path in the state bucket
LONGEST_SUBJECT = 127  # bytes of google.subject (iam.googleapis.com's discovery document)
STORAGE = "gs-project-accounts.iam.gserviceaccount.com"
USES_KEY = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
ACTS_AS = "roles/iam.workloadIdentityUser"


@dataclass(frozen=True)
class Grant:
    """`condition`: a title and an expression in CEL; None where the role holds for all of the resource."""

    role: str
    member: str
    condition: tuple[str, str] | None = None


def storage(number: str) -> list[Grant]:
    """What Cloud Storage's own account in the project needs on the state's key."""
    return [Grant(USES_KEY, f"serviceAccount:service-{number}@{STORAGE}")]


def public(member: str) -> bool:
    """Whether everybody on the internet is meant."""
    return member in ("allUsers", "allAuthenticatedUsers")


def from_outside(member: str) -> bool:
    """Whether it is an identity of another provider's, or everybody."""
    return member.startswith(("principal:", "principalSet:")) or public(member)


def pool(number: str) -> str:
    """The pool's full name; tokens and stack files have the project's number in it."""
    return f"projects/{number}/locations/global/workloadIdentityPools/{names.POOL}"


def subject(repository: str, kind: str, environment: str) -> str:
    """`sub` in the tokens of GitHub's jobs: a pull request's to plan, those of the GitHub environment to apply."""
    return f"repo:{repository}:" + ("pull_request" if kind == "plan" else f"environment:{environment}")


def trust(number: str, repository: str, kind: str, environment: str) -> list[Grant]:
    """Who may act as the account of `kind`: one subject of the pool, and with it one repository."""
    who = subject(repository, kind, environment)
    return [Grant(ACTS_AS, f"principal://iam.googleapis.com/{pool(number)}/subject/{who}")]


def admission(repository: str, environment: str) -> str:
    """The provider's condition: of which tokens of GitHub's, where everybody may have some, one is taken at all.

    The repository is named by its ids too where its tokens have them: a name may become somebody else's.
    """
    owner, _, name = repository.partition("/")
    owner, _, owner_id = owner.partition("@")
    name, _, name_id = name.partition("@")
    claims = {"repository": f"{owner}/{name}", "repository_owner_id": owner_id, "repository_id": name_id}
    plan, apply = (subject(repository, kind, environment) for kind in ("plan", "apply"))
    same = [f"assertion.{claim} == '{value}'" for claim, value in claims.items() if value]
    # A GitHub environment that nobody protected takes jobs of any branch.
    jobs = f"assertion.sub == '{plan}' || assertion.sub == '{apply}' && assertion.ref == '{BRANCH}'"
    return " && ".join([*same, f"({jobs})"])


def mended(policy: Policy, wanted: Iterable[Grant], ours: Callable[[str], bool]) -> Policy | None:
    """The policy in which the members that are `ours` have the rights in `wanted` and no other; None if it is so."""
    before = [(binding, Grant("", "", _condition(binding))) for binding in policy.get("bindings", [])]
    there = {
        Grant(binding["role"], member, one.condition)
        for binding, one in before
        for member in binding.get("members", [])
    }
    wanted = list(wanted)
    surplus = {grant for grant in there if ours(grant.member)} - set(wanted)
    missing = [grant for grant in wanted if grant not in there]
    if not surplus and not missing:
        return None
    bindings = []
    for binding, one in before:
        gone = {grant.member for grant in surplus if (grant.role, grant.condition) == (binding["role"], one.condition)}
        if members := [member for member in binding.get("members", []) if member not in gone]:
            bindings.append({**binding, "members": members})
    bindings += [_binding(grant) for grant in missing]
    return {**policy, "bindings": bindings, "version": VERSION}


def _condition(binding: dict[str, Any]) -> tuple[str, str] | None:
    said = binding.get("condition")
    return (said.get("title", ""), said["expression"]) if said else None


def _binding(grant: Grant) -> dict[str, Any]:
    said: dict[str, Any] = {"role": grant.role, "members": [grant.member]}
    if grant.condition is not None:
        title, expression = grant.condition
        said["condition"] = {"title": title, "expression": expression}
    return said


def any_of(*expressions: str) -> str:
    return " || ".join(expressions)


def beginning(*prefixes: str) -> str:
    """True for a resource whose full name begins with one of these."""
    return any_of(*(f'resource.name.startsWith("{prefix}")' for prefix in prefixes))


def called(environment: str, *types: str) -> str:
    """True for one of these types (instances, disks) whose own name is one of the environment's."""
    return any_of(*(f'resource.name.extract("/{each}/{{name}}").startsWith("{environment}-")' for each in types))


def state_files(shared: Shared, environment: str) -> str:
    """True for a stack's files: `.pulumi/<kind>/[organization/]<project>/<stack>`, as a file or a directory."""
    root = f"projects/_/buckets/{shared.bucket}/objects/.pulumi"
    own = f"{PROJECT}/{environment}"
    return beginning(
        f"{root}/meta.yaml",
        f"{root}/stacks/{own}.",
        f"{root}/history/{own}/",
        f"{root}/backups/{own}/",
        f"{root}/locks/organization/{own}/",
    )
