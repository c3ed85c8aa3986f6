"""A host's machine is the living one of its environment that has its address."""

from __future__ import annotations

import boto3
import pytest
from botocore.stub import Stubber

from ops.cloud.aws import account, instances
from ops.environment import Environment
from ops.errors import OperationError
from tests.ops.cloud.aws.made import machine

ADDRESS = "10.20.0.10"
HOSTS = [{"name": "solo", "address": ADDRESS}]
pytestmark = pytest.mark.usefixtures("account")


def test_each_host_has_its_own(dev: Environment) -> None:
    other, ours = machine("10.20.0.11"), machine(ADDRESS)
    assert instances.running(dev, [*HOSTS, {"name": "app2", "address": "10.20.0.11"}]) == {"solo": ours, "app2": other}


def test_a_machine_that_is_not_there_is_named(dev: Environment) -> None:
    machine(ADDRESS, environment="aws-prod")
    with pytest.raises(OperationError, match=rf"solo \({ADDRESS}\) is not there") as caught:
        instances.running(dev, HOSTS)
    assert "pulumi up --refresh" in caught.value.fix, "another environment's machine with that address is not ours"


def test_a_stopped_machine_is_to_be_started(dev: Environment) -> None:
    instance = machine(ADDRESS)
    boto3.client("ec2", "eu-central-1").stop_instances(InstanceIds=[instance])
    with pytest.raises(OperationError, match="is stopped") as caught:
        instances.running(dev, HOSTS)
    assert f"aws ec2 start-instances --instance-ids {instance}" in caught.value.fix


def test_a_machine_made_anew_at_the_old_address_is_the_living_one(
    dev: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = account.client(dev, "ec2")
    monkeypatch.setattr(account, "client", lambda _environment, _service: client)
    both = [
        {"InstanceId": f"i-{state}", "PrivateIpAddress": ADDRESS, "State": {"Name": state}}
        for state in ("running", "shutting-down", "terminated")
    ]
    with Stubber(client) as stub:
        stub.add_response("describe_instances", {"Reservations": [{"Instances": both}]})
        assert instances.running(dev, HOSTS) == {"solo": "i-running"}, "AWS shows the dead for an hour"
