"""What there is in the account, asked from it by boto3: never what bootstrap asked for."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from tests.ops.bootstrap.aws.conftest import REGION

ALIAS = "alias/shoestring-state"
ISSUER = "token.actions.githubusercontent.com"


@functools.cache
def client(service: str, region: str = REGION) -> Any:
    """boto3's, by which moto answers for whatever account stands at the time."""
    return boto3.client(service, region_name=region)


def key() -> dict[str, Any]:
    """The key behind the alias: what KMS says of it, its rotation, policy and tags."""
    kms = client("kms")
    metadata = kms.describe_key(KeyId=ALIAS)["KeyMetadata"]
    arn = metadata["Arn"]
    return {
        "arn": arn,
        "state": metadata["KeyState"],
        "rotates": kms.get_key_rotation_status(KeyId=arn)["KeyRotationEnabled"],
        "policy": json.loads(kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"]),
        "tags": {tag["TagKey"]: tag["TagValue"] for tag in kms.list_resource_tags(KeyId=arn)["Tags"]},
    }


def bucket(name: str) -> dict[str, Any]:
    """All that S3 says of the bucket."""
    s3 = client("s3")
    own = {"Bucket": name}
    return {
        "region": s3.get_bucket_location(**own)["LocationConstraint"],
        "blocks": s3.get_public_access_block(**own)["PublicAccessBlockConfiguration"],
        "ownership": s3.get_bucket_ownership_controls(**own)["OwnershipControls"]["Rules"],
        "versions": s3.get_bucket_versioning(**own).get("Status"),
        "encryption": s3.get_bucket_encryption(**own)["ServerSideEncryptionConfiguration"]["Rules"],
        "policy": json.loads(s3.get_bucket_policy(**own)["Policy"]),
        "lifecycle": s3.get_bucket_lifecycle_configuration(**own)["Rules"],
        "tags": {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(**own)["TagSet"]},
        "locked": _lock(s3, name),
    }


def _lock(s3: Any, name: str) -> bool:
    try:
        s3.get_object_lock_configuration(Bucket=name)
    except ClientError:
        return False
    return True


def provider(account: str = "123456789012") -> dict[str, Any]:
    answer = client("iam").get_open_id_connect_provider(
        OpenIDConnectProviderArn=f"arn:aws:iam::{account}:oidc-provider/{ISSUER}"
    )
    return {"audiences": answer["ClientIDList"], "url": answer["Url"]}


def boundary(arn: str) -> dict[str, Any]:
    iam = client("iam")
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document: dict[str, Any] = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    return document


def role(name: str) -> dict[str, Any]:
    """The role with every policy that it has, from wherever."""
    iam = client("iam")
    there = iam.get_role(RoleName=name)["Role"]
    inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
    return {
        "arn": there["Arn"],
        "trust": there["AssumeRolePolicyDocument"],
        "boundary": there.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        "seconds": there["MaxSessionDuration"],
        "tags": {tag["Key"]: tag["Value"] for tag in there.get("Tags", [])},
        "policies": {each: iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"] for each in inline},
        "attached": iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"],
    }


def everything(stacks: Path) -> str:
    """The whole account and the stack files as one text, in which the key's random id is KEY."""
    kms, iam, s3 = client("kms"), client("iam"), client("s3")
    found = {
        "keys": [each["KeyId"] for each in kms.list_keys()["Keys"]],
        "aliases": [each["AliasName"] for each in kms.list_aliases()["Aliases"] if "shoestring" in each["AliasName"]],
        "key": key(),
        "buckets": {each["Name"]: bucket(each["Name"]) for each in s3.list_buckets()["Buckets"]},
        "roles": {each["RoleName"]: role(each["RoleName"]) for each in iam.list_roles()["Roles"]},
        "boundaries": {each["Arn"]: boundary(each["Arn"]) for each in iam.list_policies(Scope="Local")["Policies"]},
        "providers": iam.list_open_id_connect_providers()["OpenIDConnectProviderList"],
        "files": {path.name: path.read_text() for path in sorted(stacks.glob("*.yaml"))},
    }
    found["provider"] = provider() if found["providers"] else None
    return json.dumps(found, indent=1, sort_keys=True).replace(key()["arn"].rpartition("/")[2], "KEY")
