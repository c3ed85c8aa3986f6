"""Who reaches what in an environment of AWS, as its security groups have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from infra.settings import Settings
from ops.cloud import ways
from ops.cloud.aws import account
from ops.cloud.ways import Way
from ops.environment import Environment

Thing = dict[str, Any]


def tags(thing: Thing) -> dict[str, str]:
    """The tags of a resource, whichever way its service names them."""
    found: list[dict[str, str]] = next((thing[name] for name in ("Tags", "TagList") if name in thing), [])
    return {tag["Key"]: tag["Value"] for tag in found}


def of(things: list[Thing], environment: str) -> list[Thing]:
    """Those with the environment's tag."""
    return [thing for thing in things if tags(thing).get("environment") == environment]


def ports(rule: Thing) -> int | str:
    """What a rule opens: a port, a range, or all."""
    first, last = rule["FromPort"], rule["ToPort"]
    if rule["IpProtocol"] == "-1":
        return "all"
    return int(first) if first == last else f"{first}-{last}"


@dataclass(frozen=True)
class Described:
    """What EC2 and RDS answer to describe_*. Of all environments in the account; `environment` picks its own by tag."""

    environment: str
    machines: list[Thing]
    groups: list[Thing]
    rules: list[Thing]
    databases: list[Thing]

    def of(self, egress: bool) -> list[Thing]:
        """The environment's rules of one direction."""
        mine = {one["GroupId"] for one in of(self.groups, self.environment)}
        return [one for one in self.rules if one["GroupId"] in mine and one["IsEgress"] is egress]

    @property
    def members(self) -> dict[str, set[str]]:
        """Who is in each security group: hosts by their interfaces, the database as RDS says, the tunnel by its tag."""
        found: dict[str, set[str]] = {}
        for machine in of(self.machines, self.environment):
            name = tags(machine)["Name"].removeprefix(f"{self.environment}-")
            for interface in machine["NetworkInterfaces"]:
                for group in interface["Groups"]:
                    found.setdefault(group["GroupId"], set()).add(name)
        for database in self.databases:
            if tags(database).get("environment") == self.environment:
                for group in database["VpcSecurityGroups"]:
                    found.setdefault(group["VpcSecurityGroupId"], set()).add("database")
        named = f"{self.environment}-tunnel"
        return found | {one["GroupId"]: {"tunnel"} for one in self.groups if tags(one).get("Name") == named}

    def ways(self, egress: bool = False) -> set[Way]:
        """All that the rules of one direction open. A group that nobody is in leads nowhere."""
        members, found = self.members, set()
        for rule in self.of(egress):
            other = rule.get("ReferencedGroupInfo", {}).get("GroupId") or rule.get("PrefixListId", "")
            network = rule.get("CidrIpv4") or rule.get("CidrIpv6")
            peers = {network} if network else members.get(other, {other})
            for owner in members.get(rule["GroupId"], set()):
                for peer in peers:
                    source, to = (owner, peer) if egress else (peer, owner)
                    found.add(Way(source, to, rule["IpProtocol"], ports(rule)))
        return found


def there(environment: Environment) -> set[Way]:
    """What is open in the account. Raises OperationError."""
    ec2, rds = account.client(environment, "ec2"), account.client(environment, "rds")
    with account.asking():
        return Described(
            environment.name,
            [one for each in ec2.describe_instances()["Reservations"] for one in each["Instances"]],
            ec2.describe_security_groups()["SecurityGroups"],
            ec2.describe_security_group_rules()["SecurityGroupRules"],
            rds.describe_db_instances()["DBInstances"],
        ).ways()


def declared(settings: Settings) -> set[Way]:
    """What stacks/exposure.yml says of the hosts that these settings ask for."""
    return ways.declared(settings)
