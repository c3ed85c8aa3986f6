"""What a step may do undeclared: add. Asked of the database after the step, so it holds for any SQL."""

from __future__ import annotations

import pytest

from predictor import schema
from predictor.migration import Contraction, SchemaError
from tests.service.postgres import Postgres
from tests.service.schema_kit import BASE, ask, everything, take


@pytest.fixture(scope="module")
def _standing(cluster: Postgres) -> dict[str, str]:
    return cluster.create("standing")


@pytest.fixture
def standing(_standing: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation at BASE, one for all tests that leave it as it was."""
    for name, value in _standing.items():
        monkeypatch.setenv(name, value)
    take(BASE, release="old")


NARROWING = {
    "drop table service.notes": "table notes",
    "alter table service.notes rename to remarks": "table notes",
    "drop table service.notes; create table service.notes (item uuid, text text)": "table notes",
    "drop schema service cascade": "table items",
    "alter table service.items drop column amount": "column items.amount",
    "alter table service.items rename column amount to count": "column items.amount",
    "alter table service.notes drop column text; alter table service.notes add column text text": "column notes.text",
    "alter table service.items alter column amount type bigint": "column items.amount of type integer",
    "alter table service.items alter column amount drop default": "default of column items.amount",
    "alter table service.notes alter column text set not null": "no null in column notes.text",
    "alter table service.notes alter column text set default '', alter column text set not null": "no null in",
    "alter table service.notes add column at date not null": "a value given for column notes.at",
    "alter domain service.short set not null": "no null in column items.label",
    "alter domain service.short add check (length(value) < 9)": "in type short",
    "alter table service.items add check (amount < 9)": "amount < 9",
    "alter table service.items add check (amount < 9) not valid": "amount < 9",
    "alter table service.notes add foreign key (item) references service.items": "FOREIGN KEY (item)",
    "create unique index on service.notes (item)": "unique (item) in notes",
    "alter table service.items drop constraint items_pkey": "unique (id) in items",
    "alter table service.items alter amount drop default, alter amount add generated always as identity": (
        "no value given for column items.amount"
    ),
    "truncate service.items": "rows of table items, which it empties",
    "truncate service.notes": "rows of table notes, which it empties",
    "delete from service.items": "rows of table items, which it deletes",
    "do $$ begin execute 'delete ' || 'from service.items'; end $$": "rows of table items, which it deletes",
    "alter table service.items add column key uuid default gen_random_uuid()": "or rewrites",
    "revoke insert on service.items from service": "right INSERT on items for service",
    "revoke usage on schema service from service": "right USAGE on the schema for service",
    "alter table service.items enable row level security": "row security in items",
    "alter table service.items force row level security": "row security also for the owner of items",
    "drop view service.names": "view names",
    "drop function service.one": "function one()",
    "drop trigger stamp on service.items": "trigger stamp on items",
    "alter table service.items disable trigger stamp": "trigger stamp on items",
    "alter type service.mood rename value 'bad' to 'poor'": "value 'bad' of type mood",
    "alter type service.mood rename to temper": "type mood",
    "drop table service.releases": "table releases",
}

ADDING = [
    "create table service.more (id integer primary key, item uuid not null references service.items)",
    "alter table service.items add column note text",
    "alter table service.items add column at timestamptz not null default now()",
    "create index on service.items (amount)",
    "alter table service.items alter column amount drop not null",
    "alter table service.items alter column name set default 'none'",
    "alter type service.mood add value 'fair'",
    "drop view service.names; create view service.names as select id, name, amount from service.items",
    "create or replace function service.one() returns integer language sql as 'select 2'",
    "update service.items set name = 'second'; insert into service.notes values (null, 'truncate')",
    "grant select on service.items to public",
    "comment on table service.items is '100 % of what we ''have''; drop, delete; $$'",
    "create table service.more (id int not null); drop table service.more",
    "",
]


@pytest.mark.usefixtures("standing")
@pytest.mark.parametrize(("sql", "reason"), NARROWING.items(), ids=NARROWING)
def test_an_undeclared_narrowing_is_refused_and_leaves_the_database_as_it_was(sql: str, reason: str) -> None:
    before = everything()
    with pytest.raises(SchemaError) as caught:
        take(BASE, "create table service.fine ()", sql, running="old", release="new")
    message = str(caught.value)
    assert message.startswith("Step 3 of the schema is undeclared")
    assert reason in message
    assert "Nothing was changed" in message
    assert "Contraction(sql, since=N" in message
    assert len(message) < 1000, "of a dropped table its columns, rights and defaults are not told too"
    assert everything() == before


@pytest.mark.usefixtures("standing")
@pytest.mark.parametrize("sql", ADDING, ids=lambda sql: sql[:60])
def test_what_only_adds_is_taken_while_any_release_runs(sql: str) -> None:
    assert take(BASE, sql, running="never-recorded", check=True) == [2]


@pytest.mark.usefixtures("database")
def test_what_held_for_new_rows_may_be_said_of_old_ones() -> None:
    declared = Contraction("alter table service.items add check (amount >= 0) not valid", since=1, why="never negative")
    assert take(BASE, declared) == [1, 2]
    assert take(BASE, declared, "alter table service.items validate constraint items_amount_check") == [3]


@pytest.mark.usefixtures("standing")
@pytest.mark.parametrize("sql", ["commit", "rollback", "begin; drop table service.notes; commit"])
def test_a_step_can_not_end_the_transaction_that_takes_it_back(sql: str) -> None:
    before = everything()
    with pytest.raises(SchemaError, match=r"Step 2 of the schema fails .* Nothing was changed"):
        take(BASE, f"create table service.half (); {sql}")
    assert everything() == before


@pytest.mark.usefixtures("database")
def test_the_shipped_steps_keep_the_rules_wherever_an_installation_stands() -> None:
    for count in range(1, len(schema.STEPS) + 1):
        assert take(*schema.STEPS[:count]) == [count]
    assert ask("select count(*) from service.predictions") == [(0,)]


@pytest.mark.usefixtures("database")
def test_a_step_on_rows_of_others_waits_no_longer_than_its_lock(cluster: Postgres) -> None:
    assert take(BASE) == [1]
    with cluster.admin("service") as holder, holder.transaction():
        holder.execute("lock table service.items in share mode")
        with pytest.raises(SchemaError, match="lock timeout"):
            take(BASE, "set local lock_timeout = '100ms'; alter table service.items add column note text")
