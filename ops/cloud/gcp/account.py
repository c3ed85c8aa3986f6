"""Google Cloud as this machine sees it: clients for an environment's project, and who asks there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from infra import documents
from infra.problems import SettingsError
from infra.seen import mapping
from infra.settings_clouds import Gcp
from ops.cloud.gcp import api
from ops.cloud.gcp.api import LOG_IN as LOG_IN  # as in ops/cloud/aws/account.py, and the next
from ops.cloud.gcp.api import asking as asking
from ops.environment import Environment
from ops.errors import OperationError


@dataclass(frozen=True)
class Identity:
    """Who is asking: `account`, a project's id; `who`, an e-mail address, or what stands for it."""

    account: str
    who: str


def settings(environment: Environment) -> Gcp:
    """The environment's settings, which are Google Cloud's."""
    found = environment.settings()
    assert isinstance(found, Gcp), "ops.cloud.part chose this package by them"
    return found


def client(environment: Environment, service: str) -> Any:
    """googleapiclient's client of a service (ops.cloud.gcp.api.VERSIONS), as whom the stack file says."""
    return api.resource(service, holder(environment))


def files() -> list[Path]:
    """Where this machine's credentials may lie in clear."""
    home = Path(os.environ.get("CLOUDSDK_CONFIG") or "~/.config/gcloud").expanduser()
    named = os.environ.get("GOOGLE_APPLICATION_CREDENTIALS")
    return [home / "application_default_credentials.json", *([Path(named)] if named else [])]


def holder(environment: Environment) -> Any:
    """The credentials that calls are made with: this machine's, or of whom the stack file has them act as."""
    said = mapping(mapping(documents.read(environment.stack, SettingsError)).get("config"))
    return _credentials(said.get("gcp:impersonateServiceAccount"), said.get("gcp:billingProject"))


@cache
def _credentials(impersonated: str | None, billed: str | None) -> Any:
    """One for all clients of an environment: each fetches a token of its own."""
    return api.credentials(impersonated, billed)


def identity(environment: Environment) -> Identity:
    """Who this machine is in the environment's project. Raises OperationError for nobody, or who may not see it."""
    project = settings(environment).project
    manager = client(environment, "cloudresourcemanager")
    with asking():
        found = manager.projects().get(projectId=project).execute()
    if found.get("lifecycleState", "ACTIVE") != "ACTIVE":
        raise OperationError(
            f"The project {project} is being deleted ({found['lifecycleState']}).",
            "Nothing was done.",
            f"gcloud projects undelete {project}, or name another one in {environment.stack}",
        )
    return Identity(project, _who(holder(environment)))


def _who(credentials: Any) -> str:
    """A service account says its address, and a user's file may; no call tells it without a scope more."""
    names = ("service_account_email", "signer_email", "account")
    said = (getattr(credentials, name, None) for name in names)
    return str(next((one for one in said if one), "the account that is logged in here"))
