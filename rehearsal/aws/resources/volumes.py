"""EBS: volumes, and where they are attached."""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.aws.emulation import Emulation, emulates, tags_all


@emulates("aws:ebs/volume:Volume")
class Volume(Emulation):
    unsent: ClassVar = {"finalSnapshot": "says how to delete: True takes a snapshot first"}

    def create(self) -> str:
        made = self.aws("ec2").create_volume(
            **self.given.pick(
                AvailabilityZone="availabilityZone",
                Size="size",
                Iops="iops",
                Throughput="throughput",
                VolumeType="type",
                Encrypted="encrypted",
                KmsKeyId="kmsKeyId",
                SnapshotId="snapshotId",
                MultiAttachEnabled="multiAttachEnabled",
            ),
            **self.given.tagged("volume"),
        )
        return str(made["VolumeId"])

    def read(self, identity: str) -> dict[str, Any]:
        volume = self.aws("ec2").describe_volumes(VolumeIds=[identity])["Volumes"][0]
        return {
            "arn": self.aws.arn("ec2", f"volume/{identity}"),
            "availabilityZone": volume["AvailabilityZone"],
            "encrypted": volume["Encrypted"],
            "kmsKeyId": volume.get("KmsKeyId", ""),
            "size": volume["Size"],
            "type": volume["VolumeType"],
            "iops": volume.get("Iops", 0),
            "throughput": volume.get("Throughput", 0),
            "snapshotId": volume.get("SnapshotId", ""),
            "createTime": volume["CreateTime"].isoformat(),
            **tags_all(volume.get("Tags")),
        }

    def delete(self, identity: str) -> None:
        if self.given.get("finalSnapshot"):
            self.aws("ec2").create_snapshot(VolumeId=identity, **self.given.tagged("snapshot"))
        self.aws("ec2").delete_volume(VolumeId=identity)


@emulates("aws:ec2/volumeAttachment:VolumeAttachment")
class VolumeAttachment(Emulation):
    unsent: ClassVar = {
        "forceDetach": "says how to delete: True detaches a volume that is in use",
        "stopInstanceBeforeDetaching": "says how to delete: True stops the machine first",
        "skipDestroy": "says how to delete: True leaves the volume attached",
    }

    def create(self) -> str:
        made = self.aws("ec2").attach_volume(
            **self.given.pick(Device="deviceName", InstanceId="instanceId", VolumeId="volumeId")
        )
        return f"vai-{made['VolumeId'].removeprefix('vol-')}"

    def read(self, identity: str) -> dict[str, Any]:
        volume = self.aws("ec2").describe_volumes(VolumeIds=[self.given.get("volumeId")])["Volumes"][0]
        attached = volume["Attachments"][0]
        return {
            "deviceName": attached["Device"],
            "instanceId": attached["InstanceId"],
            "volumeId": attached["VolumeId"],
        }

    def delete(self, identity: str) -> None:
        if self.given.get("skipDestroy"):
            return
        ec2 = self.aws("ec2")
        where = self.given.pick(Device="deviceName", InstanceId="instanceId", VolumeId="volumeId")
        if self.given.get("stopInstanceBeforeDetaching"):
            ec2.stop_instances(InstanceIds=[where["InstanceId"]])
        ec2.detach_volume(**where, **self.given.pick(Force="forceDetach"))
