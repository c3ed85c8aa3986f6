"""The monthly bill of what a program makes: each resource has a price, or the reason why it is free."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from importlib import import_module
from typing import Any, Protocol

from infra.prices.table import HOURS, Table, of
from infra.settings import Settings

OURS = ("shoestring:", "pulumi:")
"""Components, the stack and providers are no resources of a cloud."""
CENT = Decimal("0.01")
# What a sum is for, by the first part of its item: the rows of the comparison of environments.
KINDS = {
    "ec2": "machines",
    "compute": "machines",
    "ebs": "disks",
    "disk": "disks",
    "ipv4": "public IPv4",
    "nat": "NAT gateway",
    "rds": "managed database",
    "sql": "managed database",
    "endpoint": "managed database",
    "dns": "managed database",  # the zone with its name; one of the user's own is no part of a stack
    "kms": "keys and secrets",
    "secret": "keys and secrets",
    "cloudwatch": "monitoring",
}
OTHER, BY_USE = "other", "paid by use"


class Made(Protocol):
    """A resource as the program registered it, its inputs as on Pulumi's wire (camelCase)."""

    @property
    def type(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def inputs(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Line:
    """What one thing costs in a month, in US dollars and whole cents.

    `usd`: None if it is free, and then `note` says why. `usage`: the sum depends on use, and `note` says what was
    assumed. `doubt`: why its price is less than sure, see Table.doubt. `kind`: what for, one of KINDS' values.
    """

    resource: str
    what: str
    usd: Decimal | None
    note: str = ""
    usage: bool = False
    doubt: str = ""
    kind: str = OTHER


@dataclass(frozen=True)
class Bill:
    """What a pricing function needs beside its resource."""

    settings: Settings
    resources: Sequence[Made]
    table: Table

    def line(
        self,
        made: Made,
        what: str,
        item: str,
        amount: Decimal | float = 1,
        note: str = "",
        usage: bool = False,
    ) -> Line:
        """`amount` units of an item a month; what is paid by the hour is paid for all of them.

        Raises UnknownPriceError.
        """
        price = self.table.price(self.settings.region, item, made.name)
        usd = price.usd * Decimal(str(amount)) * (HOURS if price.per == "hour" else 1)
        kind = BY_USE if usage else KINDS.get(item.partition("/")[0], OTHER)
        return Line(made.name, what, usd.quantize(CENT, ROUND_HALF_UP), note, usage, self.table.doubt(price), kind)


Pricing = Callable[[Made, Bill], Iterator[Line]]


def monthly(resources: Iterable[Made], settings: Settings, table: Table | None = None) -> list[Line]:
    """The bill, in the resources' order. Raises UnknownPriceError, naming the resource and what has no price."""
    cloud = import_module(f"infra.prices.{settings.cloud}")
    bill = Bill(settings, list(resources), table or of(settings.cloud))
    lines: list[Line] = []
    for made in bill.resources:
        if made.type.startswith(OURS):
            continue
        if why := cloud.FREE.get(made.type):
            lines.append(Line(made.name, kind(made.type), None, why))
        else:
            lines += cloud.PRICED.get(made.type, _unknown)(made, bill)
    return lines


def _unknown(made: Made, bill: Bill) -> Iterator[Line]:
    yield bill.line(made, kind(made.type), made.type)


def kind(token: str) -> str:
    """aws:ec2/routeTable:RouteTable -> RouteTable."""
    return token.rpartition(":")[2]


def total(lines: Iterable[Line], usage: bool | None = None) -> Decimal:
    """The sum of all lines; of those only that depend on use, or of the others, if `usage` says so."""
    counted = (line.usd for line in lines if line.usd is not None and usage in (None, line.usage))
    return sum(counted, Decimal("0.00"))
