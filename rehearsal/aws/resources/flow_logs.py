"""EC2: the record of who talked to whom in a network."""

from __future__ import annotations

from typing import Any

from rehearsal.aws.emulation import Emulation, emulates, tags_all


@emulates("aws:ec2/flowLog:FlowLog")
class FlowLog(Emulation):
    def create(self) -> str:
        made = self.aws("ec2").create_flow_logs(
            ResourceType="VPC",
            ResourceIds=[self.given.get("vpcId")],
            **self.given.pick(
                TrafficType="trafficType",
                LogDestinationType="logDestinationType",
                LogDestination="logDestination",
                LogFormat="logFormat",
                DeliverLogsPermissionArn="iamRoleArn",
                MaxAggregationInterval="maxAggregationInterval",
            ),
            **self.given.tagged("vpc-flow-log"),
        )
        return str(made["FlowLogIds"][0])

    def read(self, identity: str) -> dict[str, Any]:
        log = self.aws("ec2").describe_flow_logs(FlowLogIds=[identity])["FlowLogs"][0]
        return {
            "arn": self.aws.arn("ec2", f"vpc-flow-log/{identity}"),
            "logDestination": log.get("LogDestination", ""),
            "logFormat": log["LogFormat"],
            **tags_all(log.get("Tags")),
        }

    def delete(self, identity: str) -> None:
        self.aws("ec2").delete_flow_logs(FlowLogIds=[identity])
