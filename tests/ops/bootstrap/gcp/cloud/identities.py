"""What the calls of IAM do to the project: roles, accounts, pools and providers, all of them held after their end."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.ops.bootstrap.gcp.cloud import cel
from tests.ops.bootstrap.gcp.cloud.discovery import Call
from tests.ops.bootstrap.gcp.cloud.errors import RefusedError, missing, there
from tests.ops.bootstrap.gcp.cloud.project import Project, Thing

SHORT = 32  # letters of a display name
OUTSIDE = re.compile(r"(?!gcp-)[a-z0-9-]{4,32}")  # the id of a pool or of a provider


def _known(things: dict[str, Thing], name: str) -> Thing:
    if name not in things:
        raise missing(name)
    return things[name]


def _own(name: str) -> str:
    return name.rpartition("/")[2]


def role_get(project: Project, call: Call) -> Thing:
    return _known(project.roles, _own(call.parameters["name"]))


def role_create(project: Project, call: Call) -> Thing:
    name, role = call.body["roleId"], call.body["role"]
    if not re.fullmatch(r"[a-zA-Z0-9_.]{3,64}", name):
        raise RefusedError(400, f"{name} is no id of a role")
    if name in project.roles:
        raise there(name)
    _valid(role)
    project.roles[name] = {**role, "name": f"{call.parameters['parent']}/roles/{name}"}
    return project.roles[name]


def role_patch(project: Project, call: Call) -> Thing:
    role = role_get(project, call)
    if role.get("deleted"):
        raise RefusedError(400, f"{role['name']} is deleted: undelete it first")
    assert call.parameters["updateMask"].split(",") == list(call.body)
    role |= call.body
    _valid(role)
    return role


def _valid(role: Thing) -> None:
    """Google takes no wildcard, and says which it does not know."""
    for permission in role["includedPermissions"]:
        if not re.fullmatch(r"[a-z]+\.[a-zA-Z]+\.[a-zA-Z]+", permission):
            raise RefusedError(400, f"Permission {permission} is not valid.")
    if len(role["title"]) > 100 or len(role["description"]) > 256:
        raise RefusedError(400, "a title of 100 letters, a description of 256")


def role_undelete(project: Project, call: Call) -> Thing:
    role = role_get(project, call)
    role.pop("deleted")
    return role


def account_get(project: Project, call: Call) -> Thing:
    return _known(project.accounts, _own(call.parameters["name"]))


def account_create(project: Project, call: Call) -> Thing:
    name, said = call.body["accountId"], call.body.get("serviceAccount", {})
    if not re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])", name) or not 6 <= len(name) <= 30:
        raise RefusedError(400, f"{name} is no id of a service account")
    if len(said.get("displayName", "")) > 100 or len(said.get("description", "")) > 256:
        raise RefusedError(400, "a name of 100 letters, a description of 256")
    email = f"{name}@{project.id}.iam.gserviceaccount.com"
    if email in project.accounts:
        raise there(email)
    project.accounts[email] = {**said, "email": email, "name": f"{call.parameters['name']}/serviceAccounts/{email}"}
    return project.accounts[email]


def pool_get(project: Project, call: Call) -> Thing:
    return _known(project.pools, call.parameters["name"])


def pool_create(project: Project, call: Call) -> Thing:
    name = f"{call.parameters['parent']}/workloadIdentityPools/{call.parameters['workloadIdentityPoolId']}"
    _put(project.pools, name, call.body)
    return project.operation(f"{name}/")


def pool_undelete(project: Project, call: Call) -> Thing:
    return _undelete(project, project.pools, call)


def provider_get(project: Project, call: Call) -> Thing:
    return _known(project.providers, call.parameters["name"])


def provider_create(project: Project, call: Call) -> Thing:
    parent = call.parameters["parent"]
    if _known(project.pools, parent)["state"] != "ACTIVE":
        raise RefusedError(400, f"{parent} is not active")
    name = f"{parent}/providers/{call.parameters['workloadIdentityPoolProviderId']}"
    _admission(call.body)
    _put(project.providers, name, call.body)
    return project.operation(f"{name}/")


def provider_patch(project: Project, call: Call) -> Thing:
    provider = provider_get(project, call)
    if provider["state"] != "ACTIVE":
        raise RefusedError(400, f"{provider['name']} is not active")
    assert set(call.parameters["updateMask"].split(",")) == set(call.body)
    provider |= call.body
    _admission(provider)
    return project.operation(f"{provider['name']}/")


def provider_undelete(project: Project, call: Call) -> Thing:
    return _undelete(project, project.providers, call)


def _put(things: dict[str, Thing], name: str, body: Thing) -> None:
    if not OUTSIDE.fullmatch(_own(name)):
        raise RefusedError(400, f"{_own(name)} is no id of a pool or provider")
    if len(body.get("displayName", "")) > SHORT or len(body.get("description", "")) > 256:
        raise RefusedError(400, f"a name of {SHORT} letters, a description of 256")
    if name in things:
        raise there(name)
    things[name] = {**body, "name": name, "state": "ACTIVE"}


def _admission(provider: Thing) -> None:
    """Google refuses a provider for GitHub whose condition names none of its claims."""
    condition = provider.get("attributeCondition", "")
    if "assertion." not in condition or len(condition) > 4096 or "google.subject" not in provider["attributeMapping"]:
        raise RefusedError(400, "The attribute condition must reference one of the provider's claims.")
    cel.parse(condition)


def _undelete(project: Project, things: dict[str, Thing], call: Call) -> Thing:
    thing = _known(things, call.parameters["name"])
    if thing["state"] != "DELETED":
        raise RefusedError(400, f"{thing['name']} is not deleted")
    thing["state"] = "ACTIVE"
    return project.operation(f"{thing['name']}/")


POOLS = "iam.projects.locations.workloadIdentityPools"
HANDLERS: dict[str, Callable[[Project, Call], Any]] = {
    "iam.projects.roles.get": role_get,
    "iam.projects.roles.create": role_create,
    "iam.projects.roles.patch": role_patch,
    "iam.projects.roles.undelete": role_undelete,
    "iam.projects.serviceAccounts.get": account_get,
    "iam.projects.serviceAccounts.create": account_create,
    f"{POOLS}.get": pool_get,
    f"{POOLS}.create": pool_create,
    f"{POOLS}.undelete": pool_undelete,
    f"{POOLS}.providers.get": provider_get,
    f"{POOLS}.providers.create": provider_create,
    f"{POOLS}.providers.patch": provider_patch,
    f"{POOLS}.providers.undelete": provider_undelete,
}
