"""Rules about knowing what is there: every resource is of a kind that these rules judge, and says whose it is."""

from __future__ import annotations

from collections.abc import Iterator

from infra import naming
from infra.guardrails.aws import tokens
from infra.guardrails.known import known
from infra.guardrails.rule import Fault, Rule
from infra.guardrails.stack import Resource, Stack
from infra.problems import shown
from infra.seen import mapping

TAGGED = tuple(sorted(tokens.KNOWN - tokens.WITHOUT_TAGS))


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
    known(tokens.KNOWN, "infra/guardrails/aws/tokens.py"),
    Rule("tagged", "What nobody owns is never deleted, and no budget counts it.", TAGGED, _tagged),
)
