"""The rules by which steps change the schema while an older release runs on it, and by which code may go back.

A step is SQL that only adds, or a Contraction. During a deploy two releases run side by side, and a rollback runs an
older one on the schema of a newer one: so what older code can't live with is taken only once no older code is left.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import KW_ONLY, dataclass

import psycopg

from predictor.catalog import look, narrowed

LOCK = 0x70726564  # "pred": any constant that nothing else in this database locks


@dataclass(frozen=True)
class Contraction:
    """SQL that takes something away. Code that knows at least `since` steps no longer uses it; `why` says what it is.

    Where the code stopped using it without a change of the schema, append a step for it first: a comment will do.
    """

    sql: str
    _: KW_ONLY
    since: int
    why: str


Step = str | Contraction


class SchemaError(Exception):
    """The schema stays as it is: cause, consequence and what to do."""


def migrate(
    connection: psycopg.Connection,
    steps: Sequence[Step],
    *,
    running: Collection[str] = (),
    release: str = "",
    check: bool = False,
) -> list[int]:
    """Takes the steps not yet taken, in one transaction, one process at a time; returns their numbers.

    `running` are the ids of the releases that run now, `release` the one these steps belong to. With `check` all is
    rolled back. Raises SchemaError.
    """
    _require_sense(steps)
    taken: list[int] = []
    with connection.transaction():
        connection.execute("set local lock_timeout = '30s'")
        connection.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
        if check and connection.execute("select to_regclass('service.migrations')").fetchone() == (None,):
            return list(range(1, len(steps) + 1))
        _make_tables(connection)
        done: dict[int, int] = dict(connection.execute("select step, since from service.migrations").fetchall())
        _require_what_this_code_uses(done, len(steps))
        for number, step in enumerate(steps, start=1):
            if number not in done:
                since = step.since if isinstance(step, Contraction) else 0
                if isinstance(step, Contraction):
                    _require_no_older_code(connection, number, step, set(running) - {release})
                    _execute(connection, number, step.sql)
                else:
                    _expand(connection, number, step)
                connection.execute("insert into service.migrations (step, since) values (%s, %s)", (number, since))
                taken.append(number)
        if release:
            connection.execute(
                "insert into service.releases (release, schema) values (%s, %s) "
                "on conflict (release) do update set schema = excluded.schema, at = now()",
                (release, len(steps)),
            )
        if check:
            raise psycopg.Rollback
    return taken


def _make_tables(connection: psycopg.Connection) -> None:
    # `create schema if not exists` wants the right to create even where there is nothing to create.
    if connection.execute("select to_regnamespace('service')").fetchone() == (None,):
        connection.execute("create schema service")
    connection.execute(
        "create table if not exists service.migrations (step integer primary key, "
        "at timestamptz not null default now(), since integer not null default 0)"
    )
    # Asked first: even where it has nothing to add, `add column` would wait for whoever reads the table.
    if not connection.execute(
        "select from pg_attribute where attrelid = 'service.migrations'::regclass and attname = 'since'"
    ).fetchall():
        connection.execute("alter table service.migrations add column if not exists since integer not null default 0")
    connection.execute(
        "create table if not exists service.releases (release text primary key, "
        "schema integer not null, at timestamptz not null default now())"
    )


def _execute(connection: psycopg.Connection, number: int, sql: str) -> None:
    # Within `execute` a step can't commit or begin: everything stays one transaction, to be rolled back.
    connection.execute("select set_config('predictor.step', %s, true)", (sql,))
    try:
        connection.execute("do $$ begin execute current_setting('predictor.step'); end $$")
    except psycopg.Error as error:
        if connection.closed:
            raise
        reason = " ".join(str(error.diag.message_primary or error).split())
        raise SchemaError(
            f"Step {number} of the schema fails in this database: {reason}. Nothing was changed, and the release that "
            "runs goes on. Mend the step if it is new, or what hinders it in the database, and deploy again."
        ) from error


def _expand(connection: psycopg.Connection, number: int, sql: str) -> None:
    before = look(connection)
    _execute(connection, number, sql)
    reasons = narrowed(before, look(connection))
    if reasons:
        more = f"; and {len(reasons) - 5} more" if len(reasons) > 5 else ""
        raise SchemaError(
            f"Step {number} of the schema is undeclared: it would break the release that runs, for it "
            f"{'; '.join(reasons[:5])}{more}. Nothing was changed. Only add in this step; or declare it as "
            "Contraction(sql, since=N, why=...), N being the step since which the code no longer uses what goes."
        )


def _require_sense(steps: Sequence[Step]) -> None:
    for number, step in enumerate(steps, start=1):
        if isinstance(step, Contraction) and not (1 <= step.since < number and step.why.strip()):
            raise SchemaError(
                f"Step {number} of the schema is a Contraction with since={step.since}, why={step.why!r}. Nothing was "
                f"changed. Give the step since which the code no longer uses what goes, 1 to {number - 1}, and why."
            )


def _require_what_this_code_uses(done: dict[int, int], known: int) -> None:
    for number, since in sorted(done.items()):
        if number > known and since > known:
            raise SchemaError(
                f"This release's code needs what step {number} took away: it knows {known} steps of the "
                f"schema, and only code that knows {since} can live without it. Nothing was changed. "
                "Go forward instead: mend the newest release and `make deploy`."
            )


def _require_no_older_code(
    connection: psycopg.Connection, number: int, step: Contraction, running: Collection[str]
) -> None:
    known: dict[str, int] = dict(connection.execute("select release, schema from service.releases").fetchall())
    behind = {name: known.get(name, 0) for name in sorted(running) if known.get(name, 0) < step.since}
    if behind:
        older = ", ".join(f"{name} knows only step {count}" for name, count in behind.items())
        raise SchemaError(
            f"Step {number} of the schema takes away what a running release may use ({step.why}): only code that knows "
            f"step {step.since} can live without it, and {older}. Nothing was changed. First deploy a "
            f"release with step {step.since} that no longer uses it, everywhere; then this one."
        )
