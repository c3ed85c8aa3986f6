"""The managed PostgreSQL: private, encrypted, backed up, and reached by TLS only."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp
import pulumi_random as random

from infra import naming, sizes
from infra.gcp.network import Network
from infra.settings_clouds import Gcp

VERSION = "17"
PORT = 5432
NAME = USER = "shoestring"
DAY = 24 * 60 * 60
LEAST_GIB = 10
# CIS GCP 6.2, and as in the role `database`. Which statements are logged is left alone: `ddl` would log those that set
# a password.
FLAGS = {
    "cloudsql.enable_pgaudit": "on",
    "log_connections": "on",
    "log_disconnections": "on",
    "log_error_verbosity": "default",
    "log_lock_waits": "on",
    "log_min_duration_statement": "1000",
    "log_min_error_statement": "error",
    "log_min_messages": "warning",
    "password_encryption": "scram-sha-256",
}


@dataclass(frozen=True)
class DatabaseArgs:
    """`key`: the id of the key that encrypts storage, backups and the secret."""

    settings: Gcp
    network: Network
    key: pulumi.Input[str]


class Database(pulumi.ComponentResource):
    """`address`, a DNS name, `ip`, `port`, `version`, `name`, `user`, and `secret`: where Secret Manager keeps that
    user's password.
    """

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shoestring:gcp:Database", name, None, opts)
        settings, size = args.settings, sizes.GCP[args.settings.size]
        self._child = pulumi.ResourceOptions(parent=self)
        title = naming.name(name, "database")
        # Its name has a random suffix: Google gives one free about a week after its instance.
        self.instance = gcp.sql.DatabaseInstance(
            title,
            region=settings.region,
            database_version=f"POSTGRES_{VERSION}",
            encryption_key_name=args.key,
            deletion_protection=settings.deletion_protection,
            settings={
                "edition": "ENTERPRISE",
                "tier": size.database_machine,
                "availability_type": "REGIONAL" if settings.prod else "ZONAL",
                "disk_type": "PD_SSD",
                "disk_size": max(size.data_gib, LEAST_GIB),
                "disk_autoresize": True,
                "disk_autoresize_limit": size.data_gib_most,
                "deletion_protection_enabled": settings.deletion_protection,
                "retain_backups_on_delete": settings.prod,
                "ip_configuration": {
                    "ipv4_enabled": False,
                    "ssl_mode": "ENCRYPTED_ONLY",
                    "server_ca_mode": "GOOGLE_MANAGED_CAS_CA",  # its certificates have the DNS name, and no address
                    "psc_configs": [{"psc_enabled": True, "allowed_consumer_projects": [settings.project]}],
                },
                "backup_configuration": {
                    "enabled": True,
                    "start_time": "02:00",
                    "location": settings.region,
                    "point_in_time_recovery_enabled": True,
                    "transaction_log_retention_days": 7,
                    "backup_retention_settings": {"retained_backups": 30 if settings.prod else 7},
                },
                "maintenance_window": {"day": 7, "hour": 3, "update_track": "stable"},
                "database_flags": [{"name": each, "value": value} for each, value in FLAGS.items()],
                "insights_config": {"query_insights_enabled": True} if settings.prod else None,
                "user_labels": naming.labels(settings, title),
            },
            opts=pulumi.ResourceOptions(parent=self, protect=settings.deletion_protection),
        )
        # What is in the instance goes with it: PostgreSQL drops no user who owns something, nor `down` what it keeps.
        self.database = gcp.sql.Database(
            title, instance=self.instance.name, name=NAME, deletion_policy="ABANDON", opts=self._child
        )
        self.ip = self._door(title, args)
        self.address = self._called(title, args)
        self.port, self.version, self.name, self.user = PORT, VERSION, NAME, USER
        self.secret = self._admin(naming.name(title, "admin"), args)
        self.register_outputs({})

    def _door(self, title: str, args: DatabaseArgs) -> pulumi.Output[str]:
        """An address in our own subnet that leads to the instance, and to nothing else of Google's network."""
        settings = args.settings
        address = gcp.compute.Address(
            title,
            region=settings.region,
            address_type="INTERNAL",
            subnetwork=args.network.subnet,
            labels=naming.labels(settings, title),
            opts=self._child,
        )
        door = gcp.compute.ForwardingRule(
            title,
            region=settings.region,
            network=args.network.vpc_id,
            ip_address=address.id,
            load_balancing_scheme="",  # what an endpoint has
            target=self.instance.psc_service_attachment_link,
            labels=naming.labels(settings, title),
            opts=self._child,
        )
        return pulumi.Output.all(address.address, door.id).apply(lambda both: str(both[0]))

    def _called(self, title: str, args: DatabaseArgs) -> pulumi.Output[str]:
        """The name that the server's certificate has; in our network, and nowhere else, it leads to the endpoint."""
        name = self.instance.dns_name
        zone = gcp.dns.ManagedZone(
            title,
            dns_name=name,
            visibility="private",
            private_visibility_config={"networks": [{"network_url": args.network.vpc_id}]},
            description=f"The database of {args.settings.environment}",
            labels=naming.labels(args.settings, title),
            opts=self._child,
        )
        record = gcp.dns.RecordSet(
            title, managed_zone=zone.name, name=name, type="A", ttl=300, rrdatas=[self.ip], opts=self._child
        )
        return pulumi.Output.all(name, record.id).apply(lambda both: str(both[0]).rstrip("."))

    def _admin(self, title: str, args: DatabaseArgs) -> pulumi.Output[str]:
        """The password is made once, kept in the state under its KMS key, and read from Secret Manager."""
        settings = args.settings
        password = random.RandomPassword(title, length=40, special=False, opts=self._child)
        gcp.sql.User(
            title,
            instance=self.instance.name,
            name=USER,
            password=password.result,
            deletion_policy="ABANDON",
            opts=self._child,
        )
        secret = gcp.secretmanager.Secret(
            title,
            secret_id=title,
            replication={
                "user_managed": {
                    "replicas": [
                        {
                            "location": settings.region,
                            "customer_managed_encryption": {"kms_key_name": args.key},
                        }
                    ]
                }
            },
            labels=naming.labels(settings, title),
            opts=self._child,
        )
        version = gcp.secretmanager.SecretVersion(
            title, secret=secret.id, secret_data=password.result, opts=self._child
        )
        return version.name
