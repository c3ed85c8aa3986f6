"""Each rule of the guardrails as a stack policy: the same functions, fed with what Pulumi's engine sees."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from pulumi.runtime.config import get_config_env
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.deserialize import serialize_properties

from infra import exposure, guardrails
from infra.exposure import Exposure
from infra.guardrails import Resource, Rule
from infra.guardrails.stack import Stack
from infra.prices import bill
from infra.prices.table import UnknownPriceError
from infra.settings import Settings
from policy.watched import Watch

INPUTS = "inputs"
"""The one policy that is no rule. See Pack.note."""
CEILING = "cost-ceiling"


@dataclass(frozen=True)
class Registered:
    """A resource as infra/guardrails/stack.py wants it."""

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)
    references: Mapping[str, Sequence[str]] = field(default_factory=dict)


class _Stack(Stack):
    """Whether an input was made from a resource is known before its value is: to ask that is no look at it."""

    def __init__(self, watch: Watch, *what: Any) -> None:
        super().__init__(*what)
        self._watch = watch

    def made_from(self, resource: Resource, name: str, type_: str) -> list[Resource]:
        seen = self._watch.seen
        found = super().made_from(resource, name, type_)
        self._watch.seen = seen
        return found

    def users(self, resource: Resource, type_: str, name: str) -> list[Resource]:
        seen = self._watch.seen
        found = super().users(resource, type_, name)
        self._watch.seen = seen
        return found


@dataclass
class Pack:
    """The policies for a stack of these settings; without any, as Pulumi asks for their names, all are off.

    `table`: who may reach what. `inputs`: of each resource that was noted, by its urn.
    """

    settings: Settings | None
    table: Sequence[Exposure] = ()
    inputs: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of_engine(cls) -> Pack:
        """With the configuration that Pulumi runs the program with. Raises SettingsError or ExposureError."""
        stack = os.environ.get("PULUMI_STACK")
        if not stack:
            return cls(None)
        settings = Settings.of(stack, get_config_env(), Path("stacks", f"Pulumi.{stack}.yaml"))
        return cls(settings, exposure.load())

    def policies(self) -> list[Policy]:
        """One for each rule of every cloud, so that all stacks take the same configuration of them; and `inputs`.

        Those that the stack's cloud has no rule for are off.
        """
        ours = {rule.id for rule in self._rules()}
        what = "Notes what each resource is asked to be, for all the others to judge."
        return [
            ResourceValidationPolicy(name=INPUTS, description=what, validate=self.note),
            *(
                StackValidationPolicy(
                    name=name,
                    description=rule.reason,
                    validate=partial(self.judge, name),
                    enforcement_level=None if name in ours else EnforcementLevel.DISABLED,
                )
                for name, rule in self._by_name().items()
            ),
        ]

    def _by_name(self) -> dict[str, Rule]:
        """Where both clouds have a rule of a name, the stack's own."""
        clouds = sorted(guardrails.CLOUDS, key=lambda cloud: self.settings is not None and cloud == self.settings.cloud)
        return {rule.id: rule for cloud in clouds for rule in guardrails.rules(cloud)}

    def note(self, args: ResourceValidationArgs, _: ReportViolation) -> None:
        """A stack policy gets what a provider made of each resource: a security group with rules that are resources
        of their own, a role with policies likewise. The rules are about what it was asked to be, which comes here.
        """
        self.inputs[args.urn] = serialize_properties(args.props)

    def judge(self, name: str, args: StackValidationArgs, report: ReportViolation) -> None:
        """Reports each fault that one rule finds, but none after it has looked at what is not known yet."""
        assert self.settings is not None, "without any, every policy is off"
        watch = Watch()
        ours = [self._registered(one, watch) for one in args.resources if not one.resource_type.startswith(bill.OURS)]
        monthly = self._monthly(ours, watch, report) if name == CEILING else Decimal(0)
        stack = _Stack(watch, ours, self.settings, monthly, self.table)
        for rule in self._rules():
            for resource in stack.of(*rule.types) if rule.id == name else ():
                watch.seen = False
                for fault in rule.judge(resource, stack):
                    if watch.seen:
                        break
                    report(rule.verdict(resource, fault).message, resource.urn or None)

    def _rules(self) -> Sequence[Rule]:
        return () if self.settings is None else guardrails.rules(self.settings.cloud)

    def _registered(self, one: PolicyResource, watch: Watch) -> Registered:
        made = self.inputs.get(one.urn)  # there are none of what a `--target` left alone
        return Registered(
            urn=one.urn,
            type=one.resource_type,
            name=one.name,
            inputs=watch.over(serialize_properties(one.props) if made is None else made),
            options={"protect": True} if one.opts.protect else {},
            references={name: [each.urn for each in made] for name, made in one.property_dependencies.items() if made},
        )

    def _monthly(self, ours: Sequence[Registered], watch: Watch, report: ReportViolation) -> Decimal:
        """Fixed costs in US dollars a month; what has no price is reported."""
        assert self.settings is not None, "without any, every policy is off"
        try:
            return bill.total(bill.monthly(ours, self.settings), usage=False)
        except UnknownPriceError as unknown:
            if not watch.seen:
                report(f"{unknown} What it costs can't be known, and what can't be known is not made. {unknown.fix}")
            return Decimal(0)
