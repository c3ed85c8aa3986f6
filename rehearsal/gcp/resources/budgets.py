"""The month's budget, and whom Google writes to."""

from __future__ import annotations

from rehearsal.gcp import names
from rehearsal.gcp.records import Record, Told, tells


@tells("gcp:billing/budget:Budget")
def budget(record: Record) -> Told:
    made = names.digest(record.resource.urn)
    uuid = "-".join(made[start:end] for start, end in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32)))
    path = f"billingAccounts/{record.inputs['billingAccount']}/budgets/{uuid}"
    return path, {"name": path}


@tells("gcp:monitoring/notificationChannel:NotificationChannel")
def letters(record: Record) -> Told:
    path = f"projects/{record.project.id}/notificationChannels/{names.number(record.resource)}"
    return path, {"name": path, "project": record.project.id, "verificationStatus": "UNVERIFIED"}
