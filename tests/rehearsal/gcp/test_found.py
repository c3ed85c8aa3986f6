"""What has to run here is what the project has: machines with their disks and login, the database, who gets in."""

from __future__ import annotations

import copy
import ipaddress
from dataclasses import replace

import pytest

from infra import sizes
from ops.errors import OperationError
from rehearsal.gcp import found
from tests.rehearsal.gcp import projects

CONTROLLER = "serviceAccount:controller@example-shoestring.iam.gserviceaccount.com"


def test_a_machine_has_its_disk_and_lets_in_the_login_key_alone() -> None:
    here, made = projects.standing("gcp-dev")
    stated = made.outputs["footprint"]
    (machine,) = found.machines(here, stated)
    (host,) = stated["hosts"]
    assert (machine.name, machine.address, list(machine.groups)) == ("solo", host["address"], host["groups"])
    assert machine.login_key == projects.LOGIN
    (disk,) = machine.disks
    assert disk.device == "/dev/disk/by-id/google-database"
    assert disk.gib == sizes.GCP["small"].data_gib
    assert machine.identity == host["ssh"]["via"]["tunnel"]["target"]


def test_the_bridge_s_ipv6_is_private_and_each_host_s_is_its_own() -> None:
    here, made = projects.standing("gcp-prod")
    machines = found.machines(here, made.outputs["footprint"])
    whole = ipaddress.IPv6Network(found.subnet6("gcp-prod"))
    assert whole.is_private
    assert len({machine.address6 for machine in machines}) == len(machines) == 2
    assert all(ipaddress.IPv6Address(machine.address6) in whole for machine in machines)


def test_a_machine_that_is_gone_is_named() -> None:
    here, made = projects.standing("gcp-dev")
    stated = copy.deepcopy(made.outputs["footprint"])
    stated["hosts"][0]["address"] = "10.20.9.9"
    with pytest.raises(OperationError, match=r"instance of solo \(10\.20\.9\.9\) is not in the emulated project"):
        found.machines(here, stated)


def test_a_managed_database_has_the_password_that_secret_manager_keeps_and_the_flags_of_its_instance() -> None:
    here, made = projects.standing("gcp-prod")
    (database,) = found.databases(here, made.outputs["footprint"], "10.20.0.99")
    (password,) = here.of("random:index/randomPassword:RandomPassword")
    assert database.password == password.outputs["result"]
    assert (database.version, database.name, database.user, database.port) == ("17", "shoestring", "shoestring", 5432)
    assert database.parameters["log_connections"] == "on"
    assert not any(name.startswith("cloudsql") for name in database.parameters), "no parameter of a PostgreSQL"
    assert database.password not in repr(database)


def test_only_hosts_that_a_rule_lets_go_there_reach_the_database() -> None:
    here, made = projects.standing("gcp-prod")
    stated = made.outputs["footprint"]
    (database,) = found.databases(here, stated, "10.20.0.99")
    services = [host["address"] for host in stated["hosts"] if "service" in host["groups"]]
    assert sorted(database.allowed) == sorted(services)


def test_a_host_s_database_is_no_managed_one() -> None:
    here, made = projects.standing("gcp-dev")
    assert found.databases(here, made.outputs["footprint"], "10.20.0.99") == ()


def test_the_database_s_host_gets_into_the_backups_and_the_controller_into_the_models() -> None:
    here, made = projects.standing("gcp-dev")
    stated = made.outputs["footprint"]
    buckets = {one.name: one for one in found.buckets(here, stated, CONTROLLER)}
    email = found.account(here, stated["hosts"][0]["address"])
    backups, artifacts = (buckets[stated["buckets"][purpose]["name"]] for purpose in ("backups", "artifacts"))
    assert dict(backups.roles) == {"roles/storage.objectUser": [f"serviceAccount:{email}"]}
    assert dict(artifacts.roles) == {"roles/storage.objectUser": [CONTROLLER]}
    assert backups.settings["versioning"] == {"enabled": True}
    assert backups.settings["softDeletePolicy"]["retentionDurationSeconds"] == str(7 * 86400)


def test_a_disk_that_is_not_attached_is_named() -> None:
    here, made = projects.standing("gcp-dev")
    (one,) = here.of("gcp:compute/instance:Instance")
    stated = made.outputs["footprint"]
    loose = replace(one, id="projects/example-shoestring/zones/us-central1-b/instances/other")
    with pytest.raises(OperationError, match="solo's volume for database is not attached"):
        list(found._disks(here, stated, loose, stated["hosts"][0]))
