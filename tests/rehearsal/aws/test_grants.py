"""From IAM's documents to grants: what is allowed on one bucket, and an error for whatever can't be kept to."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

import pytest

from infra.aws import policies
from ops.errors import OperationError
from rehearsal.aws.grants import grants
from rehearsal.planes.wanted import Grant

ARN = "arn:aws:s3:::dev-artifacts"
OTHER = "arn:aws:s3:::dev-backups"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1"


def of(action: Any, resource: Any, **more: Any) -> tuple[Grant, ...]:
    """The grants of the key `host` by one statement."""
    statement = {"Sid": "Named", "Effect": "Allow", "Action": action, "Resource": resource, **more}
    return grants(ARN, {"host": [policies.document(statement)]})


def resources(pattern: str) -> list[str]:
    return [each for grant in of("s3:GetObject", pattern) for each in grant.resources]


def test_a_host_gets_on_each_bucket_what_its_role_says_of_it_and_no_more() -> None:
    documents = {
        "service": [policies.host({"service"}, OTHER, KEY, "eu-central-1")],
        "database": [policies.host({"database"}, OTHER, KEY, "eu-central-1")],
    }
    assert grants(ARN, documents) == ()
    assert grants(OTHER, documents) == (
        Grant("database", ("s3:ListBucket", "s3:ListBucketVersions"), (OTHER,)),
        Grant("database", policies.KEEP_BACKUPS, (f"{OTHER}/*",)),
    )


@pytest.mark.parametrize(
    ("pattern", "within"),
    [
        (ARN, [ARN]),
        (f"{ARN}/*", [f"{ARN}/*"]),
        (f"{ARN}/models/?.bin", [f"{ARN}/models/?.bin"]),
        ("*", [ARN, f"{ARN}/*"]),
        ("arn:aws:s3:::*", [ARN, f"{ARN}/*"]),
        ("arn:aws:s3:::dev-*", [ARN, f"{ARN}/*"]),
        ("arn:aws:s3:::*/models/*", [f"{ARN}/*/models/*", f"{ARN}/models/*"]),
        ("arn:aws:s3:::dev-?rtifacts", [ARN]),
        (f"{ARN}*", [ARN, f"{ARN}/*"]),
        (f"{ARN}/", []),
        ("arn:aws:s3:::dev-artifact", []),
        (f"{ARN}2", []),
        (f"{ARN}2/*", []),
        (f"{OTHER}/*", []),
        ("arn:aws:s3:::[d]ev-artifacts/*", []),
    ],
)
def test_a_pattern_is_narrowed_to_the_bucket(pattern: str, within: list[str]) -> None:
    assert resources(pattern) == within, (
        "wider, a key gets what AWS denies; narrower, the rehearsal fails for no reason"
    )


def test_the_narrowed_patterns_match_just_what_the_wide_one_does() -> None:
    texts = [ARN, f"{ARN}2", *(f"{ARN}/{key}" for key in ("a", "a/b", "models/x", "a/models/x", "s/s", "dev-"))]
    for pattern in ("*", "*s*", "*/?/*", "arn:*/models/*", "arn:aws:s3:::dev-*s/*s", "**", f"{ARN}?a", "*-*-*"):
        for text in texts:
            inside = text == ARN or text.startswith(f"{ARN}/")
            narrowed = any(fnmatchcase(text, each) for each in resources(pattern))
            assert narrowed == (inside and fnmatchcase(text, pattern)), f"{pattern} on {text}"


@pytest.mark.parametrize(
    ("action", "granted"),
    [
        ("*", ("s3:*",)),
        ("s3:*", ("s3:*",)),
        ("S3:GetObject", ("s3:GetObject",)),
        (["kms:Decrypt", "s3:PutObject"], ("s3:PutObject",)),
    ],
)
def test_actions_on_s3_are_taken_and_others_left(action: str | Sequence[str], granted: tuple[str, ...]) -> None:
    assert [grant.actions for grant in of(action, "*")] == [granted]


def test_other_services_may_have_conditions_as_they_like() -> None:
    condition = {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}
    assert of("kms:Decrypt", "*", Condition=condition) == (), "they have nothing to do with what a bucket lets in"
    assert of("s3:GetObject", OTHER, Condition=condition) == (), "nor has what another bucket lets in"


@pytest.mark.parametrize(
    "condition",
    [
        {"Bool": {"aws:SecureTransport": "true"}},
        {"Bool": {"aws:SecureTransport": True}},
        {"NumericGreaterThanEquals": {"s3:TlsVersion": ["1.2"]}},
    ],
)
def test_a_condition_that_holds_for_all_requests_takes_nothing_away(condition: dict[str, Any]) -> None:
    assert of("s3:GetObject", ARN, Condition=condition) == of("s3:GetObject", ARN)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ({"Effect": "Deny"}, "Deny"),
        ({"NotAction": "s3:PutObject"}, "NotAction"),
        ({"NotResource": OTHER}, "NotResource"),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, "aws:SourceIp"),
        ({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}, "aws:SecureTransport"),
        ({"Condition": {"StringLike": {"s3:prefix": ["models/*"]}}}, "s3:prefix"),
        ({"Resource": f"{ARN}/${{aws:username}}/*"}, "aws:username"),
    ],
)
def test_what_can_not_be_kept_to_is_an_error_that_names_it(statement: dict[str, Any], named: str) -> None:
    with pytest.raises(OperationError, match=named) as caught:
        of("s3:GetObject", statement.pop("Resource", f"{ARN}/*"), **statement)
    assert "host, statement Named" in caught.value.cause, "whose policy it is must be said"
