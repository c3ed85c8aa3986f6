"""KMS: keys and their aliases."""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.aws.emulation import Emulation, emulates, tags_all


@emulates("aws:kms/key:Key")
class Key(Emulation):
    unsent: ClassVar = {"deletionWindowInDays": "a call takes it when the key is deleted"}
    recorded: ClassVar = {"rotationPeriodInDays": "moto keeps no period of rotation"}

    def create(self) -> str:
        made = self.aws("kms").create_key(
            **self.given.pick(
                Description="description",
                Policy="policy",
                KeyUsage="keyUsage",
                KeySpec="customerMasterKeySpec",
                MultiRegion="multiRegion",
                BypassPolicyLockoutSafetyCheck="bypassPolicyLockoutSafetyCheck",
            ),
            Tags=self.given.tags(lambda key, value: {"TagKey": key, "TagValue": value}),
        )
        return str(made["KeyMetadata"]["KeyId"])

    def configure(self, identity: str) -> None:
        rotation = self.given.pick(RotationPeriodInDays="rotationPeriodInDays")
        if self.given.get("enableKeyRotation"):
            self.aws("kms").enable_key_rotation(KeyId=identity, **rotation)

    def read(self, identity: str) -> dict[str, Any]:
        kms = self.aws("kms")
        key = kms.describe_key(KeyId=identity)["KeyMetadata"]
        tags = kms.list_resource_tags(KeyId=identity)["Tags"]
        return {
            "arn": key["Arn"],
            "keyId": key["KeyId"],
            "description": key["Description"],
            "isEnabled": key["Enabled"],
            "enableKeyRotation": kms.get_key_rotation_status(KeyId=identity)["KeyRotationEnabled"],
            "policy": kms.get_key_policy(KeyId=identity, PolicyName="default")["Policy"],
            **tags_all(tags, "TagKey", "TagValue"),
        }

    def delete(self, identity: str) -> None:
        days = self.given.pick(PendingWindowInDays="deletionWindowInDays")
        self.aws("kms").schedule_key_deletion(KeyId=identity, **days)


@emulates("aws:kms/alias:Alias")
class Alias(Emulation):
    def create(self) -> str:
        name = self.physical(256, "alias/")
        self.aws("kms").create_alias(AliasName=name, **self.given.pick(TargetKeyId="targetKeyId"))
        return name

    def read(self, identity: str) -> dict[str, Any]:
        aliases = self.aws("kms").list_aliases(KeyId=self.given.get("targetKeyId"))["Aliases"]
        alias = next(each for each in aliases if each["AliasName"] == identity)
        arn = alias["AliasArn"]
        return {
            "name": identity,
            "arn": arn,
            "targetKeyId": alias["TargetKeyId"],
            "targetKeyArn": self.aws.arn("kms", f"key/{alias['TargetKeyId']}"),
        }

    def delete(self, identity: str) -> None:
        self.aws("kms").delete_alias(AliasName=identity)
