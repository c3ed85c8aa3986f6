"""`prices`: what AWS's price list answers is written over the table; what it does not answer changes nothing.

The answers are botocore's stubs, so that each question is held against the API's own model; no network is there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from infra.prices import asked, table
from infra.prices.table import Price, Source, Table
from ops import prices
from ops.errors import OperationError
from ops.steps import Steps

TODAY = date(2027, 3, 1)
HERE = "eu-central-1"
OLD = Table(
    {"page": Source("a page", "undated", date(2026, 1, 1)), "guide": Source("a guide", "2025", date(2026, 1, 1))},
    {
        HERE: {
            "ec2/t3a.small": Price(Decimal("0.0216"), "hour", ("page", "guide")),
            "kms/requests": Price(Decimal("0.03"), "10,000", ("page",)),
            "rds/db.t4g.small/multi": Price(Decimal("0.075"), "hour", ("guide",), "twice one zone"),
        }
    },
)
Answers = dict[str, list[str]]


def product(usage: str, *tiers: tuple[str, str]) -> str:
    """An answer as the API gives it: each tier is (its begin, US dollars)."""
    dimensions = {
        f"x.{number}": {"beginRange": begin, "endRange": "Inf", "pricePerUnit": {"USD": usd}, "unit": "Hrs"}
        for number, (begin, usd) in enumerate(tiers)
    }
    attributes = {"usagetype": usage, "regionCode": HERE}
    terms = {"OnDemand": {"x": {"priceDimensions": dimensions}}, "Reserved": {}}
    whole = {"product": {"sku": "X", "attributes": attributes}, "terms": terms}
    return json.dumps(whole | {"publicationDate": "2027-02-20T00:00:00Z"})


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "aws.json"
    path.write_text(table.text(OLD))
    yield path
    table.load.cache_clear()


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, file: Path) -> Callable[..., str]:
    """Runs the verb against these answers, an item each; each other item has none."""

    def run(answers: Answers, item: str = "", region: str = "", refused: str = "") -> str:
        client = boto3.Session("x", "x").client("pricing", region_name="us-east-1")
        stub = Stubber(client)
        wanted = sorted({*OLD.regions[HERE], *([item] if item else [])})
        for each in wanted:
            question = asked.question(each, region or HERE)
            assert question is not None
            if refused:
                stub.add_client_error("get_products", refused, "no")
                break
            expected = {"ServiceCode": question.query.service, "Filters": question.filters}
            stub.add_response("get_products", {"PriceList": answers.get(each, [])}, expected)
        monkeypatch.setattr(prices, "_client", lambda: client)
        with stub, Steps() as steps:
            said = prices.run(item, region, steps, file, TODAY)
        stub.assert_no_pending_responses()
        return said

    return run


MACHINE = [product("EUC1-BoxUsage:t3a.small", ("0", "0.0216000000"))]
REQUESTS = [product("eu-central-1-KMS-Requests", ("0", "0"), ("20000", "0.0000040000"))]
DATABASE = [product("EUC1-Multi-AZUsage:db.t4g.small", ("0", "0.0740000000"))]
ALL: Answers = {"ec2/t3a.small": MACHINE, "kms/requests": REQUESTS, "rds/db.t4g.small/multi": DATABASE}


def read(file: Path) -> Table:
    table.load.cache_clear()
    return table.load(file)


def test_what_changed_is_said_and_written(file: Path, ask: Callable[..., str]) -> None:
    said = ask(ALL)
    assert "1 prices are confirmed, 2 are new or changed" in said
    assert "kms/requests in eu-central-1: 0.03 -> 0.04" in said  # 0.000004 each, and the free tier is not counted on
    assert "rds/db.t4g.small/multi in eu-central-1: 0.075 -> 0.074" in said
    new = read(file)
    assert new.price(HERE, "kms/requests").usd == Decimal("0.04")


def test_a_figure_of_the_list_is_sure_and_fresh(file: Path, ask: Callable[..., str]) -> None:
    """Who said the same before stays as a second source; who said something else goes, and so does a derivation."""
    ask(ALL)
    new = read(file)
    assert new.price(HERE, "ec2/t3a.small").sources == ("aws-list-eu-central-1", "page", "guide")
    assert new.price(HERE, "rds/db.t4g.small/multi") == Price(Decimal("0.074"), "hour", ("aws-list-eu-central-1",))
    assert [new.doubt(price) for price in new.regions[HERE].values()] == ["", "", ""]
    assert new.sources["aws-list-eu-central-1"].dated == "2027-02-20"
    assert OLD.stale(HERE, TODAY)
    assert not new.stale(HERE, TODAY)


def test_a_derived_figure_that_the_list_confirms_is_derived_no_longer(file: Path, ask: Callable[..., str]) -> None:
    """And what it was derived from is no source of it."""
    same = [product("EUC1-Multi-AZUsage:db.t4g.small", ("0", "0.0750000000"))]
    assert "2 prices are confirmed" in ask(ALL | {"rds/db.t4g.small/multi": same})
    found = read(file).price(HERE, "rds/db.t4g.small/multi")
    assert found == Price(Decimal("0.075"), "hour", ("aws-list-eu-central-1",))


def test_asking_again_changes_nothing(file: Path, ask: Callable[..., str]) -> None:
    ask(ALL)
    once = file.read_text()
    ask(ALL)
    assert file.read_text() == once


AMBIGUOUS: dict[str, list[str]] = {
    "nothing": [],
    "another product": [product("EUC1-BoxUsage:t3a.smaller", ("0", "0.1"))],
    "a dedicated machine": [product("EUC1-DedicatedUsage:t3a.small", ("0", "0.1"))],
    "two prices": [*MACHINE, product("EUC1-BoxUsage:t3a.small", ("0", "0.5"))],
    "free": [product("EUC1-BoxUsage:t3a.small", ("0", "0.0000000000"))],
}


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_an_answer_that_is_not_one_price_changes_nothing(case: str, file: Path, ask: Callable[..., str]) -> None:
    """A wrong figure is worse than an old one."""
    said = ask(ALL | {"ec2/t3a.small": AMBIGUOUS[case]})
    assert "1 have no single answer there and stay as they were:\n  ec2/t3a.small in eu-central-1" in said
    assert read(file).price(HERE, "ec2/t3a.small") == OLD.price(HERE, "ec2/t3a.small")


def test_the_same_price_twice_is_one_price(file: Path, ask: Callable[..., str]) -> None:
    assert "1 prices are confirmed" in ask(ALL | {"ec2/t3a.small": MACHINE * 2})
    assert read(file).price(HERE, "ec2/t3a.small").usd == Decimal("0.0216")


def test_a_machine_is_added(file: Path, ask: Callable[..., str]) -> None:
    """As the error of an unknown price says."""
    ask(ALL | {"ec2/c7i.large": [product("EUC1-BoxUsage:c7i.large", ("0", "0.1018"))]}, "ec2/c7i.large", HERE)
    assert read(file).price(HERE, "ec2/c7i.large") == Price(Decimal("0.1018"), "hour", ("aws-list-eu-central-1",))


def test_what_is_added_and_not_there_is_an_error_and_nothing_is_written(file: Path, ask: Callable[..., str]) -> None:
    before = file.read_text()
    with pytest.raises(OperationError, match=r"no single price for ec2/z9\.large"):
        ask(ALL, "ec2/z9.large", HERE)
    assert file.read_text() == before


def test_a_region_is_added_with_what_the_list_has_there(file: Path, ask: Callable[..., str]) -> None:
    """A plan there is refused no longer, and still stops at whatever the list does not have."""
    said = ask({"ec2/t3a.small": [product("USW2-BoxUsage:t3a.small", ("0", "0.0188"))]}, region="us-west-2")
    assert "ec2/t3a.small in us-west-2: none -> 0.0188" in said
    assert set(read(file).regions["us-west-2"]) == {"ec2/t3a.small"}
    assert read(file).regions[HERE] == OLD.regions[HERE]


def test_an_item_of_no_kind_is_refused_before_anybody_is_asked(file: Path) -> None:
    with Steps() as steps, pytest.raises(OperationError, match="not asked for 'ec2/'") as caught:
        prices.run("ec2/", "", steps, file, TODAY)
    assert "rds/<class>/single" in caught.value.fix


@pytest.mark.parametrize("code", ["AccessDeniedException", "ExpiredTokenException"])
def test_a_refusal_leaves_the_table_alone_and_says_the_way_on(code: str, file: Path, ask: Callable[..., str]) -> None:
    before = file.read_text()
    with pytest.raises(OperationError, match=code) as caught:
        ask(ALL, refused=code)
    assert "pricing:GetProducts" in caught.value.fix
    assert file.read_text() == before


def test_without_credentials_it_says_so(file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with Steps() as steps, pytest.raises(OperationError, match="credentials"):
        prices.run("", "", steps, file, TODAY)


QUESTIONS: dict[str, tuple[str, str, dict[str, str]]] = {
    "ec2/t3a.small": (
        "AmazonEC2",
        "BoxUsage:t3a.small",
        {"regionCode": HERE, "instanceType": "t3a.small", "operatingSystem": "Linux", "tenancy": "Shared"},
    ),
    "ebs/gp3": ("AmazonEC2", "EBS:VolumeUsage.gp3", {"regionCode": HERE}),
    "rds/db.m6g.large/multi": ("AmazonRDS", "Multi-AZUsage:db.m6g.large", {"databaseEngine": "PostgreSQL"}),
    "rds/db.m6g.large/single": ("AmazonRDS", "InstanceUsage:db.m6g.large", {"databaseEngine": "PostgreSQL"}),
    "transfer/out": ("AWSDataTransfer", "DataTransfer-Out-Bytes", {"fromRegionCode": HERE}),
    "route53/queries": ("AmazonRoute53", "DNS-Queries", {}),  # the same everywhere, so no region is named
}


@pytest.mark.parametrize("item", QUESTIONS)
def test_a_question_is_about_one_product(item: str) -> None:
    service, usage, filters = QUESTIONS[item]
    question = asked.question(item, HERE)
    assert question is not None
    named: dict[str, Any] = {each["Field"]: each["Value"] for each in question.filters}
    assert (question.query.service, question.usage) == (service, usage)
    assert named.items() >= filters.items()
    assert filters or not named


@pytest.mark.parametrize("item", ["", "ec2/", "ec2/t3a", "ebs/io2", "rds/db.m6g.large", "route53", "EC2/t3a.small"])
def test_what_is_no_item_has_no_question(item: str) -> None:
    assert asked.question(item, HERE) is None


@pytest.mark.parametrize(
    ("item", "region"),
    [("compute/e2-medium", ""), ("", "us-central1"), ("compute/n2-standard-2", "europe-west3")],
    ids=["item", "region", "both"],
)
def test_googles_prices_are_read_by_people(file: Path, item: str, region: str) -> None:
    before = file.read_bytes()
    with pytest.raises(OperationError, match=r"gcp\.json is written by hand") as caught, Steps() as steps:
        prices.run(item, region, steps, file, TODAY)
    assert "today's date" in caught.value.fix
    assert "make plan" in caught.value.fix
    assert file.read_bytes() == before
    prices.by_hand("ec2/t3a.small", HERE, "aws")
    with pytest.raises(OperationError, match="by hand"):
        prices.by_hand(cloud="gcp")
