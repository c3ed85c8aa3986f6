"""Calls that AWS refuses for a reason that botocore's model does not hold, and calls that it takes."""

from __future__ import annotations

import base64
import json
from typing import Any

Call = dict[str, Any]
RDS: Call = {
    "DBInstanceIdentifier": "aws-prod-database-1a2b3c4",
    "DBName": "shoestring",
    "MasterUsername": "shoestring",
    "AllocatedStorage": 20,
    "PreferredBackupWindow": "23:30-00:30",
    "PreferredMaintenanceWindow": "sun:01:00-sun:02:00",
    "MonitoringInterval": 60,
    "MonitoringRoleArn": "arn:aws:iam::123456789012:role/monitor",
    "MultiAZ": True,
}
MACHINE: Call = {"InstanceType": "t3a.small", "NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "subnet-1"}]}
GROUP: Call = {"GroupName": "aws-dev-proxy", "Description": "Hosts in proxy"}
FLOW: Call = {
    "LogDestinationType": "cloud-watch-logs",
    "DeliverLogsPermissionArn": "arn",
    "MaxAggregationInterval": 600,
}


def tagged(key: str, value: str) -> Call:
    return {"TagSpecifications": [{"ResourceType": "x", "Tags": [{"Key": key, "Value": value}]}]}


def disk(**ebs: Any) -> Call:
    return MACHINE | {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": ebs}]}


def opened(**rule: Any) -> Call:
    return {"IpPermissions": [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443} | rule]}


def policy(*actions: str, **principal: str) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Action": list(actions), "Principal": principal}]})


def letters(kind: str, count: int) -> Call:
    return {"NotificationsWithSubscribers": [{"Subscribers": [{"SubscriptionType": kind, "Address": "a"}] * count}]}


TAGS = [
    ("TagSpecifications[0].Tags[0].Key", tagged("aws:x", "")),
    ("TagSpecifications[0].Tags[0].Key", tagged("k" * 128, "")),
    ("TagSpecifications[0].Tags[0].Value", tagged("k", "v" * 257)),
]
EBS = "BlockDeviceMappings[0].Ebs"
RETENTION = "ObjectLockConfiguration.Rule.DefaultRetention"
DEFAULT = "ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault"
LONG_POLICY = json.dumps({"Statement": ["x" * 99] * 110})


def _volumes(path: str, size: str, whole: Any) -> list[tuple[str, Call]]:
    return [
        (f"{path}KmsKeyId", whole(KmsKeyId="k")),
        (f"{path}Throughput", whole(VolumeType="gp2", Throughput=250)),
        (f"{path}Iops", whole(VolumeType="gp2", Iops=3000)),
        (f"{path}{size}", whole(VolumeType="st1", **{size: 100})),
    ]


def _of(operation: str, calls: list[tuple[str, Call]]) -> list[tuple[str, str, Call]]:
    return [(operation, path, call) for path, call in calls]


def _beside(operation: str, base: Call, calls: list[tuple[str, Call]]) -> list[tuple[str, str, Call]]:
    return [(operation, path, base | call) for path, call in calls]


BAD: list[tuple[str, str, Call]] = [
    *_beside(
        "RunInstances",
        MACHINE,
        [
            ("SubnetId", {"SubnetId": "subnet-1"}),
            ("SecurityGroupIds", {"SecurityGroupIds": ["sg-1"]}),
            ("Ipv6AddressCount", {"Ipv6AddressCount": 1}),
            (
                "NetworkInterfaces[0].Ipv6AddressCount",
                {"NetworkInterfaces": [{"Ipv6AddressCount": 1, "Ipv6Addresses": []}]},
            ),
            ("CreditSpecification", {"InstanceType": "m6a.large", "CreditSpecification": {"CpuCredits": "standard"}}),
            ("DisableApiTermination", {"DisableApiTermination": True, "InstanceMarketOptions": {"MarketType": "spot"}}),
            ("UserData", {"UserData": base64.b64encode(b"x" * 16385).decode()}),
            *TAGS,
        ],
    ),
    *_of("RunInstances", _volumes(f"{EBS}.", "VolumeSize", disk)),
    *_of("CreateVolume", [*_volumes("", "Size", dict), *TAGS]),
    *_of("AllocateAddress", TAGS),
    *_of("CreateTags", [(path.partition(".")[2], call["TagSpecifications"][0]) for path, call in TAGS]),
    *_beside("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, [("CidrBlock", {"CidrBlock": "10.0.0.0/8"}), *TAGS]),
    *_beside("CreateSubnet", {"CidrBlock": "10.0.0.0/28"}, [("CidrBlock", {"CidrBlock": "10.0.0.0/29"}), *TAGS]),
    *_of(
        "CreateRoute",
        [
            ("DestinationCidrBlock", {"GatewayId": "igw-1"}),
            ("GatewayId", {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "NatGatewayId": "nat-1"}),
            (
                "EgressOnlyInternetGatewayId",
                {"DestinationCidrBlock": "0.0.0.0/0", "EgressOnlyInternetGatewayId": "eigw-1"},
            ),
        ],
    ),
    *_of(
        "CreateVpcEndpoint",
        [
            ("RouteTableIds", {"VpcEndpointType": "Interface", "RouteTableIds": ["rtb-1"]}),
            ("SubnetIds", {"SubnetIds": ["subnet-1"]}),
            *TAGS,
        ],
    ),
    *_of(
        "CreateInstanceConnectEndpoint",
        [("PreserveClientIp", {"PreserveClientIp": True, "IpAddressType": "dualstack"}), *TAGS],
    ),
    *_beside(
        "CreateSecurityGroup",
        GROUP,
        [
            ("GroupName", {"GroupName": "grüße"}),
            ("GroupName", {"GroupName": "sg-proxy"}),
            ("Description", {"Description": "what's this"}),
            *TAGS,
        ],
    ),
    *(
        bad
        for direction in ("Ingress", "Egress")
        for bad in _beside(
            f"AuthorizeSecurityGroup{direction}",
            opened(),
            [
                ("IpPermissions[0].FromPort", {"IpPermissions": [{"IpProtocol": "tcp"}]}),
                ("IpPermissions[0].ToPort", opened(FromPort=444)),
                ("IpPermissions[0].IpRanges[0].Description", opened(IpRanges=[{"Description": "don't"}])),
                ("IpPermissions[0].Ipv6Ranges[0].Description", opened(Ipv6Ranges=[{"Description": "x" * 256}])),
                ("IpPermissions[0].UserIdGroupPairs[0].Description", opened(UserIdGroupPairs=[{"Description": "<"}])),
                *TAGS,
            ],
        )
    ),
    ("CreateFlowLogs", "DeliverLogsPermissionArn", {"LogDestinationType": "cloud-watch-logs"}),
    *_beside("CreateFlowLogs", FLOW, [("MaxAggregationInterval", {"MaxAggregationInterval": 300}), *TAGS]),
    *_beside(
        "CreateDBInstance",
        RDS,
        [
            ("DBInstanceIdentifier", {"DBInstanceIdentifier": "aws--prod"}),
            ("DBInstanceIdentifier", {"DBInstanceIdentifier": "x" * 64}),
            ("DBName", {"DBName": "aws-prod"}),
            ("MasterUsername", {"MasterUsername": "a_name_of_17_char"}),
            ("ManageMasterUserPassword", {"ManageMasterUserPassword": True, "MasterUserPassword": "x"}),
            ("MasterUserSecretKmsKeyId", {"MasterUserSecretKmsKeyId": "k"}),
            ("KmsKeyId", {"KmsKeyId": "k"}),
            ("BackupRetentionPeriod", {"BackupRetentionPeriod": 36}),
            ("AllocatedStorage", {"AllocatedStorage": 10}),
            ("PreferredMaintenanceWindow", {"PreferredMaintenanceWindow": "sun:00:00-sun:01:00"}),
            ("PreferredBackupWindow", {"PreferredBackupWindow": "12:00-12:15"}),
            ("PreferredMaintenanceWindow", {"PreferredMaintenanceWindow": "sun:23:00-sun:23:29"}),
            ("AvailabilityZone", {"AvailabilityZone": "eu-central-1a"}),
            ("MonitoringInterval", {"MonitoringInterval": 20}),
            ("MonitoringRoleArn", {"MonitoringInterval": 0}),
            ("PerformanceInsightsRetentionPeriod", {"PerformanceInsightsRetentionPeriod": 94}),
        ],
    ),
    ("CreateDBInstance", "PreferredBackupWindow", {"PreferredBackupWindow": "2:00-3:00"}),
    ("CreateDBInstance", "PreferredMaintenanceWindow", {"PreferredMaintenanceWindow": "day:02:00-day:03:00"}),
    *_of(
        "DeleteDBInstance",
        [
            ("FinalDBSnapshotIdentifier", {"SkipFinalSnapshot": False}),
            ("FinalDBSnapshotIdentifier", {"FinalDBSnapshotIdentifier": "a-"}),
        ],
    ),
    ("CreateDBParameterGroup", "DBParameterGroupName", {"DBParameterGroupName": "a.b"}),
    ("CreateDBSubnetGroup", "DBSubnetGroupName", {"DBSubnetGroupName": "default"}),
    ("CreateBucket", "Bucket", {"Bucket": "Upper"}),
    (
        "PutBucketLifecycleConfiguration",
        "LifecycleConfiguration.Rules[0].Expiration.ExpiredObjectDeleteMarker",
        {"LifecycleConfiguration": {"Rules": [{"Expiration": {"Days": 1, "ExpiredObjectDeleteMarker": True}}]}},
    ),
    (
        "PutObjectLockConfiguration",
        f"{RETENTION}.Days",
        {"ObjectLockConfiguration": {"Rule": {"DefaultRetention": {"Days": 1, "Years": 1}}}},
    ),
    (
        "PutBucketEncryption",
        f"{DEFAULT}.KMSMasterKeyID",
        {
            "ServerSideEncryptionConfiguration": {
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256", "KMSMasterKeyID": "k"}}]
            }
        },
    ),
    ("CreateKey", "Policy", {"Policy": policy("kms:*", Service="logs.amazonaws.com")}),
    ("CreateKey", "Policy", {"Policy": policy("kms:Decrypt", AWS="arn:aws:iam::123456789012:root")}),
    ("CreateAlias", "AliasName", {"AliasName": "alias/aws/s3"}),
    ("CreateAlias", "AliasName", {"AliasName": "aws-dev-data"}),
    ("ScheduleKeyDeletion", "PendingWindowInDays", {"PendingWindowInDays": 6}),
    ("PutRetentionPolicy", "retentionInDays", {"retentionInDays": 100}),
    ("CreateRole", "AssumeRolePolicyDocument", {"AssumeRolePolicyDocument": LONG_POLICY}),
    ("PutRolePolicy", "PolicyDocument", {"PolicyDocument": LONG_POLICY}),
    ("CreateBudget", "NotificationsWithSubscribers[0].Subscribers", letters("EMAIL", 11)),
    ("CreateBudget", "NotificationsWithSubscribers[0].Subscribers", letters("SNS", 2)),
]

GOOD: list[tuple[str, Call]] = [
    ("RunInstances", MACHINE | tagged("k" * 127, "v" * 256)),
    ("RunInstances", MACHINE | {"CreditSpecification": {"CpuCredits": "standard"}, "DisableApiTermination": True}),
    ("RunInstances", {"InstanceType": "m6a.large", "SubnetId": "subnet-1", "SecurityGroupIds": ["sg-1"]}),
    ("RunInstances", disk(VolumeType="gp3", VolumeSize=8, Encrypted=True, KmsKeyId="k", Throughput=250, Iops=4000)),
    ("CreateVpc", {"CidrBlock": "10.0.0.0/16"}),
    ("CreateSubnet", {"CidrBlock": "10.0.0.0/28"}),
    ("CreateRoute", {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1"}),
    ("CreateSecurityGroup", GROUP),
    ("AuthorizeSecurityGroupIngress", opened(IpRanges=[{"CidrIp": "0.0.0.0/0", "Description": "users; and others"}])),
    ("AuthorizeSecurityGroupEgress", {"IpPermissions": [{"IpProtocol": "-1"}]}),
    ("CreateFlowLogs", FLOW),
    ("CreateFlowLogs", {"LogDestinationType": "s3"}),
    ("CreateDBInstance", RDS),
    ("DeleteDBInstance", {"SkipFinalSnapshot": True}),
    ("DeleteDBInstance", {"FinalDBSnapshotIdentifier": "aws-prod-database-1a2b3c4-final"}),
    ("CreateBucket", {"Bucket": "aws-prod-backups-1a2b3c4"}),
    ("CreateKey", {"Policy": policy("kms:*", AWS="arn:aws:iam::123456789012:root")}),
    ("CreateAlias", {"AliasName": "alias/aws-dev-data"}),
    ("PutRetentionPolicy", {"retentionInDays": 365}),
    ("CreateBudget", letters("EMAIL", 10)),
    ("AnOperationWithoutRules", {"SubnetId": "subnet-1"}),
]
