"""Which rule fails when a leaf of a resource's inputs is taken away: rule -> type -> paths, as in mutations.py.

A type may be narrowed to the resources whose names hold a text: `s3/bucket in aws-prod-backups`; `*` is every type.
"""

from __future__ import annotations

Table = dict[str, dict[str, str]]

IN_POLICY = "policy:Statement"
FIRST_BOOT = (
    "userData:disable_root userData:ssh.emit_keys_to_console "
    "userData:ssh_deletekeys userData:ssh_pwauth userData:user.lock_passwd userData:user.name userData:users[] keyName"
)
TAGS = " ".join(
    f"{where}tags.{name}"
    for where in ("", "rootBlockDevice.")
    for name in ("Name", "environment", "tier", "owner", "managed-by")
)
LIFECYCLE = (
    "bucket rules[old-versions].status rules[old-versions].filter rules[old-versions].expiration.days "
    "rules[old-versions].noncurrentVersionExpiration.noncurrentDays "
    "rules[old-versions].abortIncompleteMultipartUpload.daysAfterInitiation "
    "rules[old-versions].expiration.expiredObjectDeleteMarker"
)
BUDGET = (
    "budgetType limitAmount limitUnit timeUnit costFilters[TagKeyValue].name costFilters[TagKeyValue].values[] "
    "notifications[].notificationType notifications[].comparisonOperator notifications[].threshold "
    "notifications[].thresholdType notifications[].subscriberEmailAddresses[]"
)


def statement(sid: str, *parts: str) -> str:
    return " ".join(f"{IN_POLICY}[{sid}].{part}" for part in parts)


def parameters(*names: str) -> str:
    return " ".join(f"parameters[{name}].{part}" for name in names for part in ("name", "value"))


GUARDED: Table = {
    # storage
    "s3-no-public-access": {
        "s3/bucketPublicAccessBlock": "bucket blockPublicAcls blockPublicPolicy ignorePublicAcls restrictPublicBuckets"
    },
    "s3-no-acls": {"s3/bucketOwnershipControls": "bucket rule.objectOwnership"},
    "s3-tls-only": {
        "s3/bucketPolicy": "bucket "
        + statement("OnlyTls", "Effect", "Principal", "Action", "Resource[]", "Condition.Bool.aws:SecureTransport")
    },
    "s3-tls-version": {
        "s3/bucketPolicy": "bucket "
        + statement(
            "NoOldTls", "Effect", "Principal", "Action", "Resource[]", "Condition.NumericLessThan.s3:TlsVersion"
        )
    },
    "s3-no-strangers": {
        "s3/bucketPolicy": statement("OnlyTls", "Effect")  # what denied everybody allows everybody
        + " "
        + statement("NoOldTls", "Effect")
        + " "
        + statement("AccessLogs", "Principal.Service", "Condition.StringEquals.aws:SourceAccount")
    },
    "s3-own-key": {
        "s3/bucketServerSideEncryptionConfiguration": "bucket "
        "rules[].applyServerSideEncryptionByDefault.kmsMasterKeyId "
        "rules[].applyServerSideEncryptionByDefault.sseAlgorithm"
    },
    "s3-versioned": {"s3/bucketVersioning": "bucket versioningConfiguration.status"},
    "s3-lifecycle": {"s3/bucketLifecycleConfiguration": LIFECYCLE},
    "s3-locked-backups": {
        "s3/bucket in aws-prod-backups": "objectLockEnabled",
        "s3/bucketObjectLockConfiguration": "bucket rule.defaultRetention.mode rule.defaultRetention.days",
    },
    "s3-access-logs": {"s3/bucketLogging": "bucket targetBucket"},
    "s3-not-emptied": {"s3/bucket": "forceDestroy"},
    # machines
    "ec2-imdsv2": {"ec2/instance": "metadataOptions.httpTokens metadataOptions.httpEndpoint"},
    "ec2-metadata-hops": {"ec2/instance": "metadataOptions.httpPutResponseHopLimit"},
    "ec2-metadata-tags": {"ec2/instance": "metadataOptions.instanceMetadataTags"},
    "ec2-encrypted-disks": {"ec2/instance": "rootBlockDevice.encrypted rootBlockDevice.kmsKeyId"},
    "ebs-encrypted": {"ebs/volume": "encrypted kmsKeyId"},
    "ec2-role": {"ec2/instance": "iamInstanceProfile", "iam/instanceProfile": "role"},
    "ec2-first-boot": {"ec2/instance": FIRST_BOOT, "ec2/keyPair": "keyName publicKey"},
    "ec2-monitoring": {"ec2/instance in aws-prod": "monitoring"},
    "ec2-no-forwarding": {"ec2/instance": "sourceDestCheck"},
    "ec2-not-terminated": {"ec2/instance": "disableApiTermination"},
    "ec2-public-only-if-it-serves": {"ec2/instance": "associatePublicIpAddress subnetId"},
    # database
    "rds-private": {"rds/instance": "publiclyAccessible dbSubnetGroupName"},
    "rds-encrypted": {"rds/instance": "storageEncrypted kmsKeyId"},
    "rds-tls": {
        "rds/instance": "parameterGroupName",
        "rds/parameterGroup": parameters("rds.force_ssl", "ssl_min_protocol_version"),
    },
    "rds-scram": {
        "rds/instance": "parameterGroupName",
        "rds/parameterGroup": parameters("password_encryption", "rds.accepted_password_auth_method"),
    },
    "rds-connections-logged": {
        "rds/instance": "parameterGroupName",
        "rds/parameterGroup": parameters("log_connections", "log_disconnections"),
    },
    "rds-ca": {"rds/instance": "caCertIdentifier"},
    "rds-iam-login": {"rds/instance": "iamDatabaseAuthenticationEnabled"},
    "rds-managed-password": {"rds/instance": "manageMasterUserPassword"},
    "rds-secret-own-key": {"rds/instance": "masterUserSecretKmsKeyId"},
    "rds-backups": {"rds/instance": "backupRetentionPeriod deleteAutomatedBackups"},
    "rds-two-zones": {"rds/instance": "multiAz"},
    "rds-monitoring": {"rds/instance": "monitoringInterval monitoringRoleArn"},
    "rds-insights": {"rds/instance": "performanceInsightsEnabled performanceInsightsKmsKeyId"},
    "rds-logs": {"rds/instance": "enabledCloudwatchLogsExports[]"},
    "rds-minor-upgrades": {"rds/instance": "autoMinorVersionUpgrade"},
    "rds-snapshot-tags": {"rds/instance": "copyTagsToSnapshot"},
    "rds-not-deleted": {"rds/instance": "deletionProtection skipFinalSnapshot finalSnapshotIdentifier"},
    # network
    "vpc-default-group-closed": {"ec2/defaultSecurityGroup": "vpcId ingress egress"},
    "vpc-flow-logs": {"ec2/flowLog": "vpcId trafficType logDestination iamRoleArn"},
    "vpc-no-automatic-addresses": {"ec2/subnet": "mapPublicIpOnLaunch assignIpv6AddressOnCreation"},
    "eip-serves": {"ec2/eip": "instance"},
    "endpoint-own-buckets": {
        "ec2/vpcEndpoint": statement(
            "OwnBuckets",
            "Condition.StringEquals.aws:PrincipalAccount",
            "Condition.StringEquals.aws:ResourceAccount",
        )
    },
    "tunnel-narrow": {"ec2transitgateway/instanceConnectEndpoint": "preserveClientIp subnetId"},
    # openings: a group that nobody is in has no declared rule
    "sg-own-groups": {
        "ec2/instance": "vpcSecurityGroupIds[]",
        "rds/instance": "vpcSecurityGroupIds[]",
        "ec2transitgateway/instanceConnectEndpoint": "securityGroupIds[]",
    },
    "sg-declared": {
        "ec2/instance": "vpcSecurityGroupIds[]",
        "rds/instance": "vpcSecurityGroupIds[]",
        "ec2transitgateway/instanceConnectEndpoint": "securityGroupIds[]",
        "vpc/securityGroupIngressRule": "securityGroupId referencedSecurityGroupId cidrIpv4 cidrIpv6 ipProtocol "
        "fromPort toPort",
    },
    "sg-never-to-the-world": {"vpc/securityGroupIngressRule in -from-v": "ipProtocol fromPort toPort"},
    "sg-narrow-egress": {
        "ec2/instance": "vpcSecurityGroupIds[]",
        "rds/instance": "vpcSecurityGroupIds[]",
        "ec2transitgateway/instanceConnectEndpoint": "securityGroupIds[]",
        "vpc/securityGroupEgressRule": "securityGroupId referencedSecurityGroupId cidrIpv4 cidrIpv6 ipProtocol "
        "fromPort toPort",
    },
    "sg-described": {
        "ec2/securityGroup": "description",
        "vpc/securityGroupIngressRule": "description",
        "vpc/securityGroupEgressRule": "description",
    },
    # identity and keys
    "iam-named-resources": {
        "iam/rolePolicy": " ".join(
            statement(sid, "Resource[]") for sid in ("KeepBackups", "KeyThroughS3", "ListBackups", "Streams")
        )
    },
    "iam-key-through-s3": {"iam/rolePolicy": statement("KeyThroughS3", "Condition.StringEquals.kms:ViaService")},
    "iam-own-role": {"iam/rolePolicy": "role"},
    "iam-narrow-trust": {
        "iam/role": "assumeRolePolicy:Statement[].Action assumeRolePolicy:Statement[].Principal.Service "
        "assumeRolePolicy:Statement[].Condition.StringEquals.aws:SourceAccount"
    },
    "kms-rotation": {"kms/key": "enableKeyRotation rotationPeriodInDays"},
    "kms-slow-deletion": {"kms/key": "deletionWindowInDays"},
    "kms-own-account": {
        "kms/key": f"{statement('Account', 'Principal.AWS')} "
        + statement("Logs", "Principal.Service", "Condition.ArnLike.kms:EncryptionContext:aws:logs:arn")
    },
    "logs-kept": {"cloudwatch/logGroup": "retentionInDays"},
    "logs-encrypted": {"cloudwatch/logGroup": "kmsKeyId"},
    # cost and order
    "tagged": {"*": TAGS},
    "cost-machine-types": {"ec2/instance": "instanceType"},
    "cost-no-credit": {"ec2/instance": "creditSpecification.cpuCredits"},
    "cost-database-types": {"rds/instance": "instanceClass"},
    "cost-database-disk": {"rds/instance": "storageType"},
    "cost-no-extended-support": {"rds/instance": "engineLifecycleSupport"},
    "cost-budget": {"budgets/budget": BUDGET},
}
