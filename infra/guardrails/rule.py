"""What a rule is, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from infra.guardrails.stack import Resource, Stack
from infra.problems import shown
from infra.seen import mapping
from infra.stack_file import key


@dataclass(frozen=True)
class Fault:
    """One thing that breaks a rule: what was found, the limit, and the setting that raises it, if any does."""

    found: str
    limit: str
    setting: str = ""


@dataclass(frozen=True)
class Verdict:
    """What a rule says of a resource. `message` is for people; `setting` is the key that raises the limit, or ''."""

    rule: str
    reason: str
    type: str
    resource: str
    ok: bool
    message: str = ""
    setting: str = ""


Judge = Callable[[Resource, Stack], Iterator[Fault]]


@dataclass(frozen=True)
class Rule:
    """`judge` yields what is wrong with a resource of one of the `types`. `reason`: one sentence, why it matters."""

    id: str
    reason: str
    types: tuple[str, ...]
    judge: Judge

    def verdicts(self, stack: Stack) -> Iterator[Verdict]:
        """One for each fault, and one for each resource without any."""
        for resource in stack.of(*self.types):
            faults = list(self.judge(resource, stack))
            for fault in faults:
                yield self.verdict(resource, fault)
            if not faults:
                yield Verdict(self.id, self.reason, resource.type, resource.name, True)

    def verdict(self, resource: Resource, fault: Fault) -> Verdict:
        """What is said of a fault of a resource."""
        setting = key(fault.setting) if fault.setting else ""
        way = f"`{setting}` raises it" if setting else "no setting loosens it"
        text = f"{resource.name}: {fault.found}; the limit is {fault.limit}, and {way}"
        return Verdict(self.id, self.reason, resource.type, resource.name, False, text, setting)


def at(inputs: Any, path: str) -> Any:
    """The value at a path such as metadataOptions.httpTokens; None where there is none."""
    for step in path.split("."):
        inputs = mapping(inputs).get(step)
    return inputs


def same(one: Any, other: Any) -> bool:
    """Equal, and not as 1 equals true."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def must_be(path: str, *values: Any, in_prod: bool = False) -> Judge:
    """A judge: the input at `path` is one of `values`; with `in_prod`, only there."""

    def judge(resource: Resource, stack: Stack) -> Iterator[Fault]:
        found = at(resource.inputs, path)
        if not (in_prod and not stack.settings.prod) and not any(same(found, value) for value in values):
            limit = " or ".join(shown(value) for value in values) + (" in prod" if in_prod else "")
            yield Fault(f"{path} is {shown(found)}", limit)

    return judge


def number(value: Any) -> float:
    """A number of the wire; 0 for what is none."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def both(*judges: Judge) -> Judge:
    """A judge that yields what each of `judges` does."""

    def judge(resource: Resource, stack: Stack) -> Iterator[Fault]:
        for one in judges:
            yield from one(resource, stack)

    return judge
