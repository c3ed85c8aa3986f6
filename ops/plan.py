"""`plan`: what an environment in a cloud would be, what a month of it costs, and what the guardrails say of it.

Runs the real program with a cloud that is invented, so it needs no CLI, no credentials and no network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from infra import documents, guardrails
from infra.guardrails import Verdict
from infra.placeholders import placeholders
from infra.prices import bill, table
from infra.prices.bill import Line
from infra.problems import SettingsError
from infra.settings import Settings
from ops import environment as environments
from ops import invented
from ops.cloud import preview
from ops.cloud.preview import Preview
from ops.environment import ROOT, Environment
from ops.errors import OperationError

if TYPE_CHECKING:
    from rehearsal.program import Resource

OK, REFUSED = "ok", "refused"


@dataclass(frozen=True)
class Plan:
    """What there is to know of an environment before it is made. Sums are US dollars a month.

    `resources` are all that the program registers, components and the stack too, by their names.
    """

    settings: Settings
    resources: Sequence[Resource]
    lines: Sequence[Line]
    verdicts: Sequence[Verdict]
    warnings: Sequence[str] = ()
    preview: Preview = field(default_factory=lambda: Preview(skipped="it was not asked for"))

    @property
    def environment(self) -> str:
        return self.settings.environment

    @property
    def fixed(self) -> Decimal:
        """What is paid whether it is used or not; the ceiling is held against it."""
        return bill.total(self.lines, usage=False)

    @property
    def usage(self) -> Decimal:
        """What is paid by use, with the use that is assumed."""
        return bill.total(self.lines, usage=True)

    @property
    def faults(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if not verdict.ok]

    @property
    def result(self) -> str:
        return REFUSED if self.faults else OK

    def plain(self) -> dict[str, Any]:
        """What FORMAT=json prints: sums as text with two decimals, as a float would not be exact."""
        made = [one for one in self.resources if not one.type.startswith("pulumi:")]
        return {
            "result": self.result,
            "environment": self.environment,
            "region": self.settings.region,
            "monthly_usd": {
                "fixed": f"{self.fixed:f}",
                "usage": f"{self.usage:f}",
                "total": f"{self.fixed + self.usage:f}",
                "budget": self.settings.budget.monthly_usd,
            },
            "lines": [asdict(line) | {"usd": None if line.usd is None else f"{line.usd:f}"} for line in self.lines],
            "resources": [
                {"urn": one.urn, "type": one.type, "name": one.name, "parent": one.parent or None} for one in made
            ],
            "verdicts": [asdict(verdict) for verdict in self.verdicts],
            "warnings": list(self.warnings),
            "preview": asdict(self.preview),
        }


def run(name: str, today: date | None = None) -> list[Plan]:
    """The plan of an environment, or of each in a cloud for `all`.

    Raises SettingsError, or OperationError if something has no price or there is nothing to plan.
    """
    if name == environments.EVERY:
        found = [Environment.resolve(each) for each in environments.environments(ROOT / "stacks")]
        chosen = [each for each in found if each.cloud]
    else:
        chosen = [Environment.resolve(name)]
    if not chosen or not chosen[0].cloud:
        raise OperationError(
            f"{name!r} is in no cloud: its hosts are made on this machine, or are your own.",
            "There is nothing that would be made elsewhere or cost a rent, so there is nothing to plan.",
            "make plan ENV=aws-dev, or ENV=all to compare all that are in a cloud",
        )
    return [of(each, today or date.today()) for each in chosen]


def of(environment: Environment, today: date) -> Plan:
    """The plan of an environment in a cloud. Raises as `run` does."""
    from rehearsal import program  # an SDK that is installed for environments in a cloud alone

    settings = environment.settings()
    made = program.run(environment.stack, invented.cloud(settings), preview=True)
    prices = table.of(settings.cloud)
    # The program registers from several threads at once, and a plan is the same each time.
    registered = sorted(made.resources, key=lambda one: (one.name, one.urn))
    lines, verdicts = judged(registered, settings, prices)
    return Plan(
        settings=settings,
        resources=registered,
        lines=lines,
        verdicts=verdicts,
        warnings=warnings(environment, settings, prices, today),
        preview=preview.of(environment),
    )


def judged(
    registered: Sequence[Resource], settings: Settings, prices: table.Table | None = None
) -> tuple[list[Line], list[Verdict]]:
    """The bill of what the program registers, and what each guardrail says. Raises OperationError without a price."""
    resources = [one for one in registered if one.custom and not one.type.startswith(bill.OURS)]
    try:
        lines = bill.monthly(resources, settings, prices)
    except table.UnknownPriceError as unknown:
        raise OperationError(
            str(unknown),
            f"What {settings.environment!r} costs can't be known, and what can't be known is not made.",
            unknown.fix,
        ) from None
    return lines, guardrails.check(resources, settings, bill.total(lines, usage=False))


def warnings(environment: Environment, settings: Settings, prices: table.Table, today: date) -> list[str]:
    """What does not speak against the plan, and will against `make up`, or against trusting its figures."""
    file = environment.stack.relative_to(environment.root)
    found = [
        f"{file}: {one.path} has {one.found}: write your own before `make up`"
        for one in placeholders(documents.read(environment.stack, SettingsError))
    ]
    return [*found, *filter(None, [prices.stale(settings.region, today)])]
