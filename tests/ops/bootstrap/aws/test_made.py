"""What a first run leaves behind, read back from the account."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from infra.settings import Settings
from rehearsal.aws import validate
from tests.ops.bootstrap.aws import iam, readback
from tests.ops.bootstrap.aws.conftest import ACCOUNT, NAME, REGION, SHARED, Ear, make_stacks, run, settings

pytestmark = pytest.mark.usefixtures("cloud")

BUCKET = f"shoestring-state-{ACCOUNT}-{REGION}"


def test_the_bucket_keeps_the_state_to_itself(stacks: Path) -> None:
    """The state maps all that there is, with secrets in it: private, encrypted, and never lost by an overwrite."""
    run(stacks)
    found = readback.bucket(BUCKET)
    assert found["region"] == REGION, "where the settings say, not where the machine's own configuration says"
    assert set(found["blocks"].values()) == {True}
    assert len(found["blocks"]) == 4
    assert found["ownership"] == [{"ObjectOwnership": "BucketOwnerEnforced"}], "no ACL can let anybody in"
    assert found["versions"] == "Enabled"
    (rule,) = found["encryption"]
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": readback.key()["arn"]}
    assert rule["ApplyServerSideEncryptionByDefault"] == default
    assert rule["BucketKeyEnabled"], "a call to KMS for each object costs"
    assert not found["locked"], "Pulumi deletes its lock files"
    (lifecycle,) = found["lifecycle"]
    assert lifecycle["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}
    assert lifecycle["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert "Days" not in lifecycle.get("Expiration", {}), "the state itself never expires"


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:PutObject", "s3:ListBucket"])
def test_the_bucket_is_spoken_to_by_tls_only(stacks: Path, action: str) -> None:
    run(stacks)
    policy = readback.bucket(BUCKET)["policy"]
    for resource in (f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/.pulumi/meta.yaml"):
        assert iam.denied(policy, action, resource, {"aws:SecureTransport": "false", "s3:TlsVersion": "1.2"})
        assert iam.denied(policy, action, resource, {"aws:SecureTransport": "true", "s3:TlsVersion": "1.1"})
        assert not iam.denied(policy, action, resource, {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"})
    assert {statement["Effect"] for statement in policy["Statement"]} == {"Deny"}, "it lets nobody in by itself"


def test_the_key_is_the_accounts_and_rotates(stacks: Path) -> None:
    run(stacks)
    found = readback.key()
    assert found["state"] == "Enabled"
    assert found["rotates"]
    principals = [statement["Principal"] for statement in found["policy"]["Statement"]]
    assert principals == [{"AWS": f"arn:aws:iam::{ACCOUNT}:root"}], "nobody of another account, and no any-principal"


def test_the_stack_file_says_where_the_state_is_and_keeps_its_comments(stacks: Path) -> None:
    path = stacks / f"Pulumi.{NAME}.yaml"
    before = path.read_text().splitlines()
    run(stacks)
    after = path.read_text().splitlines()
    added = [line for line in after if line not in before]
    assert added == [
        f"secretsprovider: awskms://alias/shoestring-state?region={REGION}",
        f"  shoestring:backend: s3://{BUCKET}?region={REGION}&awssdk=v2",
    ]
    assert [line for line in after if line in before] == before
    assert yaml.safe_load(path.read_text())["secretsprovider"] == added[0].removeprefix("secretsprovider: ")
    assert settings(stacks).backend == SHARED.backend


def test_github_comes_in_by_its_provider_and_two_bound_roles(stacks: Path) -> None:
    run(stacks)
    assert readback.provider() == {"audiences": ["sts.amazonaws.com"], "url": "token.actions.githubusercontent.com"}
    for kind in ("plan", "apply"):
        found = readback.role(f"shoestring-{NAME}-{kind}")
        assert found["arn"] == SHARED.role(kind, NAME)
        assert found["boundary"] == SHARED.boundary, "whatever else it is given, it stays within"
        assert list(found["policies"]) == ["shoestring"]
        assert found["attached"] == [], "nothing but what is written here"
    assert readback.client("iam").list_users()["Users"] == [], "no user, so no key to lose"


def test_without_a_repository_nothing_is_made_for_github_and_it_is_said(tmp_path: Path) -> None:
    stacks = make_stacks(tmp_path, repository="")
    told = run(stacks)
    assert "GitHub gets no access" in told
    assert "shoestring:repository: <owner>/<name>" in told
    iam_ = readback.client("iam")
    assert iam_.list_roles()["Roles"] == []
    assert iam_.list_open_id_connect_providers()["OpenIDConnectProviderList"] == []
    assert readback.bucket(BUCKET)["versions"] == "Enabled", "the rest is made"


def test_two_environments_share_all_but_their_roles(stacks: Path, ear: Ear) -> None:
    run(stacks)
    make_stacks(stacks.parent, "aws-prod")
    first = readback.everything(stacks)
    ear.calls.clear()
    run(stacks, "aws-prod")
    assert ear.changes == ["CreateRole", "PutRolePolicy"] * 2
    assert settings(stacks, "aws-prod").backend == settings(stacks).backend
    for kind in ("plan", "apply"):
        assert f'"shoestring-{NAME}-{kind}"' in first
        assert readback.role(f"shoestring-aws-prod-{kind}")["boundary"] == SHARED.boundary


def test_a_provider_that_is_there_is_used_and_loses_nothing(stacks: Path, ear: Ear) -> None:
    """An account has one for a URL: another team's, with another audience, goes on as it is."""
    url = "https://token.actions.githubusercontent.com"
    readback.client("iam").create_open_id_connect_provider(
        Url=url, ClientIDList=["theirs"], ThumbprintList=["0" * 40], Tags=[{"Key": "owner", "Value": "them"}]
    )
    run(stacks)
    assert readback.provider()["audiences"] == ["theirs", "sts.amazonaws.com"]
    assert "CreateOpenIDConnectProvider" not in ear.calls


def test_the_settings_stay_valid_and_under_twenty_lines(stacks: Path) -> None:
    """20 lines with the repository, and with `encryptedkey`, which Pulumi itself adds."""
    make_stacks(stacks.parent, "aws-prod")
    for name in (NAME, "aws-prod"):
        run(stacks, name)
        path = stacks / f"Pulumi.{name}.yaml"
        assert Settings.load(path).repository == "acme/predictor"
        assert len(path.read_text().splitlines()) + 1 <= 20


def test_every_call_is_one_that_the_real_service_takes(tmp_path: Path, ear: Ear) -> None:
    """moto takes nearly anything: patterns and limits are in the service's own model. With the longest names."""
    name = "a-name-of-thirty-letters-or-so1"
    repository = f"  shoestring:repository: {'o' * 39}@{'1' * 20}/{'n' * 100}@{'1' * 20}\n"
    stacks = make_stacks(tmp_path, repository=repository)
    (stacks / f"Pulumi.{NAME}.yaml").rename(stacks / f"Pulumi.{name}.yaml")
    run(stacks, name)
    run(stacks, name)
    assert {model.name for model, _ in ear.parameters} >= {"CreateKey", "CreateBucket", "CreateRole", "GetRole"}
    wrong = [
        (model.name, *one)
        for model, given in ear.parameters
        if model.input_shape
        for one in validate.broken(model.input_shape, given)
    ]
    assert wrong == []
