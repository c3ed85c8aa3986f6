"""Rules about who may do what: an account for each kind of host, with rights on named resources."""

from __future__ import annotations

from collections.abc import Iterator

from infra.guardrails.gcp import tokens
from infra.guardrails.rule import Fault, Rule
from infra.guardrails.stack import Resource, Stack


def _of_hosts(account: Resource, stack: Stack) -> Iterator[Fault]:
    """What no machine runs as is a way in that nobody looks after."""
    if not stack.users(account, tokens.INSTANCE, "serviceAccount"):
        yield Fault("no machine runs as it", "accounts of machines")


def _kinds(machine: Resource, stack: Stack) -> Iterator[Fault]:
    host = stack.host(machine)
    for account in stack.made_from(machine, "serviceAccount", tokens.ACCOUNT):
        others = [stack.host(one) for one in stack.users(account, tokens.INSTANCE, "serviceAccount")]
        if host is not None and any(other and set(other.groups) != set(host.groups) for other in others):
            yield Fault(f"it runs as {account.name}, as hosts of another kind do", "an account for each kind of host")


RULES = (
    Rule("sa-of-hosts", "An account that nobody uses is found by somebody else.", (tokens.ACCOUNT,), _of_hosts),
    Rule("sa-per-kind", "What one kind of host may do, no other needs.", (tokens.INSTANCE,), _kinds),
)
