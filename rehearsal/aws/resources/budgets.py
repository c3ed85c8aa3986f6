"""AWS Budgets."""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.aws.emulation import Emulation, emulates
from rehearsal.aws.inputs import Inputs


@emulates("aws:budgets/budget:Budget")
class Budget(Emulation):
    recorded: ClassVar = {
        "tags": "moto has no tags of budgets",
        "notifications[].subscriberEmailAddresses": "moto can't list the subscribers of a notification",
    }

    def create(self) -> str:
        name = self.physical(100)
        given = self.given
        budget: dict[str, Any] = {"BudgetName": name, **given.pick(BudgetType="budgetType", TimeUnit="timeUnit")}
        if amount := given.get("limitAmount"):
            budget["BudgetLimit"] = {"Amount": amount, "Unit": given.get("limitUnit")}
        if filters := given.parts("costFilters"):
            budget["CostFilters"] = {each.get("name"): each.get("values") for each in filters}
        self.aws("budgets").create_budget(
            AccountId=self.aws.id,
            Budget=budget,
            NotificationsWithSubscribers=[_notification(each) for each in given.parts("notifications")],
            ResourceTags=given.tags(),
        )
        return f"{self.aws.id}:{name}"

    def read(self, identity: str) -> dict[str, Any]:
        name = identity.partition(":")[2]
        budget = self.aws("budgets").describe_budget(AccountId=self.aws.id, BudgetName=name)["Budget"]
        return {
            "name": budget["BudgetName"],
            "accountId": self.aws.id,
            "arn": f"arn:{self.aws.partition}:budgets::{self.aws.id}:budget/{name}",
            "budgetType": budget["BudgetType"],
            "limitAmount": budget["BudgetLimit"]["Amount"],
            "timeUnit": budget["TimeUnit"],
        }

    def delete(self, identity: str) -> None:
        self.aws("budgets").delete_budget(AccountId=self.aws.id, BudgetName=identity.partition(":")[2])


def _notification(given: Inputs) -> dict[str, Any]:
    mails = [{"SubscriptionType": "EMAIL", "Address": mail} for mail in given.get("subscriberEmailAddresses", [])]
    topics = [{"SubscriptionType": "SNS", "Address": arn} for arn in given.get("subscriberSnsTopicArns", [])]
    return {
        "Notification": {
            **given.pick(
                NotificationType="notificationType",
                ComparisonOperator="comparisonOperator",
                ThresholdType="thresholdType",
            ),
            "Threshold": float(given.get("threshold")),
        },
        "Subscribers": mails + topics,
    }
