"""Rules about money that are the same in every cloud: how many of what, and what a month may cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from infra import machines, settings_limits
from infra.guardrails.rule import Fault, Rule
from infra.guardrails.stack import STACK, Resource, Stack
from infra.problems import shown

Kind = Callable[[Resource], str]
"""The machine type of a machine."""


def rules(machine: str, database: str, kind: Kind, spot: Callable[[Resource], bool]) -> tuple[Rule, ...]:
    """For a cloud whose machines and managed databases are resources of these types."""

    def _kind(one: Resource, stack: Stack) -> Iterator[Fault]:
        found, allowed = kind(one), settings_limits.allowed(stack.settings)
        if found not in allowed:
            yield Fault(f"it is a {shown(found)}", f"one of {', '.join(allowed)}", "limits.machines")
        elif machines.arm64(found):
            yield Fault(f"{found} is an arm64 machine", "an amd64 machine, as the image is")

    def _hosts(_: Resource, stack: Stack) -> Iterator[Fault]:
        found, most = len(stack.of(machine)), stack.settings.limits.hosts
        if found > most:
            yield Fault(f"{found} machines", str(most), "limits.hosts")

    def _spots(_: Resource, stack: Stack) -> Iterator[Fault]:
        found, most = sum(map(spot, stack.of(machine))), stack.settings.limits.spot
        if found > most:
            yield Fault(f"{found} spot machines", str(most), "limits.spot")

    def _gpus(_: Resource, stack: Stack) -> Iterator[Fault]:
        counts = [machines.accelerators(kind(one)) for one in stack.of(machine)]
        found, most = sum(count or 0 for count in counts), stack.settings.limits.gpus
        if found > most:
            yield Fault(f"{found} GPUs", str(most), "limits.gpus")
        if None in counts:
            yield Fault("a machine whose GPUs are not known", "a family that is in infra/machines.py")

    def _managed_asked_for(_: Resource, stack: Stack) -> Iterator[Fault]:
        found, most = len(stack.of(database)), int(stack.settings.database == "managed")
        if found > most:
            yield Fault(f"{found} managed databases", str(most), "" if most else "database")

    one, whole = (machine,), (STACK,)
    return (
        Rule("cost-machine-types", "One letter in a type can cost a thousand times as much.", one, _kind),
        Rule("cost-hosts", "Each machine is paid for by the hour, busy or not.", whole, _hosts),
        Rule("cost-spot", "A spot machine goes away when somebody pays more.", whole, _spots),
        Rule("cost-gpus", "A GPU costs as much as everything else together.", whole, _gpus),
        Rule("cost-asked-for", "What nobody asked for is paid for all the same.", one, _asked_for),
        Rule("cost-databases", "What nobody asked for is paid for all the same.", whole, _managed_asked_for),
        Rule("cost-ceiling", "What a month costs is known before it begins.", whole, _ceiling),
    )


def _asked_for(machine: Resource, stack: Stack) -> Iterator[Fault]:
    if stack.host(machine) is None:
        yield Fault("no setting names it", "the hosts of the settings", "hosts")


def _ceiling(_: Resource, stack: Stack) -> Iterator[Fault]:
    most = stack.settings.budget.monthly_usd
    if not (stack.monthly.is_finite() and 0 <= stack.monthly <= most):
        yield Fault(f"{stack.monthly} USD a month", f"{most} USD", "budget.monthly_usd")
