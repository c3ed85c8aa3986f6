"""The managed PostgreSQL: private, encrypted, backed up, and reached by TLS only."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import naming, sizes
from infra.aws import policies, shared
from infra.aws.network import Network
from infra.settings import Settings

VERSION = "17"
PORT = 5432
NAME = USER = "shoestring"
LEAST_GIB = 20  # of a gp3 volume, for RDS's PostgreSQL
LOGS = ("postgresql", "upgrade")
# As in the role `database`. Which statements are logged is left alone: `ddl` would log those that set a password.
PARAMETERS = {
    "rds.force_ssl": "1",
    "ssl_min_protocol_version": "TLSv1.2",
    "password_encryption": "scram-sha-256",
    "rds.accepted_password_auth_method": "scram",
    "log_connections": "1",
    "log_disconnections": "1",
    "log_lock_waits": "1",
    "log_min_duration_statement": "1000",
}


@dataclass(frozen=True)
class DatabaseArgs:
    """`group`: the security group that lets the table's peers in. `key_arn`: what encrypts storage, secret and logs."""

    settings: Settings
    network: Network
    group: pulumi.Input[str]
    key_arn: pulumi.Input[str]


class Database(pulumi.ComponentResource):
    """`address`, `port`, `version`, `name`, `user`, and `secret_arn`: where RDS keeps that user's password."""

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shoestring:aws:Database", name, None, opts)
        settings, size = args.settings, sizes.AWS[args.settings.size]
        self._settings, self._child = settings, pulumi.ResourceOptions(parent=self)
        title = naming.name(name, "database")
        tags = naming.tags(settings, title)
        self.subnets = aws.rds.SubnetGroup(
            title,
            description=f"The private subnets of {settings.environment}",
            subnet_ids=args.network.private_subnets,
            tags=tags,
            opts=self._child,
        )
        # RDS makes its log groups by itself, without key and retention, unless they are there before it: so its name
        # must be known before it. The subnet group's has a random suffix, and lives and dies with this component; so
        # neither a final snapshot nor kept backups of an earlier database ever stand in the way of this one.
        identifier = self.subnets.id
        logs = [self._log_group(naming.name(title, log), identifier, log, args.key_arn) for log in LOGS]
        self.parameters = aws.rds.ParameterGroup(
            title,
            family=f"postgres{VERSION}",
            description=f"The PostgreSQL of {settings.environment}",
            # Immediate is refused for a static parameter, and for one at its default is a change that never settles
            # (terraform-provider-aws #39252). A new database begins with all of them either way.
            parameters=[
                {"name": each, "value": value, "apply_method": "pending-reboot"} for each, value in PARAMETERS.items()
            ],
            tags=tags,
            opts=self._child,
        )
        monitor, may_monitor = self._monitoring(naming.name(title, "monitoring")) if settings.prod else (None, [])
        self.instance = aws.rds.Instance(
            title,
            identifier=identifier,
            engine="postgres",
            engine_version=VERSION,
            # Extended support is billed by itself, once a version is old; without it RDS upgrades that version.
            engine_lifecycle_support="open-source-rds-extended-support-disabled",
            auto_minor_version_upgrade=True,
            instance_class=size.database_machine,
            allocated_storage=max(size.data_gib, LEAST_GIB),
            max_allocated_storage=size.data_gib_most,
            storage_type="gp3",
            storage_encrypted=True,
            kms_key_id=args.key_arn,
            db_name=NAME,
            port=PORT,
            username=USER,
            manage_master_user_password=True,
            master_user_secret_kms_key_id=args.key_arn,
            iam_database_authentication_enabled=True,
            db_subnet_group_name=self.subnets.id,
            vpc_security_group_ids=[args.group],
            publicly_accessible=False,
            multi_az=settings.prod,
            parameter_group_name=self.parameters.id,
            ca_cert_identifier="rds-ca-rsa2048-g1",
            backup_retention_period=30 if settings.prod else 7,
            backup_window="02:00-03:00",
            maintenance_window="sun:03:30-sun:04:30",
            copy_tags_to_snapshot=True,
            delete_automated_backups=not settings.prod,
            deletion_protection=settings.deletion_protection,
            skip_final_snapshot=not settings.deletion_protection,
            final_snapshot_identifier=pulumi.Output.concat(identifier, "-final"),
            enabled_cloudwatch_logs_exports=list(LOGS),
            performance_insights_enabled=True,
            performance_insights_kms_key_id=args.key_arn,
            performance_insights_retention_period=7,  # days; more is paid for
            monitoring_interval=60 if settings.prod else 0,
            monitoring_role_arn=monitor,
            tags=tags,
            opts=pulumi.ResourceOptions(
                parent=self, protect=settings.deletion_protection, depends_on=[*logs, *may_monitor]
            ),
        )
        self.address, self.port = self.instance.address, PORT
        self.version, self.name, self.user = VERSION, NAME, USER
        self.secret_arn = self.instance.master_user_secrets.apply(lambda secrets: str(secrets[0]["secret_arn"]))
        self.register_outputs({})

    def _log_group(
        self, title: str, identifier: pulumi.Output[str], log: str, key_arn: pulumi.Input[str]
    ) -> aws.cloudwatch.LogGroup:
        return aws.cloudwatch.LogGroup(
            title,
            name=pulumi.Output.concat("/aws/rds/instance/", identifier, "/", log),
            kms_key_id=key_arn,
            retention_in_days=365 if self._settings.prod else 30,
            tags=naming.tags(self._settings, title),
            opts=self._child,
        )

    def _monitoring(self, title: str) -> tuple[pulumi.Output[str], list[pulumi.Resource]]:
        """A role's ARN for enhanced monitoring, and what RDS checks that the role has."""
        settings = self._settings
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        trust = account.apply(lambda account: json.dumps(policies.trust("monitoring.rds.amazonaws.com", account)))
        role = aws.iam.Role(
            title,
            description=f"Lets RDS write what the machine of {settings.environment}'s database does",
            assume_role_policy=trust,
            permissions_boundary=shared.boundary_of(settings),
            tags=naming.tags(settings, title),
            opts=self._child,
        )
        document = account.apply(lambda account: json.dumps(policies.monitoring(account, settings.region)))
        return role.arn, [aws.iam.RolePolicy(title, role=role.id, policy=document, opts=self._child)]
