"""A whole environment on AWS, put together from its parts."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from infra import login, naming, zones
from infra.aws import footprint, vm
from infra.aws.access import Access, AccessArgs
from infra.aws.bucket import Bucket, BucketArgs, Purpose
from infra.aws.budget import Budget, BudgetArgs
from infra.aws.database import Database, DatabaseArgs
from infra.aws.dns import Records, RecordsArgs
from infra.aws.exposure import Exposed, ExposedArgs
from infra.aws.identity import Identity, IdentityArgs, kind
from infra.aws.keys import Keys, KeysArgs
from infra.aws.login import Login, LoginArgs
from infra.aws.network import Network, NetworkArgs
from infra.aws.vm import Vm, VmArgs
from infra.exposure import Exposure
from infra.settings import HostSetting, Settings


@dataclass(frozen=True)
class EnvironmentArgs:
    """`login_key`: the public key that Ansible logs in with; None is for plans only."""

    settings: Settings
    table: list[Exposure]
    login_key: str | None


class Environment(pulumi.ComponentResource):
    """`footprint`: the Footprint as far as the cloud knows it; `records`: the DNS records that are left to make."""

    def __init__(self, name: str, args: EnvironmentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        login_key = args.login_key or login.stand_in(name, preview=pulumi.runtime.is_dry_run())
        super().__init__("shoestring:aws:Environment", name, None, opts)
        self._name, self._settings = name, args.settings
        self._child = pulumi.ResourceOptions(parent=self)
        settings = args.settings
        self.keys = Keys(name, KeysArgs(settings), self._child)
        key_arn = self.keys.data_arn
        logs = self._bucket("logs").open_name if settings.prod else None
        self.artifacts, self.backups = self._bucket("artifacts", logs), self._bucket("backups", logs)
        self.network = Network(name, NetworkArgs(settings, key_arn), self._child)
        self.exposed = Exposed(name, ExposedArgs(settings, args.table, self.network), self._child)
        if self.exposed.tunnel is not None:
            self.access = Access(name, AccessArgs(settings, self.network, self.exposed.tunnel), self._child)
        self.identities = self._identities()
        image = vm.image(settings, self)
        self.login = Login(name, LoginArgs(settings, login_key), self._child)
        self.vms = {host.name: self._vm(host, image) for host in settings.hosts}
        self.database = self._database()
        self.budget = Budget(name, BudgetArgs(settings), self._child)
        self.footprint = footprint.describe(
            footprint.Parts(settings, self.network, self.vms, self.artifacts, self.backups, self.database)
        )
        self.records = self._records()
        self.register_outputs({})

    def _bucket(self, purpose: Purpose, logs: pulumi.Input[str] | None = None) -> Bucket:
        return Bucket(self._name, BucketArgs(self._settings, purpose, self.keys.data_arn, logs), self._child)

    def _identities(self) -> dict[str, Identity]:
        """One for each kind of host."""
        kinds = {kind(host.groups): host.groups for host in self._settings.hosts}
        rest = (self.backups, self.keys.data_arn)
        return {
            each: Identity(self._name, IdentityArgs(self._settings, groups, *rest), self._child)
            for each, groups in kinds.items()
        }

    def _vm(self, host: HostSetting, image: pulumi.Input[str]) -> Vm:
        zone = zones.of(host.name)
        public = "proxy" in host.groups
        sides = self.network.public_subnets if public else self.network.private_subnets
        args = VmArgs(
            settings=self._settings,
            host=host,
            subnet=sides[zone],
            zone=self.network.zones[zone],
            groups=self.exposed.groups_of(host),
            key_arn=self.keys.data_arn,
            profile=self.identities[kind(host.groups)].profile,
            image=image,
            login=self.login,
            public=public,
        )
        return Vm(naming.name(self._name, host.name), args, self._child)

    def _database(self) -> Database | None:
        if self.exposed.database is None:
            return None
        args = DatabaseArgs(self._settings, self.network, self.exposed.database, self.keys.data_arn)
        return Database(self._name, args, self._child)

    def _records(self) -> pulumi.Output[list[str]]:
        """None without a proxy. A family that no public network belongs to would lead to a closed door."""
        doors = [vm for vm in self.vms.values() if vm.public_ip is not None]
        if not doors:
            return pulumi.Output.from_input([])
        (door,) = doors
        ipv6 = any(":" in cidr for cidr in self._settings.public_cidrs)
        ipv4 = any(":" not in cidr for cidr in self._settings.public_cidrs)
        args = RecordsArgs(self._settings, door.public_ip if ipv4 else None, door.ipv6 if ipv6 else None)
        return Records(self._name, args, self._child).left
