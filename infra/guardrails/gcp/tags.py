"""Rules about knowing what is there: every resource is of a kind that these rules judge, and says whose it is."""

from __future__ import annotations

from collections.abc import Iterator

from infra import naming
from infra.guardrails.gcp import tokens
from infra.guardrails.known import known
from infra.guardrails.rule import Fault, Rule, at
from infra.guardrails.stack import Resource, Stack
from infra.problems import shown
from infra.seen import mapping


def _labelled(resource: Resource, stack: Stack) -> Iterator[Fault]:
    wanted = naming.labels(stack.settings, resource.name)
    places = [("", at(resource.inputs, tokens.LABELLED[resource.type]))]
    if resource.type == tokens.INSTANCE:
        places.append(("bootDisk: ", at(resource.inputs, "bootDisk.initializeParams.labels")))
    for where, labels in places:
        for name, value in wanted.items():
            found = mapping(labels).get(name)
            if not found or (name != "name" and found != value):
                yield Fault(f"{where}its label {name} is {shown(found)}", value if name != "name" else "a name")


RULES = (
    known(tokens.KNOWN, "infra/guardrails/gcp/tokens.py"),
    Rule("labelled", "What nobody owns is never deleted, and no budget counts it.", tuple(tokens.LABELLED), _labelled),
)
