"""What `plan` prints for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from infra.guardrails import Verdict
from infra.prices import bill
from infra.prices.bill import Line
from infra.prices.table import FILE
from ops.plan import OK, REFUSED, Plan

if TYPE_CHECKING:
    from rehearsal.program import Resource

FIXED, ALL = "fixed", "in all"


def show(plans: Sequence[Plan], as_json: bool, many: bool) -> None:
    """To standard output. As JSON one environment is an object, and `many` are a list in one."""
    if not as_json:
        text(plans, Console(highlight=False))
        return
    result = OK if all(plan.result == OK for plan in plans) else REFUSED
    plain = [plan.plain() for plan in plans]
    sys.stdout.write(json.dumps({"result": result, "environments": plain} if many else plain[0], indent=2) + "\n")


def text(plans: Sequence[Plan], console: Console) -> None:
    """One environment in full, or several side by side; what speaks against them comes last, where it is seen."""
    if len(plans) == 1:
        _whole(plans[0], console)
    else:
        _side_by_side(plans, console)
    for plan in plans:
        _end(plan, console, named=len(plans) > 1)


def rows(plans: Sequence[Plan]) -> list[list[str]]:
    """The comparison: a head, a row for each kind of cost, the sums. README has the same table."""
    table = [["US dollars a month", *(plan.environment for plan in plans)]]
    kinds = [*dict.fromkeys(bill.KINDS.values()), bill.OTHER]
    for kind in kinds:
        sums = [bill.total(line for line in plan.lines if line.kind == kind) for plan in plans]
        if any(sums):
            table.append([kind, *map(_usd, sums)])
    table.append([FIXED, *(_usd(plan.fixed) for plan in plans)])
    table.append([bill.BY_USE, *(_usd(plan.usage) for plan in plans)])
    table.append([ALL, *(_usd(plan.fixed + plan.usage) for plan in plans)])
    return table


def _usd(sum_: Decimal) -> str:
    return f"{sum_:,.2f}" if sum_ else "-"


def _whole(plan: Plan, console: Console) -> None:
    settings = plan.settings
    about = f"{settings.region}, {settings.tier}, {settings.size}"
    console.print(Text(f"{plan.environment}  {about}: {len(plan.verdicts)} verdicts, {plan.result}", style="bold"))
    _heading(console, "What would exist")
    for line in _tree(plan):
        _line(console, line)
    _heading(console, "What a month costs, in US dollars")
    _lines(console, [line for line in plan.lines if not line.usage and line.usd is not None], FIXED, plan.fixed)
    paid_by_use = [line for line in plan.lines if line.usage]
    _lines(console, paid_by_use, f"{bill.BY_USE}, if it is used so much", plan.usage)
    _line(console, f"{plan.fixed + plan.usage:9,.2f}  {ALL}, of a budget of {settings.budget.monthly_usd}.00", "bold")
    _free(console, plan.lines)
    _doubts(console, plan.lines)
    _heading(console, "What the guardrails say")
    _verdicts(console, plan.verdicts)


def _heading(console: Console, title: str) -> None:
    console.print(Text(f"\n{title}", style="bold"))


def _line(console: Console, content: str, style: str = "") -> None:
    console.print(Text(content, style=style), soft_wrap=True)


def _tree(plan: Plan) -> Iterator[str]:
    """A line for each resource, below its component."""
    known = {one.urn for one in plan.resources}
    children: dict[str, list[Resource]] = {}
    for one in plan.resources:
        # The SDK's mock monitor registers no stack, which is the parent of whatever names none.
        children.setdefault(one.parent if one.parent in known else "", []).append(one)

    def below(parent: str, depth: int) -> Iterator[str]:
        for one in sorted(children.get(parent, []), key=lambda one: (one.custom, one.type, one.name)):
            yield "  " * depth + f"{bill.kind(one.type)} {one.name}"
            yield from below(one.urn, depth + 1)

    return below("", 1)


def _lines(console: Console, lines: Iterable[Line], title: str, total: Decimal) -> None:
    for line in sorted(lines, key=lambda line: (-(line.usd or 0), line.resource)):
        note = f"  ({line.note})" if line.note else ""
        _line(console, f"{line.usd:9,.2f}  {line.what}, {line.resource}{note}")
    _line(console, f"{total:9,.2f}  {title}\n", "bold")


def _free(console: Console, lines: Iterable[Line]) -> None:
    """What costs nothing, by the reason."""
    why: dict[str, list[str]] = {}
    for line in lines:
        if line.usd is None:
            why.setdefault(line.note, []).append(line.what)
    _heading(console, "Free")
    for reason, kinds in why.items():
        counted = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
        _line(console, f"  {counted}: {reason}")


def _doubts(console: Console, lines: Iterable[Line]) -> None:
    """Whose price is less than sure."""
    doubted: dict[str, list[str]] = {}
    for line in lines:
        if line.doubt and line.usd:
            doubted.setdefault(line.doubt, []).append(line.what)
    if doubted:
        _heading(console, f"Prices that two sources do not confirm (infra/prices/{FILE.name})")
    for doubt, whats in doubted.items():
        _line(console, f"  {', '.join(dict.fromkeys(whats))}: {doubt}")


def _verdicts(console: Console, verdicts: Sequence[Verdict]) -> None:
    """A line for each rule; each fault is said in full."""
    for rule in dict.fromkeys(verdict.rule for verdict in verdicts):
        ours = [verdict for verdict in verdicts if verdict.rule == rule]
        bad = [verdict for verdict in ours if not verdict.ok]
        word = f"{len(bad)} bad" if bad else "ok"
        _line(console, f"  {word:6} {rule}: {len(ours)}", "red" if bad else "")


def _side_by_side(plans: Sequence[Plan], console: Console) -> None:
    head, *body = rows(plans)
    table = Table(box=None, padding=(0, 2))
    for number, title in enumerate(head):
        table.add_column(title, justify="right" if number else "left")
    for row in body:
        table.add_row(*row, style="bold" if row[0] in (FIXED, ALL) else None)
    console.print(table)
    for plan in plans:
        settings = plan.settings
        hosts = ", ".join(f"{host.name} ({' '.join(host.groups)})" for host in settings.hosts)
        _line(console, f"\n{plan.environment}: {settings.region}, {settings.tier}, {settings.size}; {hosts}")
        made = sum(not one.type.startswith(bill.OURS) for one in plan.resources)
        _line(console, f"  {made} resources, {len(plan.verdicts)} verdicts of the guardrails: {plan.result}")


def _end(plan: Plan, console: Console, named: bool) -> None:
    of = f"{plan.environment}: " if named else ""
    if not named and plan.preview.diff:
        _heading(console, "What pulumi preview says")
        _line(console, plan.preview.diff)
    elif plan.preview.skipped:
        _line(console, f"\n{of}pulumi preview was skipped: {plan.preview.skipped}", "dim")
    for warning in plan.warnings:
        _line(console, f"{of}warning: {warning}", "yellow")
    for fault in plan.faults:
        _line(console, f"{of}{fault.rule}: {fault.message}. {fault.reason}", "red")
    if plan.result != OK:
        _line(
            console,
            f"{of}{len(plan.faults)} of {len(plan.verdicts)} verdicts are bad: it would not be made",
            "bold red",
        )
