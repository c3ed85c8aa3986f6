"""Who reaches what in an environment of Google Cloud, as its VPC's firewall rules have it.

Rules of a network only count there, and only while they are on. Of two that speak of the same, the lower number wins,
and a denial at equal numbers; Google's own end of the list lets nothing in, and everything out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.settings import Settings
from ops.cloud import ways
from ops.cloud.gcp import account, api, firewall
from ops.cloud.gcp.firewall import ALL, Rule
from ops.cloud.ways import DATABASE, Way
from ops.environment import Environment

Thing = Mapping[str, Any]
DATABASE_PORT = 5432
# cloud.google.com/firewall/docs/firewalls: what each network ends in, though no list shows it.
IMPLIED = {
    "direction": "EGRESS",
    "priority": 65535,
    "allowed": [{"IPProtocol": ALL}],
    "destinationRanges": ["0.0.0.0/0"],
}


@dataclass(frozen=True)
class Described:
    """What Google answers of a project: its instances, firewall rules and internal addresses, of all environments.

    `environment` picks its own: instances and addresses by label, rules by the network that these are in.
    """

    environment: str
    machines: Sequence[Thing]
    rules: Sequence[Thing]
    addresses: Sequence[Thing]

    @property
    def networks(self) -> set[str]:
        ours = [one for one in self.machines if self._is_ours(one)]
        return {_path(each["network"]) for one in ours for each in one["networkInterfaces"]}

    @property
    def members(self) -> list[firewall.Member]:
        """All machines in the environment's network, whoever made them."""
        networks = self.networks
        return [
            firewall.Member(
                name=self._name(one),
                addresses=frozenset(str(each["networkIP"]) for each in inside if "networkIP" in each),
                accounts=frozenset(str(each["email"]) for each in one.get("serviceAccounts", ())),
                tags=frozenset(one.get("tags", {}).get("items", ())),
            )
            for one in self.machines
            if (inside := [each for each in one["networkInterfaces"] if _path(each["network"]) in networks])
        ]

    def ways(self) -> set[Way]:
        """All that is open: to hosts, and to the managed database, which is an address that hosts may go out to."""
        return self._open("INGRESS") | {
            Way(one.source, DATABASE, one.protocol, one.port)
            for address in self._database()
            for one in self._open("EGRESS", address)
        }

    def _open(self, direction: str, to: str | None = None) -> set[Way]:
        """What the rules of one direction open. `to`: only what reaches the database's port at this address."""
        rules = [one for one in self.rules if one["direction"] == direction and self._counts(one)]
        members, implied = self.members, [IMPLIED] if direction == "EGRESS" else []
        ours = [Rule.of(one, members) for one in [*rules, *implied]]
        return firewall.opened(ours, None if to is None else (to, DATABASE_PORT))

    def _counts(self, rule: Thing) -> bool:
        return not rule.get("disabled", False) and _path(rule["network"]) in self.networks

    def _database(self) -> list[str]:
        named = f"{self.environment}-{DATABASE}"
        ours = [one for one in self.addresses if self._is_ours(one) and one.get("addressType") == "INTERNAL"]
        return [str(one["address"]) for one in ours if one["labels"].get("name") == named]

    def _is_ours(self, thing: Thing) -> bool:
        return bool(thing.get("labels", {}).get("environment") == self.environment)

    def _name(self, machine: Thing) -> str:
        if not self._is_ours(machine):
            return str(machine["name"])
        return str(machine["labels"]["name"]).removeprefix(f"{self.environment}-")


def _path(link: str) -> str:
    """A network by any of its URLs, without the API's address and version."""
    return "projects/" + link.partition("projects/")[2]


def _all(pages: Iterable[Thing], collection: str) -> list[Thing]:
    """What is in the zones or regions of an aggregated list."""
    return [one for page in pages for scope in page.get("items", {}).values() for one in scope.get(collection, ())]


def there(environment: Environment) -> set[Way]:
    """What is open in the project. Raises OperationError."""
    compute, project = account.client(environment, "compute"), account.settings(environment).project
    with account.asking():
        return Described(
            environment.name,
            _all(api.aggregated(compute.instances(), project=project), "instances"),
            [one for page in api.pages(compute.firewalls(), project=project) for one in page.get("items", ())],
            _all(api.aggregated(compute.addresses(), project=project), "addresses"),
        ).ways()


def declared(settings: Settings) -> set[Way]:
    """What stacks/exposure.yml says of the hosts that these settings ask for, by IPv4: there is no other here."""
    return ways.declared(settings, versions=(4,))
