"""Short-lived keys from the emulated STS, and what the account lets each of them do with its buckets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rehearsal.aws import grants, keys
from rehearsal.aws.account import Account
from rehearsal.aws.found import instances
from rehearsal.planes.wanted import Bucket, Grant, Key

HOUR = 3600  # seconds, the least that every role allows
MODELS = ("s3:GetObject", "s3:PutObject")
Thing = Mapping[str, Any]


@dataclass(frozen=True)
class Rights:
    """`controller`: this machine's key. `backups`: that of the database's host, by its role; None without one.

    It stands for the identity that a machine in the cloud has by itself, and which nothing here can give it.
    """

    buckets: tuple[Bucket, ...]
    controller: Key
    backups: Key | None

    @property
    def keys(self) -> tuple[Key, ...]:
        return tuple(key for key in (self.controller, self.backups) if key is not None)


def read(account: Account, footprint: Thing, kept: Path) -> Rights:
    """The buckets of the stack's output `footprint`, and its keys (see keys.py for `kept`).

    Raises OperationError for a right that can't be had here.
    """
    controller = keys.ask(kept, "controller", partial(account("sts").get_session_token, DurationSeconds=HOUR))
    backups, documents = None, {}
    for host in footprint["hosts"]:
        if "database" in host["groups"]:
            profile = instances(account, footprint["environment"])[host["address"]]["IamInstanceProfile"]["Arn"]
            role = _role(account, profile.rpartition("/")[2])
            assume = partial(
                account("sts").assume_role, RoleArn=role["Arn"], RoleSessionName=host["name"], DurationSeconds=HOUR
            )
            backups = keys.ask(kept, role["Arn"], assume)
            documents[backups.access] = _documents(account, role["RoleName"])
    buckets = []
    for purpose, stated in footprint["buckets"].items():
        arn = f"arn:{account.partition}:s3:::{stated['name']}"
        given = grants.grants(arn, documents)
        if purpose == "artifacts":
            given += (
                Grant(controller.access, ("s3:ListBucket",), (arn,)),
                Grant(controller.access, MODELS, (f"{arn}/models/*",)),
            )
        buckets.append(
            Bucket(stated["name"], _versioned(account, stated["name"]), _locked(account, stated["name"]), given)
        )
    return Rights(tuple(buckets), controller, backups)


def _role(account: Account, profile: str) -> Thing:
    found: Thing = account("iam").get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]["Roles"][0]
    return found


def _documents(account: Account, role: str) -> list[dict[str, Any]]:
    iam = account("iam")
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]


def _versioned(account: Account, bucket: str) -> bool:
    return bool(account("s3").get_bucket_versioning(Bucket=bucket).get("Status") == "Enabled")


def _locked(account: Account, bucket: str) -> int:
    """For how many days each object is locked; 0 for none."""
    from botocore.exceptions import ClientError

    try:
        asked = account("s3").get_object_lock_configuration(Bucket=bucket)
    except ClientError as reason:
        if reason.response["Error"]["Code"] != "ObjectLockConfigurationNotFoundError":
            raise
        return 0
    retention = asked["ObjectLockConfiguration"].get("Rule", {}).get("DefaultRetention", {})
    return int(retention.get("Days", 0))
