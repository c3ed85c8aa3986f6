"""How GitHub gets in, without a key of ours that could be lost: its identity provider, the boundary, two roles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from infra.aws import shared as names
from infra.settings import Settings
from ops.bootstrap.aws import permissions, policies
from ops.bootstrap.aws.account import TAGS, Account, found, has_tags, listed, same
from ops.bootstrap.change import Change
from ops.errors import OperationError

GONE = "NoSuchEntity"
MOST_VERSIONS = 5  # of a managed policy; IAM keeps no more
POLICY = "shoestring"  # the name of a role's own policy
SECONDS = {"plan": 3600, "apply": 2 * 3600}  # that a role may be taken for; a managed database takes half an hour
WHAT = {"plan": "reads, for pull requests", "apply": "makes and changes it, from the GitHub environment of its name"}


def changes(account: Account, settings: Settings) -> Iterator[Change]:
    """What is missing of it all, for the environment of `settings`, which names a repository."""
    yield from _provider(account)
    yield from _boundary(account)
    for kind in WHAT:
        yield from _role(account, settings, kind)


def _provider(account: Account) -> Iterator[Change]:
    """An account has one provider for a URL, so one that is there is everybody's: it is only added to."""
    iam, arn = account.client("iam"), policies.provider(account.shared)
    there = found(iam.get_open_id_connect_provider, GONE, OpenIDConnectProviderArn=arn)
    audience = policies.AUDIENCE
    if there is None:
        yield Change(
            f"the identity provider {policies.ISSUER}",
            # No thumbprint: AWS trusts GitHub's certificate by its own list of authorities.
            lambda: iam.create_open_id_connect_provider(
                Url=f"https://{policies.ISSUER}", ClientIDList=[audience], Tags=listed(TAGS)
            ),
        )
    elif audience not in there["ClientIDList"]:
        yield Change(
            f"the audience {audience} of the identity provider that is there, {policies.ISSUER}",
            lambda: iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID=audience),
        )


def _boundary(account: Account) -> Iterator[Change]:
    iam, arn = account.client("iam"), account.shared.boundary
    there = found(iam.get_policy, GONE, PolicyArn=arn)
    document = policies.boundary(account.shared)
    says = f"the permissions boundary {names.BOUNDARY}"
    if there is None:
        yield Change(
            says,
            lambda: iam.create_policy(
                PolicyName=names.BOUNDARY,
                Path=names.PATH,
                PolicyDocument=json.dumps(document),
                Description="The most that GitHub's roles, and those that they make, can do",
                Tags=listed(TAGS),
            ),
        )
        return
    version = iam.get_policy_version(PolicyArn=arn, VersionId=there["Policy"]["DefaultVersionId"])["PolicyVersion"]
    if not same(version["Document"], document):
        versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
        if len(versions) >= MOST_VERSIONS:
            old = min((each for each in versions if not each["IsDefaultVersion"]), key=lambda each: each["CreateDate"])
            gone = old["VersionId"]
            yield Change(
                f"room for a version of {names.BOUNDARY}: its oldest, {gone}, goes",
                lambda: iam.delete_policy_version(PolicyArn=arn, VersionId=gone),
            )
        text = json.dumps(document)
        yield Change(
            f"{says}, as it is now",
            lambda: iam.create_policy_version(PolicyArn=arn, PolicyDocument=text, SetAsDefault=True),
        )


def _role(account: Account, settings: Settings, kind: str) -> Iterator[Change]:
    iam, name = account.client("iam"), names.role(kind, settings.environment)
    assert settings.repository is not None, "without one there is nobody to take the role"
    document = policies.trust(account.shared, settings.repository, kind, settings.environment)
    trust, boundary = json.dumps(document), account.shared.boundary
    answer = found(iam.get_role, GONE, RoleName=name)
    says = f"the role {name}"
    if answer is None:
        yield Change(
            f"{says}: {WHAT[kind]}; taken by {settings.repository}",
            lambda: iam.create_role(
                RoleName=name,
                Path=names.PATH,
                AssumeRolePolicyDocument=trust,
                PermissionsBoundary=boundary,
                MaxSessionDuration=SECONDS[kind],
                Description=f"{settings.environment}: {WHAT[kind]}",
                Tags=listed(TAGS),
            ),
        )
    else:
        there = answer["Role"]
        _is_ours(there, account.shared.role(kind, settings.environment))
        if there.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") != boundary:
            yield Change(
                f"the boundary of {name}",
                lambda: iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=boundary),
            )
        if not same(there["AssumeRolePolicyDocument"], document):
            yield Change(
                f"who takes {name}: {settings.repository}",
                lambda: iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust),
            )
        if there["MaxSessionDuration"] != SECONDS[kind]:
            yield Change(
                f"how long {name} may be taken",
                lambda: iam.update_role(RoleName=name, MaxSessionDuration=SECONDS[kind]),
            )
    yield from _permissions(account, settings, kind, there=answer is not None)


def _permissions(account: Account, settings: Settings, kind: str, there: bool) -> Iterator[Change]:
    iam, name = account.client("iam"), names.role(kind, settings.environment)

    def document() -> policies.Document:
        make = permissions.plan if kind == "plan" else permissions.apply
        return make(account.shared, settings, account.key_arn)

    answer = found(iam.get_role_policy, GONE, RoleName=name, PolicyName=POLICY) if there else None
    if answer is None or not account.key_arn or not same(answer["PolicyDocument"], document()):
        yield Change(
            f"what {name} may do",
            # The key's ARN, which is in it, may be known only when the key is made.
            lambda: iam.put_role_policy(RoleName=name, PolicyName=POLICY, PolicyDocument=json.dumps(document())),
        )


def _is_ours(role: dict[str, Any], arn: str) -> None:
    if role["Arn"] != arn or not has_tags(role.get("Tags", [])):
        raise OperationError(
            f"There is a role {role['RoleName']} that `make bootstrap` did not make: {role['Arn']}.",
            "It was left as it is, and nothing was changed: somebody else may depend on it.",
            "If nobody does: aws iam delete-role, and run this again. Else give the environment another name.",
        )
