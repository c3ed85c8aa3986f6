"""Small schemas to migrate, and the way to ask what became of them."""

from __future__ import annotations

import psycopg

from predictor import database
from predictor.migration import Step, migrate

# What an older release runs on: of each kind of thing that a step could take away, one.
BASE = """
    create type service.mood as enum ('good', 'bad');
    create domain service.short as text;
    create table service.items (
        id uuid primary key, name text, amount integer not null default 0, kind service.mood, label service.short
    );
    create table service.notes (item uuid, text text);
    create view service.names as select id, name from service.items;
    create function service.one() returns integer language sql as 'select 1';
    create function service.stamp() returns trigger language plpgsql as 'begin return new; end';
    create trigger stamp before insert on service.items for each row execute function service.stamp();
    insert into service.items (id, name, label) values (gen_random_uuid(), 'first', 'a');
"""


def take(*steps: Step, running: str = "", release: str = "", check: bool = False) -> list[int]:
    """migrate() as the service's own role, in a connection of its own."""
    with psycopg.connect(**database.parameters()) as connection:  # type: ignore[arg-type]
        connection.execute("set client_min_messages = warning")
        connection.commit()
        return migrate(connection, steps, running=running.split(), release=release, check=check)


def ask(query: str) -> list[tuple[object, ...]]:
    """The rows of a query, asked by the service's own role."""
    with psycopg.connect(**database.parameters()) as connection:  # type: ignore[arg-type]
        return connection.execute(query.encode()).fetchall()


def everything() -> list[tuple[object, ...]]:
    """All that there is in the schema `service`: columns, objects, rights, steps, releases and rows."""
    found = ask(
        "select table_name::text, column_name::text, data_type::text, is_nullable::text, column_default::text "
        "from information_schema.columns where table_schema = 'service' order by 1, 2"
    )
    found += ask(
        "select relname::text, oid, relfilenode, relacl::text, relchecks from pg_class "
        "where relnamespace = to_regnamespace('service') order by 1"
    )
    found += ask("select proname::text from pg_proc where pronamespace = to_regnamespace('service') order by 1")
    for (table,) in ask("select tablename from pg_tables where schemaname = 'service'"):
        found += ask(f"select '{table}', row_to_json(t)::text from service.{table} t order by 2")  # noqa: S608
    return found
