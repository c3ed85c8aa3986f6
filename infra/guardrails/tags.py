"""Rules about knowing what is there: every resource is of a kind that these rules judge, and says whose it is."""

from __future__ import annotations

from collections.abc import Iterator

from infra import naming
from infra.guardrails import tokens
from infra.guardrails.rule import Fault, Rule
from infra.guardrails.stack import Resource, Stack
from infra.problems import shown
from infra.seen import mapping

OURS = ("shoestring:", "pulumi:")
TAGGED = tuple(sorted(tokens.KNOWN - tokens.WITHOUT_TAGS))


def _known(_: Resource, stack: Stack) -> Iterator[Fault]:
    for one in stack:
        if one.type not in tokens.KNOWN and not one.type.startswith(OURS):
            yield Fault(f"{one.name} is a {one.type}, which no rule judges", "the types in infra/guardrails/tokens.py")


def _tagged(resource: Resource, stack: Stack) -> Iterator[Fault]:
    wanted = naming.tags(stack.settings, resource.name)
    places = [("", resource.inputs.get("tags"))]
    if resource.type == tokens.INSTANCE:
        places.append(("rootBlockDevice: ", mapping(resource.inputs.get("rootBlockDevice")).get("tags")))
    for where, tags in places:
        for name, value in wanted.items():
            found = mapping(tags).get(name)
            if not found or (name != "Name" and found != value):
                yield Fault(f"{where}its tag {name} is {shown(found)}", value if name != "Name" else "a name")


RULES = (
    Rule("known", "What no rule has been written for may be open, unencrypted or dear.", (tokens.STACK,), _known),
    Rule("tagged", "What nobody owns is never deleted, and no budget counts it.", TAGGED, _tagged),
)
