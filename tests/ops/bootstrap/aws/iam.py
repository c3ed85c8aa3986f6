"""IAM's logic, as far as our policies use it: what is not known here is an error, never passed over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

Context = Mapping[str, str | list[str]]
Document = Mapping[str, Any]
NOTHING: Context = MappingProxyType({})
KNOWN = {"Sid", "Effect", "Action", "Resource", "Condition", "Principal"}


def allowed(
    identity: Document, boundary: Document | None, action: str, resource: str, context: Context = NOTHING
) -> bool:
    """Whether a role with this policy, within this boundary, may do it. A boundary gives nothing, it only leaves."""
    documents = [identity, *([boundary] if boundary else [])]
    if any(denied(each, action, resource, context) for each in documents):
        return False
    return all(_any(each, "Allow", action, resource, context) for each in documents)


def denied(document: Document, action: str, resource: str, context: Context = NOTHING) -> bool:
    """Whether the document refuses it in so many words."""
    return _any(document, "Deny", action, resource, context)


def takes(trust: Document, principal: str, context: Context) -> bool:
    """Whether this principal may take the role, by a token with these claims."""
    action = "sts:AssumeRoleWithWebIdentity"
    given = [
        statement
        for statement in trust["Statement"]
        if statement["Effect"] == "Allow"
        and statement["Principal"] == {"Federated": principal}
        and action in _many(statement["Action"])
        and _holds(statement.get("Condition", {}), context)
    ]
    assert {statement["Effect"] for statement in trust["Statement"]} == {"Allow"}
    return bool(given)


def _any(document: Document, effect: str, action: str, resource: str, context: Context) -> bool:
    for statement in document["Statement"]:
        assert statement.keys() <= KNOWN, f"not understood: {statement.keys() - KNOWN}"
        if (
            statement["Effect"] == effect
            and like(action.lower(), [each.lower() for each in _many(statement["Action"])])
            and like(resource, _many(statement["Resource"]))
            and _holds(statement.get("Condition", {}), context)
        ):
            return True
    return False


def _holds(condition: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    return all(
        _compare(operator, key, [str(each) for each in _many(wanted)], context)
        for operator, keys in condition.items()
        for key, wanted in keys.items()
    )


def _compare(operator: str, key: str, wanted: list[str], context: Context) -> bool:
    any_value = operator.startswith("ForAnyValue:")
    operator = operator.removeprefix("ForAnyValue:")
    if_exists = operator.endswith("IfExists")
    operator = operator.removesuffix("IfExists")
    if operator == "Null":
        return (key not in context) == (wanted == ["true"])
    if key not in context:
        return if_exists or (operator == "StringNotEquals" and not any_value)
    values = _many(context[key])
    assert any_value or len(values) == 1, f"{key} has many values, and {operator} compares one"
    return any(_one(operator, value, wanted) for value in values)


def _one(operator: str, value: str, wanted: list[str]) -> bool:
    if operator in ("StringEquals", "Bool", "ArnEquals"):
        return value in wanted
    if operator == "StringNotEquals":
        return value not in wanted
    if operator in ("StringLike", "ArnLike"):
        return like(value, wanted)
    if operator == "NumericEquals":
        return any(float(value) == float(each) for each in wanted)
    if operator == "NumericLessThan":
        return any(float(value) < float(each) for each in wanted)
    raise AssertionError(f"not understood: {operator}")


def like(text: str, patterns: Iterable[str]) -> bool:
    """Whether the text matches one of the patterns, in which * and ? stand for anything."""

    def regex(pattern: str) -> str:
        return re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")

    return any(re.fullmatch(regex(pattern), text, re.DOTALL) for pattern in patterns)


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
