"""What a stack's settings ask for beyond its limits. The guardrails say the same of what is really made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from infra import machines
from infra.prices import table
from infra.problems import Problem, nearest
from infra.sizes import CLOUDS
from infra.stack_file import key

if TYPE_CHECKING:
    from infra.settings import Settings

LIMITS = key("limits")


def allowed(settings: Settings) -> list[str]:
    """The machine types that a host may be of."""
    return [*dict.fromkeys(size.machine for size in CLOUDS[settings.cloud].values()), *settings.limits.machines]


def _machines_are_known(settings: Settings) -> Iterator[Problem]:
    for index, host in enumerate(settings.hosts):
        machine, path = host.machine, f"hosts[{index}].machine"
        if machine is None:
            continue
        if machines.arm64(machine):
            fix = "take its amd64 sister, whose family has an a or an i for the g: t3a, m6a, c7i"
            yield Problem(path, f"{machine}, an arm64 machine", "an amd64 machine, as the image is", fix)
        elif machine not in allowed(settings):
            fix = f"correct it, or allow it on purpose: `{LIMITS}: {{machines: [{machine}]}}`"
            yield Problem(path, machine, f"one of {', '.join(allowed(settings))}", fix)


def _counts_are_within(settings: Settings) -> Iterator[Problem]:
    types = [host.machine or CLOUDS[settings.cloud][settings.size].machine for host in settings.hosts]
    for index, machine in enumerate(types):
        if machines.accelerators(machine) is None:
            fix = "take another family, or add its counts to infra/machines.py"
            yield Problem(f"hosts[{index}].machine", f"{machine}, whose GPUs are unknown", "a known family", fix)
    counts = {
        "hosts": len(settings.hosts),
        "spot": sum(host.spot for host in settings.hosts),
        "gpus": sum(machines.accelerators(machine) or 0 for machine in types),
    }
    for name, count in counts.items():
        if count > (most := getattr(settings.limits, name)):
            what = {"hosts": "machines", "spot": "spot machines", "gpus": "GPUs"}[name]
            fix = f"take some out, or raise the limit on purpose: `{LIMITS}: {{{name}: {count}}}`"
            yield Problem("hosts", f"{count} {what}", f"at most {most}, which is limits.{name}", fix)


def _region_has_prices(settings: Settings) -> Iterator[Problem]:
    """What can't be priced has no ceiling."""
    regions = sorted(table.of(settings.cloud).regions)
    if settings.region not in regions:
        meant = nearest(settings.region, regions) or regions[0]
        ways = {
            "aws": f"have its prices: `make prices REGION={settings.region}`",
            "gcp": "add its prices, each with its source, to infra/prices/gcp.json",
        }
        fix = f"write for example {meant}, or {ways[settings.cloud]}"
        yield Problem("region", f"{settings.region}, whose prices are not known", f"one of {', '.join(regions)}", fix)


RULES = (_machines_are_known, _counts_are_within, _region_has_prices)
