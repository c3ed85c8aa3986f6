"""Google Cloud as this machine sees it: clients for an environment's project, and who asks there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from infra import documents
from infra.problems import SettingsError
from infra.seen import mapping
from infra.settings_clouds import Gcp
from ops.cloud.gcp import api
from ops.cloud.gcp.api import asking as asking  # as in ops/cloud/aws/account.py
from ops.environment import Environment


@dataclass(frozen=True)
class Identity:
    """Who is asking: `who`, an account's e-mail address or whatever the credentials say of it; `account`, a project."""

    account: str
    who: str


def settings(environment: Environment) -> Gcp:
    """The environment's settings, which are Google Cloud's."""
    found = environment.settings()
    assert isinstance(found, Gcp), "ops.cloud.part chose this package by them"
    return found


def client(environment: Environment, service: str) -> Any:
    """googleapiclient's client of a service (ops.cloud.gcp.api.VERSIONS), as whom the stack file says."""
    said = mapping(mapping(documents.read(environment.stack, SettingsError)).get("config"))
    holder = _credentials(said.get("gcp:impersonateServiceAccount"), said.get("gcp:billingProject"))
    return api.resource(service, holder)


@cache
def _credentials(impersonated: str | None, billed: str | None) -> Any:
    """One for all clients of an environment: each fetches a token of its own."""
    return api.credentials(impersonated, billed)


def identity(environment: Environment) -> Identity:
    """Who this machine is in the environment's project. Raises OperationError for nobody, or who may not see it."""
    project = settings(environment).project
    manager = client(environment, "cloudresourcemanager")
    with asking():
        manager.projects().get(projectId=project).execute()
    said = mapping(mapping(documents.read(environment.stack, SettingsError)).get("config"))
    holder = _credentials(said.get("gcp:impersonateServiceAccount"), said.get("gcp:billingProject"))
    who = getattr(holder, "signer_email", None) or getattr(holder, "service_account_email", None)
    return Identity(project, str(who or "the account that is logged in here"))
