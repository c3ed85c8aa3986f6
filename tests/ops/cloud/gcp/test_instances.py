"""A host's machine is the living one of its environment that has its address."""

from __future__ import annotations

import pytest

from ops.cloud.gcp import instances
from ops.environment import Environment
from ops.errors import OperationError
from tests.ops.cloud.gcp.cloud import Cloud
from tests.ops.cloud.gcp.made import PROJECT, machine, path

ADDRESS = "10.20.0.10"
HOSTS = [{"name": "solo", "address": ADDRESS}]


@pytest.mark.parametrize("status", instances.RUNNING)
def test_each_host_has_its_own(dev: Environment, cloud: Cloud, status: str) -> None:
    ours, other = machine(ADDRESS, status=status), machine("10.20.0.11", "app2")
    cloud.holds("instances", [other, ours])
    found = instances.running(dev, [*HOSTS, {"name": "app2", "address": "10.20.0.11"}])
    assert found == {"solo": path(ours), "app2": path(other)}
    assert found["solo"] == f"projects/{PROJECT}/zones/us-central1-b/instances/gcp-dev-solo-1a2b3c4"


def test_a_machine_that_is_not_there_is_named(dev: Environment, cloud: Cloud) -> None:
    cloud.holds("instances", [machine(ADDRESS, environment="gcp-prod")])
    with pytest.raises(OperationError, match=rf"solo \({ADDRESS}\) is not there") as caught:
        instances.running(dev, HOSTS)
    assert "pulumi up --refresh" in caught.value.fix, "another environment's machine with that address is not ours"


@pytest.mark.parametrize(
    ("status", "verb"),
    [("TERMINATED", "start"), ("STOPPING", "start"), ("SUSPENDED", "resume"), ("REPAIRING", "start")],
)
def test_a_stopped_machine_is_to_be_started(dev: Environment, cloud: Cloud, status: str, verb: str) -> None:
    cloud.holds("instances", [machine(ADDRESS, status=status)])
    with pytest.raises(OperationError, match=f"is {status.lower()}") as caught:
        instances.running(dev, HOSTS)
    command = f"gcloud compute instances {verb} gcp-dev-solo-1a2b3c4 --project {PROJECT} --zone us-central1-b, then: "
    assert caught.value.fix == f"{command}make up ENV=gcp-dev"


def test_a_machine_made_anew_at_the_old_address_is_the_living_one(dev: Environment, cloud: Cloud) -> None:
    living, dying = machine(ADDRESS, "solo"), machine(ADDRESS, "old", status="STOPPING")
    for both in ([living, dying], [dying, living]):
        cloud.holds("instances", both)
        assert instances.running(dev, HOSTS) == {"solo": path(living)}


def test_no_address_at_all_is_no_host(dev: Environment, cloud: Cloud) -> None:
    cloud.holds("instances", [machine(ADDRESS, networkInterfaces=[])])
    with pytest.raises(OperationError, match="is not there"):
        instances.running(dev, HOSTS)
