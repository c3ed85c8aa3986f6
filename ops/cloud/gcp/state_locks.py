"""The locks in a state bucket of Cloud Storage."""

from __future__ import annotations

from datetime import datetime

from ops.cloud.gcp import account, api
from ops.environment import Environment

SCHEME = "gs"  # of the backend's URL


def locks(environment: Environment, bucket: str, prefix: str) -> list[datetime]:
    """When the environment's locks were taken, of those whose key begins so. Raises OperationError."""
    objects = account.client(environment, "storage").objects()
    with account.asking():
        found = [one for page in api.pages(objects, bucket=bucket, prefix=prefix) for one in page.get("items", ())]
    return [datetime.fromisoformat(one["updated"]) for one in found if f"/{environment.name}/" in one["name"]]
