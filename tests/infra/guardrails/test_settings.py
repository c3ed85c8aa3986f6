"""Whatever the settings allow passes, what they do not allow fails, and the setting that a message names raises it."""

from __future__ import annotations

import functools
import re
from decimal import Decimal
from typing import Any

import pytest

from infra import guardrails, stack_file
from infra.guardrails.aws import RULES
from infra.guardrails.rule import Rule
from infra.settings import HostSetting, Limits, Settings
from rehearsal.program import Resource
from tests.infra.aws import plans
from tests.infra.guardrails.stacks import MONTHLY, faults, made, settings
from tests.infra.guardrails.worse import WORSE

ONE = [{"name": "solo", "groups": ["proxy", "service"]}]
SPOT = [{"name": "solo", "groups": ["proxy", "service", "database"], "spot": True}]
GPU = [{"name": "solo", "groups": ["proxy", "service", "database"], "machine": "g4dn.xlarge"}]
MANY = [*ONE, *({"name": f"app{number}", "groups": ["service"]} for number in range(2, 8))]
APP9 = HostSetting(name="app9", groups=["service"])
HOME, OFFICE = "198.51.100.0/24", "2001:db8:7::/48"
ALLOWED: dict[str, tuple[str, dict[str, Any]]] = {
    "as it is, dev": ("aws-dev", {}),
    "as it is, prod": ("aws-prod", {}),
    "data may be thrown away": ("aws-dev", {"deletion_protection": False}),
    "a managed database": ("aws-dev", {"hosts": ONE, "database": "managed"}),
    "a database on a host, in prod": ("aws-prod", {"database": None, "hosts": SPOT, "limits": {"spot": 1}}),
    "a NAT gateway": ("aws-prod", {"nat": True}),
    "a spot machine": ("aws-dev", {"hosts": SPOT, "limits": {"spot": 1}}),
    "a GPU": ("aws-dev", {"hosts": GPU, "limits": {"gpus": 1, "machines": ["g4dn.xlarge"]}}),
    "many hosts": ("aws-prod", {"hosts": MANY, "limits": {"hosts": 7}}),
    "SSH from a known network": ("aws-dev", {"ssh": "direct", "admin_cidrs": [HOME, OFFICE]}),
    "SSH through the proxy": ("aws-prod", {"ssh": "jump", "admin_cidrs": [HOME]}),
    "some may come": ("aws-dev", {"public_cidrs": [HOME]}),
    "a zone": ("aws-prod", {"zone": "Z0123456789"}),
    "other zones": ("aws-prod", {"zones": ["b", "c"], "cidr": "172.16.0.0/20", "size": "large"}),
    "an image by its id": ("aws-dev", {"image": "ami-0123456789abcdef0"}),
}


@functools.cache
def asked(name: str) -> tuple[Settings, tuple[Resource, ...]]:
    stack, changes = ALLOWED[name]
    settings, found = plans.changed(stack, **changes)
    return settings, tuple(one for one in found.resources if one.custom)


@pytest.mark.parametrize("name", ALLOWED)
def test_what_the_settings_ask_for_passes(name: str) -> None:
    settings, resources = asked(name)
    assert [verdict.message for verdict in faults(resources, settings)] == []


def test_every_rule_judges_something() -> None:
    """A rule over no resource passes silently."""
    seen = {verdict.rule for name in ALLOWED for verdict in guardrails.check(asked(name)[1], asked(name)[0], MONTHLY)}
    assert seen == {rule.id for rule in RULES}


NOT_ALLOWED = {
    ("a NAT gateway", "as it is, prod"): "nat-asked-for",
    ("a spot machine", "as it is, dev"): "cost-spot ec2-not-terminated",
    ("a GPU", "as it is, dev"): "cost-gpus cost-machine-types",
    ("a managed database", "as it is, dev"): "cost-databases",
    ("many hosts", "as it is, prod"): "cost-asked-for cost-hosts ec2-public-only-if-it-serves eip-serves sg-declared "
    "sg-narrow-egress",
    ("SSH from a known network", "as it is, dev"): "sg-declared",
    ("SSH through the proxy", "as it is, prod"): "sg-declared sg-narrow-egress",
    ("as it is, dev", "SSH from a known network"): "sg-declared sg-narrow-egress tunnel-narrow",
    ("as it is, dev", "some may come"): "sg-declared",
    ("data may be thrown away", "as it is, dev"): "protected s3-not-emptied ec2-not-terminated",
}


@pytest.mark.parametrize(("pair", "rules"), NOT_ALLOWED.items(), ids=[" for ".join(pair) for pair in NOT_ALLOWED])
def test_what_other_settings_ask_for_fails(pair: tuple[str, str], rules: str) -> None:
    """The rules judge what is registered, and not what the program meant by it."""
    ask, allow = pair
    found = faults(asked(ask)[1], asked(allow)[0])
    assert {verdict.rule for verdict in found} == set(rules.split()), [verdict.message for verdict in found]


RAISED: dict[str, tuple[str, dict[str, Any]]] = {
    "a dear machine": ("limits.machines", {"limits": Limits(machines=["m6a.48xlarge"])}),
    "a spot machine": ("limits.spot", {"limits": Limits(spot=1)}),
    "a machine that nobody asked for": ("hosts", {"hosts": [*settings("aws-prod").hosts, APP9]}),
    "a NAT gateway": ("nat", {"nat": True}),
    "a large disk": ("size", {"size": "large", "limits": Limits(machines=["t3a.medium"])}),
}


@pytest.mark.parametrize("name", RAISED)
def test_the_setting_that_is_named_raises_the_limit(name: str) -> None:
    """Whoever reads the message knows what to change, and that is enough."""
    case, (setting, change) = WORSE[name], RAISED[name]
    before = faults(case.made(), settings(case.stack))
    assert {verdict.setting for verdict in before} == {f"shoestring:{setting}"}
    assert faults(case.made(), settings(case.stack).model_copy(update=change)) == []


def test_a_higher_budget_and_more_hosts_are_raised_too() -> None:
    stack, dear = settings("aws-dev"), Decimal(31)
    (verdict,) = faults(made("aws-dev"), stack, dear)
    assert verdict.setting == "shoestring:budget.monthly_usd"
    more = stack.budget.model_copy(update={"monthly_usd": 31})
    assert faults(made("aws-dev"), stack.model_copy(update={"budget": more}), dear) == []
    hosts, resources = asked("many hosts")
    few = hosts.model_copy(update={"limits": Limits()})
    assert [verdict.setting for verdict in faults(resources, few)] == ["shoestring:limits.hosts"]


def test_every_setting_that_a_message_names_is_one() -> None:
    """Its first word, as the stack file has it."""
    named = {verdict.setting for case in WORSE.values() for verdict in faults(case.made(), settings(case.stack))}
    assert {one.partition(".")[0] for one in named - {""}} <= {
        stack_file.key(name, "aws") for name in Settings.model_fields
    }


def test_production_is_protected_whatever_its_settings_say() -> None:
    for name, setting in (("a key unprotected", "shoestring:deletion_protection"), ("a database unprotected", "")):
        case = WORSE[name]
        (verdict,) = faults(case.made(), settings(case.stack))
        assert verdict.setting == setting, f"{case.stack}: a setting that changes nothing is not named"


def test_a_resource_is_good_or_has_faults() -> None:
    """A plan that shows what passed counts on it, and on one verdict for each resource of a rule's types."""
    case = WORSE["a key unprotected"]
    verdicts = guardrails.check(case.made(), settings(case.stack), MONTHLY)
    judged = [(verdict.type, verdict.resource) for verdict in verdicts if verdict.rule == "protected"]
    stateful = [(one.type, one.name) for one in made(case.stack) if one.options.get("protect")]
    assert sorted(judged) == sorted(stateful)
    assert [verdict.resource for verdict in verdicts if not verdict.ok] == ["aws-dev-data"]
    assert all(not verdict.message and not verdict.setting for verdict in verdicts if verdict.ok)


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_a_rule_has_a_reason_in_one_sentence(rule: Rule) -> None:
    assert re.fullmatch(r"[A-Z`].{15,110}\.", rule.reason), rule.reason
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.id)
