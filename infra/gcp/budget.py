"""A month's budget for one environment, with letters to those who pay."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra import naming
from infra.settings_clouds import Gcp


@dataclass(frozen=True)
class BudgetArgs:
    settings: Gcp


class Budget(pulumi.ComponentResource):
    """Counts what carries the environment's label in its project, on the billing account that the settings name."""

    def __init__(self, name: str, args: BudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shoestring:gcp:Budget", name, None, opts)
        settings = args.settings
        child = pulumi.ResourceOptions(parent=self)
        title = naming.name(name, "month")
        letters = [
            gcp.monitoring.NotificationChannel(
                naming.name(title, str(number)),
                type="email",
                display_name=f"The budget of {settings.environment}",
                labels={"email_address": email},
                user_labels=naming.labels(settings, title),
                opts=child,
            )
            for number, email in enumerate(settings.budget.emails, 1)
        ]
        self.budget = gcp.billing.Budget(
            title,
            billing_account=settings.billing_account,
            display_name=title,
            budget_filter={
                "projects": [f"projects/{settings.project}"],
                "labels": {"environment": settings.environment},
                "calendar_period": "MONTH",
            },
            amount={
                "specified_amount": {"currency_code": "USD", "units": str(settings.budget.monthly_usd)},
            },
            threshold_rules=[
                {"threshold_percent": 0.8, "spend_basis": "CURRENT_SPEND"},
                {"threshold_percent": 1.0, "spend_basis": "FORECASTED_SPEND"},
            ],
            all_updates_rule={
                "monitoring_notification_channels": [each.id for each in letters],
                "disable_default_iam_recipients": False,
            },
            opts=child,
        )
        self.register_outputs({})
