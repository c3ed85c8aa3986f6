"""Each input of the real program is taken away, one by one: the rules that guard it fail, and no others.

The policy: a guardrail that nobody has seen fail guards nothing; one that fails for something else explains nothing.
"""

from __future__ import annotations

import pytest

from tests.infra.aws import plans as aws
from tests.infra.gcp import plans as gcp
from tests.infra.guardrails import guarded, mutations, unguarded
from tests.infra.guardrails.gcp import guarded as gcp_guarded
from tests.infra.guardrails.gcp import unguarded as gcp_unguarded
from tests.infra.guardrails.guarded import Table
from tests.infra.guardrails.stacks import failing, made

STACKS = {"aws": aws.STACKS, "gcp": gcp.STACKS}
GUARDED = {"aws": guarded.GUARDED, "gcp": gcp_guarded.GUARDED}
UNGUARDED = {"aws": unguarded.UNGUARDED, "gcp": gcp_unguarded.UNGUARDED}
TYPES = {
    cloud: {
        key.partition(" in ")[0]
        for table in (GUARDED[cloud], UNGUARDED[cloud])
        for keys in table.values()
        for key in keys
        if key != "*"
    }
    for cloud in STACKS
}


def said(table: Table, type_: str, name: str, path: str) -> set[str]:
    """The headings of a table under which a leaf stands."""
    return {heading for heading, key in entries(table, type_, name) if path in table[heading][key].split()}


def entries(table: Table, type_: str, name: str) -> list[tuple[str, str]]:
    found = []
    for heading, keys in table.items():
        for key in keys:
            whose, _, part = key.partition(" in ")
            if whose in (type_, "*") and part in name:
                found.append((heading, key))
    return found


@pytest.mark.parametrize(("cloud", "type_"), [(cloud, each) for cloud in STACKS for each in sorted(TYPES[cloud])])
def test_what_is_stripped_fails_its_own_rules_and_no_others(cloud: str, type_: str) -> None:
    stacks = STACKS[cloud]
    resources = [(stack, one) for stack in stacks for one in made(stack) if mutations.short(one.type) == type_]
    assert resources, "both stacks together have every type that the tables name"
    for stack, resource in resources:
        for leaf in mutations.leaves(resource):
            where = f"{resource.name} {type_} {leaf.path}"
            guards = said(GUARDED[cloud], type_, resource.name, leaf.path)
            assert bool(guards) != bool(said(UNGUARDED[cloud], type_, resource.name, leaf.path)), (
                f"{where}: either guarded.py or unguarded.py has to say whether it is a security property"
            )
            assert failing(stack, resource, mutations.stripped(resource, leaf)) == guards, where
            if isinstance(leaf.value, bool):
                assert failing(stack, resource, mutations.flipped(resource, leaf)) == guards, f"{where}, flipped"


@pytest.mark.parametrize("cloud", STACKS)
def test_every_type_is_stripped(cloud: str) -> None:
    assert {mutations.short(one.type) for stack in STACKS[cloud] for one in made(stack)} == TYPES[cloud]


@pytest.mark.parametrize("cloud", STACKS)
@pytest.mark.parametrize("tables", [GUARDED, UNGUARDED], ids=["guarded", "unguarded"])
def test_the_tables_hold_nothing_that_is_gone(tables: dict[str, Table], cloud: str) -> None:
    """What the program no longer says would read as if it were still guarded."""
    table = tables[cloud]
    left = {(heading, key, path) for heading, keys in table.items() for key in keys for path in keys[key].split()}
    for stack in STACKS[cloud]:
        for resource in made(stack):
            paths = {leaf.path for leaf in mutations.leaves(resource)}
            for heading, key in entries(table, mutations.short(resource.type), resource.name):
                left -= {(heading, key, path) for path in paths}
    assert left == set()
