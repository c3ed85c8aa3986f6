"""The files that a managed database's host has from us, and how they travel."""

from __future__ import annotations

import hashlib
import io
import ipaddress
import tarfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from string import Template

from rehearsal.planes import wanted
from rehearsal.planes.postgres import parameters

TEMPLATES = Path(__file__).parent / "templates"
CLUSTER = "etc/postgresql/17/main"
CA = "etc/shoestring/database/ca.pem"
# Certificate and key are one file, so that a kill can't leave the one without the other.
LEAF = "etc/shoestring/database/server.pem"
FIREWALL = "etc/nftables.conf"
READ_BY_ROOT = {FIREWALL}
READ_BY_ALL = {CA}


def render(database: wanted.Database, ca: str, origin: str) -> dict[str, str]:
    """Path below / -> content, all but the leaf. `origin`: the address that may use ssh.

    Raises parameters.ParameterError, and ValueError for an `allowed` that is no address.
    """
    meaning = parameters.read(database.parameters)
    settings = "".join(f"{name} = {_quoted(value)}\n" for name, value in sorted(meaning.settings.items()))
    values = {
        "port": str(database.port),
        "connections": f"{meaning.connections:<9}",
        "method": meaning.method,
        "settings": settings,
        "ca": f"/{CA}",
        "leaf": f"/{LEAF}",
        "origin": str(ipaddress.IPv4Address(origin)),
        "allowed": _rule(database.allowed, database.port),
    }
    paths = (FIREWALL, *(f"{CLUSTER}/{name}" for name in ("pg_hba.conf", "pg_ident.conf", "postgresql.conf")))
    return {CA: ca, **{path: Template((TEMPLATES / path).read_text()).substitute(values) for path in paths}}


def manifest(digests: Mapping[str, str]) -> str:
    """What `sha256sum --check` reads. `digests`: path below / -> sha256."""
    return "".join(f"{digest}  /{path}\n" for path, digest in sorted(digests.items()))


def digest(content: str) -> str:
    """sha256 in hex."""
    return hashlib.sha256(content.encode()).hexdigest()


def packed(contents: Mapping[str, str]) -> bytes:
    """A tar of the files with the modes and owners that they are to have; parents are not in it."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for path, content in contents.items():
            data = content.encode()
            entry = tarfile.TarInfo(path)
            entry.size, entry.mtime, entry.uname = len(data), int(time.time()), "root"
            entry.gname = "root" if path in READ_BY_ROOT | READ_BY_ALL else "postgres"
            entry.mode = 0o600 if path in READ_BY_ROOT else 0o644 if path in READ_BY_ALL else 0o640
            archive.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


def _rule(allowed: Iterable[str], port: int) -> str:
    """The firewall's rule for the database's users; none where there are none. Addresses of IPv6 get no rule."""
    networks = [ipaddress.ip_network(each) for each in allowed]
    fours = ipaddress.collapse_addresses(each for each in networks if isinstance(each, ipaddress.IPv4Network))
    addresses = [str(each).removesuffix("/32") for each in fours]
    return f"ip saddr {{ {', '.join(addresses)} }} tcp dport {port} accept" if addresses else "# Nobody is."


def _quoted(value: str) -> str:
    """A value of postgresql.conf."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
