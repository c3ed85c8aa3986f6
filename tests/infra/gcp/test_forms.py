"""All that the program asks of Google is something that Google's services take: names, labels, enumerations, ranges.

What has no form of its own is true or false, or was made from another resource, and so is Google's own word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from infra import stack_file
from infra.problems import SettingsError
from infra.settings import Settings
from rehearsal.program import Made, Resource
from tests.infra.aws import plans as shared
from tests.infra.gcp import discovery, forms, limits, plans
from tests.infra.guardrails.mutations import Leaf, leaves, short

STACKS = (*plans.STACKS, *limits.LIMITS)
EVERY_STACK = pytest.mark.parametrize("stack", STACKS)
SUFFIX = "-0123abc"  # what Pulumi adds to a name
LABELS = re.compile(r"(^|\.)(labels|userLabels)\.[^.]+$")
FREE = {"compute/instance": r"metadata\..*"}  # tested by themselves, below


def made(stack: str) -> Made:
    return plans.stack(stack) if stack in plans.STACKS else limits.made(stack)


def custom(stack: str) -> list[Resource]:
    return [one for one in made(stack).resources if one.custom]


def values(resource: Resource) -> Iterator[tuple[str, Leaf]]:
    """Each leaf, with its path as the tables have it: allows[].protocol."""
    for leaf in leaves(resource):
        yield re.sub(r"\[[^]]*\]", "[]", leaf.path), leaf


def taken(type_: str, path: str, value: Any) -> bool:
    if (type_, path) in discovery.FROM_GOOGLE:
        return discovery.takes(*discovery.FROM_GOOGLE[type_, path], value)
    return forms.WRITTEN[type_, path].holds(value)


@EVERY_STACK
def test_google_takes_each_value(stack: str) -> None:
    wrong = []
    for resource in custom(stack):
        type_ = short(resource.type)
        for path, leaf in values(resource):
            known = (type_, path) in discovery.FROM_GOOGLE or (type_, path) in forms.WRITTEN
            if known and not taken(type_, path, leaf.value):
                wrong.append(f"{resource.name}: {path} is {leaf.value!r}")
    assert wrong == []


@EVERY_STACK
def test_each_value_has_a_form_or_needs_none(stack: str) -> None:
    for resource in custom(stack):
        type_ = short(resource.type)
        for path, leaf in values(resource):
            known = (type_, path) in discovery.FROM_GOOGLE or (type_, path) in forms.WRITTEN
            others = bool(resource.references.get(str(leaf.steps[0])))
            plain = isinstance(leaf.value, bool) or leaf.value in ([], {}, None)
            free = LABELS.search(path) or re.fullmatch(FREE.get(type_, "-"), path)
            assert known or others or plain or free, f"{resource.name}: which form has {path}, {leaf.value!r}?"


def test_each_form_is_of_something() -> None:
    """A row that nothing is held against would read as if something were."""
    seen = {(short(one.type), path) for stack in STACKS for one in custom(stack) for path, _ in values(one)}
    assert set(discovery.FROM_GOOGLE) | set(forms.WRITTEN) <= seen
    assert set(discovery.FROM_GOOGLE) & set(forms.WRITTEN) == set()


@pytest.mark.parametrize("place", discovery.FROM_GOOGLE, ids=" ".join)
def test_google_s_own_form_refuses_another_word(place: tuple[str, str]) -> None:
    """Where its document said nothing of the property any more, this would raise KeyError."""
    assert not taken(*place, "Canary 77")


@pytest.mark.parametrize("place", forms.WRITTEN, ids=" ".join)
def test_each_form_refuses_what_is_none(place: tuple[str, str]) -> None:
    form = forms.WRITTEN[place]
    assert not form.holds(form.bad)
    assert len(form.source) > 10


def names(stack: str) -> Iterator[tuple[str, str]]:
    """Type and full name of what Pulumi names."""
    for one in custom(stack):
        if short(one.type) in discovery.NAMED or short(one.type) in forms.NAMES:
            assert "name" not in one.inputs, "then its name is in the tables"
            yield short(one.type), one.name + SUFFIX


@EVERY_STACK
def test_google_takes_each_name(stack: str) -> None:
    found = list(names(stack))
    assert len(found) > 10
    wrong = [
        f"{type_} {name}, {len(name)} characters"
        for type_, name in found
        if not (discovery.takes_name(type_, name) if type_ in discovery.NAMED else forms.NAMES[type_].holds(name))
    ]
    assert wrong == []


def test_names_that_are_too_long_or_strange_are_seen() -> None:
    for type_ in discovery.NAMED:
        assert discovery.takes_name(type_, "a" * 63), "this one is taken"
        for bad in ("a" * 64, "A", "1a", "a-", "a_b"):
            assert not discovery.takes_name(type_, bad), type_
    for form in forms.NAMES.values():
        assert not form.holds(form.bad)


@pytest.mark.parametrize(("groups", "most"), [(["proxy", "service"], 23), (["proxy", "service", "database"], 14)])
def test_the_longest_name_of_a_host_is_taken_and_a_longer_one_refused(groups: list[str], most: int) -> None:
    """Under the longest name of an environment. Its machine's name would have a letter more than Google takes."""
    config = stack_file.read(shared.ROOT / "stacks/Pulumi.gcp-dev.yaml")
    if "database" not in groups:
        config["shoestring:database"] = "managed"

    def named(name: str) -> Settings:
        return Settings.of(limits.LONGEST, {**config, "shoestring:hosts": [{"name": name, "groups": groups}]}, "here")

    assert named("h" * most).hosts[0].name == "h" * most
    with pytest.raises(SettingsError, match=f"at most {most} letters"):
        named("h" * (most + 1))


def test_no_two_resources_of_a_type_have_one_name() -> None:
    for stack in STACKS:
        found = [(one.type, one.name) for one in custom(stack)]
        assert len(found) == len(set(found)), "Pulumi refuses the second"


def labels(node: Any) -> Iterator[dict[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("labels", "userLabels") and isinstance(value, dict):
                yield value
            else:
                yield from labels(value)
    elif isinstance(node, list):
        for each in node:
            yield from labels(each)


@EVERY_STACK
def test_google_takes_each_label(stack: str) -> None:
    found = 0
    for one in custom(stack):
        # What Cloud Monitoring calls labels is where a channel leads to.
        hidden = "labels" if "userLabels" in one.inputs else ""
        for each in labels({key: value for key, value in one.inputs.items() if key != hidden}):
            assert len(each) <= forms.MOST_LABELS
            for key, value in each.items():
                assert forms.LABEL_KEY.holds(key), f"{one.name}: {key}"
                assert forms.LABEL_VALUE.holds(value), f"{one.name}: {key}={value}"
                found += 1
    assert found > 20


def test_labels_that_google_refuses_are_seen() -> None:
    for form, long in ((forms.LABEL_KEY, "a" * 64), (forms.LABEL_VALUE, "a" * 64)):
        assert not form.holds(form.bad)
        assert not form.holds(long)
        assert form.holds(long[1:])


@EVERY_STACK
def test_metadata_are_short_enough_and_their_keys_taken(stack: str) -> None:
    for machine in plans.of(made(stack), "Instance"):
        for key, value in machine.inputs["metadata"].items():
            assert discovery.takes_metadata_key(key)
            assert len(str(value).encode()) <= forms.MOST_METADATA
    assert not discovery.takes_metadata_key("a key")


@EVERY_STACK
def test_a_firewall_rule_names_no_more_accounts_than_google_takes(stack: str) -> None:
    rules = plans.of(made(stack), "Firewall")
    assert rules
    for rule in rules:
        for name in ("sourceServiceAccounts", "targetServiceAccounts"):
            assert len(rule.inputs.get(name, [])) <= forms.MOST_ACCOUNTS
