"""EC2: machines."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from rehearsal.aws.emulation import Emulation, emulates, tags_all
from rehearsal.aws.inputs import Inputs


@emulates("aws:ec2/instance:Instance")
class Instance(Emulation):
    unsent: ClassVar = {
        "userDataReplaceOnChange": "says what a change does, and a rehearsal knows none",
        "forceDestroy": "says how to delete: True takes the protection off first",
    }
    recorded: ClassVar = {
        "maintenanceOptions": "moto keeps no such property of machines",
        "privateDnsNameOptions": "moto keeps no such property of machines",
        "enablePrimaryIpv6": "moto calls no address primary",
        "rootBlockDevice.throughput": "moto keeps no throughput of the volumes that a machine is made with",
    }

    def create(self) -> str:
        ec2 = self.aws("ec2")
        image = ec2.describe_images(ImageIds=[self.given.get("ami")])["Images"][0]
        made = ec2.run_instances(MinCount=1, MaxCount=1, **self._parameters(image["RootDeviceName"]))
        return str(made["Instances"][0]["InstanceId"])

    def _parameters(self, root_device: str) -> dict[str, Any]:
        given = self.given
        root = given.part("rootBlockDevice")
        parameters = {
            **given.pick(
                ImageId="ami",
                InstanceType="instanceType",
                EbsOptimized="ebsOptimized",
                KeyName="keyName",
                PrivateIpAddress="privateIp",
                DisableApiTermination="disableApiTermination",
                DisableApiStop="disableApiStop",
                InstanceInitiatedShutdownBehavior="instanceInitiatedShutdownBehavior",
                UserData="userData",
            ),
            "IamInstanceProfile": given.pick(Name="iamInstanceProfile"),
            "Monitoring": given.pick(Enabled="monitoring"),
            "MetadataOptions": _metadata(given.part("metadataOptions")),
            "CreditSpecification": given.part("creditSpecification").pick(CpuCredits="cpuCredits"),
            "MaintenanceOptions": given.part("maintenanceOptions").pick(AutoRecovery="autoRecovery"),
            "Placement": given.pick(AvailabilityZone="availabilityZone", Tenancy="tenancy"),
            "PrivateDnsNameOptions": given.part("privateDnsNameOptions").pick(
                HostnameType="hostnameType",
                EnableResourceNameDnsARecord="enableResourceNameDnsARecord",
                EnableResourceNameDnsAAAARecord="enableResourceNameDnsAaaaRecord",
            ),
            "InstanceMarketOptions": _market(given.part("instanceMarketOptions")),
            "BlockDeviceMappings": [{"DeviceName": root_device, "Ebs": _disk(root)}] if root else [],
            "TagSpecifications": _tags(given, root),
            **_interface(given),
        }
        return {name: value for name, value in parameters.items() if value not in ({}, [])}

    def configure(self, identity: str) -> None:
        ec2 = self.aws("ec2")
        check = self.given.get("sourceDestCheck")
        if check is not None:
            ec2.modify_instance_attribute(InstanceId=identity, SourceDestCheck={"Value": check})
        # moto takes these two from RunInstances and forgets them.
        if self.given.get("disableApiTermination"):
            ec2.modify_instance_attribute(InstanceId=identity, DisableApiTermination={"Value": True})
        interface = self._machine(identity)["NetworkInterfaces"][0]
        missing = self.given.get("ipv6AddressCount", 0) - len(interface["Ipv6Addresses"])
        if missing > 0:
            which = interface["NetworkInterfaceId"]
            ec2.assign_ipv6_addresses(NetworkInterfaceId=which, Ipv6AddressCount=missing)

    def read(self, identity: str) -> dict[str, Any]:
        machine = self._machine(identity)
        interface = machine["NetworkInterfaces"][0]
        ipv6 = [each["Ipv6Address"] for each in interface.get("Ipv6Addresses", [])]
        disks = [each["Ebs"]["VolumeId"] for each in machine["BlockDeviceMappings"]]
        return {
            "arn": self.aws.arn("ec2", f"instance/{identity}"),
            "availabilityZone": machine["Placement"]["AvailabilityZone"],
            "instanceState": machine["State"]["Name"],
            "privateIp": machine["PrivateIpAddress"],
            "privateDns": machine["PrivateDnsName"],
            "publicIp": machine.get("PublicIpAddress", ""),
            "publicDns": machine.get("PublicDnsName", ""),
            "ipv6Addresses": ipv6,
            "ipv6AddressCount": len(ipv6),
            "primaryNetworkInterfaceId": interface["NetworkInterfaceId"],
            "subnetId": machine["SubnetId"],
            "vpcSecurityGroupIds": sorted(group["GroupId"] for group in interface["Groups"]),
            "rootBlockDevice": {**self.given.get("rootBlockDevice", {}), "volumeId": disks[0] if disks else ""},
            "userData": hashlib.sha1(self.given.get("userData", "").encode(), usedforsecurity=False).hexdigest(),
            **tags_all(machine.get("Tags")),
        }

    def unprotect(self, identity: str) -> None:
        self.aws("ec2").modify_instance_attribute(InstanceId=identity, DisableApiTermination={"Value": False})

    def delete(self, identity: str) -> None:
        if self.given.get("forceDestroy"):
            self.unprotect(identity)
        self.aws("ec2").terminate_instances(InstanceIds=[identity])

    def _machine(self, identity: str) -> dict[str, Any]:
        found = self.aws("ec2").describe_instances(InstanceIds=[identity])
        machine: dict[str, Any] = found["Reservations"][0]["Instances"][0]
        return machine


def _metadata(options: Inputs) -> dict[str, Any]:
    return options.pick(
        HttpEndpoint="httpEndpoint",
        HttpTokens="httpTokens",
        HttpPutResponseHopLimit="httpPutResponseHopLimit",
        HttpProtocolIpv6="httpProtocolIpv6",
        InstanceMetadataTags="instanceMetadataTags",
    )


def _market(options: Inputs) -> dict[str, Any]:
    spot = options.part("spotOptions").pick(
        MaxPrice="maxPrice",
        SpotInstanceType="spotInstanceType",
        InstanceInterruptionBehavior="instanceInterruptionBehavior",
    )
    return {**options.pick(MarketType="marketType"), **({"SpotOptions": spot} if spot else {})}


def _disk(disk: Inputs) -> dict[str, Any]:
    return disk.pick(
        VolumeType="volumeType",
        VolumeSize="volumeSize",
        Iops="iops",
        Throughput="throughput",
        Encrypted="encrypted",
        KmsKeyId="kmsKeyId",
        DeleteOnTermination="deleteOnTermination",
    )


def _tags(given: Inputs, root: Inputs) -> list[dict[str, Any]]:
    volumes = given.get("volumeTags") or root.get("tags") or {}
    disks = [{"Key": key, "Value": value} for key, value in volumes.items()]
    both = (("instance", given.tags()), ("volume", disks))
    return [{"ResourceType": kind, "Tags": tags} for kind, tags in both if tags]


def _interface(given: Inputs) -> dict[str, Any]:
    """The network interface: a block of its own where it must say whether it gets a public address."""
    where = given.pick(SubnetId="subnetId", Ipv6AddressCount="ipv6AddressCount")
    addresses = [{"Ipv6Address": address} for address in given.get("ipv6Addresses", [])]
    where |= {"Ipv6Addresses": addresses} if addresses else {}
    groups = given.get("vpcSecurityGroupIds", [])
    public = given.get("associatePublicIpAddress")
    if public is None:
        return {**where, **({"SecurityGroupIds": groups} if groups else {})}
    interface = {**where, "DeviceIndex": 0, "AssociatePublicIpAddress": public, "DeleteOnTermination": True}
    primary = given.pick(PrimaryIpv6="enablePrimaryIpv6")
    return {"NetworkInterfaces": [{**interface, **primary, **({"Groups": groups} if groups else {})}]}
