"""Allow policies as Google keeps them: an etag for each, conditions by version 3 only, no member that is nobody."""

from __future__ import annotations

import base64
import copy
import re
from typing import TYPE_CHECKING, Any

from tests.ops.bootstrap.gcp.cloud import cel
from tests.ops.bootstrap.gcp.cloud.errors import RefusedError

if TYPE_CHECKING:
    from tests.ops.bootstrap.gcp.cloud.project import Project

MEMBER = re.compile(r"(user|group|domain|serviceAccount|principal|principalSet|projectOwner|projectEditor):.+|all\w+")
OPERATORS = 12  # in a condition, says cloud.google.com/iam/docs/conditions-overview


def read(project: Project, resource: str, version: Any) -> dict[str, Any]:
    """What Google hands out: a policy with conditions only to who asks for version 3."""
    policy = project.policies.setdefault(resource, {"bindings": [], "version": 1})
    if any("condition" in binding for binding in policy["bindings"]) and str(version) != "3":
        raise RefusedError(400, "a policy with conditions is asked for without its version")
    return {**copy.deepcopy(policy), "etag": _etag(project, resource)}


def write(project: Project, resource: str, policy: dict[str, Any]) -> dict[str, Any]:
    if policy.get("etag") != _etag(project, resource):
        raise RefusedError(409, "There were concurrent policy changes. Please retry the whole read-modify-write")
    for binding in policy["bindings"]:
        _check(project, binding, policy.get("version"))
    project.policies[resource] = {"bindings": copy.deepcopy(policy["bindings"]), "version": policy.get("version", 1)}
    project.writes[resource] = project.writes.get(resource, 0) + 1
    return read(project, resource, 3)


def _etag(project: Project, resource: str) -> str:
    return base64.b64encode(f"{resource} {project.writes.get(resource, 0)}".encode()).decode()


def _check(project: Project, binding: dict[str, Any], version: Any) -> None:
    custom = re.fullmatch(r"projects/[^/]+/roles/([^/]+)", binding["role"])
    if custom and project.roles.get(custom[1], {"deleted": True}).get("deleted"):
        raise RefusedError(400, f"Role {binding['role']} does not exist")
    if not binding["members"]:
        raise RefusedError(400, "a binding has no member")
    for member in binding["members"]:
        kind, _, name = member.partition(":")
        if not MEMBER.fullmatch(member):
            raise RefusedError(400, f"Invalid member {member}")
        if kind == "serviceAccount" and name not in project.accounts and name not in project.agents:
            raise RefusedError(400, f"Service account {name} does not exist.")
        if kind == "principal" and project.pool_of(name) is None:
            raise RefusedError(400, f"The pool of {name} does not exist.")
    if condition := binding.get("condition"):
        expression = condition["expression"]
        if version != 3 or not condition.get("title"):
            raise RefusedError(400, "a condition wants version 3 and a title")
        if len(re.findall(r"&&|\|\||!", expression)) > OPERATORS:
            raise RefusedError(400, "a condition has too many operators")
        cel.parse(expression)
