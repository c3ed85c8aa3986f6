"""`prices`: asks AWS's Price List API for what the table of prices has, and writes what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from infra.prices import asked, table
from infra.prices.table import Price, Source, Table
from ops.errors import OperationError
from ops.files import write
from ops.steps import Steps

ENDPOINT = "us-east-1"  # one of the few regions that have the API; each answers for all
WHAT = "AWS Price List API, {region}"


@dataclass
class News:
    """What the list said: items whose price is another one, and those that it was asked for in vain."""

    changed: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    confirmed: int = 0

    def __str__(self) -> str:
        lines = [f"{self.confirmed} prices are confirmed, {len(self.changed)} are new or changed:", *self.changed]
        if self.unanswered:
            lines += [f"{len(self.unanswered)} have no single answer there and stay as they were:", *self.unanswered]
        return "\n  ".join(lines)


def run(item: str, region: str, steps: Steps, path: Path = table.FILE, today: date | None = None) -> str:
    """Returns in sentences what is new. `item`: ask for this too; `region`: ask for this one only, '' for all.

    Raises OperationError; the table is written once, when all has been answered.
    """
    by_hand(item, region)
    prices, news = table.load(path), News()
    if item and asked.question(item, region or "us-east-1") is None:
        raise OperationError(
            f"The price list is not asked for {item!r}.",
            "Nothing was changed.",
            f"Correct it: ec2/<type>, rds/<class>/single or /multi. Else write it into {path.name} with its source",
        )
    for each in [region] if region else sorted(prices.regions):
        with steps.step(f"Prices in {each}") as step:
            items = sorted({*prices.regions.get(each, _everything(prices)), *([item] if item else [])})
            prices = _refreshed(prices, each, items, news, today or date.today(), step.progress)
    if item and any(each.startswith(f"{item} ") for each in news.unanswered):
        raise OperationError(
            f"The price list has no single price for {item} in {region or 'every region'}.",
            "Nothing was changed.",
            "Correct the name: a type that the region does not have has no price there",
        )
    write(path, table.text(prices))
    table.load.cache_clear()
    return str(news)


def by_hand(item: str = "", region: str = "", cloud: str = "") -> None:
    """Raises OperationError for Google's prices, asked for by an item, a region or the cloud's name."""
    google = table.of("gcp")
    if cloud != "gcp" and table.file(region) == table.FILE and item not in _everything(google):
        return
    raise OperationError(
        "Google tells its prices to no program without an API key, so infra/prices/gcp.json is written by hand.",
        "Nothing was changed.",
        "Read each figure at its source (`sources` there, and cloud.google.com/products/calculator), write it with "
        "that source and today's date under `read`, and see what it does: make plan ENV=all",
    )


def _everything(prices: Table) -> set[str]:
    return {item for items in prices.regions.values() for item in items}


def _refreshed(prices: Table, region: str, items: list[str], news: News, today: date, progress: Any) -> Table:
    source, dated, client = f"aws-list-{region}", "", _client()
    found: dict[str, Price] = {}
    for item in items:
        progress(item)
        old = prices.regions.get(region, {}).get(item)
        question = asked.question(item, region)
        answers = _answers(client, question) if question else []
        usd = asked.price(answers, question) if question else None
        if question is None or usd is None:
            news.unanswered.append(f"{item} in {region}")
            continue
        dated = max(dated, asked.published(answers))
        found[item] = _price(old, usd, question.query.per, source)
        if old is None or old.usd != usd:
            news.changed.append(f"{item} in {region}: {old.usd if old else 'none'} -> {usd.normalize():f}")
        else:
            news.confirmed += 1
    if not found:
        return prices
    sources = prices.sources | {source: Source(WHAT.format(region=region), dated or "undated", today, official=True)}
    return replace(prices, sources=sources, regions=prices.regions | {region: prices.regions.get(region, {}) | found})


def _price(old: Price | None, usd: Decimal, per: str, source: str) -> Price:
    """With the sources that say the same; a figure that was derived needs its derivation no longer."""
    agree = old.sources if old and old.usd == usd and not old.derived else ()
    shown = old.usd if old and old.usd == usd else Decimal(f"{usd.normalize():f}")
    return Price(shown, per, (source, *(each for each in agree if each != source)))


def _client() -> Any:
    import boto3

    return boto3.Session().client("pricing", region_name=ENDPOINT)


def _answers(client: Any, question: asked.Question) -> list[str]:
    from botocore.exceptions import BotoCoreError, ClientError

    pages = client.get_paginator("get_products")
    try:
        return [
            answer
            for page in pages.paginate(ServiceCode=question.query.service, Filters=question.filters)
            for answer in page["PriceList"]
        ]
    except (BotoCoreError, ClientError) as reason:
        raise OperationError(
            f"AWS's price list does not answer: {reason}",
            "The table is as it was.",
            "Log in with a role that may call pricing:GetProducts, for example `aws sso login`, and run this again",
        ) from None
