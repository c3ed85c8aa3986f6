"""The policy documents: what each lets whom do, by the rules that AWS evaluates them with."""

from __future__ import annotations

import fnmatch
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from infra.addresses import GROUPS
from infra.aws import policies
from infra.aws.policies import Document

ACCOUNT, REGION = "123456789012", "eu-central-1"
ARTIFACTS, BACKUPS = "arn:aws:s3:::dev-artifacts", "arn:aws:s3:::dev-backups"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
LOG = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/rds/instance/dev/postgresql"
THROUGH_S3 = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}
TLS = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
TESTS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda has, wanted: has == wanted,
    "ArnLike": fnmatch.fnmatchcase,
    "Bool": lambda has, wanted: has == wanted,
    "NumericLessThan": lambda has, wanted: float(has) < float(wanted),
}


def host(*groups: str) -> Document:
    return policies.host(groups, BACKUPS, KEY, REGION)


ROLES = {
    "database": host("database"),
    "database of three": host("database", "proxy", "service"),
    "monitoring": policies.monitoring(ACCOUNT, REGION),
}
OF_RESOURCES = {
    "key": policies.key(ACCOUNT, REGION),
    "bucket": policies.bucket(BACKUPS),
    "logs-bucket": policies.logs_bucket("arn:aws:s3:::dev-logs", ACCOUNT, "dev"),
}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def matching(document: Document, action: str, resource: str, context: dict[str, str]) -> Iterator[dict[str, Any]]:
    """The statements that apply. A condition on what the request says nothing of does not hold."""
    for statement in document["Statement"]:
        conditions = [
            key in context and TESTS[operator](context[key], wanted)
            for operator, pairs in statement.get("Condition", {}).items()
            for key, wanted in pairs.items()
        ]
        hits = [
            any(fnmatch.fnmatchcase(asked, pattern) for pattern in listed(statement[field]))
            for field, asked in (("Action", action), ("Resource", resource))
        ]
        if all([*hits, *conditions]):
            yield statement


def effects(document: Document, action: str, resource: str, **context: Any) -> set[str]:
    return {one["Effect"] for one in matching(document, action, resource, context.get("context", {}))}


def allows(document: Document, action: str, resource: str, context: dict[str, str] | None = None) -> bool:
    return effects(document, action, resource, context=context or {}) == {"Allow"}


@pytest.mark.parametrize("name", ROLES)
def test_a_roles_policy_names_its_actions_and_resources(name: str) -> None:
    for statement in ROLES[name]["Statement"]:
        assert statement["Effect"] == "Allow"
        assert "*" not in "".join(statement["Action"]), "an action that AWS adds next year would be granted too"
        for resource in statement["Resource"]:
            whose = resource.removesuffix("*").rstrip("/:")
            assert "*" not in whose, "which objects or streams may be open; whose they are may not"
            assert whose.split(":")[5], "a bucket, a key or a log group, by name"


@pytest.mark.parametrize("name", ROLES)
def test_no_role_can_reach_for_other_rights(name: str) -> None:
    services = {action.split(":")[0] for one in ROLES[name]["Statement"] for action in listed(one["Action"])}
    assert services <= {"s3", "kms", "logs"}, "iam, sts, ec2, ssm or secretsmanager would lead to more than this role"


def test_the_groups_with_rights_are_those_that_get_some() -> None:
    given = {group for group in GROUPS if host(group)["Statement"]}
    assert given == policies.GROUPS_WITH_RIGHTS, "a role would be made without its policy"


def test_a_host_without_a_database_has_no_right_at_all() -> None:
    """The controller signs the URLs of what a service fetches: who breaks into a service has nothing to go on with."""
    assert host(*(group for group in GROUPS if group != "database"))["Statement"] == []


def test_a_service_beside_a_database_has_the_rights_of_the_database_only() -> None:
    assert ROLES["database of three"] == ROLES["database"]


def test_a_database_host_keeps_backups_and_can_destroy_none() -> None:
    document, wal = ROLES["database"], f"{BACKUPS}/dev/archive/main/17-1/0000000100000000"
    for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectVersion"):
        assert allows(document, action, wal), "pgBackRest writes, reads, expires and reads as of an earlier time"
    for action in ("s3:ListBucket", "s3:ListBucketVersions"):
        assert allows(document, action, BACKUPS), "pgBackRest finds its files by listing"
    for action in ("s3:DeleteObjectVersion", "s3:BypassGovernanceRetention", "s3:PutObjectRetention"):
        assert not allows(document, action, wal), "who breaks into the host would make its backups go away"
    for action in ("s3:PutLifecycleConfiguration", "s3:PutBucketVersioning", "s3:PutBucketPolicy", "s3:DeleteBucket"):
        assert not allows(document, action, BACKUPS), "and so would a lifecycle of one day"
    assert not allows(document, "s3:GetObject", f"{ARTIFACTS}/models/a"), "it has no use for them"


def test_the_key_serves_hosts_through_s3_only() -> None:
    document = ROLES["database"]
    assert allows(document, "kms:Decrypt", KEY, THROUGH_S3)
    assert not allows(document, "kms:Decrypt", KEY), "a host could decrypt copies of disks and secrets by itself"
    elsewhere = {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"}
    assert not allows(document, "kms:Decrypt", KEY, elsewhere), "the database's admin password is under the same key"
    assert allows(document, "kms:GenerateDataKey", KEY, THROUGH_S3), "each object that is written has a key of its own"
    assert not allows(document, "kms:Decrypt", KEY.replace("key/1", "key/2"), THROUGH_S3), "another environment's key"


def test_monitoring_writes_to_its_log_group_and_no_other() -> None:
    document, own = ROLES["monitoring"], f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:RDSOSMetrics"
    assert allows(document, "logs:CreateLogGroup", own)
    assert allows(document, "logs:PutLogEvents", f"{own}:log-stream:db-ABC")
    assert allows(document, "logs:DescribeLogStreams", f"{own}:log-stream:"), "how AWS writes it for a whole group"
    assert not allows(document, "logs:PutLogEvents", f"{LOG}:log-stream:a"), "it could forge the database's log"
    assert not allows(document, "logs:PutLogEvents", own.replace(ACCOUNT, "210987654321") + ":log-stream:a")


def test_roles_trust_one_service_and_nobody_else() -> None:
    for document in (policies.trust("ec2.amazonaws.com"), policies.trust("monitoring.rds.amazonaws.com", ACCOUNT)):
        (statement,) = document["Statement"]
        assert statement["Action"] == "sts:AssumeRole"
        assert set(statement["Principal"]) == {"Service"}, "no account and no person may become a host"
        assert statement["Principal"]["Service"] in {"ec2.amazonaws.com", "monitoring.rds.amazonaws.com"}
    (monitoring,) = policies.trust("monitoring.rds.amazonaws.com", ACCOUNT)["Statement"]
    only_ours = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert monitoring["Condition"] == only_ours, "RDS would act in our role for whoever in another account asked it to"


@pytest.mark.parametrize("name", OF_RESOURCES)
def test_nothing_is_allowed_to_anybody(name: str) -> None:
    for statement in OF_RESOURCES[name]["Statement"]:
        principals = list(itertools.chain.from_iterable(map(listed, _principals(statement))))
        assert statement["Effect"] == "Deny" or not [one for one in principals if "*" in one], "that is the world"


def _principals(statement: dict[str, Any]) -> list[Any]:
    principal = statement["Principal"]
    return list(principal.values()) if isinstance(principal, dict) else [principal]


def test_the_key_is_the_accounts_and_its_logs() -> None:
    account, logs = OF_RESOURCES["key"]["Statement"]
    assert account["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "else nobody could change the key again"
    assert logs["Principal"] == {"Service": f"logs.{REGION}.amazonaws.com"}
    only_logs = {"Statement": [logs]}
    ours = {"kms:EncryptionContext:aws:logs:arn": LOG}
    for action in ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom"):
        assert allows(only_logs, action, KEY, ours), "CloudWatch refuses a log group whose key it can't use"
        assert not allows(only_logs, action, KEY), "without a context it is not about a log group"
        theirs = {"kms:EncryptionContext:aws:logs:arn": LOG.replace(ACCOUNT, "210987654321")}
        assert not allows(only_logs, action, KEY, theirs), "CloudWatch would encrypt another account's logs with it"
    for action in ("kms:CreateGrant", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"):
        assert not allows(only_logs, action, KEY, ours), "a service has no business with the key itself"


def test_what_the_controller_signed_is_fetched_through_the_networks_way_to_s3() -> None:
    """A request by a signed URL is judged as one of who signed it, so hosts need no right of their own there."""
    document, model = policies.own_buckets(ACCOUNT), f"{ARTIFACTS}/models/a/1/model.onnx"
    ours = {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT}
    assert allows(document, "s3:GetObject", model, ours)
    for key in ours:
        theirs = {**ours, key: "210987654321"}
        assert not allows(document, "s3:GetObject", model, theirs), "data could be carried out, or a model slipped in"
    unsigned = {"aws:ResourceAccount": ACCOUNT}
    assert not allows(document, "s3:GetObject", model, unsigned), "nobody signed it"


@pytest.mark.parametrize("resource", [BACKUPS, f"{BACKUPS}/dev/a"], ids=["bucket", "object"])
def test_a_bucket_refuses_what_is_not_tls_of_today(resource: str) -> None:
    document = OF_RESOURCES["bucket"]
    for context in ({"aws:SecureTransport": "false"}, {"aws:SecureTransport": "true", "s3:TlsVersion": "1.1"}):
        assert effects(document, "s3:GetObject", resource, context=context) == {"Deny"}, "it could be read on the way"
    assert effects(document, "s3:GetObject", resource, context=TLS) == set(), "what is allowed, the roles say"


def test_only_s3_itself_writes_access_logs_and_only_this_environments() -> None:
    document, log = OF_RESOURCES["logs-bucket"], "arn:aws:s3:::dev-logs/backups/2026-11-23"
    ours = {**TLS, "aws:SourceAccount": ACCOUNT, "aws:SourceArn": "arn:aws:s3:::dev-backups-1234567"}
    assert allows(document, "s3:PutObject", log, ours)
    for key, value in (("aws:SourceAccount", "210987654321"), ("aws:SourceArn", "arn:aws:s3:::prod-backups-1234567")):
        assert not allows(document, "s3:PutObject", log, {**ours, key: value}), "others could forge entries"
    assert not allows(document, "s3:GetObject", log, ours)
    (allow,) = [one for one in document["Statement"] if one["Effect"] == "Allow"]
    assert allow["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert effects(document, "s3:PutObject", log, context={**ours, "aws:SecureTransport": "false"}) == {"Allow", "Deny"}
