"""What one bucket has: versions, a time that objects are locked for, and a policy. Only what differs is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from ops.errors import OperationError
from rehearsal.planes import s3
from rehearsal.planes.wanted import Bucket

Progress = Callable[[str], None]

MODE = "GOVERNANCE"  # as infra/aws/bucket.py locks: a key that is granted to may lift it


def policy(bucket: Bucket) -> dict[str, Any] | None:
    """The policy that grants what is wanted and no more; None without grants, for then nobody but root gets in.

    Raises OperationError for a grant that reaches beyond the bucket.
    """
    arn = f"arn:aws:s3:::{bucket.name}"
    for grant in bucket.grants:
        for resource in grant.resources:
            if resource != arn and not resource.startswith(f"{arn}/"):
                raise OperationError(
                    f"Bucket {bucket.name}: {grant.access} is granted {resource}, which is not {arn} or within it.",
                    "No bucket was changed.",
                    "A bucket's grants are on itself: see what reads them out of the account.",
                )
    statements = [
        {
            "Effect": "Allow",
            "Principal": {"AWS": [grant.access]},
            "Action": list(grant.actions),
            "Resource": list(grant.resources),
        }
        for grant in bucket.grants
    ]
    return {"Version": "2012-10-17", "Statement": statements} if statements else None


def check(bucket: Bucket) -> None:
    """Raises OperationError for what no bucket can be."""
    policy(bucket)
    if bucket.locked_days and not bucket.versioned:
        raise OperationError(
            f"Bucket {bucket.name} is locked for {bucket.locked_days} days and keeps no versions.",
            "What is locked is a version of an object, so no bucket was changed.",
            "Let it keep versions.",
        )


def make(root: Any, name: str, progress: Progress) -> None:
    """Makes an empty bucket, root's own, in the gateway's one region. Raises OperationError."""
    with s3.asked(name, "make it"):
        root.create_bucket(Bucket=name)
    progress(f"bucket {name} made")


def settle(root: Any, bucket: Bucket, progress: Progress) -> None:
    """Gives a bucket what is wanted. Objects stay. Raises OperationError."""
    _version(root, bucket, progress)
    _lock(root, bucket, progress)
    rule(root, bucket, progress)


def rule(root: Any, bucket: Bucket, progress: Progress) -> None:
    """Its policy. One that grants nothing is none: the bucket is root's, so only root gets in."""
    wanted, name = policy(bucket), bucket.name
    with s3.asked(name, "read its policy"):
        had = _if_any(lambda: json.loads(root.get_bucket_policy(Bucket=name)["Policy"]), "NoSuchBucketPolicy")
    if had == wanted:
        return
    if wanted is None:
        with s3.asked(name, "take its policy away"):
            root.delete_bucket_policy(Bucket=name)
        progress(f"bucket {name} is closed to all keys")
        return
    # The gateway doesn't say which of them it does not know.
    rights = "; ".join(f"{g.access}: {' '.join(g.actions)} on {' '.join(g.resources)}" for g in bucket.grants)
    with s3.asked(name, f"grant {rights}"):
        root.put_bucket_policy(Bucket=name, Policy=json.dumps(wanted))
    progress(f"bucket {name} got its policy")


def _version(root: Any, bucket: Bucket, progress: Progress) -> None:
    with s3.asked(bucket.name, "read whether it keeps versions"):
        versioned = root.get_bucket_versioning(Bucket=bucket.name).get("Status") == "Enabled"
    if versioned == bucket.versioned:
        return
    status = "Enabled" if bucket.versioned else "Suspended"
    with s3.asked(bucket.name, f"set its versioning to {status}"):
        root.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": status})
    progress(f"bucket {bucket.name} keeps versions" if bucket.versioned else f"bucket {bucket.name} keeps no versions")


def _lock(root: Any, bucket: Bucket, progress: Progress) -> None:
    with s3.asked(bucket.name, "read its object lock"):
        had = _if_any(
            lambda: root.get_object_lock_configuration(Bucket=bucket.name)["ObjectLockConfiguration"],
            "ObjectLockConfigurationNotFoundError",
        )
    rule = {"DefaultRetention": {"Mode": MODE, "Days": bucket.locked_days}} if bucket.locked_days else None
    same = (had or {}).get("Rule") == rule
    if same and not rule:
        return
    wanted = {"ObjectLockEnabled": "Enabled"} | ({"Rule": rule} if rule else {})
    # Also when it is the same: the gateway counts the days of all objects from when it was told to lock.
    with s3.asked(bucket.name, f"lock objects for {bucket.locked_days} days"):
        root.put_object_lock_configuration(Bucket=bucket.name, ObjectLockConfiguration=wanted)
    if not same:
        days = f"for {bucket.locked_days} days" if rule else "no more"
        progress(f"bucket {bucket.name} locks objects {days}")


def _if_any(ask: Callable[[], Any], missing: str) -> Any:
    """The answer, or None when S3 says by the error `missing` that there is none."""
    try:
        return ask()
    except ClientError as reason:
        if s3.code(reason) != missing:
            raise
        return None
