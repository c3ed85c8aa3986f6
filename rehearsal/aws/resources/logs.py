"""CloudWatch Logs: groups."""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.aws.emulation import Emulation, emulates


@emulates("aws:cloudwatch/logGroup:LogGroup")
class LogGroup(Emulation):
    unsent: ClassVar = {"skipDestroy": "says how to delete: True leaves the group behind"}

    def create(self) -> str:
        name = self.physical(512)
        more = self.given.pick(
            kmsKeyId="kmsKeyId",
            tags="tags",
            logGroupClass="logGroupClass",
            deletionProtectionEnabled="deletionProtectionEnabled",
        )
        self.aws("logs").create_log_group(logGroupName=name, **more)
        return name

    def configure(self, identity: str) -> None:
        if days := self.given.get("retentionInDays"):
            self.aws("logs").put_retention_policy(logGroupName=identity, retentionInDays=days)

    def read(self, identity: str) -> dict[str, Any]:
        logs = self.aws("logs")
        groups = logs.describe_log_groups(logGroupNamePrefix=identity)["logGroups"]
        group = next(each for each in groups if each["logGroupName"] == identity)
        arn = group["arn"].removesuffix(":*")
        return {
            "name": identity,
            "arn": arn,
            "retentionInDays": group.get("retentionInDays", 0),
            "kmsKeyId": group.get("kmsKeyId"),
            "tagsAll": logs.list_tags_for_resource(resourceArn=arn)["tags"],
        }

    def delete(self, identity: str) -> None:
        if not self.given.get("skipDestroy"):
            self.aws("logs").delete_log_group(logGroupName=identity)
