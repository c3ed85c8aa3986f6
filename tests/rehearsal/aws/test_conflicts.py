"""The table of conflicts: each rule has a source that says it, is broken by a bad call, and by no good one."""

from __future__ import annotations

import base64
import re
from typing import Any

import botocore.session
import pytest

from rehearsal.aws import conflicts
from rehearsal.aws.conflicts import machines
from rehearsal.aws.conflicts.rule import Conflict, blocks
from tests.rehearsal.aws.bad_calls import BAD, GOOD

SESSION = botocore.session.get_session()
SERVICES = ("budgets", "ec2", "iam", "kms", "logs", "rds", "s3")
RULES = [(operation, rule) for operation, rules in conflicts.TABLE.items() for rule in rules]
SOURCES = sorted({rule.source for _, rule in RULES})


@pytest.mark.parametrize("source", SOURCES)
def test_the_source_is_a_member_that_botocore_explains_or_a_page_of_aws(source: str) -> None:
    if source.startswith("https://"):
        assert source.startswith("https://docs.aws.amazon.com/"), "a blog is no source of AWS's rules"
        return
    service, _, member = source.partition(" ")
    shape, _, name = member.partition(".")
    explained = SESSION.get_service_model(service).shape_for(shape).members[name].documentation
    assert len(re.sub("<[^>]+>", "", explained)) > 20, "nothing there says so"


def test_each_operation_is_one_of_a_service_in_use() -> None:
    known = {name for service in SERVICES for name in SESSION.get_service_model(service).operation_names}
    assert set(conflicts.TABLE) <= known, "a misspelt one is never looked up"


@pytest.mark.parametrize(
    ("operation", "path", "parameters"), BAD, ids=[f"{b[0]}-{b[1]}-{n}" for n, b in enumerate(BAD)]
)
def test_a_bad_call_is_refused_at_the_parameter_at_fault(operation: str, path: str, parameters: dict[str, Any]) -> None:
    assert [found for found, _ in conflicts.broken(operation, parameters)] == [path]


@pytest.mark.parametrize(("operation", "parameters"), GOOD, ids=[f"{g[0]}-{n}" for n, g in enumerate(GOOD)])
def test_a_good_call_breaks_nothing(operation: str, parameters: dict[str, Any]) -> None:
    assert list(conflicts.broken(operation, parameters)) == []


def test_no_rule_is_without_a_call_that_breaks_it() -> None:
    """A rule that nothing breaks may be one that can't be broken."""
    unbroken = [
        f"{operation} {rule.path} {rule.says}"
        for operation, rule in RULES
        if operation not in SHARED[1:]
        if not any(_breaks(rule, parameters) for name, _, parameters in BAD if name == operation)
    ]
    assert unbroken == []


SHARED = tuple(name for name, rules in conflicts.TABLE.items() if rules is machines.TAGS)
"""Operations that have nothing but the rules about tags, and share them."""


def _breaks(rule: Conflict, parameters: dict[str, Any]) -> bool:
    return any(rule.breaks(block) for _, block in blocks(rule.within, parameters))


def test_user_data_is_measured_as_the_machine_reads_it() -> None:
    most = {"InstanceType": "t3a.small", "UserData": base64.b64encode(b"x" * 16384).decode()}
    assert list(conflicts.broken("RunInstances", most)) == [], "base64 makes it longer, and does not count"
