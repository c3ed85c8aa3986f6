"""The provider of a rehearsal: nothing is left out in silence, and what a killed run began is brought to its end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ops.errors import OperationError
from rehearsal.aws import local
from rehearsal.aws.account import Account
from rehearsal.aws.emulation import EMULATIONS, FUNCTIONS
from rehearsal.aws.provider import Provider
from rehearsal.registry import Registry
from tests.infra.aws import plans
from tests.rehearsal.aws.small import REGION, bucket, key, resource, versioning


@pytest.fixture
def account() -> Iterator[Account]:
    with local.account(REGION) as here:
        yield here


@pytest.mark.parametrize("stack", plans.STACKS)
def test_all_that_a_stack_registers_has_an_emulation(account: Account, stack: str) -> None:
    Provider(account)
    used = {one.type for one in plans.stack(stack).resources if one.custom}
    assert len(used) > 20, "nothing was looked at"
    assert used - set(EMULATIONS) == set()
    assert {"aws:index/getCallerIdentity:getCallerIdentity", "aws:ec2/getAmi:getAmi"} <= set(FUNCTIONS)


def test_an_unknown_type_is_named(account: Account) -> None:
    with pytest.raises(OperationError, match=r"aws:sqs/queue:Queue \(jobs\) has no emulation"):
        Provider(account).create(resource("aws:sqs/queue:Queue", "jobs"))
    with pytest.raises(OperationError, match="the function aws:ec2/getVpc:getVpc has no emulation"):
        Provider(account).call("aws:ec2/getVpc:getVpc", {})


def test_an_input_that_no_call_takes_is_named(account: Account) -> None:
    """It is what would make a rehearsal say more than it has seen."""
    with pytest.raises(OperationError, match="aws:kms/key:Key test-data: the emulation drops xksKeyId"):
        Provider(account).create(key(xksKeyId="1"))
    block = {"status": "Enabled", "expectedOwner": "me"}
    name, _ = Provider(account).create(bucket())
    setting = resource("aws:s3/bucketVersioning:BucketVersioning", "b", bucket=name, versioningConfiguration=block)
    with pytest.raises(OperationError, match=r"drops versioningConfiguration\.expectedOwner"):
        Provider(account).create(setting)


def test_what_moto_refuses_is_named(account: Account) -> None:
    lost = resource("aws:ec2/subnet:Subnet", "test-public-a", vpcId="vpc-1", cidrBlock="10.0.0.0/24")
    with pytest.raises(OperationError, match=r"aws:ec2/subnet:Subnet test-public-a: .*InvalidVpcID\.NotFound"):
        Provider(account).create(lost)


def test_a_required_input_that_is_missing_is_named(account: Account) -> None:
    with pytest.raises(OperationError, match=r"(?s)aws:kms/alias:Alias x: .*\"TargetKeyId\""):
        Provider(account).create(resource("aws:kms/alias:Alias", "x", name="alias/x"))


def test_the_name_of_a_resource_has_a_random_end(account: Account) -> None:
    first, outputs = Provider(account).create(bucket())
    second, _ = Provider(account).create(bucket())
    assert first != second, "buckets share their names with the whole world"
    assert first.startswith("test-artifacts-")
    assert outputs["arn"] == f"arn:aws:s3:::{first}"
    assert outputs["tagsAll"] == {"owner": "ml-team"}


def test_a_name_that_is_too_long_is_refused_and_not_cut(account: Account) -> None:
    with pytest.raises(OperationError, match=r"has 68 characters, and at most 63 are allowed"):
        Provider(account).create(bucket("x" * 60))


def test_a_resource_that_is_there_is_left_alone(account: Account) -> None:
    provider = Provider(account)
    assert provider.create(key()) == provider.create(key())
    assert account.calls["CreateKey"] == 1
    with pytest.raises(OperationError, match="made with other inputs; changed: description"):
        provider.create(key(description="another"))


def test_what_was_begun_is_brought_to_its_end(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = Provider(account)
    kms = account("kms")
    begun = key(description="sent by the call that did not fail")

    def fail(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "later"}}, "EnableKeyRotation")

    with monkeypatch.context() as broken:
        broken.setattr(kms, "enable_key_rotation", fail)
        with pytest.raises(OperationError, match=r"aws:kms/key:Key test-data: .*ThrottlingException"):
            provider.create(begun)
    identity, outputs = provider.create(begun)
    assert [one["KeyId"] for one in kms.list_keys()["Keys"]] == [identity], "the key that was begun, and no second one"
    assert outputs["enableKeyRotation"] is True


def test_another_process_goes_on_with_what_the_file_says(account: Account, tmp_path: Path) -> None:
    file = tmp_path / "rehearsal" / "aws.json"
    name, _ = Provider(account, Registry(file)).create(bucket())
    later = Provider(account, Registry(file))
    assert later.create(bucket())[0] == name
    assert [one["id"] for one in json.loads(file.read_text())] == [name]
    assert [one.name for one in file.parent.iterdir()] == ["aws.json"], "and no half-written file beside it"
    later.delete_all()
    assert Registry(file).entries() == []


def test_what_was_made_last_goes_first_and_what_fails_stays_known(account: Account) -> None:
    provider = Provider(account)
    name, _ = provider.create(bucket())
    provider.create(versioning(name))
    account("s3").put_object(Bucket=name, Key="model.onnx", Body=b"x")
    with pytest.raises(OperationError, match=r"aws:s3/bucket:Bucket test-artifacts: .*BucketNotEmpty"):
        provider.delete_all()
    assert [entry.type for entry in provider.registry.entries()] == ["aws:s3/bucket:Bucket"]
    provider.delete_all(protected=True)
    assert account("s3").list_buckets()["Buckets"] == []


def test_protected_and_retained_resources_stay(account: Account) -> None:
    provider = Provider(account)
    provider.create(key("kept", {"retain_on_delete": True}))
    identity, _ = provider.create(key("held", {"protect": True}))
    with pytest.raises(OperationError, match="protected: aws:kms/key:Key held"):
        provider.delete_all()
    provider.delete_all(protected=True)
    states = {
        one["KeyId"]: account("kms").describe_key(KeyId=one["KeyId"])["KeyMetadata"]["KeyState"]
        for one in account("kms").list_keys()["Keys"]
    }
    assert sorted(states.values()) == ["Enabled", "PendingDeletion"]
    assert states[identity] == "PendingDeletion"


def test_what_moto_does_not_keep_is_listed(account: Account) -> None:
    provider = Provider(account)
    provider.create(key())
    assert provider.recorded == []
    provider.create(key("second", rotationPeriodInDays=365.0))
    (one,) = provider.recorded
    assert (one.name, one.what, one.why) == ("second", "rotationPeriodInDays", "moto keeps no period of rotation")
