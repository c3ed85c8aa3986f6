"""Who may do what with a rehearsal's buckets: what the account's roles say of each, and the controller's own part."""

from __future__ import annotations

import pytest

from infra.aws import policies
from rehearsal.planes.wanted import Bucket, Grant
from tests.rehearsal.aws.read_back import DEV, PROD, back


def bucket(stack: str, purpose: str) -> Bucket:
    read = back()
    name = read.stated[stack]["buckets"][purpose]["name"]
    (found,) = [one for one in read.rights[stack][0].buckets if one.name == name]
    return found


def arn(stack: str, purpose: str) -> str:
    return f"arn:aws:s3:::{back().stated[stack]['buckets'][purpose]['name']}"


@pytest.mark.parametrize("stack", [DEV, PROD])
def test_each_bucket_of_the_stack_is_there_once(stack: str) -> None:
    read = back()
    stated = sorted(one["name"] for one in read.stated[stack]["buckets"].values())
    assert sorted(one.name for one in read.rights[stack][0].buckets) == stated


def test_the_host_of_the_database_may_keep_backups_in_their_bucket() -> None:
    rights = back().rights[DEV][0]
    assert rights.backups is not None
    ours = arn(DEV, "backups")
    assert set(bucket(DEV, "backups").grants) == {
        Grant(rights.backups.access, ("s3:ListBucket", "s3:ListBucketVersions"), (ours,)),
        Grant(rights.backups.access, policies.KEEP_BACKUPS, (f"{ours}/*",)),
    }, "and nobody else there, the controller least of all"


def test_the_controller_may_bring_models_and_nothing_else() -> None:
    for stack in (DEV, PROD):
        controller, ours = back().rights[stack][0].controller, arn(stack, "artifacts")
        mine = {grant for grant in bucket(stack, "artifacts").grants if grant.access == controller.access}
        assert mine == {
            Grant(controller.access, ("s3:ListBucket",), (ours,)),
            Grant(controller.access, ("s3:GetObject", "s3:PutObject"), (f"{ours}/models/*",)),
        }


def test_no_grant_is_on_another_bucket() -> None:
    for stack in (DEV, PROD):
        for purpose in ("artifacts", "backups"):
            for grant in bucket(stack, purpose).grants:
                ours = arn(stack, purpose)
                assert all(each == ours or each.startswith(f"{ours}/") for each in grant.resources), grant


def test_a_managed_database_s_backups_are_nobody_s_to_write() -> None:
    rights = back().rights[PROD][0]
    assert rights.backups is None, "RDS keeps them by itself"
    assert rights.keys == (rights.controller,)
    assert bucket(PROD, "backups").grants == ()


def test_the_two_keys_differ_and_a_second_run_has_the_same() -> None:
    for stack in (DEV, PROD):
        first, second = back().rights[stack]
        assert first == second, "a run that is repeated changes nothing"
        assert [key.secret for key in first.keys] == [key.secret for key in second.keys]
        assert not any(key.access.startswith("ASIA") for key in first.keys), "the gateway would ask for a session"
        assert not any(key.secret in repr(first) for key in first.keys)
    first = back().rights[DEV][0]
    assert len({key.access for key in first.keys}) == 2, "whoever has one may do what it is for"


def test_only_the_backups_of_prod_are_locked_and_each_bucket_keeps_versions() -> None:
    locked = {
        (stack, each): bucket(stack, each).locked_days for stack in (DEV, PROD) for each in ("artifacts", "backups")
    }
    assert locked == {(DEV, "artifacts"): 0, (DEV, "backups"): 0, (PROD, "artifacts"): 0, (PROD, "backups"): 30}
    assert all(bucket(stack, each).versioned for stack, each in locked)
