"""How a stack that somebody made worse is written down, and made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from rehearsal.program import Resource
from tests.infra.guardrails.mutations import closed, opened, put
from tests.infra.guardrails.stacks import find, made

References = Mapping[str, str]
"""Input -> the resource that its value is made from, as `find` takes it; '' for none of the stack."""


@dataclass(frozen=True)
class Spoilt:
    """The stack after the input `at` (its steps between slashes, - behind a list's end) of `what` is `to`.

    Then the `rules` fail, and no others; one of the messages holds the words `says`.
    """

    stack: str
    what: str
    at: str
    to: Any
    rules: str
    says: str
    references: References | None = None

    def made(self) -> list[Resource]:
        return put(made(self.stack), find(self.stack, self.what), self.new())

    def new(self) -> Resource:
        old = find(self.stack, self.what)
        return replace(old, inputs=self._inputs(old), references=self._references(old))

    def _inputs(self, old: Resource) -> dict[str, Any]:
        inputs = opened(old.inputs)
        node: Any = inputs
        *steps, last = self.at.split("/")
        for step in steps:
            node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
        if last == "-":
            node.append(self.to)
        else:
            node[int(last) if isinstance(node, list) else last] = self.to
        return closed(inputs)

    def _references(self, old: Resource) -> dict[str, list[str]]:
        return old.references | urns(self.stack, self.references or {})


@dataclass(frozen=True)
class Added:
    """The stack with another resource, a copy of `like` (or of nothing) with other inputs."""

    stack: str
    type: str
    name: str
    inputs: Mapping[str, Any]
    rules: str
    says: str
    references: References | None = None
    like: str = ""

    def made(self) -> list[Resource]:
        name = f"{self.stack}-{self.name}"
        urn = f"urn:pulumi:{self.stack}::shoestring::{self.type}::{name}"
        base = find(self.stack, self.like) if self.like else Resource(urn, self.type, name, "", True, {})
        inputs = {**base.inputs, **self.inputs}
        references = base.references | urns(self.stack, self.references or {})
        return [
            *made(self.stack),
            replace(base, urn=urn, type=self.type, name=name, inputs=inputs, references=references),
        ]


@dataclass(frozen=True)
class Removed:
    """The stack without a resource."""

    stack: str
    what: str
    rules: str
    says: str

    def made(self) -> list[Resource]:
        gone = find(self.stack, self.what)
        return [one for one in made(self.stack) if one.urn != gone.urn]


@dataclass(frozen=True)
class Unprotected:
    """The stack in which Pulumi may delete a resource."""

    stack: str
    what: str
    rules: str = "protected"
    says: str = "Pulumi would delete it"

    def made(self) -> list[Resource]:
        old = find(self.stack, self.what)
        return put(made(self.stack), old, replace(old, options={}))


def urns(stack: str, references: References) -> dict[str, list[str]]:
    return {key: [find(stack, what).urn] if what else [] for key, what in references.items()}


Case = Spoilt | Added | Removed | Unprotected
