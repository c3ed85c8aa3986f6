"""The leaves that are no security property: why -> type -> paths, as in guarded.py. None of the rules wants them."""

from __future__ import annotations

from tests.infra.guardrails.guarded import Table, statement

SIDS = ("AccessLogs", "Account", "Group", "KeepBackups", "KeyThroughS3", "ListBackups", "Logs",
        "NoOldTls", "OnlyTls", "OwnBuckets", "Streams", "Write")  # fmt: skip
HOST = ("Group", "KeepBackups", "KeyThroughS3", "ListBackups", "Streams", "Write")


def each(sids: list[str] | tuple[str, ...], part: str) -> str:
    return " ".join(statement(sid, part) for sid in sids)


UNGUARDED: Table = {
    "a name that is for people, or that Pulumi makes up": {
        "iam/role": "description",
        "rds/parameterGroup": "description",
        "rds/subnetGroup": "description",
        "cloudwatch/logGroup": "name",
        "iam/rolePolicy": each(HOST, "Sid"),
        "kms/alias": "namePrefix targetKeyId",
        "kms/key": f"description {each(('Account', 'Logs'), 'Sid')}",
        "ec2/vpcEndpoint": each(("OwnBuckets",), "Sid"),
        "s3/bucketLifecycleConfiguration": "rules[old-versions].id",
        "s3/bucketLogging": "targetPrefix",
        "s3/bucketPolicy": each(("OnlyTls", "NoOldTls", "AccessLogs"), "Sid"),
        "rds/instance": "identifier dbName username",
    },
    "without it a statement allows less, or AWS refuses the document": {
        "ec2/vpcEndpoint": f"policy:Version {each(('OwnBuckets',), 'Effect')} {each(('OwnBuckets',), 'Principal')} "
        f"{each(('OwnBuckets',), 'Action[]')} {each(('OwnBuckets',), 'Resource[]')}",
        "iam/role": "assumeRolePolicy:Version assumeRolePolicy:Statement[].Effect",
        "iam/rolePolicy": f"policy:Version {each(HOST, 'Effect')} {each(('Group', 'Write'), 'Resource[]')} "
        + each(HOST, "Action[]"),
        "kms/key": f"policy:Version {each(('Account', 'Logs'), 'Effect')} {each(('Account', 'Logs'), 'Action[]')} "
        + each(("Account", "Logs"), "Resource[]"),
        "s3/bucketPolicy": f"policy:Version {statement('AccessLogs', 'Effect', 'Action[]', 'Resource[]')}",
    },
    "another condition holds the account already": {
        "iam/role": "assumeRolePolicy:Statement[].Condition.ArnLike.aws:SourceArn",
        "s3/bucketPolicy": statement("AccessLogs", "Condition.ArnLike.aws:SourceArn"),
    },
    "where things are and how they are joined; less of it reaches less": {
        "ebs/volume": "availabilityZone size type",
        "ec2/egressOnlyInternetGateway": "vpcId",
        "ec2/eip": "domain",
        "ec2/instance": "ami enablePrimaryIpv6 ipv6AddressCount rootBlockDevice.deleteOnTermination "
        "rootBlockDevice.volumeSize rootBlockDevice.volumeType userDataReplaceOnChange",
        "ec2/internetGateway": "vpcId",
        "ec2/route": "destinationCidrBlock destinationIpv6CidrBlock egressOnlyGatewayId gatewayId routeTableId",
        "ec2/routeTable": "vpcId",
        "ec2/routeTableAssociation": "routeTableId subnetId",
        "ec2/securityGroup": "vpcId",
        "ec2/subnet": "availabilityZone cidrBlock ipv6CidrBlock vpcId",
        "ec2/volumeAttachment": "deviceName instanceId stopInstanceBeforeDetaching volumeId",
        "ec2/vpc": "assignGeneratedIpv6CidrBlock cidrBlock enableDnsHostnames enableDnsSupport",
        "ec2/vpcEndpoint": "routeTableIds[] serviceName vpcEndpointType vpcId",
        "rds/instance": "allocatedStorage maxAllocatedStorage backupWindow maintenanceWindow engine engineVersion port",
        "rds/subnetGroup": "subnetIds[]",
    },
    "how a host is set up, of which Ansible says the rest": {
        "ec2/instance": "userData:hostname "
        "userData:manage_etc_hosts userData:packages[] userData:ssh_genkeytypes[] userData:user.gecos "
        "userData:user.groups userData:user.shell userData:user.sudo"
    },
    "for tuning, and its default is harmless": {
        "ec2/flowLog": "logDestinationType maxAggregationInterval",
        "rds/instance": "performanceInsightsRetentionPeriod",
        "rds/parameterGroup": "family parameters[log_lock_waits].name parameters[log_lock_waits].value "
        "parameters[log_min_duration_statement].name parameters[log_min_duration_statement].value "
        + " ".join(
            f"parameters[{name}].applyMethod"
            for name in (
                "log_connections", "log_disconnections", "log_lock_waits", "log_min_duration_statement",
                "password_encryption", "rds.accepted_password_auth_method", "rds.force_ssl", "ssl_min_protocol_version",
            )
        ),
        "s3/bucketServerSideEncryptionConfiguration": "rules[].bucketKeyEnabled",
    },
    "asked for in prod only": {
        "ec2/instance in aws-dev": "monitoring",
        "s3/bucket in artifacts": "objectLockEnabled",
        "s3/bucket in logs": "objectLockEnabled",
        "s3/bucket in aws-dev-backups": "objectLockEnabled",
    },
}  # fmt: skip
