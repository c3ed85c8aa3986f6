"""What the program registers on Google Cloud: the properties that users of this kind of system test for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from infra import login
from infra.gcp import exposure as firewall
from infra.gcp import shared, user_data
from infra.hosts import IAP
from infra.problems import SettingsError
from tests.infra import footprints
from tests.infra.gcp import plans

EACH = pytest.mark.parametrize("stack", plans.STACKS)
KEY = footprints.key(7)


@EACH
def test_nothing_comes_in_that_the_table_does_not_name(stack: str) -> None:
    """Two doors: SSH from Google's tunnel, and 443 of the proxy for everybody."""
    made = plans.stack(stack)
    doors = {
        (tuple(rule.inputs.get("sourceRanges", ())), rule.inputs["allows"][0]["ports"][0])
        for rule in plans.of(made, "Firewall")
        if rule.inputs["direction"] == "INGRESS" and rule.inputs.get("allows") and rule.inputs.get("sourceRanges")
    }
    assert doors == {((IAP,), "22"), (("0.0.0.0/0",), "443")}


@EACH
def test_what_no_rule_allows_is_closed_in_both_directions(stack: str) -> None:
    rules = plans.of(plans.stack(stack), "Firewall")
    closed = [rule for rule in rules if rule.inputs.get("denies") == [{"protocol": "all"}]]
    assert {rule.inputs["direction"] for rule in closed} == {"INGRESS", "EGRESS"}
    assert all(rule.inputs["priority"] < firewall.CLOSED for rule in rules if rule not in closed)


@EACH
def test_only_the_proxy_has_a_public_address_and_keeps_it(stack: str) -> None:
    made = plans.stack(stack)
    public = {
        machine.name
        for machine in plans.of(made, "Instance")
        if machine.inputs["networkInterfaces"][0].get("accessConfigs")
    }
    serving = {f"{stack}-{host.name}" for host in plans.settings(stack).hosts if "proxy" in host.groups}
    assert public == serving
    static = [one.name for one in plans.of(made, "Address") if one.inputs["addressType"] == "EXTERNAL"]
    assert set(static) == serving, "another one would change with each stop"


@EACH
def test_each_kind_of_host_has_an_account_of_its_own(stack: str) -> None:
    made = plans.stack(stack)
    accounts = {one.inputs["accountId"] for one in plans.of(made, "Account")}
    kinds = {shared.account_id(stack, host.groups) for host in plans.settings(stack).hosts}
    assert accounts == kinds
    for machine in plans.of(made, "Instance"):
        assert "compute@developer" not in str(machine.inputs["serviceAccount"]["email"]), "Google's default one"


def test_an_account_s_id_is_one_that_google_takes() -> None:
    """6 to 30 of a-z, 0-9 and -, says cloud.google.com/iam/docs/service-accounts-create."""
    long = shared.account_id("environment-with-a-long-name-x", ["proxy", "service", "database", "tracking"])
    other = shared.account_id("environment-with-a-long-name-x", ["proxy", "service", "database", "telemetry"])
    assert len(long) == len(other) == shared.LONGEST_ACCOUNT
    assert long != other, "they would be one account"


@EACH
def test_metadata_lets_nobody_in_by_the_project_s_keys(stack: str) -> None:
    for machine in plans.of(plans.stack(stack), "Instance"):
        metadata = machine.inputs["metadata"]
        assert metadata["block-project-ssh-keys"] == "TRUE"
        assert metadata["serial-port-enable"] == "FALSE"
        assert metadata["enable-guest-attributes"] == "TRUE", "host keys are read there, or the first login is blind"
        assert "ssh-keys" not in metadata, "the guest agent would put a key back that Ansible took away"
        assert login.STAND_IN in metadata["startup-script"]


def test_the_first_boot_s_script_is_one_that_a_shell_takes(tmp_path: Path) -> None:
    script = tmp_path / "startup"
    script.write_text(user_data.render(KEY))
    assert subprocess.run(["sh", "-n", script], check=False, capture_output=True).returncode == 0
    assert KEY in script.read_text()


def test_a_managed_database_is_private_and_its_door_lies_in_our_network() -> None:
    made = plans.stack("gcp-prod")
    (database,) = plans.of(made, "DatabaseInstance")
    network = database.inputs["settings"]["ipConfiguration"]
    assert network["ipv4Enabled"] is False
    assert network["sslMode"] == "ENCRYPTED_ONLY"
    assert network["pscConfigs"][0]["pscEnabled"] is True
    (door,) = plans.of(made, "ForwardingRule")
    assert door.references["target"] == [database.urn]
    (address,) = (one for one in plans.of(made, "Address") if one.inputs["addressType"] == "INTERNAL")
    assert door.references["ipAddress"] == [address.urn]
    assert plans.of(made, "Subnetwork")[0].urn in address.references["subnetwork"]


def test_a_managed_database_is_called_by_the_name_in_its_certificate() -> None:
    """Nothing verifies an address: by Google's own CAs a server has names only."""
    made = plans.stack("gcp-prod")
    (database,) = plans.of(made, "DatabaseInstance")
    assert database.inputs["settings"]["ipConfiguration"]["serverCaMode"] == "GOOGLE_MANAGED_CAS_CA"
    (zone,) = plans.of(made, "ManagedZone")
    (record,) = (one for one in plans.of(made, "RecordSet") if one.references.get("managedZone") == [zone.urn])
    assert zone.inputs["visibility"] == "private"
    assert zone.inputs["dnsName"] == record.inputs["name"]
    name = made.outputs["footprint"]["database"]["address"]
    assert f"{name}." == record.inputs["name"]
    assert name.endswith(".sql.goog")


def test_its_administrator_s_password_is_in_secret_manager_and_nowhere_else() -> None:
    made = plans.stack("gcp-prod")
    (password,) = plans.of(made, "RandomPassword")
    users = {one.name for one in made.resources for urns in one.references.values() if password.urn in urns}
    assert users == {"gcp-prod-database-admin"}
    assert made.outputs["footprint"]["database"]["admin"]["secret"].startswith("gcp-sm:")


@EACH
def test_what_google_never_gives_free_again_is_not_the_stack_s(stack: str) -> None:
    """Key rings stay for ever, identity pools for 30 days: up, down and up works on one day."""
    made = plans.stack(stack)
    assert plans.of(made, "KeyRing", "WorkloadIdentityPool", "WorkloadIdentityPoolProvider") == []
    for named in plans.of(made, "CryptoKey", "DatabaseInstance", "Bucket"):
        assert "name" not in named.inputs, "Pulumi's own name has a random end"


@EACH
def test_a_machine_s_disk_outlives_it(stack: str) -> None:
    disks = plans.of(plans.stack(stack), "Disk")
    assert len(disks) == sum("database" in host.groups for host in plans.settings(stack).hosts)
    assert all(disk.options.get("protect") is True for disk in disks)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"billing_account": None}, "billing_account"),
        ({"billing_account": "acme"}, "billing_account"),
        ({"image": "debian-13-amd64-20260914-2601"}, "debian-13-trixie"),
        ({"zone": "Z0123456789ABCDEFGHIJ"}, "managed zone"),
        ({"hosts": [{"name": "a", "groups": ["database"], "machine": "t2a-standard-1"}]}, "arm64"),
        ({"hosts": [{"name": "a", "groups": ["database"], "machine": "g2-standard-4"}]}, "machine"),
    ],
)
def test_what_google_does_not_know_is_refused(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        plans.changed("gcp-dev", **wrong)
