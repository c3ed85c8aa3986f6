"""What was changed by hand since: seen, shown, and put right by the same command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.bootstrap.aws import policies
from tests.ops.bootstrap.aws import readback
from tests.ops.bootstrap.aws.conftest import NAME, SHARED, Ear, run

pytestmark = pytest.mark.usefixtures("cloud")

ALL = json.dumps(policies.document(policies.allow("All", ["*"], ["*"])))
APPLY = f"shoestring-{NAME}-apply"


def _public() -> None:
    blocks = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False)
    readback.client("s3").put_public_access_block(Bucket=SHARED.bucket, PublicAccessBlockConfiguration=blocks)


def _no_versions() -> None:
    readback.client("s3").put_bucket_versioning(Bucket=SHARED.bucket, VersioningConfiguration={"Status": "Suspended"})


def _other_encryption() -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    readback.client("s3").put_bucket_encryption(
        Bucket=SHARED.bucket, ServerSideEncryptionConfiguration={"Rules": [rule]}
    )


def _no_tls() -> None:
    statement = policies.allow("All", ["s3:GetObject"], [f"arn:aws:s3:::{SHARED.bucket}/*"]) | {"Principal": "*"}
    readback.client("s3").put_bucket_policy(Bucket=SHARED.bucket, Policy=json.dumps(policies.document(statement)))


def _no_rotation() -> None:
    readback.client("kms").disable_key_rotation(KeyId=readback.key()["arn"])


def _open_key() -> None:
    statement = policies.allow("All", ["kms:*"], ["*"]) | {"Principal": {"AWS": "*"}}
    readback.client("kms").put_key_policy(
        KeyId=readback.key()["arn"], PolicyName="default", Policy=json.dumps(policies.document(statement))
    )


def _wide_boundary() -> None:
    readback.client("iam").create_policy_version(PolicyArn=SHARED.boundary, PolicyDocument=ALL, SetAsDefault=True)


def _five_versions_of_the_boundary() -> None:
    for _ in range(4):
        _wide_boundary()


def _no_boundary() -> None:
    readback.client("iam").delete_role_permissions_boundary(RoleName=APPLY)


def _wide_trust() -> None:
    other = policies.trust(SHARED, "eve/predictor", "apply", NAME)
    readback.client("iam").update_assume_role_policy(RoleName=APPLY, PolicyDocument=json.dumps(other))


def _wide_role() -> None:
    readback.client("iam").put_role_policy(RoleName=APPLY, PolicyName="shoestring", PolicyDocument=ALL)


CASES: list[tuple[str, Callable[[], None], list[str]]] = [
    ("public access", _public, ["PutPublicAccessBlock"]),
    ("no versions", _no_versions, ["PutBucketVersioning"]),
    ("other encryption", _other_encryption, ["PutBucketEncryption"]),
    ("no TLS", _no_tls, ["PutBucketPolicy"]),
    ("no rotation", _no_rotation, ["EnableKeyRotation"]),
    ("key for everybody", _open_key, ["PutKeyPolicy"]),
    ("wide boundary", _wide_boundary, ["CreatePolicyVersion"]),
    ("wide boundary in five versions", _five_versions_of_the_boundary, ["DeletePolicyVersion", "CreatePolicyVersion"]),
    ("role without boundary", _no_boundary, ["PutRolePermissionsBoundary"]),
    ("role for others", _wide_trust, ["UpdateAssumeRolePolicy"]),
    ("role that may do all", _wide_role, ["PutRolePolicy"]),
]


@pytest.mark.parametrize(("change", "calls"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_was_changed_by_hand_is_put_right(
    stacks: Path, ear: Ear, change: Callable[[], None], calls: list[str]
) -> None:
    """And nothing else is touched."""
    run(stacks)
    before = readback.everything(stacks)
    change()
    assert readback.everything(stacks) != before, "the change is seen here, too"
    ear.calls.clear()
    run(stacks)
    assert ear.changes == calls
    assert readback.everything(stacks) == before


def test_another_repository_takes_the_roles_over(stacks: Path, ear: Ear) -> None:
    """Renamed, or moved: the old name may become anybody's, and must open nothing."""
    run(stacks)
    path = stacks / f"Pulumi.{NAME}.yaml"
    path.write_text(path.read_text().replace("acme/predictor", "acme@12/ranker@34"))
    ear.calls.clear()
    run(stacks)
    assert ear.changes == ["UpdateAssumeRolePolicy"] * 2
    for kind in ("plan", "apply"):
        trust = json.dumps(readback.role(f"shoestring-{NAME}-{kind}")["trust"])
        assert "repo:acme@12/ranker@34:" in trust
        assert "acme/predictor" not in trust


def test_what_others_wrote_on_it_stays(stacks: Path, ear: Ear) -> None:
    """A cost centre on the bucket is no fault."""
    run(stacks)
    s3 = readback.client("s3")
    tags = [{"Key": "cost-centre", "Value": "7"}]
    s3.put_bucket_tagging(Bucket=SHARED.bucket, Tagging={"TagSet": tags})
    ear.calls.clear()
    run(stacks)
    assert ear.changes == ["PutBucketTagging"]
    assert readback.bucket(SHARED.bucket)["tags"]["cost-centre"] == "7"
    assert readback.bucket(SHARED.bucket)["tags"]["managed-by"] == "shoestring"
