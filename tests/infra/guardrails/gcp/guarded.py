"""Which of Google's rules fails when a leaf of a resource's inputs is taken away, as in ../guarded.py."""

from __future__ import annotations

from tests.infra.guardrails.guarded import Table

NAMES = ("name", "environment", "tier", "owner", "managed-by")


def labels(*where: str) -> str:
    return " ".join(f"{place}.{name}" for place in where for name in NAMES)


def flags(*names: str) -> str:
    return " ".join(f"settings.databaseFlags[{name}].{part}" for name in names for part in ("name", "value"))


GUARDED: Table = {
    # storage
    "gcs-no-public-access": {"storage/bucket": "publicAccessPrevention"},
    "gcs-uniform": {"storage/bucket": "uniformBucketLevelAccess"},
    "gcs-own-key": {"storage/bucket": "encryption.defaultKmsKeyName"},
    "gcs-versioned": {"storage/bucket": "versioning.enabled"},
    "gcs-lifecycle": {
        "storage/bucket": "lifecycleRules[].action.type lifecycleRules[].condition.withState "
        "lifecycleRules[].condition.daysSinceNoncurrentTime lifecycleRules[].condition.age"
    },
    "gcs-kept": {"storage/bucket": "softDeletePolicy.retentionDurationSeconds"},
    "gcs-access-logs": {"storage/bucket": "logging.logBucket"},
    "gcs-not-emptied": {"storage/bucket": "forceDestroy"},
    "gcs-named-members": {"storage/bucketIAMMember": "bucket role member"},
    # machines
    "gce-metadata": {
        "compute/instance": "metadata.serial-port-enable metadata.enable-oslogin metadata.block-project-ssh-keys "
        "metadata.enable-guest-attributes"
    },
    "gce-shielded": {
        "compute/instance": "shieldedInstanceConfig.enableVtpm shieldedInstanceConfig.enableSecureBoot "
        "shieldedInstanceConfig.enableIntegrityMonitoring"
    },
    "gce-encrypted-disks": {"compute/instance": "bootDisk.kmsKeySelfLink"},
    "disk-encrypted": {"compute/disk": "diskEncryptionKey.kmsKeySelfLink"},
    "gce-own-account": {"compute/instance": "serviceAccount.email serviceAccount.scopes[]"},
    "gce-first-boot": {"compute/instance": "metadata.startup-script"},
    "gce-no-forwarding": {"compute/instance": "canIpForward"},
    "gce-not-deleted": {"compute/instance": "deletionProtection"},
    "gce-public-only-if-it-serves": {
        "compute/instance": "networkInterfaces[].subnetwork networkInterfaces[].accessConfigs[].natIp"
    },
    # database
    "sql-private": {
        "sql/databaseInstance": "settings.ipConfiguration.ipv4Enabled "
        "settings.ipConfiguration.pscConfigs[].pscEnabled "
        "settings.ipConfiguration.pscConfigs[].allowedConsumerProjects[]"
    },
    "sql-endpoint": {"compute/forwardingRule": "target ipAddress"},
    "sql-encrypted": {"sql/databaseInstance": "encryptionKeyName"},
    "sql-tls": {"sql/databaseInstance": "settings.ipConfiguration.sslMode"},
    "sql-named-certificate": {"sql/databaseInstance": "settings.ipConfiguration.serverCaMode"},
    "sql-own-zone": {"dns/managedZone": "visibility privateVisibilityConfig.networks[].networkUrl"},
    "sql-flags": {
        "sql/databaseInstance": flags(
            "cloudsql.enable_pgaudit",
            "log_connections",
            "log_disconnections",
            "log_error_verbosity",
            "log_min_duration_statement",
            "log_min_error_statement",
            "log_min_messages",
            "password_encryption",
        )
    },
    "sql-backups": {
        "sql/databaseInstance": "settings.backupConfiguration.enabled "
        "settings.backupConfiguration.pointInTimeRecoveryEnabled "
        "settings.backupConfiguration.backupRetentionSettings.retainedBackups"
    },
    "sql-two-zones": {"sql/databaseInstance": "settings.availabilityType"},
    "sql-not-deleted": {
        "sql/databaseInstance": "deletionProtection settings.deletionProtectionEnabled settings.retainBackupsOnDelete"
    },
    "sql-secret-own-key": {
        "secretmanager/secret": "replication.userManaged.replicas[].customerManagedEncryption.kmsKeyName"
    },
    "sql-managed-password": {"sql/user": "password"},
    "sql-strong-password": {"index/randomPassword": "length"},
    # network
    "vpc-own": {"compute/network": "autoCreateSubnetworks"},
    "vpc-flow-logs": {"compute/subnetwork": "logConfig.flowSampling"},
    "vpc-private-google-access": {"compute/subnetwork": "privateIpGoogleAccess"},
    "address-serves": {
        "compute/address in database": "addressType",
        "compute/instance": "networkInterfaces[].accessConfigs[].natIp",
    },
    # openings: an account that no machine runs as has no declared rule
    "fw-declared": {
        "compute/firewall in -in-": "sourceRanges[] allows[].protocol allows[].ports[] targetServiceAccounts[] "
        "sourceServiceAccounts[]",
        "compute/firewall in -out": "direction",  # Google takes it for one that lets in
        "compute/instance": "serviceAccount.email",
    },
    "fw-never-to-the-world": {"compute/firewall in -in-443tcp": "allows[].ports[]"},
    "fw-narrow-egress": {
        "compute/firewall in -out": "destinationRanges[] allows[].protocol allows[].ports[]",
        "compute/firewall in service-out-": "targetServiceAccounts[]",
        "compute/instance": "serviceAccount.email",
    },
    "fw-closed": {
        "compute/firewall in -no-": "network direction priority denies[].protocol",
        "compute/firewall in -no-ingress": "sourceRanges[]",
        "compute/firewall in -no-egress": "destinationRanges[]",
    },
    "fw-own-accounts": {"compute/firewall": "network"},
    "fw-described": {"compute/firewall": "description"},
    # identity and keys
    "sa-of-hosts": {"compute/instance": "serviceAccount.email"},
    "kms-rotation": {"kms/cryptoKey": "rotationPeriod"},
    "kms-slow-deletion": {"kms/cryptoKey": "destroyScheduledDuration"},
    "kms-purpose": {"kms/cryptoKey": "purpose"},
    "kms-own-services": {"kms/cryptoKeyIAMMember": "role cryptoKeyId member"},
    # cost and order
    "labelled": {
        "*": labels("labels", "userLabels", "settings.userLabels", "bootDisk.initializeParams.labels"),
    },
    "cost-machine-types": {"compute/instance": "machineType"},
    "cost-database-types": {"sql/databaseInstance": "settings.tier settings.edition"},
    "cost-database-disk": {"sql/databaseInstance": "settings.diskSize settings.diskAutoresizeLimit"},
    "cost-budget": {
        "billing/budget": "amount.specifiedAmount.currencyCode amount.specifiedAmount.units "
        "budgetFilter.labels.environment budgetFilter.calendarPeriod allUpdatesRule.monitoringNotificationChannels[] "
        "thresholdRules[].spendBasis thresholdRules[].thresholdPercent",
        "monitoring/notificationChannel": "type labels.email_address",
    },
}
