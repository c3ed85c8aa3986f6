"""The way to Postgres: libpq's environment says where, a file says the password, no wait is for ever."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg

CONNECT_SECONDS = 3
OPERATION_SECONDS = 5

# One parameter holds a whole batch, in the very form that rows have in memory and in the spool.
# A row may come twice (an answer lost after its commit, a file replayed after a crash): the id makes it one.
_INSERT = """
    insert into service.predictions (id, at, release, model, model_version, input, output)
    select id, at, release, model, model_version, input, output
    from jsonb_to_recordset(%s::jsonb) as row (
        id uuid, at timestamptz, release text, model text, model_version text,
        input jsonb, output double precision
    )
    on conflict (id) do nothing
"""


class DatabaseError(Exception):
    """The database did not do it; trying again later may help."""


def parameters(environment: Mapping[str, str] = os.environ) -> dict[str, str | int]:
    """What psycopg.connect takes beside libpq's own PG* variables. Raises OSError without the password.

    The password is read each time, so a new one needs no restart.
    """
    values: dict[str, str | int] = {
        "application_name": "predictor",
        "connect_timeout": CONNECT_SECONDS,
        # A peer that vanished is noticed in seconds instead of the kernel's quarter of an hour.
        "tcp_user_timeout": 4000,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 2,
    }
    password_file = environment.get("SERVICE_DATABASE_PASSWORD_FILE")
    if password_file:
        values["password"] = Path(password_file).read_text(encoding="utf-8").strip()
    return values


class Database:
    """One connection, made when needed and dropped at the first sign of trouble."""

    def __init__(self) -> None:
        self._connection: psycopg.AsyncConnection | None = None

    async def insert(self, rows: Sequence[bytes]) -> list[bytes]:
        """Writes rows (each a JSON object) and returns those that can never be written. Raises DatabaseError.

        Without rows it asks whether there could be some: the table is there and takes them.
        """
        try:
            await self._execute((b"[" + b",".join(rows) + b"]").decode())
        except (psycopg.DataError, psycopg.IntegrityError):
            if len(rows) <= 1:
                return list(rows)
            middle = len(rows) // 2
            return await self.insert(rows[:middle]) + await self.insert(rows[middle:])
        return []

    async def close(self) -> None:
        """Ends the connection, if there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _execute(self, rows: str) -> None:
        try:
            async with asyncio.timeout(OPERATION_SECONDS):
                if self._connection is None:
                    self._connection = await psycopg.AsyncConnection.connect(autocommit=True, **parameters())  # type: ignore[arg-type]
                await self._connection.execute(_INSERT, (rows,))
        except (psycopg.DataError, psycopg.IntegrityError):
            raise
        except (psycopg.Error, OSError, TimeoutError) as error:
            await self.close()
            raise DatabaseError(" ".join(str(error).split()) or type(error).__name__) from error
        except BaseException:
            # Cancelled in the middle: what the connection was doing is not known.
            await self.close()
            raise
