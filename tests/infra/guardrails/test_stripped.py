"""Each input of the real program is taken away, one by one: the rules that guard it fail, and no others.

The policy: a guardrail that nobody has seen fail guards nothing; one that fails for something else explains nothing.
"""

from __future__ import annotations

import pytest

from tests.infra.aws import plans
from tests.infra.guardrails import mutations
from tests.infra.guardrails.guarded import GUARDED, Table
from tests.infra.guardrails.stacks import failing, made
from tests.infra.guardrails.unguarded import UNGUARDED

TYPES = sorted({key.partition(" in ")[0] for table in (GUARDED, UNGUARDED) for keys in table.values() for key in keys})
TYPES.remove("*")


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


@pytest.mark.parametrize("type_", TYPES)
def test_what_is_stripped_fails_its_own_rules_and_no_others(type_: str) -> None:
    resources = [(stack, one) for stack in plans.STACKS for one in made(stack) if mutations.short(one.type) == type_]
    assert resources, "both stacks together have every type that the tables name"
    for stack, resource in resources:
        for leaf in mutations.leaves(resource):
            where = f"{resource.name} {type_} {leaf.path}"
            guards = said(GUARDED, type_, resource.name, leaf.path)
            assert bool(guards) != bool(said(UNGUARDED, type_, resource.name, leaf.path)), (
                f"{where}: either guarded.py or unguarded.py has to say whether it is a security property"
            )
            assert failing(stack, resource, mutations.stripped(resource, leaf)) == guards, where
            if isinstance(leaf.value, bool):
                assert failing(stack, resource, mutations.flipped(resource, leaf)) == guards, f"{where}, flipped"


def test_every_type_is_stripped() -> None:
    assert {mutations.short(one.type) for stack in plans.STACKS for one in made(stack)} == set(TYPES)


@pytest.mark.parametrize("table", [GUARDED, UNGUARDED], ids=["guarded", "unguarded"])
def test_the_tables_hold_nothing_that_is_gone(table: Table) -> None:
    """What the program no longer says would read as if it were still guarded."""
    left = {(heading, key, path) for heading, keys in table.items() for key in keys for path in keys[key].split()}
    for stack in plans.STACKS:
        for resource in made(stack):
            paths = {leaf.path for leaf in mutations.leaves(resource)}
            for heading, key in entries(table, mutations.short(resource.type), resource.name):
                left -= {(heading, key, path) for path in paths}
    assert left == set()
