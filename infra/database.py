"""How a service reaches its database: on a host of ours, or where a cloud runs it. Hosts read it, whoever runs it."""

from __future__ import annotations

from typing import Any

from infra.footprint import Footprint
from infra.stores import ManagedDatabase

OURS = "/etc/shoestring/tls/ca.pem"
CLOUDS = "/etc/shoestring/database-ca.pem"


def way(footprint: Footprint, port: int) -> dict[str, Any]:
    """{managed, address, port, ca, login}. `port`: of one on a host of ours.

    `ca`: the file on a host with the authority of its certificate. `login`: all of it in libpq's words.
    """
    if isinstance(footprint.database, ManagedDatabase):
        return _way(str(footprint.database.address), footprint.database.port, CLOUDS, managed=True)
    host = next(host for host in footprint.hosts if "database" in host.groups)  # a Footprint has it, or is none
    return _way(str(host.address), port, OURS, managed=False)


def _way(address: str, port: int, ca: str, *, managed: bool) -> dict[str, Any]:
    login = f"host={address} port={port} sslmode=verify-full sslrootcert={ca} connect_timeout=5"
    return {"managed": managed, "address": address, "port": port, "ca": ca, "login": login}
