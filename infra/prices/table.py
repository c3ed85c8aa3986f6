"""The prices in infra/prices/<cloud>.json: each figure with its sources, each source with its date.

A figure that only one source gives, or that was worked out from others, is used and named in every plan; one that is
missing stops the plan. `make prices` writes what AWS's own price list says over what stands here; Google's are read
by people.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FILE = HERE / "aws.json"
HOURS = 730
"""Hours in a month: 8,760 a year by 12, as AWS's own calculator counts (docs.aws.amazon.com/pricing-calculator)."""
OLD_DAYS = 180
GIB = "GiB-month"


class UnknownPriceError(ValueError):
    """Something of an environment has no price, so no sum of it can be relied upon. `fix` says what to do."""

    def __init__(self, item: str, region: str, resource: str = "") -> None:
        self.item, self.region, self.resource = item, region, resource
        whose = f", which {resource} needs" if resource else ""
        super().__init__(f"There is no price for {item} in {region}{whose}.")

    @property
    def fix(self) -> str:
        name = file(self.region).name
        ask = f"; or ask AWS: make prices ADD={self.item} REGION={self.region}" if name == FILE.name else ""
        return f"Take something that infra/prices/{name} has{ask}; or add it there with its source."


@dataclass(frozen=True)
class Source:
    """Where a figure was read. `dated`: by itself, in words; `read`: by us. `official`: AWS's own price list."""

    what: str
    dated: str
    read: date
    official: bool = False


@dataclass(frozen=True)
class Price:
    """US dollars `per` hour, GiB-month or whatever else it is. `derived`: how, if no source gives it."""

    usd: Decimal
    per: str
    sources: tuple[str, ...]
    derived: str = ""


@dataclass(frozen=True)
class Table:
    """`regions`: per region, item -> price. An item is like ec2/t3a.small, rds/db.t4g.micro/multi or nat/hour."""

    sources: dict[str, Source]
    regions: dict[str, dict[str, Price]]

    def price(self, region: str, item: str, resource: str = "") -> Price:
        """Raises UnknownPriceError, naming the resource that needs it."""
        try:
            return self.regions[region][item]
        except KeyError:
            raise UnknownPriceError(item, region, resource) from None

    def doubt(self, price: Price) -> str:
        """Why a figure is less than sure; '' if two sources agree on it, or AWS's own list has it."""
        if price.derived:
            return f"derived: {price.derived}"
        sure = len(price.sources) > 1 or any(self.sources[each].official for each in price.sources)
        return "" if sure else f"one source: {self.sources[price.sources[0]].what}"

    def read(self, price: Price) -> date:
        """When the figure was last confirmed."""
        return max(self.sources[each].read for each in price.sources)

    def stale(self, region: str, today: date) -> str:
        """A warning if the region's figures are too old to be relied upon; else ''."""
        oldest = min(self.read(price) for price in self.regions[region].values())
        days = (today - oldest).days
        if days <= OLD_DAYS:
            return ""
        again = "run `make prices`" if file(region) == FILE else f"read each again at its source in {file(region).name}"
        return f"the prices were read {days} days ago ({oldest}), more than {OLD_DAYS}: {again}"


def of(cloud: str) -> Table:
    """The table of a cloud: aws or gcp."""
    return load(HERE / f"{cloud}.json")


def file(region: str) -> Path:
    """The table that has the region: Google's end in a number, AWS's in a dash and a number."""
    return HERE / "gcp.json" if re.fullmatch(r"[a-z]+-[a-z]+\d+", region) else FILE


@cache
def load(path: Path = FILE) -> Table:
    """The table in `path`."""
    document = json.loads(path.read_text())
    sources = {
        key: Source(each["what"], each["dated"], date.fromisoformat(each["read"]), each.get("official", False))
        for key, each in document["sources"].items()
    }
    regions = {
        region: {key: _price(each) for key, each in items.items()} for region, items in document["regions"].items()
    }
    return Table(sources, regions)


def _price(each: dict[str, Any]) -> Price:
    return Price(Decimal(each["usd"]), each["per"], tuple(each["sources"]), each.get("derived", ""))


def text(table: Table) -> str:
    """The file's text: a figure a line, so that a refresh is read as its diff."""
    return "".join(_lines(table))


def _lines(table: Table) -> Iterator[str]:
    yield '{\n  "currency": "USD",\n  "sources": {\n'
    sources = [f"    {json.dumps(key)}: {json.dumps(_source(each))}" for key, each in sorted(table.sources.items())]
    yield ",\n".join(sources) + '\n  },\n  "regions": {\n'
    yield ",\n".join(
        f"    {json.dumps(region)}: {{\n{_items(items)}\n    }}" for region, items in sorted(table.regions.items())
    )
    yield "\n  }\n}\n"


def _items(items: dict[str, Price]) -> str:
    return ",\n".join(f"      {json.dumps(key)}: {json.dumps(_figure(each))}" for key, each in sorted(items.items()))


def _source(each: Source) -> dict[str, Any]:
    plain: dict[str, Any] = {"what": each.what, "dated": each.dated, "read": each.read.isoformat()}
    return plain | ({"official": True} if each.official else {})


def _figure(each: Price) -> dict[str, Any]:
    plain: dict[str, Any] = {"usd": f"{each.usd:f}", "per": each.per, "sources": list(each.sources)}
    return plain | ({"derived": each.derived} if each.derived else {})
