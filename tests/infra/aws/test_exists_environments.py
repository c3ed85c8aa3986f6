"""Two environments in one account: everything has its tags, and nothing is shared."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.infra.aws import emulated, plans
from tests.infra.aws.emulated import Thing

OURS = "managed-by"


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
