"""`python -m predictor.schema [--check]`: makes or migrates the service's table, as the service's own database role.

Two releases run side by side during a deploy: predictor.migration says what a step may do.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence

import psycopg

from predictor import database
from predictor.migration import SchemaError, Step, migrate

# Appended to, never edited: an installed database has recorded the numbers of the steps it took.
STEPS: tuple[Step, ...] = (
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

CONNECT_SECONDS = 5
REFUSED, UNREACHED = 1, 3

# libpq says only in words that nobody answered; of several hosts one may have.
_ANSWER = re.compile(r"FATAL:(?! +the database system is )")
_NOBODY = (
    "Is the server running",
    "timeout expired",
    "could not translate host name",
    "Name or service not known",
    "name resolution",
    "closed the connection unexpectedly",
    "the database system is ",  # starting up, shutting down, in recovery
)


def main(arguments: Sequence[str] = ()) -> int:
    """0 when the schema is as this release needs it; with the cause on stderr 1 when not, 3 when nobody answered."""
    parser = argparse.ArgumentParser(prog="python -m predictor.schema", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; the exit code says what would happen")
    check = parser.parse_args(arguments).check
    running = [name.strip() for name in os.environ.get("SERVICE_RUNNING", "").split(",") if name.strip()]
    release = os.environ.get("SERVICE_RELEASE", "")
    try:
        parameters = database.parameters() | {"connect_timeout": CONNECT_SECONDS}
        with psycopg.connect(**parameters) as connection:  # type: ignore[arg-type]
            connection.execute("set client_min_messages = warning")
            connection.commit()
            taken = migrate(connection, STEPS, running=running, release=release, check=check)
    except SchemaError as error:
        print(error, file=sys.stderr)
        return REFUSED
    except (psycopg.Error, OSError) as error:
        return _failed(error)
    # The deploy reads "unchanged" from this line.
    print(f"{'to migrate' if check else 'migrated'}: {taken}" if taken else "unchanged")
    return 0


def _failed(error: psycopg.Error | OSError) -> int:
    reason = " ".join(str(error).split())
    if any(words in reason for words in _NOBODY) and not _ANSWER.search(reason):
        print(
            f"The database could not be reached ({reason}), so nobody knows whether its schema fits. "
            "Check PGHOST and PGPORT, and that the database runs.",
            file=sys.stderr,
        )
        return UNREACHED
    print(
        f"The predictions table could not be made or migrated ({reason}), so predictions would not be "
        "logged. Check PGHOST, PGUSER, PGDATABASE and SERVICE_DATABASE_PASSWORD_FILE, and that the role "
        "owns the database or may create in its schema `service`.",
        file=sys.stderr,
    )
    return REFUSED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
