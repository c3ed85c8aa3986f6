"""Rules about money: what may be made at all, how many of it, and what a month may cost."""

from __future__ import annotations

from collections.abc import Iterator

from infra.guardrails import limits
from infra.guardrails.gcp import tokens
from infra.guardrails.rule import Fault, Rule, at, number
from infra.guardrails.stack import Resource, Stack
from infra.problems import shown
from infra.seen import entries, mapping
from infra.sizes import GCP


def _kind(machine: Resource) -> str:
    return str(machine.inputs.get("machineType"))


def _spot(machine: Resource) -> bool:
    wanted = mapping(machine.inputs.get("scheduling"))
    return wanted.get("provisioningModel") == "SPOT" or wanted.get("preemptible") is True


def _gpus_beside(machine: Resource, _: Stack) -> Iterator[Fault]:
    if entries(machine.inputs.get("guestAccelerators")):
        yield Fault("it has GPUs beside its type's, which no limit counts", "a machine type that has them")


def _database_kind(database: Resource, _: Stack) -> Iterator[Fault]:
    found, allowed = at(database.inputs, "settings.tier"), [size.database_machine for size in GCP.values()]
    if found not in allowed:
        yield Fault(f"it is a {shown(found)}", f"one of {', '.join(allowed)}", "size")
    if at(database.inputs, "settings.edition") != "ENTERPRISE":
        yield Fault(f"its edition is {shown(at(database.inputs, 'settings.edition'))}", "ENTERPRISE")


def _database_disk(database: Resource, stack: Stack) -> Iterator[Fault]:
    most = GCP[stack.settings.size].data_gib_most
    for name in ("diskSize", "diskAutoresizeLimit"):
        found = number(at(database.inputs, f"settings.{name}"))
        if not 0 < found <= most:
            yield Fault(f"{name} is {found:g} GiB", f"{most} GiB", "size")


def _told(_: Resource, stack: Stack) -> Iterator[Fault]:
    if not any(_budget(one, stack) for one in stack.of(tokens.BUDGET)):
        yield Fault(
            "nobody is told when it gets dear",
            "a monthly budget of this environment that writes to all of its addresses of what is spent and will be",
        )


def _budget(budget: Resource, stack: Stack) -> bool:
    wanted, inputs = stack.settings.budget, budget.inputs
    amount = mapping(at(inputs, "amount.specifiedAmount"))
    within = amount.get("currencyCode") == "USD" and 0 < int(amount.get("units") or 0) <= wanted.monthly_usd
    own = mapping(at(inputs, "budgetFilter.labels")) == {"environment": stack.settings.environment}
    monthly = at(inputs, "budgetFilter.calendarPeriod") == "MONTH"
    rules = [mapping(one) for one in entries(inputs.get("thresholdRules"))]
    due = {one.get("spendBasis") for one in rules if 0 < number(one.get("thresholdPercent")) <= 1}
    channels = stack.made_from(budget, "allUpdatesRule", tokens.CHANNEL)
    told = {at(one.inputs, "labels.email_address") for one in channels if one.inputs.get("type") == "email"}
    return within and own and monthly and {"CURRENT_SPEND", "FORECASTED_SPEND"} <= due and set(wanted.emails) <= told


RULES = (
    *limits.rules(tokens.INSTANCE, tokens.DATABASE, _kind, _spot),
    Rule("cost-no-other-gpus", "A GPU costs as much as everything else together.", (tokens.INSTANCE,), _gpus_beside),
    Rule(
        "cost-database-types",
        "One letter in a type can cost a thousand times as much.",
        (tokens.DATABASE,),
        _database_kind,
    ),
    Rule("cost-database-disk", "A disk that grows is paid for, and never shrinks.", (tokens.DATABASE,), _database_disk),
    Rule(
        "cost-budget",
        "The cloud's own count reaches those who pay while it can still be stopped.",
        (tokens.STACK,),
        _told,
    ),
)
