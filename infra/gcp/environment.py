"""A whole environment on Google Cloud, put together from its parts."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from infra import login, naming, zones
from infra.exposure import Exposure
from infra.gcp import footprint
from infra.gcp.bucket import Bucket, BucketArgs, Purpose
from infra.gcp.budget import Budget, BudgetArgs
from infra.gcp.database import Database, DatabaseArgs
from infra.gcp.dns import Records, RecordsArgs
from infra.gcp.exposure import Exposed, ExposedArgs
from infra.gcp.identity import Identity, IdentityArgs
from infra.gcp.keys import Keys, KeysArgs
from infra.gcp.network import Network, NetworkArgs
from infra.gcp.shared import kind
from infra.gcp.vm import Vm, VmArgs
from infra.settings import HostSetting
from infra.settings_clouds import Gcp


@dataclass(frozen=True)
class EnvironmentArgs:
    """`login_key`: the public key that Ansible logs in with; None is for plans only."""

    settings: Gcp
    table: list[Exposure]
    login_key: str | None


class Environment(pulumi.ComponentResource):
    """`footprint`: the Footprint as far as the cloud knows it; `records`: the DNS records that are left to make."""

    def __init__(self, name: str, args: EnvironmentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        login_key = args.login_key or login.stand_in(name, preview=pulumi.runtime.is_dry_run())
        super().__init__("shoestring:gcp:Environment", name, None, opts)
        self._name, self._settings = name, args.settings
        self._child = pulumi.ResourceOptions(parent=self)
        settings = args.settings
        self.keys = Keys(name, KeysArgs(settings), self._child)
        logs = self._bucket("logs").open_name if settings.prod else None
        self.artifacts, self.backups = self._bucket("artifacts", logs), self._bucket("backups", logs)
        self.network = Network(name, NetworkArgs(settings), self._child)
        self.database = self._database()
        self.identities = self._identities()
        address = None if self.database is None else self.database.ip
        self.exposed = Exposed(
            name, ExposedArgs(settings, args.table, self.network, self.identities, address), self._child
        )
        self.vms = {host.name: self._vm(host, login_key) for host in settings.hosts}
        self.budget = Budget(name, BudgetArgs(settings), self._child)
        self.footprint = footprint.describe(
            footprint.Parts(settings, self.network, self.vms, self.artifacts, self.backups, self.database)
        )
        self.records = self._records()
        self.register_outputs({})

    def _bucket(self, purpose: Purpose, logs: pulumi.Input[str] | None = None) -> Bucket:
        return Bucket(self._name, BucketArgs(self._settings, purpose, self.keys.data, logs), self._child)

    def _identities(self) -> dict[str, Identity]:
        """One for each kind of host."""
        kinds = {kind(host.groups): host.groups for host in self._settings.hosts}
        return {
            each: Identity(self._name, IdentityArgs(self._settings, groups, self.backups), self._child)
            for each, groups in kinds.items()
        }

    def _vm(self, host: HostSetting, login_key: str) -> Vm:
        args = VmArgs(
            settings=self._settings,
            host=host,
            subnet=self.network.subnet,
            zone=self.network.zones[zones.of(host.name)],
            account=self.identities[kind(host.groups)].email,
            key=self.keys.data,
            login_key=login_key,
            public="proxy" in host.groups,
        )
        return Vm(naming.name(self._name, host.name), args, self._child)

    def _database(self) -> Database | None:
        if self._settings.database == "host":
            return None
        return Database(self._name, DatabaseArgs(self._settings, self.network, self.keys.data), self._child)

    def _records(self) -> pulumi.Output[list[str]]:
        """None without a proxy, or where the public comes over IPv6 alone, which leads nowhere here."""
        doors = [vm.public_ip for vm in self.vms.values() if vm.public_ip is not None]
        ipv4 = any(":" not in cidr for cidr in self._settings.public_cidrs)
        door = doors[0] if doors and ipv4 else None
        return Records(self._name, RecordsArgs(self._settings, door), self._child).left
