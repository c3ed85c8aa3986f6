"""The KMS key that Pulumi's secrets and the state bucket are encrypted with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from infra.aws.shared import ALIAS
from ops.bootstrap.aws import policies
from ops.bootstrap.aws.account import TAGS, Account, found, has_tags, listed, same
from ops.bootstrap.change import Change
from ops.errors import OperationError

USABLE = "Enabled"


def changes(account: Account) -> Iterator[Change]:
    """What the key lacks. Raises OperationError for a key that is there and can't be used."""
    kms = account.client("kms")
    key = found(kms.describe_key, "NotFoundException", KeyId=ALIAS)
    metadata = key["KeyMetadata"] if key else _unnamed(kms)
    document = policies.key(account.shared)
    if metadata is None:

        def make() -> None:
            made = kms.create_key(
                Description="Pulumi's state, of every environment of this account and region",
                Policy=json.dumps(document),
                Tags=listed(TAGS, "TagKey", "TagValue"),
            )
            account.key_arn = made["KeyMetadata"]["Arn"]

        yield Change("a KMS key for the state, 1 USD a month", make)
    else:
        _usable(account, metadata)
        account.key_arn = metadata["Arn"]
    if key is None:
        yield Change(f"its name {ALIAS}", lambda: kms.create_alias(AliasName=ALIAS, TargetKeyId=account.key_arn))
    if metadata is None or not kms.get_key_rotation_status(KeyId=account.key_arn)["KeyRotationEnabled"]:
        yield Change("its rotation, once a year", lambda: kms.enable_key_rotation(KeyId=account.key_arn))
    if metadata is None:
        return
    if not same(kms.get_key_policy(KeyId=account.key_arn, PolicyName="default")["Policy"], document):
        says = "its policy: this account's own policies decide, and nobody else's"
        text = json.dumps(document)
        yield Change(says, lambda: kms.put_key_policy(KeyId=account.key_arn, PolicyName="default", Policy=text))
    if not has_tags(_tags(kms, account.key_arn), "TagKey", "TagValue"):
        tags = listed(TAGS, "TagKey", "TagValue")
        yield Change("its tags", lambda: kms.tag_resource(KeyId=account.key_arn, Tags=tags))


def _unnamed(kms: Any) -> dict[str, Any] | None:
    """A key that a run made and could not name any more: it costs money and is ours, so it is taken."""
    for page in kms.get_paginator("list_keys").paginate():
        for each in page["Keys"]:
            if has_tags(_tags(kms, each["KeyId"]), "TagKey", "TagValue"):
                metadata: dict[str, Any] = kms.describe_key(KeyId=each["KeyId"])["KeyMetadata"]
                if metadata["KeyState"] == USABLE:
                    return metadata
    return None


def _tags(kms: Any, key: str) -> list[dict[str, str]]:
    """A key's tags; none where the key is not ours to look at."""
    answer = found(kms.list_resource_tags, "AccessDeniedException", "NotFoundException", KeyId=key)
    return list(answer["Tags"]) if answer else []


def _usable(account: Account, metadata: dict[str, Any]) -> None:
    state, region = metadata["KeyState"], account.shared.region
    if state != USABLE:
        arn = metadata["Arn"]
        enable = f"aws kms enable-key --region {region} --key-id {arn}"
        cancel = f"aws kms cancel-key-deletion --region {region} --key-id {arn}\n"
        raise OperationError(
            f"The key {ALIAS} ({arn}) is {state}.",
            "No other key is made in its place: what is encrypted with it, the state of every environment of this "
            "account and region, could not be read any more. Nothing was changed.",
            (cancel if state == "PendingDeletion" else "") + enable,
        )
