"""The emulated account: it is never the real one, and each call is checked before it is made."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from ops.errors import OperationError
from rehearsal.aws import local
from rehearsal.aws.account import Account, Caller, InvalidCallError
from rehearsal.aws.provider import Provider
from rehearsal.program import Resource
from tests.rehearsal.aws.small import REGION, bucket, versioning


@pytest.fixture
def account() -> Iterator[Account]:
    with local.account(REGION) as here:
        yield here


def test_without_moto_nothing_is_called() -> None:
    with pytest.raises(OperationError, match="moto is not active in this process"):
        Account(boto3.Session("key", "secret", region_name=REGION))


def test_an_account_that_was_left_calls_nothing_more() -> None:
    with local.account(REGION) as left:
        left("kms").list_keys()
    with pytest.raises(OperationError, match="moto is not active in this process"):
        left("kms").list_keys()


@pytest.mark.parametrize(
    "address", ["https://s3.eu-central-1.amazonaws.com", "https://x.amazonaws.com.cn:443/", "https://sts.amazonaws.com"]
)
def test_the_real_aws_is_no_address_of_a_server(address: str) -> None:
    with pytest.raises(OperationError, match="is the real AWS"):
        Account(boto3.Session("key", "secret", region_name=REGION), address)


def test_a_call_that_aws_would_refuse_is_not_made(account: Account) -> None:
    before = account.calls["CreateKey"]
    with account.on_behalf_of(Caller("aws:kms/key:Key", "data")), pytest.raises(InvalidCallError) as refused:
        account("kms").create_key(KeyUsage="ENCRYPT")
    assert (refused.value.type, refused.value.name) == ("aws:kms/key:Key", "data"), "who asked for it"
    assert (refused.value.operation, refused.value.path) == ("CreateKey", "KeyUsage")
    assert "'ENCRYPT' is none of SIGN_VERIFY, ENCRYPT_DECRYPT" in refused.value.rule
    assert account.calls["CreateKey"] == before
    assert account("kms").list_keys()["Keys"] == [], "moto would have taken it"


def test_what_moto_lacks_is_checked_as_a_call_is(account: Account) -> None:
    good = {"SubnetId": "subnet-1", "PreserveClientIp": True}
    account.check("ec2", "CreateInstanceConnectEndpoint", **good)
    with pytest.raises(InvalidCallError, match="this IpAddressType: 'ipv5' is none of"):
        account.check("ec2", "CreateInstanceConnectEndpoint", **good, IpAddressType="ipv5")
    with pytest.raises(InvalidCallError, match="PreserveClientIp: is for IPv4 only"):
        account.check("ec2", "CreateInstanceConnectEndpoint", **good, IpAddressType="dualstack")


def test_an_account_may_be_a_server_in_another_process() -> None:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        there = Account(boto3.Session("key", "secret", region_name=REGION), f"http://{host}:{port}")
        provider = Provider(there)
        name, _ = provider.create(bucket())
        provider.create(versioning(name))
        assert there("s3").get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
        with pytest.raises(InvalidCallError, match="'Disabled' is none of"):
            provider.create(versioning(name, "Disabled", "second"))
        provider.delete_all()
        assert there("s3").list_buckets()["Buckets"] == []
    finally:
        server.stop()


def test_an_account_has_the_images_that_were_asked_for() -> None:
    with local.account(REGION, ["debian-13-amd64-20260914-2601"]) as here:
        asked = {"owners": ["136693071363"], "filters": [{"name": "name", "values": ["debian-13-amd64-20260914-2601"]}]}
        found = Provider(here).call("aws:ec2/getAmi:getAmi", asked)
        assert found["id"].startswith("ami-")
        assert found["rootDeviceName"] == "/dev/xvda"
        asked["filters"][0]["values"] = ["debian-13-amd64-20260914-2602"]  # type: ignore[index]  # a list of dicts
        with pytest.raises(OperationError, match="0 images of"):
            Provider(here).call("aws:ec2/getAmi:getAmi", asked)


def test_nobodys_profile_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "somebody")
    with local.account(REGION) as here:
        assert here.id == "123456789012", "moto's account"
        Provider(here).create(Resource("urn:1", "aws:kms/key:Key", "data", "", True, {"description": "x"}))
