"""What the stack says becomes a whole Footprint, or the old one stays."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from tests.ops.cloud.test_host_keys import block, key

from infra.footprint import Footprint
from infra.problems import FootprintError
from ops.cloud import account as account_module
from ops.cloud import footprint, host_keys
from ops.environment import Environment
from ops.errors import OperationError
from tests.ops.cloud import outputs

PEM = (
    "-----BEGIN CERTIFICATE-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo\n"
    "-----END CERTIFICATE-----\n"
)


def machine(address: str, environment: str = "aws-dev") -> str:
    """A running instance with that private address. Returns its id."""
    ec2 = boto3.client("ec2", "eu-central-1")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.20.0.0/24")["Subnet"]["SubnetId"]
    made = ec2.run_instances(
        ImageId="ami-0123456789abcdef0",
        MinCount=1,
        MaxCount=1,
        SubnetId=subnet,
        PrivateIpAddress=address,
        TagSpecifications=[
            {"ResourceType": "instance", "Tags": [{"Key": "environment", "Value": environment}]},
        ],
    )
    return str(made["Instances"][0]["InstanceId"])


@pytest.fixture
def stated() -> dict[str, Any]:
    """The stack's output as the real program registers it."""
    return outputs.of("aws-dev")


@pytest.fixture(autouse=True)
def _console(monkeypatch: pytest.MonkeyPatch) -> None:
    """Consoles that show a key of their own each: moto's shows none."""
    monkeypatch.setattr(host_keys, "console", lambda _ec2, instance: block(key(int(instance[-2:], 16))))


def silent(_text: str) -> None:
    """Nobody looks at the progress."""


@pytest.mark.usefixtures("account")
def test_what_is_written_is_a_footprint(dev: Environment, stated: dict[str, Any]) -> None:
    instance = machine(stated["hosts"][0]["address"])
    path = footprint.write(dev, stated, silent)
    assert path == dev.directory / "footprint.json"
    found = Footprint.load(path)
    assert list(found.hosts[0].ssh.host_keys) == [key(int(instance[-2:], 16))]
    assert found.producer == "pulumi"
    assert found.generated_at is not None
    assert dev.footprint == path, "every other verb reads it"


@pytest.mark.usefixtures("account")
def test_a_managed_database_gets_its_ca(dev: Environment, stated: dict[str, Any]) -> None:
    machine(stated["hosts"][0]["address"])
    asked: list[tuple[str, str]] = []

    def ca(_environment: Environment, address: str, region: str) -> str:
        asked.append((address, region))
        return PEM

    stated["database"] = outputs.of("aws-prod")["database"]
    stated["hosts"][0]["groups"] = ["proxy", "service"]
    stated["hosts"][0]["volumes"] = []
    document = json.loads(footprint.write(dev, stated, silent, ca).read_text())
    assert document["database"]["ca_pem"] == PEM
    assert document["database"]["port"] == 5432
    assert isinstance(document["database"]["port"], int), "Pulumi's wire has floats only, and 5432.0 is no port"
    assert asked == [(stated["database"]["address"], "eu-central-1")]


@pytest.mark.usefixtures("account")
def test_what_would_be_no_footprint_leaves_the_old_one(dev: Environment, stated: dict[str, Any]) -> None:
    machine(stated["hosts"][0]["address"])
    path = footprint.write(dev, stated, silent)
    before = path.read_bytes()
    stated["network"]["private_cidrs"] = ["10.99.0.0/16"]
    with pytest.raises(FootprintError, match="private_cidrs"):
        footprint.write(dev, stated, silent)
    assert path.read_bytes() == before


@pytest.mark.usefixtures("account")
def test_a_machine_that_is_not_there_is_named(dev: Environment, stated: dict[str, Any]) -> None:
    address = stated["hosts"][0]["address"]
    machine(address, environment="aws-prod")
    with pytest.raises(OperationError, match=rf"solo \({address}\) is not there") as caught:
        footprint.write(dev, stated, silent)
    assert "pulumi up --refresh" in caught.value.fix, "another environment's machine with that address is not ours"


@pytest.mark.usefixtures("account")
def test_a_stopped_machine_is_to_be_started(dev: Environment, stated: dict[str, Any]) -> None:
    instance = machine(stated["hosts"][0]["address"])
    boto3.client("ec2", "eu-central-1").stop_instances(InstanceIds=[instance])
    with pytest.raises(OperationError, match="is stopped") as caught:
        footprint.write(dev, stated, silent)
    assert f"aws ec2 start-instances --instance-ids {instance}" in caught.value.fix


@pytest.mark.usefixtures("account")
def test_a_machine_made_anew_at_the_old_address_is_the_living_one(
    dev: Environment, stated: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = account_module.client(dev, "ec2")
    monkeypatch.setattr(account_module, "client", lambda _environment, _service: client)
    address = stated["hosts"][0]["address"]
    both = [
        {"InstanceId": f"i-{state}", "PrivateIpAddress": address, "State": {"Name": state}}
        for state in ("running", "shutting-down", "terminated")
    ]
    with Stubber(client) as stub:
        stub.add_response("describe_instances", {"Reservations": [{"Instances": both}]})
        assert footprint.instances(dev, stated["hosts"]) == {"solo": "i-running"}, "AWS shows the dead for an hour"


def test_another_environments_stack_is_refused(dev: Environment, stated: dict[str, Any]) -> None:
    with pytest.raises(OperationError, match="is of 'aws-prod'"):
        footprint.write(dev, stated | {"environment": "aws-prod"}, silent)
