"""Rules about the managed database: private, encrypted, reached by TLS, backed up, and watched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infra.guardrails.aws import tokens
from infra.guardrails.aws.network import public
from infra.guardrails.rule import Fault, Judge, Rule, both, must_be, number
from infra.guardrails.stack import Resource, Stack
from infra.problems import shown
from infra.seen import entries, mapping, texts

DATABASE = (tokens.DATABASE,)
LEAST_BACKUP_DAYS = 7
CURRENT_CAS = ("rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1")  # those before them expired in 2024
LOGS = {"postgresql", "upgrade"}
TLS = {"rds.force_ssl": ("1",), "ssl_min_protocol_version": ("TLSv1.2", "TLSv1.3")}
PASSWORDS = {"password_encryption": ("scram-sha-256",), "rds.accepted_password_auth_method": ("scram",)}
CONNECTIONS = {"log_connections": ("1",), "log_disconnections": ("1",)}


def _own_key(name: str) -> Judge:
    """A judge: the key that is named by an input is one of this stack."""

    def judge(resource: Resource, stack: Stack) -> Iterator[Fault]:
        if not stack.made_from(resource, name, tokens.KEY):
            yield Fault(f"{name} is {shown(resource.inputs.get(name))}", "the environment's own KMS key")

    return judge


def _private(database: Resource, stack: Stack) -> Iterator[Fault]:
    groups = stack.made_from(database, "dbSubnetGroupName", tokens.DATABASE_SUBNETS)
    subnets = [one for group in groups for one in stack.made_from(group, "subnetIds", tokens.SUBNET)]
    if not subnets or any(public(subnet, stack) for subnet in subnets):
        yield Fault("it lies in a subnet that the internet reaches", "private subnets only")


def _parameters(wanted: Mapping[str, tuple[str, ...]]) -> Judge:
    """A judge: the parameter group of the database sets each of the parameters to one of its values."""

    def judge(database: Resource, stack: Stack) -> Iterator[Fault]:
        groups = stack.made_from(database, "parameterGroupName", tokens.DATABASE_PARAMETERS)
        parameters = [mapping(one) for group in groups for one in entries(group.inputs.get("parameters"))]
        found = {one.get("name"): one.get("value") for one in parameters}
        for name, values in wanted.items():
            if found.get(name) not in values:
                yield Fault(f"the parameter {name} is {shown(found.get(name))}", " or ".join(values))

    return judge


def _managed_password(database: Resource, stack: Stack) -> Iterator[Fault]:
    yield from must_be("manageMasterUserPassword", True)(database, stack)
    if database.inputs.get("password") or database.inputs.get("passwordWo"):
        yield Fault("its password is in the program", "none: RDS makes one and changes it every week")


def _backed_up(database: Resource, stack: Stack) -> Iterator[Fault]:
    if number(found := database.inputs.get("backupRetentionPeriod")) < LEAST_BACKUP_DAYS:
        yield Fault(f"backupRetentionPeriod is {shown(found)}", f"{LEAST_BACKUP_DAYS} days or more")
    yield from must_be("deleteAutomatedBackups", False, in_prod=True)(database, stack)


def _logged(database: Resource, _: Stack) -> Iterator[Fault]:
    if missing := LOGS - set(texts(database.inputs.get("enabledCloudwatchLogsExports"))):
        yield Fault(f"it does not export its logs {', '.join(sorted(missing))}", f"all of {', '.join(sorted(LOGS))}")


def _watched(database: Resource, stack: Stack) -> Iterator[Fault]:
    if not stack.settings.prod:
        return
    yield from must_be("monitoringInterval", 1, 5, 10, 15, 30, 60, in_prod=True)(database, stack)
    if not stack.made_from(database, "monitoringRoleArn", tokens.ROLE):
        yield Fault("enhanced monitoring has no role of this stack", "a role, in prod")


RULES = (
    Rule(
        "rds-private",
        "A database that the internet reaches is attacked within minutes.",
        DATABASE,
        both(must_be("publiclyAccessible", False), _private),
    ),
    Rule(
        "rds-encrypted",
        "A disk or snapshot may get into other hands.",
        DATABASE,
        both(must_be("storageEncrypted", True), _own_key("kmsKeyId")),
    ),
    Rule("rds-tls", "Without TLS, whoever is on the way reads rows and passwords.", DATABASE, _parameters(TLS)),
    Rule("rds-scram", "A hash by MD5 is as good as the password.", DATABASE, _parameters(PASSWORDS)),
    Rule("rds-connections-logged", "A break-in shows by who connected.", DATABASE, _parameters(CONNECTIONS)),
    Rule(
        "rds-ca",
        "An old CA's certificates are refused by clients.",
        DATABASE,
        must_be("caCertIdentifier", *CURRENT_CAS),
    ),
    Rule(
        "rds-iam-login",
        "People log in by tokens of 15 minutes instead of a shared password.",
        DATABASE,
        must_be("iamDatabaseAuthenticationEnabled", True),
    ),
    Rule("rds-managed-password", "A password in a program is in its state, too.", DATABASE, _managed_password),
    Rule(
        "rds-secret-own-key",
        "Whoever may use the key reads the password.",
        DATABASE,
        _own_key("masterUserSecretKmsKeyId"),
    ),
    Rule("rds-backups", "A mistake is found days later.", DATABASE, _backed_up),
    Rule(
        "rds-two-zones",
        "A zone fails about once a year, and a restore takes an hour.",
        DATABASE,
        must_be("multiAz", True, in_prod=True),
    ),
    Rule("rds-monitoring", "In prod one must see what the database's machine does.", DATABASE, _watched),
    Rule(
        "rds-insights",
        "Which query is slow, and that it may hold users' data.",
        DATABASE,
        both(must_be("performanceInsightsEnabled", True), _own_key("performanceInsightsKmsKeyId")),
    ),
    Rule("rds-logs", "Logs on the database's own disk are lost with it.", DATABASE, _logged),
    Rule(
        "rds-minor-upgrades",
        "Minor versions mend holes.",
        DATABASE,
        must_be("autoMinorVersionUpgrade", True),
    ),
    Rule(
        "rds-snapshot-tags",
        "A snapshot without an owner stays for ever.",
        DATABASE,
        must_be("copyTagsToSnapshot", True),
    ),
)
