"""A bare Debian host as a managed PostgreSQL: its users get an address, TLS, and an admin who is no superuser."""

from rehearsal.planes.postgres.plane import ensure as ensure
