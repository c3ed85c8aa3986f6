"""Who comes in where in a rehearsed cloud with a managed database: by its account, by the table, and really."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from infra import exposure
from infra.footprint import Footprint
from ops.cloud.aws.ways import Described
from ops.cloud.ways import Way
from rehearsal.planes.hosts import MANAGED
from tests.hosts import managed
from tests.hosts.cloud import Cloud
from tests.hosts.scanning import CONTROLLER, scan


def ways(cloud: Cloud) -> set[Way]:
    """What the account's security groups open, by plain describe_*."""
    ec2 = cloud.aws("ec2")
    return Described(
        cloud.environment.name,
        [one for each in ec2.describe_instances()["Reservations"] for one in each["Instances"]],
        ec2.describe_security_groups()["SecurityGroups"],
        ec2.describe_security_group_rules()["SecurityGroupRules"],
        cloud.aws("rds").describe_db_instances()["DBInstances"],
    ).ways()


def seen(cloud: Cloud, source: str, target: str, address: str) -> set[int]:
    """What is open. The database's host is silent, so each of its closed ports takes a second; hosts refuse at once."""
    if target != MANAGED:
        return scan(cloud, source, address)
    ports = managed.listening(cloud)
    assert {22, 5432, 8080} <= ports
    return set().union(*(scan(cloud, source, address, (port, port)) for port in ports))


def listed(cloud: Cloud, target: str, source: str, address: str) -> set[int]:
    """What is to be open to `source`, which comes from `address`."""
    one = ip_address(address)
    if target == MANAGED:  # an RDS instance has an address of IPv4 only; this machine comes in as AWS's own people do
        group = {int(way.port) for way in ways(cloud) if (way.to, way.source) == ("database", source)}
        return (group | ({22} if source == CONTROLLER else set())) if one.version == 4 else set()
    rules = exposure.ingress(exposure.load(), Footprint.load(cloud.environment.footprint))[target]
    return {
        rule["port"]
        for rule in rules
        if rule["protocol"] == "tcp" and any(one in ip_network(each) for each in [*rule["v4"], *rule["v6"]])
    }
