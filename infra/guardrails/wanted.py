"""What holds only while the settings protect an environment from being deleted."""

from __future__ import annotations

from collections.abc import Iterator

from infra.guardrails.rule import Fault, Judge
from infra.guardrails.stack import Resource, Stack

SETTING = "deletion_protection"


def while_wanted(judge: Judge) -> Judge:
    """A judge that holds only while the settings protect; production always is."""

    def inner(resource: Resource, stack: Stack) -> Iterator[Fault]:
        if stack.settings.deletion_protection or stack.settings.prod:
            for fault in judge(resource, stack):
                yield Fault(fault.found, fault.limit, SETTING if not stack.settings.prod else "")

    return inner


def protected(resource: Resource, _: Stack) -> Iterator[Fault]:
    """Pulumi itself would refuse to delete it."""
    if resource.options.get("protect") is not True:
        yield Fault("Pulumi would delete it", "protect")
