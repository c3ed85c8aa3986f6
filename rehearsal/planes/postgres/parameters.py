"""What a parameter group means to Debian's PostgreSQL: settings of its own, and RDS's words for its rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")
FORCE_TLS = {"1": "hostssl", "0": "host"}  # rds.force_ssl -> the type of a rule in pg_hba.conf
METHODS = {"scram": "scram-sha-256", "md5+scram": "md5"}  # to PostgreSQL `md5` is either, as the password is kept
RDS = {"rds.force_ssl": FORCE_TLS, "rds.accepted_password_auth_method": METHODS}
# RDS gives these no value of the user's either; here the plane does.
OURS = {
    "port": "it is an argument of the database",
    "listen_addresses": "who gets in is said by the security group",
    "ssl": "a managed database always speaks TLS; rds.force_ssl says whether it speaks anything else",
    "ssl_cert_file": "its certificate is the cloud's",
    "ssl_key_file": "its certificate is the cloud's",
    "ssl_ca_file": "its users show passwords and no certificates",
    "data_directory": "its disk is the cloud's",
    "hba_file": "who gets in is said by the security group",
    "ident_file": "nobody of the cloud's is a role of its users",
    "unix_socket_directories": "the socket is the cloud's own way in",
    "external_pid_file": "the process is the cloud's",
}


class ParameterError(Exception):
    """Says which parameter can't be had, and why."""


@dataclass(frozen=True)
class Meaning:
    """`connections`: the type of the users' rule in pg_hba.conf; `method`: how they log in.

    `settings`: name -> value, what PostgreSQL itself understands.
    """

    connections: str
    method: str
    settings: Mapping[str, str]


def read(parameters: Mapping[str, str]) -> Meaning:
    """What the parameters ask for. Where they say nothing: TLS and scram only.

    Raises ParameterError for one of RDS's that means nothing here, and for what is not the user's to say.
    """
    for name, value in parameters.items():
        if name.startswith("rds."):
            if name not in RDS:
                raise ParameterError(f"{name} is RDS's own, and a rehearsal has no meaning for it yet")
            if value not in RDS[name]:
                raise ParameterError(f"{name} is {value!r}, expected one of: {', '.join(RDS[name])}")
        elif name in OURS:
            raise ParameterError(f"{name} can't be set: {OURS[name]}")
        elif not NAME.fullmatch(name):
            raise ParameterError(f"{name!r} is no name of a parameter")
        elif not value.isprintable():
            raise ParameterError(f"{name} holds a character that no line of postgresql.conf can")
    return Meaning(
        FORCE_TLS[parameters.get("rds.force_ssl", "1")],
        METHODS[parameters.get("rds.accepted_password_auth_method", "scram")],
        {name: value for name, value in parameters.items() if not name.startswith("rds.")},
    )
