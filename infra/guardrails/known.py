"""The rule that every resource is of a type that some rule judges."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from infra.guardrails.rule import Fault, Rule
from infra.guardrails.stack import STACK, Resource, Stack

OURS = ("shoestring:", "pulumi:")


def known(types: Collection[str], where: str) -> Rule:
    """`types` are listed in the file `where`."""

    def judge(_: Resource, stack: Stack) -> Iterator[Fault]:
        for one in stack:
            if one.type not in types and not one.type.startswith(OURS):
                yield Fault(f"{one.name} is a {one.type}, which no rule judges", f"the types in {where}")

    return Rule("known", "What no rule has been written for may be open, unencrypted or dear.", (STACK,), judge)
