"""`python -m predictor.schema`: makes or migrates the service's table, as the service's own database role.

Two releases run side by side during a deploy, so a step may add and never take away what the older one uses.
"""

from __future__ import annotations

import sys

import psycopg

from predictor import database

# Appended to, never edited: an installed database has recorded the numbers of the steps it took.
STEPS = (
    """
    create table service.predictions (
        id uuid primary key,
        at timestamptz not null,
        release text not null,
        model text not null,
        model_version text not null,
        input jsonb not null,
        output double precision not null
    );
    create index predictions_at on service.predictions using brin (at);
    comment on table service.predictions is 'Every prediction that was answered, once.';
    """,
)

LOCK = 0x70726564  # "pred": any constant that nothing else in this database locks


def migrate(connection: psycopg.Connection) -> list[int]:
    """Takes the steps not yet taken, in one transaction, one process at a time; returns their numbers."""
    taken: list[int] = []
    with connection.transaction():
        connection.execute("set local lock_timeout = '30s'")
        connection.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
        # `create schema if not exists` wants the right to create even where there is nothing to create.
        if connection.execute("select from pg_namespace where nspname = 'service'").fetchone() is None:
            connection.execute("create schema service")
        connection.execute(
            "create table if not exists service.migrations "
            "(step integer primary key, at timestamptz not null default now())"
        )
        done = {step for (step,) in connection.execute("select step from service.migrations")}
        for number, step in enumerate(STEPS, start=1):
            if number not in done:
                connection.execute(step.encode())
                connection.execute("insert into service.migrations (step) values (%s)", (number,))
                taken.append(number)
    return taken


def main() -> int:
    """0 when the schema is as this release needs it, 1 with the cause on stderr when not."""
    try:
        with psycopg.connect(**database.parameters()) as connection:  # type: ignore[arg-type]
            connection.execute("set client_min_messages = warning")
            connection.commit()
            taken = migrate(connection)
    except (psycopg.Error, OSError) as error:
        reason = " ".join(str(error).split())
        print(
            f"The predictions table could not be made or migrated ({reason}), so predictions would not be "
            "logged. Check PGHOST, PGUSER, PGDATABASE and SERVICE_DATABASE_PASSWORD_FILE, and that the role "
            "owns the database or may create in its schema `service`.",
            file=sys.stderr,
        )
        return 1
    # The deploy reads "unchanged" from this line.
    print(f"migrated: {taken}" if taken else "unchanged")
    return 0


if __name__ == "__main__":
    sys.exit(main())
