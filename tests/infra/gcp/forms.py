"""What Google's services take, where its API descriptions (discovery.py) hold no enumeration and no pattern.

Each row has its source, the page that says so, or the property whose description in those documents does, and a value
that is refused.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any

DOCS = "https://cloud.google.com"
DAY = 24 * 60 * 60
GIB_64_TIB = 65_536


@dataclass(frozen=True)
class Form:
    """`holds` says whether a value is one; `bad` is one that is not."""

    holds: Callable[[Any], bool]
    bad: Any
    source: str


def like(pattern: str, bad: str, source: str) -> Form:
    return Form(lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None, bad, source)


def within(least: float, most: float, source: str) -> Form:
    return Form(lambda value: isinstance(value, int | float) and least <= value <= most, most + 1, source)


def one_of(values: Container[Any], source: str) -> Form:
    return Form(lambda value: value in values, "canary", source)


def seconds(least: int, most: int, source: str) -> Form:
    """A protobuf duration: 86400s."""

    def holds(value: Any) -> bool:
        found = re.fullmatch(r"(\d+)s", str(value))
        return found is not None and least <= int(found[1]) <= most

    return Form(holds, f"{most + 1}s", source)


def _v4(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(ipaddress.IPv4Network(value)) == value
    except ValueError:
        return False


def _tier(value: Any) -> bool:
    found = re.fullmatch(r"db-custom-(\d+)-(\d+)", str(value))
    if found is None:
        return value in ("db-f1-micro", "db-g1-small")
    cpus, mib = int(found[1]), int(found[2])
    whole = (cpus == 1 or cpus % 2 == 0) and mib % 256 == 0
    return whole and 1 <= cpus <= 96 and mib >= 3840 and 0.9 * 1024 * cpus <= mib <= 6.5 * 1024 * cpus


def _port(value: Any) -> bool:
    ends = [int(each) for each in str(value).split("-") if each.isdigit()]
    return len(ends) == str(value).count("-") + 1 <= 2 and all(0 <= each <= 65535 for each in ends)


DESCRIPTION = like(r"(?s).{0,2048}", "x" * 2049, f"{DOCS}/compute/docs/reference/rest/v1/firewalls")
REGION = like(r"[a-z]+-[a-z]+\d{1,2}", "us-central", f"{DOCS}/compute/docs/regions-zones")
ZONE = like(r"[a-z]+-[a-z]+\d{1,2}-[a-z]", "us-central1", f"{DOCS}/compute/docs/regions-zones")
V4 = Form(_v4, "10.0.0.1/8", f"{DOCS}/vpc/docs/subnets")
PROTOCOLS = ("tcp", "udp", "icmp", "esp", "ah", "ipip", "sctp", "all")
PROTOCOL = one_of(PROTOCOLS, "compute.v1 Firewall.allowed.IPProtocol, and `all` in Terraform")
ABANDONED = one_of(("ABANDON", "DELETE"), "https://www.pulumi.com/registry/packages/gcp/api-docs/sql/user")
DISK = one_of(("pd-standard", "pd-balanced", "pd-ssd"), f"{DOCS}/compute/docs/disks")
DISK_SIZE = within(10, GIB_64_TIB, f"{DOCS}/compute/docs/disks")
PROJECT = r"[a-z][a-z0-9-]{4,28}[a-z0-9]"
PROJECTS = f"{DOCS}/resource-manager/docs/creating-managing-projects"
ROLE = like(r"roles/[a-z]+\.[a-zA-Z]+", "roles/editor", f"{DOCS}/iam/docs/roles-overview")
MEMBER = like(
    r"(serviceAccount|group):[^@\s]+@[a-z0-9.-]+\.[a-z]+", "eve@example.com", f"{DOCS}/iam/docs/principal-identifiers"
)
SQL_FLAGS = f"{DOCS}/sql/docs/postgres/flags"
BACKUPS = f"{DOCS}/sql/docs/postgres/backup-recovery/backups"
FLAG_NAMES = {
    "cloudsql.enable_pgaudit", "log_connections", "log_disconnections", "log_error_verbosity", "log_lock_waits",
    "log_min_duration_statement", "log_min_error_statement", "log_min_messages", "password_encryption",
}  # fmt: skip
FLAG_VALUES = {"on", "off", "default", "error", "warning", "scram-sha-256", "1000"}
SQL_NAME = like(r"[a-z_][a-z0-9_]{0,62}", "Shoestring", "https://www.postgresql.org/docs/17/sql-syntax-lexical.html")

WRITTEN: dict[tuple[str, str], Form] = {
    ("billing/budget", "amount.specifiedAmount.currencyCode"): one_of(("USD",), "ISO 4217, and the plan's own"),
    ("billing/budget", "amount.specifiedAmount.units"): like(r"\d{1,18}", "1.5", "billingbudgets.v1 Money.units"),
    ("billing/budget", "billingAccount"): like(
        r"[0-9A-F]{6}(-[0-9A-F]{6}){2}", "billingAccounts/x", f"{DOCS}/billing/docs/how-to/find-billing-account-id"
    ),
    ("billing/budget", "budgetFilter.projects[]"): like(
        f"projects/{PROJECT}", "acme", "billingbudgets.v1 Filter.projects"
    ),
    ("billing/budget", "displayName"): like(r".{1,60}", "x" * 61, "billingbudgets.v1 Budget.displayName"),
    ("billing/budget", "thresholdRules[].thresholdPercent"): within(0, 10, "billingbudgets.v1 ThresholdRule"),
    ("compute/address", "region"): REGION,
    ("compute/attachedDisk", "deviceName"): like(
        r"[a-zA-Z0-9_-]{1,63}", "a disk", f"{DOCS}/compute/docs/disks/disk-symlinks"
    ),
    ("compute/disk", "size"): DISK_SIZE,
    ("compute/disk", "type"): DISK,
    ("compute/disk", "zone"): ZONE,
    ("compute/firewall", "allows[].ports[]"): Form(_port, "65536", "compute.v1 Firewall.allowed.ports"),
    ("compute/firewall", "allows[].protocol"): PROTOCOL,
    ("compute/firewall", "denies[].protocol"): PROTOCOL,
    ("compute/firewall", "description"): DESCRIPTION,
    ("compute/firewall", "destinationRanges[]"): V4,
    ("compute/firewall", "priority"): within(0, 65535, "compute.v1 Firewall.priority"),
    ("compute/firewall", "sourceRanges[]"): V4,
    ("compute/forwardingRule", "loadBalancingScheme"): one_of(
        ("",), f"{DOCS}/vpc/docs/configure-private-service-connect-services: none for an endpoint"
    ),
    ("compute/forwardingRule", "region"): REGION,
    ("compute/instance", "bootDisk.initializeParams.image"): like(
        rf"projects/{PROJECT}/global/images/[a-z]([-a-z0-9]{{0,61}}[a-z0-9])?", "debian-13",
        f"{DOCS}/compute/docs/images",
    ),
    ("compute/instance", "bootDisk.initializeParams.size"): DISK_SIZE,
    ("compute/instance", "bootDisk.initializeParams.type"): DISK,
    ("compute/instance", "machineType"): like(
        r"[a-z]\d[a-z]{0,2}-[a-z]+(-\d+)?", "e2.small", f"{DOCS}/compute/docs/machine-resource"
    ),
    ("compute/instance", "serviceAccount.scopes[]"): like(
        r"https://www\.googleapis\.com/auth/[a-z._-]+", "storage", f"{DOCS}/compute/docs/access/service-accounts"
    ),
    ("compute/instance", "zone"): ZONE,
    ("compute/network", "description"): DESCRIPTION,
    ("compute/router", "region"): REGION,
    ("compute/routerNat", "region"): REGION,
    ("compute/subnetwork", "description"): DESCRIPTION,
    ("compute/subnetwork", "ipCidrRange"): V4,
    ("compute/subnetwork", "logConfig.flowSampling"): within(0, 1, "compute.v1 SubnetworkLogConfig.flowSampling"),
    ("compute/subnetwork", "region"): REGION,
    ("dns/managedZone", "description"): like(r"(?s).{0,1024}", "x" * 1025, "dns.v1 ManagedZone.description"),
    ("dns/managedZone", "dnsName"): like(
        r"(?=.{1,254}$)([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)+", "acme.dev", f"{DOCS}/dns/docs/records-overview"
    ),
    ("dns/recordSet", "managedZone"): like(
        r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", "Z0", "dns.v1 ManagedZone.name"
    ),
    ("dns/recordSet", "name"): like(
        r"(?=.{1,254}$)([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)+", "acme.dev", f"{DOCS}/dns/docs/records-overview"
    ),
    ("dns/recordSet", "ttl"): within(0, 2**31 - 1, "RFC 2181, section 8"),
    ("dns/recordSet", "type"): one_of(("A", "AAAA", "CNAME", "TXT"), f"{DOCS}/dns/docs/records-overview"),
    ("index/randomPassword", "length"): within(
        1, 4096, "https://www.pulumi.com/registry/packages/random/api-docs/randompassword"
    ),
    ("kms/cryptoKey", "destroyScheduledDuration"): seconds(DAY, 120 * DAY, f"{DOCS}/kms/docs/destroy-restore"),
    ("kms/cryptoKey", "keyRing"): like(
        rf"projects/{PROJECT}/locations/[a-z0-9-]+/keyRings/[a-zA-Z0-9_-]{{1,63}}", "shoestring",
        "cloudkms.v1 KeyRing.name",
    ),
    ("kms/cryptoKey", "rotationPeriod"): seconds(DAY, 876_000 * 3600, "cloudkms.v1 CryptoKey.rotationPeriod"),
    ("kms/cryptoKeyIAMMember", "member"): MEMBER,
    ("kms/cryptoKeyIAMMember", "role"): ROLE,
    ("monitoring/notificationChannel", "displayName"): like(
        r".{1,512}", "x" * 513, "monitoring.v3 NotificationChannel.displayName"
    ),
    ("monitoring/notificationChannel", "labels.email_address"): like(
        r"[^@\s]+@[^@\s]+\.[a-z]+", "ops", f"{DOCS}/monitoring/support/notification-options"
    ),
    ("monitoring/notificationChannel", "type"): one_of(("email",), f"{DOCS}/monitoring/support/notification-options"),
    ("projects/serviceIdentity", "service"): like(
        r"[a-z]+\.googleapis\.com", "sqladmin", "serviceusage.v1 Service.name"
    ),
    ("sql/database", "deletionPolicy"): ABANDONED,
    ("sql/user", "deletionPolicy"): ABANDONED,
    ("secretmanager/secret", "replication.userManaged.replicas[].location"): REGION,
    ("secretmanager/secret", "secretId"): like(
        r"[a-zA-Z0-9_-]{1,255}", "a.b", "secretmanager.v1 projects.secrets.create: secretId"
    ),
    ("serviceaccount/account", "accountId"): like(
        r"(?=.{6,30}$)[a-z]([-a-z0-9]*[a-z0-9])", "short", "iam.v1 CreateServiceAccountRequest.accountId"
    ),
    ("serviceaccount/account", "displayName"): like(r".{0,100}", "x" * 101, "iam.v1 ServiceAccount.displayName"),
    ("sql/database", "name"): SQL_NAME,
    ("sql/user", "name"): SQL_NAME,
    ("sql/databaseInstance", "region"): REGION,
    ("sql/databaseInstance", "settings.backupConfiguration.backupRetentionSettings.retainedBackups"): within(
        1, 365, BACKUPS
    ),
    ("sql/databaseInstance", "settings.backupConfiguration.location"): REGION,
    ("sql/databaseInstance", "settings.backupConfiguration.startTime"): like(
        r"([01]\d|2[0-3]):[0-5]\d", "24:00", "sqladmin.v1 BackupConfiguration.startTime"
    ),
    ("sql/databaseInstance", "settings.backupConfiguration.transactionLogRetentionDays"): within(
        1, 7, "sqladmin.v1 BackupConfiguration.transactionLogRetentionDays"
    ),
    ("sql/databaseInstance", "settings.databaseFlags[].name"): one_of(FLAG_NAMES, SQL_FLAGS),
    ("sql/databaseInstance", "settings.databaseFlags[].value"): one_of(FLAG_VALUES, SQL_FLAGS),
    ("sql/databaseInstance", "settings.diskAutoresizeLimit"): within(
        0, GIB_64_TIB, f"{DOCS}/sql/docs/postgres/instance-settings"
    ),
    ("sql/databaseInstance", "settings.diskSize"): within(
        10, GIB_64_TIB, f"{DOCS}/sql/docs/postgres/instance-settings"
    ),
    ("sql/databaseInstance", "settings.ipConfiguration.pscConfigs[].allowedConsumerProjects[]"): like(
        PROJECT, "Acme", PROJECTS
    ),
    ("sql/databaseInstance", "settings.maintenanceWindow.day"): within(1, 7, "sqladmin.v1 MaintenanceWindow.day"),
    ("sql/databaseInstance", "settings.maintenanceWindow.hour"): within(0, 23, "sqladmin.v1 MaintenanceWindow.hour"),
    ("sql/databaseInstance", "settings.tier"): Form(
        _tier, "db-custom-3-4096", f"{DOCS}/sql/docs/postgres/create-instance: one or an even number of processors"
    ),
    ("storage/bucket", "lifecycleRules[].action.type"): one_of(
        ("Delete", "SetStorageClass", "AbortIncompleteMultipartUpload"), "storage.v1 Bucket.lifecycle.rule.action.type"
    ),
    ("storage/bucket", "lifecycleRules[].condition.age"): within(0, 2**31 - 1, f"{DOCS}/storage/docs/lifecycle"),
    ("storage/bucket", "lifecycleRules[].condition.daysSinceNoncurrentTime"): within(
        0, 2**31 - 1, f"{DOCS}/storage/docs/lifecycle"
    ),
    ("storage/bucket", "lifecycleRules[].condition.withState"): one_of(
        ("LIVE", "ARCHIVED", "ANY"), "https://www.pulumi.com/registry/packages/gcp/api-docs/storage/bucket"
    ),
    ("storage/bucket", "location"): like(r"[A-Z]+-[A-Z]+\d{1,2}", "us", f"{DOCS}/storage/docs/locations"),
    ("storage/bucket", "logging.logObjectPrefix"): like(r".{0,900}", "x" * 901, f"{DOCS}/storage/docs/access-logs"),
    ("storage/bucket", "publicAccessPrevention"): one_of(
        ("enforced", "inherited"), f"{DOCS}/storage/docs/public-access-prevention"
    ),
    ("storage/bucket", "softDeletePolicy.retentionDurationSeconds"): Form(
        lambda value: value == 0 or 7 * DAY <= value <= 90 * DAY, DAY, f"{DOCS}/storage/docs/soft-delete"
    ),
    ("storage/bucketIAMMember", "member"): MEMBER,
    ("storage/bucketIAMMember", "role"): ROLE,
}  # fmt: skip
LABEL_KEY = like(r"[a-z][a-z0-9_-]{0,62}", "Owner", f"{DOCS}/resource-manager/docs/labels-overview")
LABEL_VALUE = like(r"[a-z0-9_-]{0,63}", "ops@acme", f"{DOCS}/resource-manager/docs/labels-overview")
MOST_LABELS = 64
MOST_ACCOUNTS = 10
"""Of the sources or targets of a firewall rule: cloud.google.com/firewall/docs/firewalls."""
MOST_METADATA = 262_144
"""Bytes of one value: cloud.google.com/compute/docs/metadata/setting-custom-metadata."""
# Names of types that are no part of Compute Engine. Google takes no bucket whose name begins or is like its own.
NAMES = {
    "kms/cryptoKey": like(r"[a-zA-Z0-9_-]{1,63}", "a.b", "cloudkms.v1 cryptoKeys.create: cryptoKeyId"),
    "sql/databaseInstance": like(
        r"[a-z]([a-z0-9-]{0,65}[a-z0-9])?", "1x", f"{DOCS}/sql/docs/postgres/instance-settings: 98 with its project's"
    ),
    "storage/bucket": like(
        r"(?!goog)(?!.*(google|g00gle))(?=.{3,63}$)[a-z0-9]([a-z0-9_-]*[a-z0-9])?",
        "google-backups",
        f"{DOCS}/storage/docs/buckets#naming",
    ),
}
