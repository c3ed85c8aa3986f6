"""Reads policy documents of AWS into statements whose parts are all lists."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.seen import mapping, texts

SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com")
Conditions = dict[tuple[str, str], list[str]]


@dataclass(frozen=True)
class Statement:
    """`principals`: (kind, who), such as ("Service", "ec2.amazonaws.com"); ("*", "*") is everybody.

    `conditions`: (operator, key) -> values. `inverted`: the names of Not... elements, which mean all but what they say.
    """

    allows: bool
    actions: list[str]
    resources: list[str]
    principals: list[tuple[str, str]]
    conditions: Conditions
    inverted: list[str]

    @property
    def for_anybody(self) -> bool:
        return any(who == "*" for _, who in self.principals)


def read(document: Any) -> list[Statement] | None:
    """The statements of a document in JSON; None if it is none."""
    try:
        found = json.loads(document) if isinstance(document, str) else None
    except (ValueError, RecursionError):
        return None
    statements = mapping(found).get("Statement")
    listed = statements if isinstance(statements, list) else [statements]
    if not listed or not all(isinstance(one, Mapping) for one in listed):
        return None
    return [_statement(mapping(one)) for one in listed]


def _statement(found: Mapping[str, Any]) -> Statement:
    principal = found.get("Principal", {})
    kinds = principal if isinstance(principal, Mapping) else {"*": principal}
    conditions = {
        (operator, key): _list(values)
        for operator, keys in mapping(found.get("Condition")).items()
        for key, values in mapping(keys).items()
    }
    return Statement(
        found.get("Effect") != "Deny",  # what is neither is taken for the worse
        _list(found.get("Action")),
        _list(found.get("Resource")),
        [(kind, who) for kind, whose in kinds.items() for who in _list(whose)],
        conditions,
        [name for name in ("NotAction", "NotResource", "NotPrincipal") if name in found],
    )


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else texts(value)


def is_service(kind: str, who: str) -> bool:
    """Whether a principal is a service of AWS by its name, and no pattern."""
    return kind == "Service" and SERVICE.fullmatch(who) is not None


def covered(statement: Statement, actions: Iterable[str]) -> Iterator[str]:
    """Those of `actions` (which may hold wildcards themselves) that a statement's actions reach."""
    for action in actions:
        for pattern in statement.actions:
            one, other = action.lower(), pattern.lower()
            if fnmatch.fnmatchcase(one, other) or fnmatch.fnmatchcase(other, one):
                yield pattern
