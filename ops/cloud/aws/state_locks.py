"""The locks in a state bucket of S3."""

from __future__ import annotations

from datetime import datetime

from ops.cloud.aws import account
from ops.environment import Environment

SCHEME = "s3"  # of the backend's URL


def locks(environment: Environment, bucket: str, prefix: str) -> list[datetime]:
    """When the environment's locks were taken, of those whose key begins so. Raises OperationError."""
    with account.asking():
        pages = account.client(environment, "s3").get_paginator("list_objects_v2")
        found = [one for page in pages.paginate(Bucket=bucket, Prefix=prefix) for one in page.get("Contents", [])]
    return [one["LastModified"] for one in found if f"/{environment.name}/" in one["Key"]]
