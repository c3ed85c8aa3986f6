"""The table of prices: each figure has a source and a date, each region is whole, and what is missing is an error."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from infra.prices import table
from infra.prices.asked import QUERIES, question
from infra.prices.table import FILE, OLD_DAYS, Price, Source, Table, UnknownPriceError, load, text
from infra.sizes import AWS

REGIONS = sorted(load().regions)
READ = date(2026, 1, 1)
SMALL = Table(
    {
        "one": Source("a page", "2025", READ),
        "two": Source("another page", "2025", READ - timedelta(days=100)),
        "aws": Source("AWS's list", "2025", READ, official=True),
    },
    {"here": {"ipv4": Price(Decimal("0.005"), "hour", ("one", "two"))}},
)


@pytest.mark.parametrize("region", REGIONS)
def test_each_figure_has_a_source_and_is_a_sum_of_money(region: str) -> None:
    """A price that nobody can look up again is a guess."""
    for item, price in load().regions[region].items():
        assert price.sources, item
        assert set(price.sources) <= set(load().sources), item
        assert Decimal(0) < price.usd < Decimal(10), item


def test_no_source_is_listed_that_nothing_was_read_from() -> None:
    used = {each for items in load().regions.values() for price in items.values() for each in price.sources}
    assert used == set(load().sources)


def test_each_region_has_what_the_others_have() -> None:
    """An environment that moves to another region must not lose its price there."""
    items = [set(load().regions[region]) for region in REGIONS]
    assert all(each == items[0] for each in items)
    assert len(REGIONS) > 1


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("size", AWS)
def test_each_size_has_its_machines_priced(region: str, size: str) -> None:
    database = f"rds/{AWS[size].database_machine}"
    assert {f"ec2/{AWS[size].machine}", f"{database}/single", f"{database}/multi"} <= set(load().regions[region])


@pytest.mark.parametrize("region", REGIONS)
def test_machines_are_confirmed_by_two_sources(region: str) -> None:
    """They are most of the bill, and scraped pages have shown figures that were wrong."""
    single = [item for item, price in load().regions[region].items() if item[:4] == "ec2/" and len(price.sources) < 2]
    assert single == ([] if region != "eu-west-1" else ["ec2/m6a.large"])  # half of m6a.xlarge, which has two
    assert load().price("eu-west-1", "ec2/m6a.xlarge").usd == 2 * load().price("eu-west-1", "ec2/m6a.large").usd


@pytest.mark.parametrize("region", REGIONS)
def test_twice_the_machine_is_twice_the_price(region: str) -> None:
    """As AWS prices a family: a figure that was read wrong stands out."""
    for small, large in (("micro", "small"), ("small", "medium"), ("medium", "large"), ("large", "xlarge")):
        prices = [load().price(region, f"ec2/t3a.{size}").usd for size in (small, large)]
        assert prices[1] == 2 * prices[0]


def test_what_has_no_price_is_named_with_who_needs_it_and_the_way_on() -> None:
    with pytest.raises(
        UnknownPriceError, match=r"no price for ec2/z9\.huge in eu-central-1, which app1 needs"
    ) as caught:
        load().price("eu-central-1", "ec2/z9.huge", "app1")
    assert "make prices ADD=ec2/z9.huge REGION=eu-central-1" in caught.value.fix
    with pytest.raises(UnknownPriceError, match="no price for ipv4 in mars-north-1"):
        load().price("mars-north-1", "ipv4")


@pytest.mark.parametrize(("days", "warns"), [(0, False), (OLD_DAYS, False), (OLD_DAYS + 1, True)])
def test_figures_older_than_half_a_year_are_warned_of(days: int, warns: bool) -> None:
    """AWS changes prices about once a year."""
    said = SMALL.stale("here", READ + timedelta(days=days))
    assert bool(said) is warns
    assert not warns or ("make prices" in said and "2026-01-01" in said and "181 days" in said)


@pytest.mark.parametrize(
    ("price", "doubt"),
    [
        (Price(Decimal(1), "hour", ("one", "two")), ""),
        (Price(Decimal(1), "hour", ("aws",)), ""),
        (Price(Decimal(1), "hour", ("one",)), "one source: a page"),
        (Price(Decimal(1), "hour", ("one", "two"), "as in us-east-1"), "derived: as in us-east-1"),
    ],
    ids=["two", "official", "one", "derived"],
)
def test_a_figure_that_nobody_confirms_says_so(price: Price, doubt: str) -> None:
    assert SMALL.doubt(price) == doubt


def test_the_file_is_as_a_refresh_writes_it() -> None:
    """Else the first `make prices` would change every line, and nobody would see what AWS changed."""
    assert text(load()) == FILE.read_text()
    assert json.loads(text(SMALL))["regions"]["here"]["ipv4"]["usd"] == "0.005"


def test_the_price_list_can_be_asked_for_every_item() -> None:
    """A figure that no refresh reaches grows old for ever."""
    items = {item for items in table.load().regions.values() for item in items}
    assert [item for item in items if question(item, "eu-central-1") is None] == []
    assert len(QUERIES) > 20


def test_a_region_says_whose_table_it_is_in() -> None:
    """And so what to do about a price that is missing: Google's list is asked by nobody."""
    for cloud in ("aws", "gcp"):
        for region in table.of(cloud).regions:
            assert table.file(region) == table.HERE / f"{cloud}.json", region
    fix = UnknownPriceError("compute/n9-huge", "europe-west3").fix
    assert "infra/prices/gcp.json has; or add it there" in fix
    assert "make prices" not in fix
