"""Rules about money: what may be made at all, how many of it, and what a month may cost."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from infra.guardrails import limits
from infra.guardrails.aws import tokens
from infra.guardrails.rule import Fault, Rule, at, must_be, number
from infra.guardrails.stack import Resource, Stack
from infra.problems import shown
from infra.seen import entries, mapping, texts
from infra.sizes import AWS

MOST_ALERT_PERCENT = 100


def _database_kind(database: Resource, _: Stack) -> Iterator[Fault]:
    found, allowed = database.inputs.get("instanceClass"), [size.database_machine for size in AWS.values()]
    if found not in allowed:
        yield Fault(f"it is a {shown(found)}", f"one of {', '.join(allowed)}", "size")


def _database_disk(database: Resource, stack: Stack) -> Iterator[Fault]:
    most = AWS[stack.settings.size].data_gib_most
    for name in ("allocatedStorage", "maxAllocatedStorage"):
        if number(database.inputs.get(name)) > most:
            yield Fault(f"{name} is {shown(database.inputs.get(name))} GiB", f"{most} GiB", "size")
    if database.inputs.get("storageType") not in ("gp3", "gp2"):
        yield Fault(f"storageType is {shown(database.inputs.get('storageType'))}", "gp3, which needs no paid IOPS")


def _kind(machine: Resource) -> str:
    return str(machine.inputs.get("instanceType"))


def _spot(machine: Resource) -> bool:
    return at(machine.inputs, "instanceMarketOptions.marketType") is not None


def _no_credit(machine: Resource, _: Stack) -> Iterator[Fault]:
    bursts = str(machine.inputs.get("instanceType", "")).startswith("t")
    if bursts and at(machine.inputs, "creditSpecification.cpuCredits") != "standard":
        yield Fault("a busy hour is charged on top", "cpuCredits standard")


def _told(_: Resource, stack: Stack) -> Iterator[Fault]:
    if not any(_budget(one, stack) for one in stack.of(tokens.BUDGET)):
        yield Fault(
            "nobody is told when it gets dear",
            "a monthly budget of this environment that writes to all of its addresses of what is spent and will be",
        )


def _budget(budget: Resource, stack: Stack) -> bool:
    inputs, wanted = budget.inputs, stack.settings.budget
    letters = [mapping(one) for one in entries(inputs.get("notifications"))]
    kinds = {one.get("notificationType") for one in letters if _letter(one, wanted.emails)}
    tag = f"user:environment${stack.settings.environment}"
    filters = [mapping(one) for one in entries(inputs.get("costFilters"))]
    own = all(one.get("name") == "TagKeyValue" and one.get("values") == [tag] for one in filters)
    try:
        within = 0 < Decimal(str(inputs.get("limitAmount"))) <= wanted.monthly_usd
    except InvalidOperation:
        return False
    shape = [inputs.get(name) for name in ("budgetType", "limitUnit", "timeUnit")] == ["COST", "USD", "MONTHLY"]
    return shape and own and within and {"ACTUAL", "FORECASTED"} <= kinds


def _letter(letter: object, emails: list[str]) -> bool:
    found = mapping(letter)
    due = found.get("thresholdType") == "PERCENTAGE" and found.get("comparisonOperator") == "GREATER_THAN"
    due = due and 0 < number(found.get("threshold")) <= MOST_ALERT_PERCENT
    return due and set(emails) <= set(texts(found.get("subscriberEmailAddresses")))


_MACHINE, _WHOLE = (tokens.INSTANCE,), (tokens.STACK,)
RULES = (
    *limits.rules(tokens.INSTANCE, tokens.DATABASE, _kind, _spot),
    Rule(
        "cost-database-types",
        "One letter in a type can cost a thousand times as much.",
        (tokens.DATABASE,),
        _database_kind,
    ),
    Rule("cost-database-disk", "A disk that grows is paid for, and never shrinks.", (tokens.DATABASE,), _database_disk),
    Rule("cost-no-credit", "Nothing may cost more because it is busy.", _MACHINE, _no_credit),
    Rule(
        "cost-no-extended-support",
        "An old version costs more each hour than the machine that it runs on.",
        (tokens.DATABASE,),
        must_be("engineLifecycleSupport", "open-source-rds-extended-support-disabled"),
    ),
    Rule("cost-budget", "The cloud's own count reaches those who pay while it can still be stopped.", _WHOLE, _told),
)
