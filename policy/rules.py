"""Each rule of the guardrails as a stack policy: the same functions, fed with what Pulumi's engine sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pulumi
from pulumi_policy import PolicyResource, ReportViolation, StackValidationArgs, StackValidationPolicy
from pulumi_policy.deserialize import serialize_properties
from pulumi_policy.proxy import _is_unknown

from infra import exposure, guardrails
from infra.guardrails import Rule
from infra.guardrails.stack import Stack
from infra.prices import bill
from infra.settings import Settings

STACKS = Path(__file__).resolve().parents[1] / "stacks"


@dataclass(frozen=True)
class Registered:
    """A resource as infra/guardrails/stack.py wants it."""

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)
    references: Mapping[str, Sequence[str]] = field(default_factory=dict)


def policies() -> list[StackValidationPolicy]:
    """One for each rule of every cloud; those of other clouds than the stack's find nothing to judge."""
    return [
        StackValidationPolicy(name=name, description=rules[0].reason, validate=partial(_validate, name))
        for name, rules in _by_name().items()
    ]


def _by_name() -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for cloud in guardrails.CLOUDS:
        for rule in guardrails.rules(cloud):
            found.setdefault(rule.id, []).append(rule)
    return found


def _validate(name: str, args: StackValidationArgs, report: ReportViolation) -> None:
    settings = Settings.load(STACKS / f"Pulumi.{pulumi.get_stack()}.yaml")
    made = [_registered(one) for one in args.resources]
    ours = [one for one in made if not one.type.startswith(bill.OURS)]
    monthly = bill.total(bill.monthly(ours, settings), usage=False)
    stack = Stack(ours, settings, monthly, exposure.load())
    urns = {(one.type, one.name): one for one in ours}
    for rule in guardrails.rules(settings.cloud):
        for verdict in rule.verdicts(stack) if rule.id == name else ():
            one = urns.get((verdict.type, verdict.resource))
            # What a resource has not told yet can't be judged; `pulumi up` judges it again once everything is there.
            unsure = pulumi.runtime.is_dry_run() and one is not None and _unknown(one.inputs)
            if not verdict.ok and not unsure:
                report(verdict.message, one.urn if one else None)


def _registered(one: PolicyResource) -> Registered:
    return Registered(
        urn=one.urn,
        type=one.resource_type,
        name=one.name,
        inputs=serialize_properties(one.props),
        options={"protect": True} if one.opts.protect else {},
        references={name: [each.urn for each in made] for name, made in one.property_dependencies.items() if made},
    )


def _unknown(value: Any) -> bool:
    """Whether a value holds one that the engine does not know before it makes a resource."""
    if isinstance(value, Mapping):
        return any(map(_unknown, value.values()))
    if isinstance(value, list):
        return any(map(_unknown, value))
    return bool(_is_unknown(value))
