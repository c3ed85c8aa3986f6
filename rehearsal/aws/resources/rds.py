"""RDS: a managed PostgreSQL, the subnets that it lies in, and its parameters."""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.aws.emulation import Emulation, emulates, tags_all

MOST_PARAMETERS = 20
"""So many a call takes."""


@emulates("aws:rds/subnetGroup:SubnetGroup")
class SubnetGroup(Emulation):
    def create(self) -> str:
        name = self.physical(255)
        self.aws("rds").create_db_subnet_group(
            DBSubnetGroupName=name,
            **self.given.pick(DBSubnetGroupDescription="description", SubnetIds="subnetIds"),
            Tags=self.given.tags(),
        )
        return name

    def read(self, identity: str) -> dict[str, Any]:
        rds = self.aws("rds")
        group = rds.describe_db_subnet_groups(DBSubnetGroupName=identity)["DBSubnetGroups"][0]
        return {
            "name": group["DBSubnetGroupName"],
            "arn": group["DBSubnetGroupArn"],
            "vpcId": group["VpcId"],
            "subnetIds": [each["SubnetIdentifier"] for each in group["Subnets"]],
            **tags_all(rds.list_tags_for_resource(ResourceName=group["DBSubnetGroupArn"])["TagList"]),
        }

    def delete(self, identity: str) -> None:
        self.aws("rds").delete_db_subnet_group(DBSubnetGroupName=identity)


@emulates("aws:rds/parameterGroup:ParameterGroup")
class ParameterGroup(Emulation):
    def create(self) -> str:
        name = self.physical(255)
        self.aws("rds").create_db_parameter_group(
            DBParameterGroupName=name,
            **self.given.pick(DBParameterGroupFamily="family", Description="description"),
            Tags=self.given.tags(),
        )
        return name

    def configure(self, identity: str) -> None:
        names = {"ParameterName": "name", "ParameterValue": "value", "ApplyMethod": "applyMethod"}
        parameters = [each.pick(**names) for each in self.given.parts("parameters")]
        for first in range(0, len(parameters), MOST_PARAMETERS):
            self.aws("rds").modify_db_parameter_group(
                DBParameterGroupName=identity, Parameters=parameters[first : first + MOST_PARAMETERS]
            )

    def read(self, identity: str) -> dict[str, Any]:
        rds = self.aws("rds")
        group = rds.describe_db_parameter_groups(DBParameterGroupName=identity)["DBParameterGroups"][0]
        return {
            "name": group["DBParameterGroupName"],
            "arn": group["DBParameterGroupArn"],
            "family": group["DBParameterGroupFamily"],
            **tags_all(rds.list_tags_for_resource(ResourceName=group["DBParameterGroupArn"])["TagList"]),
        }

    def delete(self, identity: str) -> None:
        self.aws("rds").delete_db_parameter_group(DBParameterGroupName=identity)


@emulates("aws:rds/instance:Instance")
class Instance(Emulation):
    unsent: ClassVar = {
        "skipFinalSnapshot": "a call takes it when the database is deleted",
        "finalSnapshotIdentifier": "a call takes it when the database is deleted",
        "deleteAutomatedBackups": "a call takes it when the database is deleted",
        "applyImmediately": "says when a change is made, and a rehearsal knows none",
    }
    NOT_KEPT: ClassVar = "moto keeps no such property of databases"
    recorded: ClassVar = {
        "engineLifecycleSupport": NOT_KEPT,
        "performanceInsightsEnabled": NOT_KEPT,
        "performanceInsightsKmsKeyId": NOT_KEPT,
        "performanceInsightsRetentionPeriod": NOT_KEPT,
    }
    PARAMETERS: ClassVar = {
        "AllocatedStorage": "allocatedStorage",
        "MaxAllocatedStorage": "maxAllocatedStorage",
        "Iops": "iops",
        "StorageThroughput": "storageThroughput",
        "Port": "port",
        "BackupRetentionPeriod": "backupRetentionPeriod",
        "PerformanceInsightsRetentionPeriod": "performanceInsightsRetentionPeriod",
        "MonitoringInterval": "monitoringInterval",
        "DBName": "dbName",
        "DBInstanceClass": "instanceClass",
        "Engine": "engine",
        "EngineVersion": "engineVersion",
        "EngineLifecycleSupport": "engineLifecycleSupport",
        "AutoMinorVersionUpgrade": "autoMinorVersionUpgrade",
        "StorageType": "storageType",
        "StorageEncrypted": "storageEncrypted",
        "KmsKeyId": "kmsKeyId",
        "MasterUsername": "username",
        "ManageMasterUserPassword": "manageMasterUserPassword",
        "MasterUserSecretKmsKeyId": "masterUserSecretKmsKeyId",
        "EnableIAMDatabaseAuthentication": "iamDatabaseAuthenticationEnabled",
        "DBSubnetGroupName": "dbSubnetGroupName",
        "VpcSecurityGroupIds": "vpcSecurityGroupIds",
        "PubliclyAccessible": "publiclyAccessible",
        "AvailabilityZone": "availabilityZone",
        "MultiAZ": "multiAz",
        "DBParameterGroupName": "parameterGroupName",
        "CACertificateIdentifier": "caCertIdentifier",
        "PreferredBackupWindow": "backupWindow",
        "PreferredMaintenanceWindow": "maintenanceWindow",
        "CopyTagsToSnapshot": "copyTagsToSnapshot",
        "DeletionProtection": "deletionProtection",
        "EnableCloudwatchLogsExports": "enabledCloudwatchLogsExports",
        "EnablePerformanceInsights": "performanceInsightsEnabled",
        "PerformanceInsightsKMSKeyId": "performanceInsightsKmsKeyId",
        "MonitoringRoleArn": "monitoringRoleArn",
    }

    def create(self) -> str:
        name = str(self.given.get("identifier") or self.physical(63))
        self.aws("rds").create_db_instance(
            DBInstanceIdentifier=name,
            **self.given.pick(**self.PARAMETERS),
            Tags=self.given.tags(),
        )
        return name

    def read(self, identity: str) -> dict[str, Any]:
        database = self._database(identity)
        secret = database.get("MasterUserSecret")
        return {
            "identifier": database["DBInstanceIdentifier"],
            "arn": database["DBInstanceArn"],
            "address": database["Endpoint"]["Address"],
            "port": database["Endpoint"]["Port"],
            "endpoint": f"{database['Endpoint']['Address']}:{database['Endpoint']['Port']}",
            "status": database["DBInstanceStatus"],
            "engineVersionActual": database["EngineVersion"],
            "resourceId": database["DbiResourceId"],
            "masterUserSecrets": [_secret(secret)] if secret else [],
            **tags_all(database.get("TagList")),
        }

    def unprotect(self, identity: str) -> None:
        if self._database(identity)["DeletionProtection"]:
            self.aws("rds").modify_db_instance(DBInstanceIdentifier=identity, DeletionProtection=False)

    def delete(self, identity: str) -> None:
        skip = bool(self.given.get("skipFinalSnapshot", False))
        last = {} if skip else self.given.pick(FinalDBSnapshotIdentifier="finalSnapshotIdentifier")
        self.aws("rds").delete_db_instance(
            DBInstanceIdentifier=identity,
            SkipFinalSnapshot=skip,
            **last,
            **self.given.pick(DeleteAutomatedBackups="deleteAutomatedBackups"),
        )

    def _database(self, identity: str) -> dict[str, Any]:
        found = self.aws("rds").describe_db_instances(DBInstanceIdentifier=identity)
        database: dict[str, Any] = found["DBInstances"][0]
        return database


def _secret(secret: dict[str, Any]) -> dict[str, Any]:
    return {
        "secretArn": secret["SecretArn"],
        "secretStatus": secret["SecretStatus"],
        "kmsKeyId": secret.get("KmsKeyId", ""),
    }
