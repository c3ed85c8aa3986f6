"""Buckets and databases on Google Cloud that somebody made worse."""

from __future__ import annotations

from typing import Any

from infra.guardrails.gcp import tokens
from tests.infra.guardrails.spoilt import Added, Case, Removed, Spoilt

DEV, PROD = "gcp-dev", "gcp-prod"


def bucket(at: str, to: Any, rules: str, says: str, stack: str = DEV, which: str = "backups", **made: str) -> Spoilt:
    return Spoilt(stack, f"storage/bucket {which}", at, to, rules, says, made)


def database(at: str, to: Any, rules: str, says: str, **made: str) -> Spoilt:
    return Spoilt(PROD, "sql/databaseInstance database", at, to, rules, says, made)


STORAGE: dict[str, Case] = {
    "a bucket that may be made public": bucket(
        "publicAccessPrevention", "inherited", "gcs-no-public-access", "enforced"
    ),
    "access lists on objects": bucket("uniformBucketLevelAccess", False, "gcs-uniform", "false"),
    "Google's key on a bucket": bucket("encryption", {}, "gcs-own-key", "own KMS key", encryption=""),
    "no old versions": bucket("versioning/enabled", False, "gcs-versioned", "false"),
    "old versions of a week": bucket(
        "lifecycleRules/0/condition/daysSinceNoncurrentTime", 7, "gcs-lifecycle", "30 to 365"
    ),
    "objects in use that expire": bucket(
        "lifecycleRules/-", {"action": {"type": "Delete"}, "condition": {"age": 3}}, "gcs-lifecycle", "in use"
    ),
    "deleted for good at once": bucket("softDeletePolicy/retentionDurationSeconds", 0, "gcs-kept", "0 days"),
    "backups deleted for good in a week": bucket(
        "softDeletePolicy/retentionDurationSeconds", 604800, "gcs-kept", "21 or more", stack=PROD
    ),
    "no access logs in prod": bucket("logging", {}, "gcs-access-logs", "who read it", stack=PROD, logging=""),
    "emptied on deletion": bucket("forceDestroy", True, "gcs-not-emptied", "forceDestroy"),
    "no bucket for backups": Removed(DEV, "storage/bucket backups", "gcs-backups gcs-named-members", "no bucket"),
    "everybody may read": Added(
        DEV,
        tokens.BUCKET_MEMBER,
        "x",
        {"bucket": "b", "role": "roles/storage.objectViewer", "member": "allUsers"},
        "gcs-named-members",
        "lets in allUsers",
        {"bucket": "storage/bucket artifacts"},
    ),
    "a host that may change the bucket": Spoilt(
        DEV, "storage/bucketIAMMember backups", "role", "roles/storage.admin", "gcs-named-members", "storage.admin"
    ),
}

DATABASE: dict[str, Case] = {
    "a public address": database("settings/ipConfiguration/ipv4Enabled", True, "sql-private", "public address"),
    "another project's door": database(
        "settings/ipConfiguration/pscConfigs/0/allowedConsumerProjects/-", "eve", "sql-private", "project alone"
    ),
    "networks that may come": database(
        "settings/ipConfiguration/authorizedNetworks", [{"value": "0.0.0.0/0"}], "sql-private", "from outside"
    ),
    "a door to somebody else's": Spoilt(
        PROD, "compute/forwardingRule database", "target", "x", "sql-endpoint", "leads elsewhere", {"target": ""}
    ),
    "Google's key on the database": database("encryptionKeyName", "", "sql-encrypted", "own KMS key"),
    "passwords in clear": database(
        "settings/ipConfiguration/sslMode", "ALLOW_UNENCRYPTED_AND_ENCRYPTED", "sql-tls", "ENCRYPTED_ONLY"
    ),
    "a server without a name": database(
        "settings/ipConfiguration/serverCaMode", "GOOGLE_MANAGED_INTERNAL_CA", "sql-named-certificate", "CAS_CA"
    ),
    "a zone for the world": Spoilt(
        PROD, "dns/managedZone database", "visibility", "public", "sql-own-zone", "own network"
    ),
    "connections that leave no trace": database(
        "settings/databaseFlags/1/value", "off", "sql-flags", "log_connections"
    ),
    "no audit": database("settings/databaseFlags/0/value", "off", "sql-flags", "cloudsql.enable_pgaudit"),
    "no backups": database("settings/backupConfiguration/enabled", False, "sql-backups", "backupConfiguration.enabled"),
    "no way back to a minute ago": database(
        "settings/backupConfiguration/pointInTimeRecoveryEnabled", False, "sql-backups", "pointInTimeRecovery"
    ),
    "one zone in prod": database("settings/availabilityType", "ZONAL", "sql-two-zones", "REGIONAL"),
    "Google's key on the secret": Spoilt(
        PROD, "secretmanager/secret admin", "replication", {"auto": {}}, "sql-secret-own-key", "own KMS key"
    ),
    "a password that somebody typed": Spoilt(
        PROD, "sql/user admin", "password", "canary77", "sql-managed-password", "written somewhere", {"password": ""}
    ),
    "a short password": Spoilt(PROD, "index/randomPassword admin", "length", 8, "sql-strong-password", "32 or more"),
    "a database deleted in one call": database("deletionProtection", False, "sql-not-deleted", "deletionProtection"),
}
