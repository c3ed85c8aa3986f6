"""Rules about the managed database."""

from __future__ import annotations

from collections.abc import Iterator

from infra.guardrails.gcp import tokens
from infra.guardrails.rule import Fault, Rule, at, both, must_be, number
from infra.guardrails.stack import Resource, Stack
from infra.problems import shown
from infra.seen import entries, mapping, texts
from infra.settings_clouds import Gcp

LEAST_BACKUPS, LEAST_BACKUPS_PROD = 7, 30
FLAGS = {
    "cloudsql.enable_pgaudit": "on",
    "log_connections": "on",
    "log_disconnections": "on",
    "log_error_verbosity": "default",
    "log_min_duration_statement": "1000",
    "log_min_error_statement": "error",
    "log_min_messages": "warning",
    "password_encryption": "scram-sha-256",
}
"""CIS GCP 6.2, less those that log what is typed: `log_statement` would write passwords down."""


def _private(database: Resource, stack: Stack) -> Iterator[Fault]:
    network = mapping(at(database.inputs, "settings.ipConfiguration"))
    if network.get("ipv4Enabled") is not False:
        yield Fault("it has a public address", "ipv4Enabled false")
    if entries(network.get("authorizedNetworks")):
        yield Fault("networks may reach it from outside", "no authorizedNetworks")
    doors = [mapping(one) for one in entries(network.get("pscConfigs"))]
    if not any(one.get("pscEnabled") is True for one in doors):
        yield Fault("nothing leads to it", "an endpoint of Private Service Connect")
    own = [stack.settings.project] if isinstance(stack.settings, Gcp) else []
    if any(texts(one.get("allowedConsumerProjects")) != own for one in doors):
        yield Fault("it does not say which projects may make a door to it", "this environment's project alone")


def _endpoint(endpoint: Resource, stack: Stack) -> Iterator[Fault]:
    if not stack.made_from(endpoint, "target", tokens.DATABASE) or endpoint.inputs.get("loadBalancingScheme"):
        yield Fault("it leads elsewhere than to this stack's database", "its database, and no load balancer")
    if not stack.made_from(endpoint, "ipAddress", tokens.ADDRESS):
        yield Fault("its address is none of this stack", "an address of its own subnet")


def _encrypted(database: Resource, stack: Stack) -> Iterator[Fault]:
    if not stack.made_from(database, "encryptionKeyName", tokens.KEY):
        yield Fault("it has no key of the environment", "the environment's own KMS key")


def _flags(database: Resource, _: Stack) -> Iterator[Fault]:
    found = {
        mapping(one).get("name"): mapping(one).get("value")
        for one in entries(at(database.inputs, "settings.databaseFlags"))
    }
    for name, wanted in FLAGS.items():
        if found.get(name) != wanted:
            yield Fault(f"the flag {name} is {shown(found.get(name))}", wanted)


def _backups(database: Resource, stack: Stack) -> Iterator[Fault]:
    least = LEAST_BACKUPS_PROD if stack.settings.prod else LEAST_BACKUPS
    backup = mapping(at(database.inputs, "settings.backupConfiguration"))
    for name in ("enabled", "pointInTimeRecoveryEnabled"):
        if backup.get(name) is not True:
            yield Fault(f"backupConfiguration.{name} is {shown(backup.get(name))}", "true")
    kept = number(at(backup, "backupRetentionSettings.retainedBackups"))
    if kept < least:
        yield Fault(f"{kept:g} backups are kept", f"{least} or more")


def _secret(secret: Resource, stack: Stack) -> Iterator[Fault]:
    replicas = [mapping(one) for one in entries(at(secret.inputs, "replication.userManaged.replicas"))]
    sealed = bool(replicas) and all(at(one, "customerManagedEncryption.kmsKeyName") for one in replicas)
    if not sealed or not stack.made_from(secret, "replication", tokens.KEY):
        yield Fault("it has no key of the environment", "the environment's own KMS key")


def _password(user: Resource, stack: Stack) -> Iterator[Fault]:
    if not stack.made_from(user, "password", tokens.PASSWORD):
        yield Fault("its password is written somewhere", "one that Pulumi made, and Secret Manager keeps")


def _strong(password: Resource, _: Stack) -> Iterator[Fault]:
    if number(password.inputs.get("length")) < 32:
        yield Fault(f"it has {shown(password.inputs.get('length'))} letters", "32 or more")


def _inside(zone: Resource, stack: Stack) -> Iterator[Fault]:
    if zone.inputs.get("visibility") != "private" or not stack.made_from(
        zone, "privateVisibilityConfig", tokens.NETWORK
    ):
        yield Fault("others than its network may ask it", "a zone of the environment's own network")


_DATABASE = (tokens.DATABASE,)
RULES = (
    Rule("sql-private", "A database that the internet reaches is tried all day.", _DATABASE, _private),
    Rule("sql-endpoint", "The one door leads to the one database.", (tokens.ENDPOINT,), _endpoint),
    Rule("sql-encrypted", "A backup may get into other hands.", _DATABASE, _encrypted),
    Rule(
        "sql-tls",
        "Passwords and data cross a network.",
        _DATABASE,
        must_be("settings.ipConfiguration.sslMode", "ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"),
    ),
    Rule(
        "sql-named-certificate",
        "By its own CA a server has no name that a client could hold it to.",
        _DATABASE,
        must_be("settings.ipConfiguration.serverCaMode", "GOOGLE_MANAGED_CAS_CA"),
    ),
    Rule("sql-own-zone", "Where the database is, is nobody else's to know.", (tokens.DNS_ZONE,), _inside),
    Rule("sql-flags", "After a break-in, one must be able to tell who came.", _DATABASE, _flags),
    Rule("sql-backups", "What was there a minute ago can be had back.", _DATABASE, _backups),
    Rule(
        "sql-two-zones",
        "A zone fails some day.",
        _DATABASE,
        must_be("settings.availabilityType", "REGIONAL", in_prod=True),
    ),
    Rule("sql-secret-own-key", "The administrator's password opens everything.", (tokens.SECRET,), _secret),
    Rule(
        "sql-managed-password",
        "What somebody has typed somebody knows.",
        (tokens.DATABASE_USER,),
        both(_password),
    ),
    Rule("sql-strong-password", "A short one is guessed.", (tokens.PASSWORD,), _strong),
)
