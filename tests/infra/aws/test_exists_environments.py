"""Two environments in one account, and one that comes, goes and comes again on the same day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ops.errors import OperationError
from rehearsal.aws import local
from rehearsal.aws.account import Account
from rehearsal.aws.provider import Provider
from tests.infra.aws import emulated, plans
from tests.infra.aws.emulated import Thing

OURS = "managed-by"


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    """An account of this file's own, which its tests leave empty."""
    with local.account(plans.REGION, emulated.IMAGES) as here:
        yield here


def things() -> Iterator[tuple[str, Thing]]:
    """All that both stacks made and that can have tags, with the name of its kind."""
    there = emulated.exists()
    alike: dict[str, list[Thing]] = {
        **there.ec2,
        **{name: getattr(there, name) for name in ("buckets", "databases", "subnet_groups", "roles", "profiles")},
        **{name: getattr(there, name) for name in ("keys", "log_groups")},
    }
    for kind, found in alike.items():
        for thing in found:
            if not _aws_own(kind, thing):
                yield kind, thing


def _aws_own(kind: str, thing: Thing) -> bool:
    """The default network that each region has, and the main route table that each network is born with."""
    main = kind == "tables" and any(each["Main"] for each in thing["Associations"])
    vpcs = {vpc["VpcId"] for vpc in emulated.exists().ec2["vpcs"]}
    known = {group["GroupId"] for group in emulated.exists().ec2["groups"] if group["VpcId"] in vpcs}
    elsewhere = kind == "rules" and thing["GroupId"] not in known
    return main or elsewhere or (kind in ("groups", "tables") and thing["VpcId"] not in vpcs)


def test_everything_names_its_owner_and_its_environment() -> None:
    found = list(things())
    assert {"machines", "volumes", "buckets", "databases", "keys", "groups"} <= {kind for kind, _ in found}
    for kind, thing in found:
        tags = emulated.tags(thing)
        assert tags.get("environment") in plans.STACKS, f"{kind}: the budget counts by this tag"
        assert tags["owner"] == "ml-team", "nobody would know whom to ask before deleting it"
        assert tags[OURS] == "shoestring"


@pytest.mark.parametrize("stack", plans.STACKS)
def test_a_budget_watches_what_carries_the_environments_tag(stack: str) -> None:
    (one,) = [each for each in emulated.exists().budgets if each["BudgetName"].startswith(stack)]
    assert one["CostFilters"] == {"TagKeyValue": [f"user:environment${stack}"]}
    assert one["TimeUnit"] == "MONTHLY"
    assert float(one["BudgetLimit"]["Amount"]) == plans.settings(stack).budget.monthly_usd
    letters = {(each["NotificationType"], each["Threshold"]) for each in one["notifications"]}
    assert letters == {("ACTUAL", 80.0), ("FORECASTED", 100.0)}, "in time to do something about it"


def test_environments_share_nothing() -> None:
    there = emulated.exists()
    keys = {one["Arn"]: emulated.tags(one)["environment"] for one in there.keys}
    assert len(keys) == 2
    for volume in there.ec2["volumes"]:
        assert keys[volume["KmsKeyId"]] == emulated.tags(volume)["environment"]
    for rule in there.ec2["rules"]:
        peer = rule.get("ReferencedGroupInfo")
        if peer:
            assert _environment(peer["GroupId"]) == _environment(rule["GroupId"]), "a door between environments"


def _environment(group: str) -> str:
    return next(emulated.tags(one)["environment"] for one in emulated.exists().ec2["groups"] if one["GroupId"] == group)


def test_what_moto_does_not_show_is_known() -> None:
    """Whatever is added here is checked against botocore's model only: no test above says that it exists."""
    found = {(one.type.rpartition(":")[2], one.what) for one in emulated.exists().recorded}
    assert found == {
        ("InstanceConnectEndpoint", ""),
        ("Budget", "tags"),
        ("Budget", "notifications[].subscriberEmailAddresses"),
        ("Instance", "enablePrimaryIpv6"),
        ("Instance", "engineLifecycleSupport"),
        ("Instance", "performanceInsightsEnabled"),
        ("Instance", "performanceInsightsKmsKeyId"),
        ("Instance", "performanceInsightsRetentionPeriod"),
        ("Key", "rotationPeriodInDays"),
    }


@pytest.mark.parametrize("stack", plans.STACKS)
def test_the_same_program_twice_changes_nothing(account: Account, stack: str) -> None:
    provider = Provider(account)
    first = emulated.apply(stack, provider)
    account.calls.clear()
    second = emulated.apply(stack, provider)
    changing = [name for name in account.calls if not name.startswith(("Describe", "Get", "List"))]
    assert changing == [], "a second run would bill a second environment"
    assert account.calls["DescribeInstances"], "what is there was looked at"
    assert second.outputs == first.outputs, "Ansible would go to other hosts"
    assert len(second.resources) == len(first.resources)
    provider.delete_all(protected=True)


@pytest.mark.parametrize("stack", plans.STACKS)
def test_up_down_up_on_one_day(account: Account, stack: str) -> None:
    """AWS holds names back: of keys for 30 days, of final snapshots and kept backups until somebody deletes them."""
    names: list[set[str]] = []
    for _ in range(2):
        provider = Provider(account)
        emulated.apply(stack, provider)
        names.append({_name(entry.id) for entry in provider.registry.entries() if entry.type in NAMED})
        provider.delete_all(protected=True)
        assert left(stack) == {}, "what is left is paid for, and stands in the way"
    assert names[0].isdisjoint(names[1]), "the second would meet what AWS still holds of the first"


NAMED = (
    "aws:s3/bucket:Bucket",
    "aws:iam/role:Role",
    "aws:iam/instanceProfile:InstanceProfile",
    "aws:kms/alias:Alias",
    "aws:rds/instance:Instance",
    "aws:rds/subnetGroup:SubnetGroup",
    "aws:rds/parameterGroup:ParameterGroup",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:budgets/budget:Budget",
)


def _name(identity: str) -> str:
    return identity.rpartition(":")[2]


def left(stack: str) -> dict[str, Any]:
    """What the account still holds of an environment, by kind. Of ended machines and keys AWS keeps a trace."""
    there = emulated.Exists(**emulated.read())
    ended = [one for one in there.ec2.pop("machines") if one["State"]["Name"] != "terminated"]
    keys = [one for one in there.keys if one["KeyState"] != "PendingDeletion"]
    rest = {name: getattr(there, name) for name in ("buckets", "databases", "subnet_groups", "roles", "profiles")}
    everything = {**there.ec2, **rest, "machines": ended, "keys": keys, "log_groups": there.log_groups}
    mine = {
        kind: [one for one in found if emulated.tags(one).get("environment") == stack]
        for kind, found in everything.items()
    }
    return {kind: found for kind, found in mine.items() if found}


def test_a_protected_environment_is_not_deleted_by_mistake(account: Account) -> None:
    provider = Provider(account)
    emulated.apply("aws-prod", provider)
    with pytest.raises(OperationError, match=r"aws:rds/instance:Instance aws-prod-database") as refused:
        provider.delete_all()
    assert "aws:s3/bucket:Bucket aws-prod-backups" in refused.value.cause
    assert len(emulated.read()["databases"]) == 1, "nothing was deleted"
    provider.delete_all(protected=True)
    assert emulated.read()["databases"] == []
