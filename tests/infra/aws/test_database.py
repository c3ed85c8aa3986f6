"""The managed database, as aws-prod registers it, and a dev stack that asks for one."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from infra import sizes
from infra.aws import database
from infra.problems import SettingsError
from infra.settings import Settings
from rehearsal.program import Made, Resource
from tests.infra.aws import plans

PROXY = [{"name": "solo", "groups": ["proxy", "service"]}]


def dev(**settings: Any) -> Made:
    return plans.changed("aws-dev", database="managed", hosts=PROXY, **settings)[1]


def instance(made: Made) -> Resource:
    (found,) = [one for one in plans.of(made, "Instance") if one.type.startswith("aws:rds/")]
    return found


@pytest.fixture(scope="module")
def prod() -> dict[str, Any]:
    return instance(plans.stack("aws-prod")).inputs


def test_a_database_on_a_host_needs_none_of_it() -> None:
    assert [one.name for one in plans.stack("aws-dev").resources if one.type.startswith("aws:rds/")] == []


def test_nobody_outside_reaches_it(prod: dict[str, Any]) -> None:
    made = plans.stack("aws-prod")
    assert prod["publiclyAccessible"] is False
    (group,) = plans.of(made, "SubnetGroup")
    private = [one for one in group.inputs["subnetIds"] if "-private-" in one]
    assert private == group.inputs["subnetIds"], "a public subnet has a route to the internet"
    assert len(private) == 2, "multi-AZ needs two zones"
    assert len(prod["vpcSecurityGroupIds"]) == 1
    assert "database" in prod["vpcSecurityGroupIds"][0], "the table's group for it, and not the VPC's default"


def test_all_that_it_stores_is_under_the_environments_key(prod: dict[str, Any]) -> None:
    assert prod["storageEncrypted"] is True
    for key in ("kmsKeyId", "masterUserSecretKmsKeyId", "performanceInsightsKmsKeyId"):
        assert prod[key].endswith(":aws-prod-data"), f"{key}: with AWS's key whoever may read the service reads it all"
    assert prod["performanceInsightsEnabled"] is True
    assert prod["performanceInsightsRetentionPeriod"] == 7, "more days are billed"


def test_connections_are_tls_with_scram() -> None:
    (group,) = plans.of(plans.stack("aws-prod"), "ParameterGroup")
    values = {one["name"]: one["value"] for one in group.inputs["parameters"]}
    tls = {"rds.force_ssl": "1", "ssl_min_protocol_version": "TLSv1.2"}
    assert tls.items() <= values.items(), "passwords and rows would cross the network in clear"
    scram = {"password_encryption": "scram-sha-256", "rds.accepted_password_auth_method": "scram"}
    assert scram.items() <= values.items(), "an md5 verifier is as good as the password"
    logged = {"log_connections": "1", "log_disconnections": "1", "log_lock_waits": "1"}
    assert logged.items() <= values.items(), "who came in, for when it matters"
    assert "log_statement" not in values, "CREATE ROLE ... PASSWORD would stand in the log"
    assert {one["applyMethod"] for one in group.inputs["parameters"]} == {"pending-reboot"}, (
        "RDS refuses `immediate` for static ones, and with it the second `pulumi up` changes something"
    )
    assert group.inputs["family"] == "postgres17"


def test_it_is_a_postgresql_that_is_kept_up_to_date(prod: dict[str, Any]) -> None:
    assert (prod["engine"], prod["engineVersion"]) == ("postgres", "17"), "a minor version would be a diff in a month"
    assert prod["autoMinorVersionUpgrade"] is True
    assert prod["caCertIdentifier"] == "rds-ca-rsa2048-g1", "rds-ca-2019 has expired"
    assert prod["engineLifecycleSupport"].endswith("-disabled"), "extended support is a bill that comes by itself"


def test_nobody_knows_the_admins_password(prod: dict[str, Any]) -> None:
    assert prod["manageMasterUserPassword"] is True, "RDS makes it, keeps it and rotates it"
    assert "password" not in prod, "Pulumi's state would hold it"
    assert prod["iamDatabaseAuthenticationEnabled"] is True


def test_prod_can_be_put_back_to_any_second_of_a_month(prod: dict[str, Any]) -> None:
    assert prod["backupRetentionPeriod"] == 30
    assert prod["deleteAutomatedBackups"] is False, "they would go with the database"
    assert prod["deletionProtection"] is True
    assert instance(plans.stack("aws-prod")).options.get("protect"), "Pulumi would ask RDS, and only then be refused"
    assert prod["skipFinalSnapshot"] is False
    assert prod["copyTagsToSnapshot"] is True, "a snapshot without an owner is a cost that nobody finds"


def test_prod_survives_a_zone_and_shows_its_machine(prod: dict[str, Any]) -> None:
    made = plans.stack("aws-prod")
    assert prod["multiAz"] is True
    assert prod["monitoringInterval"] == 60
    (role,) = [one for one in plans.of(made, "Role") if one.name == "aws-prod-database-monitoring"]
    assert prod["monitoringRoleArn"].endswith(f":{role.name}")
    assert "monitoring.rds.amazonaws.com" in role.inputs["assumeRolePolicy"]
    (policy,) = [one for one in plans.of(made, "RolePolicy") if one.name == role.name]
    actions = [action for one in json.loads(policy.inputs["policy"])["Statement"] for action in one["Action"]]
    assert "logs:PutLogEvents" in actions, "RDS refuses a role that can't"


def test_its_logs_are_kept_under_the_key_for_a_set_time(prod: dict[str, Any]) -> None:
    groups = {
        one.inputs["name"]: one.inputs
        for one in plans.of(plans.stack("aws-prod"), "LogGroup")
        if one.inputs.get("name", "").startswith("/aws/rds/")
    }
    wanted = {f"/aws/rds/instance/{prod['identifier']}/{log}" for log in prod["enabledCloudwatchLogsExports"]}
    assert set(groups) == wanted, "RDS would make a group of its own: kept for ever, and with no key of ours"
    assert prod["enabledCloudwatchLogsExports"] == ["postgresql", "upgrade"]
    for inputs in groups.values():
        assert inputs["kmsKeyId"].endswith(":aws-prod-data")
        assert inputs["retentionInDays"] == 365


def test_no_name_is_held_back_from_the_next_database() -> None:
    made = plans.stack("aws-prod")
    (group,) = plans.of(made, "SubnetGroup")
    assert not {"name", "namePrefix"} & set(group.inputs), "its random suffix is what the rest takes its name from"
    inputs = instance(made).inputs
    assert inputs["identifier"] == inputs["dbSubnetGroupName"]
    assert inputs["finalSnapshotIdentifier"] == f"{inputs['identifier']}-final", "the next `down` needs another one"


def test_dev_is_the_same_but_for_what_costs() -> None:
    first, prod = instance(dev()), instance(plans.stack("aws-prod")).inputs
    inputs = first.inputs
    assert inputs["backupRetentionPeriod"] == 7, "the least that CHECKS allow"
    assert (inputs["multiAz"], inputs["monitoringInterval"]) == (False, 0)
    assert "monitoringRoleArn" not in inputs
    assert first.options.get("protect")
    assert inputs["deletionProtection"] is True
    for key in (
        "storageEncrypted",
        "publiclyAccessible",
        "manageMasterUserPassword",
        "caCertIdentifier",
        "storageType",
    ):
        assert inputs[key] == prod[key], f"{key} costs nothing"


def test_data_that_may_be_thrown_away_is_not_kept_in_a_snapshot() -> None:
    found = instance(dev(deletion_protection=False))
    assert "protect" not in found.options
    assert found.inputs["deletionProtection"] is False
    assert found.inputs["skipFinalSnapshot"] is True


@pytest.mark.parametrize("size", sizes.AWS)
def test_each_size_is_one_that_rds_has(size: str) -> None:
    inputs = instance(dev(size=size, budget={"monthly_usd": 900, "emails": ["a@b.example"]})).inputs
    assert inputs["storageType"] == "gp3"
    assert inputs["allocatedStorage"] >= database.LEAST_GIB, "RDS refuses a smaller gp3 volume"
    assert inputs["maxAllocatedStorage"] >= inputs["allocatedStorage"] * 1.26, "RDS wants room to grow, and has a bound"
    family = inputs["instanceClass"].split(".")[1]
    assert family in {"t4g", "m6g"}, "a class that PostgreSQL 17, gp3 and Performance Insights have (see its table)"


@pytest.mark.parametrize("name", ["aws--dev", "aws-dev-", "sg-dev", "sthree-dev", "amzn-s3-demo-dev"])
def test_a_name_that_aws_would_refuse_half_way_is_refused_first(name: str) -> None:
    document = yaml.safe_load((plans.ROOT / "stacks" / "Pulumi.aws-dev.yaml").read_text())
    with pytest.raises(SettingsError) as caught:
        Settings.of(name, document["config"], f"Pulumi.{name}.yaml")
    (problem,) = caught.value.problems
    assert name in problem.found
    assert "rename the file" in problem.fix
