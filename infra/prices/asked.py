"""How AWS's Price List API is asked for an item of the table, and what its answer says.

Usage types are those of a bill; but in us-east-1 they begin with the region's short name, such as EUC1-.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from infra.prices.table import GIB

EVERYWHERE = ("route53",)
"""What has one price for all regions."""


@dataclass(frozen=True)
class Query:
    """A service's code, the usage type's end, and what else tells the product from others.

    `count`: how many of the list's units make one of ours, which is called `per`.
    """

    service: str
    usage: str
    per: str
    filters: Mapping[str, str] = field(default_factory=dict)
    count: int = 1
    region: str = "regionCode"


_MACHINE = {"operatingSystem": "Linux", "tenancy": "Shared", "preInstalledSw": "NA", "capacitystatus": "Used"}
_POSTGRES = {"databaseEngine": "PostgreSQL"}
_CLOUDWATCH = "AmazonCloudWatch"
QUERIES = {
    r"ec2/(?P<type>[a-z0-9-]+\.[a-z0-9-]+)": Query("AmazonEC2", "BoxUsage:{type}", "hour", _MACHINE),
    r"ebs/(?P<type>gp3)": Query("AmazonEC2", "EBS:VolumeUsage.{type}", GIB),
    "ipv4": Query("AmazonVPC", "PublicIPv4:InUseAddress", "hour"),
    "nat/hour": Query("AmazonEC2", "NatGateway-Hours", "hour"),
    "nat/data": Query("AmazonEC2", "NatGateway-Bytes", "GB"),
    r"rds/(?P<type>db\.[a-z0-9-]+\.[a-z0-9-]+)/single": Query("AmazonRDS", "InstanceUsage:{type}", "hour", _POSTGRES),
    r"rds/(?P<type>db\.[a-z0-9-]+\.[a-z0-9-]+)/multi": Query("AmazonRDS", "Multi-AZUsage:{type}", "hour", _POSTGRES),
    "rds/gp3/single": Query("AmazonRDS", "RDS:GP3-Storage", GIB, _POSTGRES),
    "rds/gp3/multi": Query("AmazonRDS", "RDS:Multi-AZ-GP3-Storage", GIB, _POSTGRES),
    "rds/backup": Query("AmazonRDS", "RDS:ChargedBackupUsage", GIB, _POSTGRES),
    "kms/key": Query("awskms", "KMS-Keys", "month"),
    "kms/requests": Query("awskms", "KMS-Requests", "10,000", count=10_000),
    "secret": Query("AWSSecretsManager", "AWSSecretsManager-Secrets", "month"),
    "s3/standard": Query("AmazonS3", "TimedStorage-ByteHrs", "GB-month"),
    "s3/put": Query("AmazonS3", "Requests-Tier1", "1,000", count=1_000),
    "s3/get": Query("AmazonS3", "Requests-Tier2", "1,000", count=1_000),
    "logs/ingest": Query(_CLOUDWATCH, "DataProcessing-Bytes", "GB"),
    "logs/vended": Query(_CLOUDWATCH, "VendedLog-Bytes", "GB"),
    "logs/store": Query(_CLOUDWATCH, "TimedStorage-ByteHrs", "GB-month"),
    "cloudwatch/alarm": Query(_CLOUDWATCH, "CW:AlarmMonitorUsage", "month"),
    "cloudwatch/metric": Query(_CLOUDWATCH, "CW:MetricMonitorUsage", "month"),
    "transfer/out": Query("AWSDataTransfer", "DataTransfer-Out-Bytes", "GB", region="fromRegionCode"),
    "transfer/zone": Query("AWSDataTransfer", "DataTransfer-Regional-Bytes", "GB", region="fromRegionCode"),
    "route53/zone": Query("AmazonRoute53", "HostedZone", "month"),
    "route53/queries": Query("AmazonRoute53", "DNS-Queries", "1,000,000", count=1_000_000),
}


@dataclass(frozen=True)
class Question:
    """An item's query, with the type that its name holds filled in."""

    query: Query
    usage: str
    filters: list[dict[str, str]]


def question(item: str, region: str) -> Question | None:
    """None for an item that the price list is not asked for."""
    for form, query in QUERIES.items():
        if found := re.fullmatch(form, item):
            wanted = dict(query.filters)
            if item.partition("/")[0] not in EVERYWHERE:
                wanted[query.region] = region
            if "type" in found.groupdict() and query.service == "AmazonEC2" and "hour" in query.per:
                wanted["instanceType"] = found["type"]
            filters = [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in wanted.items()]
            return Question(query, query.usage.format(**found.groupdict()), filters)
    return None


def price(answers: Iterable[str], asked: Question) -> Decimal | None:
    """What the list's products, each JSON text, say of a question; None unless they say one thing.

    Of a price in tiers, the first that is paid for: an environment uses less, and free tiers are the whole account's.
    """
    products = [json.loads(answer) for answer in answers]
    ours = [each for each in products if _is(asked.usage, str(each["product"]["attributes"].get("usagetype", "")))]
    found = {first for each in ours if (first := _first_paid(each)) is not None}
    return found.pop() * asked.query.count if len(found) == 1 else None


def _is(usage: str, said: str) -> bool:
    return said == usage or said.endswith(f"-{usage}")


def _first_paid(product: dict[str, Any]) -> Decimal | None:
    tiers = [(Decimal(each["beginRange"]), Decimal(each["pricePerUnit"]["USD"])) for each in _tiers(product)]
    paid = sorted((begin, usd) for begin, usd in tiers if usd > 0)
    return paid[0][1] if paid else None


def _tiers(product: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for term in product["terms"].get("OnDemand", {}).values():
        yield from (each for each in term["priceDimensions"].values() if "USD" in each["pricePerUnit"])


def published(answers: Iterable[str]) -> str:
    """The day of the newest of the answers' lists, '' if none says it."""
    return max((str(json.loads(answer).get("publicationDate", ""))[:10] for answer in answers), default="")
