"""The managed database that exists once aws-prod is made: the RDS list of what users test for."""

from __future__ import annotations

from tests.infra.aws import emulated
from tests.infra.aws.emulated import Thing

STACK = "aws-prod"


def database() -> Thing:
    (one,) = emulated.of(emulated.exists().databases, STACK)
    return one


def key_arn() -> str:
    (key,) = emulated.of(emulated.exists().keys, STACK)
    return str(key["Arn"])


def test_dev_pays_for_no_managed_database() -> None:
    assert [emulated.tags(one)["environment"] for one in emulated.exists().databases] == [STACK]


def test_it_is_private() -> None:
    one = database()
    assert one["PubliclyAccessible"] is False
    private = {
        each["SubnetId"]: each["AvailabilityZone"]
        for each in emulated.of(emulated.exists().ec2["subnets"], STACK)
        if "-private-" in emulated.tags(each)["Name"]
    }
    assert {each["SubnetIdentifier"] for each in one["DBSubnetGroup"]["Subnets"]} == set(private)
    assert len(set(private.values())) == 2, "the stand-in lies in another zone"
    assert one["DBSubnetGroup"]["VpcId"] == emulated.of(emulated.exists().ec2["vpcs"], STACK)[0]["VpcId"]


def test_it_is_encrypted_with_the_key_of_its_environment() -> None:
    one = database()
    assert one["StorageEncrypted"] is True
    assert one["KmsKeyId"] == key_arn(), "AWS's own key can't be taken away from anybody"


def test_nobody_knows_the_masters_password() -> None:
    secret = database()["MasterUserSecret"]
    assert secret["KmsKeyId"] == key_arn()
    assert secret["SecretArn"].split(":")[2] == "secretsmanager", "RDS makes it, keeps it there and rotates it weekly"
    footprint = emulated.exists().made[STACK].outputs["footprint"]["database"]
    assert footprint["admin"]["secret"] == f"aws-sm:{secret['SecretArn']}", "Ansible finds it by this name"
    assert footprint["address"] == database()["Endpoint"]["Address"]


def test_it_survives_mistakes_and_a_zone() -> None:
    one = database()
    assert one["DeletionProtection"] is True
    assert one["MultiAZ"] is True
    assert one["BackupRetentionPeriod"] >= 7, "a mistake on a Friday is found on Monday"
    assert one["CopyTagsToSnapshot"] is True, "a snapshot without an owner is never deleted"


def test_only_tls_and_scram_come_in() -> None:
    (group,) = database()["DBParameterGroups"]
    parameters = emulated.exists().parameters[group["DBParameterGroupName"]]
    values = {(name, each["ParameterValue"]) for name, each in parameters.items()}
    assert ("rds.force_ssl", "1") in values
    assert ("ssl_min_protocol_version", "TLSv1.2") in values
    assert ("password_encryption", "scram-sha-256") in values
    assert ("rds.accepted_password_auth_method", "scram") in values, "an MD5 hash is a password to whoever has it"
    assert database()["CACertificateIdentifier"] == "rds-ca-rsa2048-g1", "the one before it has expired"
    assert database()["IAMDatabaseAuthenticationEnabled"] is True


def test_it_is_watched_and_stays_current() -> None:
    one = database()
    assert one["AutoMinorVersionUpgrade"] is True
    assert one["EngineVersion"].split(".")[0] == "17", "as on the hosts"
    assert set(one["EnabledCloudwatchLogsExports"]) == {"postgresql", "upgrade"}
    names = {group["logGroupName"] for group in emulated.exists().log_groups}
    for log in one["EnabledCloudwatchLogsExports"]:
        group = f"/aws/rds/instance/{one['DBInstanceIdentifier']}/{log}"
        assert group in names, "RDS would make it, with no key and no end"
    assert one["MonitoringInterval"] == 60
    (role,) = [each for each in emulated.exists().roles if each["Arn"] == one["MonitoringRoleArn"]]
    trust = role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
    assert trust == {"Service": "monitoring.rds.amazonaws.com"}


def test_backups_and_upgrades_keep_out_of_each_others_way() -> None:
    one = database()
    assert (one["PreferredBackupWindow"], one["PreferredMaintenanceWindow"]) == ("02:00-03:00", "sun:03:30-sun:04:30")


def test_performance_insights_was_asked_for_with_the_key() -> None:
    """moto keeps nothing of it, so this is what the program says; the call was checked against botocore's model."""
    (asked,) = [one for one in emulated.exists().made[STACK].resources if one.type == "aws:rds/instance:Instance"]
    assert asked.inputs["performanceInsightsEnabled"] is True
    assert asked.inputs["performanceInsightsKmsKeyId"] == key_arn()
