"""What keeps AWS itself from deleting a thing, lifted once somebody has typed the stack's name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ops.cloud.aws import account
from ops.cloud.state import Entry
from ops.environment import Environment

INSTANCE, DATABASE, BUCKET = "aws:ec2/instance:Instance", "aws:rds/instance:Instance", "aws:s3/bucket:Bucket"
DATA = (DATABASE, BUCKET)
# Of what a state says: none, since the provider asks AWS itself.
HELD: Mapping[str, str] = {}
STOPPED = "`down` broke off there; the same command goes on."


def of_machines(environment: Environment, found: Iterable[Entry]) -> None:
    """Their termination protection. What they hold is made anew by `up`: data has volumes of its own."""
    ec2 = account.client(environment, "ec2")
    for entry in found:
        if entry.type == INSTANCE:
            with account.asking(STOPPED):
                _unless_gone(ec2.modify_instance_attribute, InstanceId=entry.id, DisableApiTermination={"Value": False})


def of_data(environment: Environment, found: Iterable[Entry], progress: Callable[[str], None]) -> None:
    """The databases' deletion protection, and the buckets' content, every version of it."""
    rds, s3 = account.client(environment, "rds"), account.client(environment, "s3")
    for entry in found:
        with account.asking(STOPPED):
            if entry.type == DATABASE:
                name = str(entry.outputs.get("identifier") or entry.id)
                _unless_gone(
                    rds.modify_db_instance,
                    DBInstanceIdentifier=name,
                    DeletionProtection=False,
                    ApplyImmediately=True,
                )
            elif entry.type == BUCKET:
                progress(f"emptying {entry.id}")
                _unless_gone(empty, s3=s3, bucket=entry.id)


def empty(s3: Any, bucket: str) -> None:
    """Deletes every version of every object. Those under a lock in governance mode too, if the role may pass it."""
    locked = "ObjectLockConfiguration" in _lock(s3, bucket)
    bypass = {"BypassGovernanceRetention": True} if locked else {}
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        objects = [
            {"Key": one["Key"], "VersionId": one["VersionId"]}
            for one in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
        ]
        if objects:
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True}, **bypass)
            _all_gone(answer.get("Errors", ()))


def _lock(s3: Any, bucket: str) -> dict[str, Any]:
    from botocore.exceptions import ClientError

    try:
        return dict(s3.get_object_lock_configuration(Bucket=bucket))
    except ClientError as reason:
        if reason.response["Error"]["Code"] in ("ObjectLockConfigurationNotFoundError", "MethodNotAllowed"):
            return {}
        raise


def _all_gone(errors: Iterable[dict[str, Any]]) -> None:
    from botocore.exceptions import ClientError

    for error in errors:
        text = f"{error.get('Key')}: {error.get('Message')}"
        raise ClientError({"Error": {"Code": str(error.get("Code")), "Message": text}}, "DeleteObjects")


def _unless_gone(call: Callable[..., Any], **arguments: Any) -> None:
    from botocore.exceptions import ClientError

    try:
        call(**arguments)
    except ClientError as reason:
        if reason.response["Error"]["Code"] not in (
            "InvalidInstanceID.NotFound",
            "IncorrectInstanceState",
            "DBInstanceNotFound",
            "DBInstanceNotFoundFault",
            "NoSuchBucket",
        ):
            raise
