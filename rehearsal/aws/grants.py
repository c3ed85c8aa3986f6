"""From IAM's policy documents to what a key may do with one bucket. What can't be told for sure is an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ops.errors import OperationError
from rehearsal.planes.wanted import Grant

Statement = Mapping[str, Any]

# The conditions that hold for each request that reaches a rehearsal's buckets, which listen on TLS 1.2 and later only.
HOLD = {
    ("Bool", "aws:SecureTransport", "true"),
    ("NumericGreaterThanEquals", "s3:TlsVersion", "1.2"),
}


def grants(bucket_arn: str, documents: Mapping[str, Sequence[Mapping[str, Any]]]) -> tuple[Grant, ...]:
    """What the documents of each key (by its access id) allow with the bucket: a grant for each statement.

    Statements on other services and on other buckets are left out. Raises OperationError for whatever may narrow a
    right in a way that isn't known here: Deny, NotAction, NotResource, variables, most conditions.
    """
    found = []
    for access, policies in documents.items():
        for statement in (each for policy in policies for each in _listed(policy["Statement"])):
            if grant := _grant(bucket_arn, access, statement):
                found.append(grant)
    return tuple(found)


def _grant(bucket_arn: str, access: str, statement: Statement) -> Grant | None:
    where = f"{access}, statement {statement.get('Sid') or dict(statement)}"
    if statement.get("Effect") != "Allow":
        raise _unknown(f"has the effect {statement.get('Effect')}", where)
    for word in ("NotAction", "NotResource"):
        if word in statement:
            raise _unknown(f"has {word}", where)
    actions = _actions(statement["Action"])
    resources = [part for each in _listed(statement["Resource"]) for part in _within(bucket_arn, each, where)]
    if not actions or not resources:
        return None
    _holds(statement.get("Condition", {}), where)
    return Grant(access, actions, tuple(dict.fromkeys(resources)))


def _actions(wanted: str | Sequence[str]) -> tuple[str, ...]:
    """Those on S3; the name of a service is the same in capitals."""
    services = [("s3:*" if each == "*" else each).partition(":") for each in _listed(wanted)]
    return tuple(f"s3:{name}" for service, _, name in services if service.lower() == "s3")


def _within(bucket_arn: str, pattern: str, where: str) -> list[str]:
    """The part of a pattern that lies in the bucket: its ARN, and patterns of its objects."""
    if "${" in pattern:
        raise _unknown(f"has a variable in {pattern}", where)
    bucket = [bucket_arn] if "" in _rests(pattern, bucket_arn) else []
    rests = _rests(pattern, f"{bucket_arn}/")
    # What ends right there matches no object: none has an empty name. `*x` takes in what `x` does.
    objects = [rest for rest in rests if rest and f"*{rest}" not in rests]
    return bucket + [f"{bucket_arn}/{rest}" for rest in sorted(objects)]


def _rests(pattern: str, text: str) -> set[str]:
    """What may be left of an IAM pattern once its beginning has matched all of `text`; * goes past slashes there."""
    rests = _skipped({pattern})
    for character in text:
        rests = _skipped({rest if rest[0] == "*" else rest[1:] for rest in rests if rest[:1] in ("*", "?", character)})
    return rests


def _skipped(rests: set[str]) -> set[str]:
    """With those for which a leading star stands for nothing."""
    return rests | {rest[count:] for rest in rests for count in range(len(rest) - len(rest.lstrip("*")) + 1)}


def _holds(condition: Mapping[str, Mapping[str, Any]], where: str) -> None:
    for operator, keys in condition.items():
        for key, values in keys.items():
            if any((operator, key, str(value).lower()) not in HOLD for value in _listed(values)):
                raise _unknown(f"has the condition {operator} {key} {values}", where)


def _listed(value: Any) -> list[Any]:
    """IAM takes one thing for a list of one."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _unknown(what: str, where: str) -> OperationError:
    return OperationError(
        f"A policy of {where} {what}, and a rehearsal's buckets can't keep to that.",
        "A right would be wider or narrower than in AWS, so no bucket was changed.",
        "Say the same by Allow with actions and resources, or teach rehearsal/aws/grants.py what it means here.",
    )
