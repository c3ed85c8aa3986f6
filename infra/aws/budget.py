"""A month's budget for one environment, with letters to those who pay."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import naming
from infra.settings import Settings


@dataclass(frozen=True)
class BudgetArgs:
    settings: Settings


class Budget(pulumi.ComponentResource):
    """Counts what carries the environment's tag, which the account must have activated as a cost allocation tag."""

    def __init__(self, name: str, args: BudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shoestring:aws:Budget", name, None, opts)
        title = naming.name(name, "month")
        self.budget = aws.budgets.Budget(
            title,
            budget_type="COST",
            limit_amount=str(args.settings.budget.monthly_usd),
            limit_unit="USD",
            time_unit="MONTHLY",
            cost_filters=[{"name": "TagKeyValue", "values": [f"user:environment${args.settings.environment}"]}],
            notifications=[_letter(args.settings, "ACTUAL", 80), _letter(args.settings, "FORECASTED", 100)],
            tags=naming.tags(args.settings, title),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def _letter(settings: Settings, of: str, percent: int) -> aws.budgets.BudgetNotificationArgsDict:
    return {
        "notification_type": of,
        "comparison_operator": "GREATER_THAN",
        "threshold": percent,
        "threshold_type": "PERCENTAGE",
        "subscriber_email_addresses": settings.budget.emails,
    }
