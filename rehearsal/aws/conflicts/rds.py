"""RDS: hardly any name or limit of its calls is in botocore's model."""

from __future__ import annotations

import re

from rehearsal.aws import patterns
from rehearsal.aws.conflicts.rule import Breaks, Parameters, none_of, outside, stated, together, unlike, without

IDENTIFIER = r"(?=.{1,63}$)[a-zA-Z](?:-?[a-zA-Z0-9])*"
LONG_IDENTIFIER = r"(?=.{1,255}$)[a-zA-Z](?:-?[a-zA-Z0-9])*"
SUBNET_GROUP = r"(?!default$)[a-zA-Z][a-zA-Z0-9._ -]{0,254}"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY, WEEK, LEAST = 24 * 60, 7 * 24 * 60, 30  # minutes
TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"
DAY_AND_TIME = rf"(?:{'|'.join(DAYS)}):{TIME}"
WINDOWS = {
    "PreferredBackupWindow": f"{TIME}-{TIME}",
    "PreferredMaintenanceWindow": f"(?i){DAY_AND_TIME}-{DAY_AND_TIME}",
}
INSIGHTS_DAYS = (7, *(31 * months for months in range(1, 24)), 731)


def _window(text: str) -> tuple[int, int]:
    """Begin and length of a window in minutes; the begin counts from Monday if a day is named, else from midnight."""
    ends = [
        (DAYS.index(day) * DAY if day else 0) + int(hours) * 60 + int(minutes)
        for day, hours, minutes in re.findall(r"(?:([a-z]{3}):)?(\d\d):(\d\d)", text.lower())
    ]
    begin, end = ends
    return begin, (end - begin) % (WEEK if text[0].isalpha() else DAY)


def _readable(call: Parameters, *names: str) -> bool:
    """These windows are given, in the form that they must have; another rule is about the form."""
    return all(name in call and patterns.matches(WINDOWS[name], call[name]) for name in names)


def _short(name: str) -> Breaks:
    return lambda call: _readable(call, name) and _window(call[name])[1] < LEAST


def _collide(call: Parameters) -> bool:
    """The daily backup and the weekly maintenance share a minute."""
    if not _readable(call, *WINDOWS):
        return False
    backup, lasts = _window(call["PreferredBackupWindow"])
    maintenance, takes = _window(call["PreferredMaintenanceWindow"])
    busy = {(maintenance + minute) % DAY for minute in range(takes)}
    return any((backup + minute) % DAY in busy for minute in range(lasts))


def _unmonitored(call: Parameters) -> bool:
    return bool(call.get("MonitoringInterval", 0)) is not ("MonitoringRoleArn" in call)


_create = stated("rds", "CreateDBInstanceMessage")
_delete = stated("rds", "DeleteDBInstanceMessage")

TABLE = {
    "CreateDBInstance": [
        _create("DBInstanceIdentifier", f"does not match {IDENTIFIER}", unlike("DBInstanceIdentifier", IDENTIFIER)),
        _create("DBName", "is no word of 1 to 63 characters", unlike("DBName", r"[a-zA-Z][a-zA-Z0-9_]{0,62}")),
        _create(
            "MasterUsername",
            "is no word of 1 to 16 characters",
            unlike("MasterUsername", r"[a-zA-Z][a-zA-Z0-9_]{0,15}"),
        ),
        _create(
            "ManageMasterUserPassword",
            "excludes MasterUserPassword",
            together("ManageMasterUserPassword", "MasterUserPassword"),
        ),
        _create(
            "MasterUserSecretKmsKeyId",
            "needs ManageMasterUserPassword",
            without("MasterUserSecretKmsKeyId", "ManageMasterUserPassword"),
        ),
        _create("KmsKeyId", "needs StorageEncrypted", without("KmsKeyId", "StorageEncrypted")),
        _create("BackupRetentionPeriod", "is not within 0 to 35", outside("BackupRetentionPeriod", 0, 35)),
        _create("AllocatedStorage", "is not within 20 to 65536", outside("AllocatedStorage", 20, 65536)),
        *(_create(name, f"does not match {pattern}", unlike(name, pattern)) for name, pattern in WINDOWS.items()),
        *(_create(name, f"is shorter than {LEAST} minutes", _short(name)) for name in WINDOWS),
        _create("PreferredMaintenanceWindow", "meets PreferredBackupWindow", _collide),
        _create(
            "AvailabilityZone",
            "excludes MultiAZ",
            lambda call: "AvailabilityZone" in call and bool(call.get("MultiAZ")),
        ),
        _create(
            "MonitoringInterval",
            "is none of 0, 1, 5, 10, 15, 30, 60",
            none_of("MonitoringInterval", 0, 1, 5, 10, 15, 30, 60),
        ),
        _create("MonitoringRoleArn", "goes with a MonitoringInterval that is not 0, and no other", _unmonitored),
        _create(
            "PerformanceInsightsRetentionPeriod",
            "is neither 7 nor 731 nor so many months of 31 days",
            none_of("PerformanceInsightsRetentionPeriod", *INSIGHTS_DAYS),
        ),
    ],
    "DeleteDBInstance": [
        _delete(
            "FinalDBSnapshotIdentifier",
            "goes without SkipFinalSnapshot, and must then be given",
            lambda call: bool(call.get("SkipFinalSnapshot")) is ("FinalDBSnapshotIdentifier" in call),
        ),
        _delete(
            "FinalDBSnapshotIdentifier",
            f"does not match {LONG_IDENTIFIER}",
            unlike("FinalDBSnapshotIdentifier", LONG_IDENTIFIER),
        ),
    ],
    "CreateDBParameterGroup": [
        stated("rds", "CreateDBParameterGroupMessage")(
            "DBParameterGroupName",
            f"does not match {LONG_IDENTIFIER}",
            unlike("DBParameterGroupName", LONG_IDENTIFIER),
        )
    ],
    "CreateDBSubnetGroup": [
        stated("rds", "CreateDBSubnetGroupMessage")(
            "DBSubnetGroupName", f"does not match {SUBNET_GROUP}", unlike("DBSubnetGroupName", SUBNET_GROUP)
        )
    ],
}
