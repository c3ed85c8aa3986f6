"""The bill: all that is registered has a price or a reason, sums are those worked out by hand, doubt is an error."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from infra.prices import aws, bill, table
from infra.prices.bill import Line, monthly, total
from infra.prices.table import UnknownPriceError
from infra.settings import Settings
from tests.infra.aws import plans

USD = Decimal
FLOW = "aws:ec2/flowLog:FlowLog"


@dataclass(frozen=True)
class One:
    """A resource like those that the program registers."""

    type: str
    inputs: dict[str, Any] = field(default_factory=dict)
    name: str = "x"


@functools.cache
def full() -> tuple[Settings, Any]:
    """Production with all that costs extra."""
    return plans.changed(
        "aws-prod",
        nat=True,
        zone="Z0123456789ABCDEFGHIJ",
        hosts=[{"name": "app1", "groups": ["proxy", "service"]}, {"name": "app2", "groups": ["service"], "spot": True}],
        limits={"spot": 1},
    )


@functools.cache
def lines(stack: str) -> list[Line]:
    return monthly(plans.stack(stack).resources, plans.settings(stack))


def one_of(type_: str, inputs: dict[str, Any], stack: str = "aws-dev") -> list[Line]:
    return monthly([One(type_, inputs)], plans.settings(stack))


@pytest.mark.parametrize("stack", [*plans.STACKS, "full"])
def test_each_resource_has_a_price_or_the_reason_why_it_is_free(stack: str) -> None:
    settings, made = full() if stack == "full" else (plans.settings(stack), plans.stack(stack))
    ours = [one for one in made.resources if one.custom]
    for one in ours:
        for line in monthly([each for each in ours if each is one or each.type in (FLOW, aws.LOG_GROUP)], settings):
            assert (line.usd is None and line.note) or (line.usd is not None and line.usd >= 0), one.urn
    told = {line.resource for line in monthly(ours, settings)}
    assert {one.name for one in ours} == told
    assert len(ours) > 50


def test_dev_is_what_it_is_by_hand() -> None:
    """Frankfurt: t3a.small 0.0216 and an address 0.005 an hour, 730 hours; gp3 0.0952 a GiB; a key."""
    by_hand = [USD("15.77"), USD("0.76"), USD("0.95"), USD("3.65"), USD("1.00")]
    found = [line.usd for line in lines("aws-dev") if line.usd is not None and not line.usage]
    assert sorted(map(str, found)) == sorted(map(str, by_hand))
    assert total(lines("aws-dev"), usage=False) == USD("22.13")
    # 10 GB out 0.90; 60,000 and 1,000 writes 0.32 and 0.01; 10 and 2 GB kept 0.25 and 0.05; 50,000 KMS requests 0.15.
    assert total(lines("aws-dev"), usage=True) == USD("1.68")


def test_prod_is_what_it_is_by_hand() -> None:
    """Two t3a.medium at 0.0432, a db.t4g.small in two zones at 0.075, all an hour; 7 metrics each at 0.30."""
    by_hand = {
        "machines": USD("63.08"),
        "disks": USD("1.90"),
        "public IPv4": USD("3.65"),
        "managed database": USD("54.75") + USD("5.48"),
        "keys and secrets": USD("1.00") + USD("0.40"),
        "monitoring": USD("4.20"),
    }
    found = {kind: total(line for line in lines("aws-prod") if line.kind == kind) for kind in by_hand}
    assert found == by_hand
    assert total(lines("aws-prod"), usage=False) == sum(by_hand.values()) == USD("134.46")


def test_dev_is_below_25_dollars_with_everything_counted() -> None:
    assert total(lines("aws-dev")) < 25


def test_a_nat_gateway_costs_what_its_setting_says() -> None:
    """And the address that it needs."""
    settings, made = full()
    (nat,) = [line for line in monthly(made.resources, settings) if line.what == "NAT gateway"]
    assert nat.usd == USD("37.96")
    assert "38 USD" in str(Settings.model_fields["nat"].description)
    addresses = [line for line in monthly(made.resources, settings) if line.what == "public IPv4 address"]
    assert len(addresses) == 2


def test_a_spot_machine_is_counted_at_its_most() -> None:
    """Its price moves by the minute; the ceiling must hold at any."""
    settings, made = full()
    found = [line for line in monthly(made.resources, settings) if line.what.startswith("machine")]
    assert {line.usd for line in found} == {USD("31.54")}
    assert ["spot" in line.note for line in sorted(found, key=lambda line: line.resource)] == [False, True]


INSTANCE = {"instanceType": "t3a.small", "rootBlockDevice": {"volumeType": "gp3", "volumeSize": 8}}
DATABASE = {"instanceClass": "db.t4g.micro", "engine": "postgres", "allocatedStorage": 20, "storageType": "gp3"}
UNKNOWN: dict[str, tuple[str, dict[str, Any], str]] = {
    "a type": ("aws:eks/cluster:Cluster", {}, "aws:eks/cluster:Cluster"),
    "a machine": ("aws:ec2/instance:Instance", INSTANCE | {"instanceType": "m6a.48xlarge"}, "ec2/m6a.48xlarge"),
    "a root disk of no size": ("aws:ec2/instance:Instance", INSTANCE | {"rootBlockDevice": {}}, "ebs/"),
    "another disk": (
        "aws:ec2/instance:Instance",
        INSTANCE | {"ebsBlockDevices": [{"volumeType": "io2", "volumeSize": 1}]},
        "ebs/io2",
    ),
    "a volume of no kind": ("aws:ebs/volume:Volume", {"size": 10}, "ebs/None"),
    "paid IOPS": ("aws:ebs/volume:Volume", {"size": 10, "type": "gp3", "iops": 3001}, "ebs/gp3/faster"),
    "paid throughput": ("aws:ebs/volume:Volume", {"size": 10, "type": "gp3", "throughput": 126}, "ebs/gp3/faster"),
    "a database": (
        "aws:rds/instance:Instance",
        DATABASE | {"instanceClass": "db.r6g.large"},
        "rds/db.r6g.large/single",
    ),
    "an engine": ("aws:rds/instance:Instance", DATABASE | {"engine": "oracle-ee"}, "rds-oracle-ee/"),
    "a database's IOPS": ("aws:rds/instance:Instance", DATABASE | {"iops": 12000}, "rds/gp3/faster/single"),
    "a database's disk": ("aws:rds/instance:Instance", DATABASE | {"storageType": "io1"}, "rds/io1/single"),
    "long insights": (
        "aws:rds/instance:Instance",
        DATABASE | {"performanceInsightsRetentionPeriod": 731},
        "rds/insights/731-days",
    ),
    "an interface endpoint": ("aws:ec2/vpcEndpoint:VpcEndpoint", {"vpcEndpointType": "Interface"}, "endpoint/hour"),
    "flow logs elsewhere": (FLOW, {"logDestination": "arn:aws:s3:::somewhere"}, "logs/("),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_has_no_price_stops_the_bill_and_is_named(case: str) -> None:
    """A sum that leaves something out is below every ceiling."""
    type_, inputs, item = UNKNOWN[case]
    with pytest.raises(UnknownPriceError) as caught:
        one_of(type_, inputs)
    assert caught.value.item.startswith(item)
    assert caught.value.resource == "x"


def test_a_region_without_prices_stops_the_bill() -> None:
    settings = plans.settings("aws-dev").model_copy(update={"region": "mars-north-1"})
    with pytest.raises(UnknownPriceError, match="mars-north-1"):
        monthly([One("aws:kms/key:Key")], settings)


DEARER: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "a larger machine": ("aws:ec2/instance:Instance", INSTANCE, {"instanceType": "t3a.medium"}),
    "monitoring": ("aws:ec2/instance:Instance", INSTANCE, {"monitoring": True}),
    "an address": ("aws:ec2/instance:Instance", INSTANCE, {"associatePublicIpAddress": True}),
    "a root disk": (
        "aws:ec2/instance:Instance",
        INSTANCE,
        {"rootBlockDevice": {"volumeType": "gp3", "volumeSize": 80}},
    ),
    "a second disk": (
        "aws:ec2/instance:Instance",
        INSTANCE,
        {"ebsBlockDevices": [{"volumeType": "gp3", "volumeSize": 8}]},
    ),
    "a larger volume": ("aws:ebs/volume:Volume", {"size": 10, "type": "gp3"}, {"size": 11}),
    "two zones": ("aws:rds/instance:Instance", DATABASE, {"multiAz": True}),
    "more storage": ("aws:rds/instance:Instance", DATABASE, {"allocatedStorage": 21}),
    "a secret": ("aws:rds/instance:Instance", DATABASE, {"manageMasterUserPassword": True}),
    "enhanced monitoring": ("aws:rds/instance:Instance", DATABASE, {"monitoringInterval": 60}),
    "longer logs": (aws.LOG_GROUP, {"retentionInDays": 30}, {"retentionInDays": 365}),
    "logs for ever": (aws.LOG_GROUP, {"retentionInDays": 365}, {"retentionInDays": 0}),
}


@pytest.mark.parametrize("case", DEARER)
def test_what_costs_more_is_counted(case: str) -> None:
    """Each input that AWS charges for moves the sum."""
    type_, inputs, more = DEARER[case]
    assert total(one_of(type_, inputs | more)) > total(one_of(type_, inputs))


@pytest.mark.parametrize("type_", ["aws:secretsmanager/secret:Secret", "aws:cloudwatch/metricAlarm:MetricAlarm"])
def test_secrets_and_alarms_are_counted(type_: str) -> None:
    assert total(one_of(type_, {}), usage=False) > 0


def test_nothing_is_both_priced_and_free() -> None:
    assert not set(aws.FREE) & set(aws.PRICED)


def test_usage_is_apart_and_says_what_was_assumed() -> None:
    """The ceiling is held against what is certain; the rest is an assumption, and an unstated one is a surprise."""
    for stack in plans.STACKS:
        used = [line for line in lines(stack) if line.usage]
        assert used
        assert all(any(character.isdigit() for character in line.note) for line in used)
        assert {line.kind for line in used} == {bill.BY_USE}
        assert total(lines(stack), usage=True) + total(lines(stack), usage=False) == total(lines(stack))


def test_a_price_that_changes_changes_the_bill() -> None:
    """The table is what counts: no figure stands in the code."""
    prices = table.load()
    region = prices.regions["eu-central-1"]
    doubled = {item: replace(price, usd=2 * price.usd) for item, price in region.items()}
    settings, made = plans.settings("aws-dev"), plans.stack("aws-dev").resources
    once = monthly(made, settings, prices)
    twice = monthly(made, settings, replace(prices, regions={"eu-central-1": doubled}))
    for one, other in zip(once, twice, strict=True):
        assert (one.usd is None) is (other.usd is None)
        if one.usd is not None and other.usd is not None:
            assert abs(other.usd - 2 * one.usd) <= bill.CENT
