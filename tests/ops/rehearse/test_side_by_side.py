"""A rehearsal, the local environment and the tests' own stand on one machine at once: nothing of theirs may overlap."""

from __future__ import annotations

import ipaddress
import itertools

import yaml

from infra.settings import Settings
from ops.environment import ROOT
from ops.rehearse.planes import BUCKETS_PORT
from rehearsal.planes import hosts

STACKS = sorted((ROOT / "stacks").glob("Pulumi.*.yaml"))
LOCAL = yaml.safe_load((ROOT / "stacks/local/rehearsal.yml").read_text())


def test_no_stacks_network_is_the_local_environments() -> None:
    local = ipaddress.ip_network(LOCAL["subnet4"])
    assert STACKS
    for stack in STACKS:
        assert not ipaddress.ip_network(Settings.load(stack).cidr).overlaps(local), stack


def test_each_rehearsal_has_a_bridge_of_its_own() -> None:
    names = [stack.stem.removeprefix("Pulumi.") + "-rehearsed" for stack in STACKS]
    bridges = [hosts.described(name, "10.0.0.0/16", "fd00::/56", (), ())["bridge"] for name in names]
    assert all(one != other for one, other in itertools.combinations([*bridges, LOCAL["bridge"]], 2))


def test_the_buckets_port_is_none_that_the_table_opens() -> None:
    """It is on this machine's address in the network, where nothing of the table is; a reader shall not have to ask."""
    assert BUCKETS_PORT not in {line["port"] for line in yaml.safe_load((ROOT / "stacks/exposure.yml").read_text())}
