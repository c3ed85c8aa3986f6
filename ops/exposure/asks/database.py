"""Who asks the database for entry in a wrong way is refused: from the service hosts, which alone come that far."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from infra.exposure import ports
from infra.stores import ManagedDatabase
from ops import far
from ops.environment import Environment
from ops.exposure.declared import MANAGED, Declared
from ops.exposure.far import database
from ops.exposure.report import Problem, Report
from ops.exposure.scan import asked

SERVICE = "service"  # the role and database that every environment has
# Those that PostgreSQL's guides, images and other such systems begin with.
DEFAULTS = ("", "postgres", "password", "service", "admin", "changeme", "DBUser.DBA")
REFUSED = "28000"  # by pg_hba.conf: nobody asks for a password
FIX = "`make up` writes pg_hba.conf anew; see pg_hba_file_rules there"
MANAGED_FIX = "`make up` sets its parameters (rds.force_ssl) and roles anew"


def tries(superuser: str, *, managed: bool) -> list[dict[str, Any]]:
    """`at_once`: refused before a password is asked for. A managed one asks everybody for one, once TLS is there."""

    def one(what: str, user: str, name: str, *, tls: bool = True, at_once: bool = not managed) -> dict[str, Any]:
        passwords = list(DEFAULTS) if not at_once and name in (SERVICE, "postgres") and user != "admin" else []
        return {"what": what, "user": user, "database": name, "tls": tls, "passwords": passwords, "at_once": at_once}

    return [
        one("the service without TLS", SERVICE, SERVICE, tls=False, at_once=True),
        one("the superuser without TLS", superuser, "postgres", tls=False, at_once=True),
        one("the superuser", superuser, "postgres"),
        one("the superuser in the service's database", superuser, SERVICE),
        one("the service in another database", SERVICE, "postgres"),
        one("the service in template1", SERVICE, "template1"),
        one("a role that is none", "admin", SERVICE),
        one("a replica", superuser, "replication"),
        one("the service with default passwords", SERVICE, SERVICE, at_once=False),
    ]


def run(environment: Environment, declared: Declared) -> Report:
    """Raises OperationError for a host that can't be asked."""
    report, one = Report(), declared.footprint.database
    askers = [host.name for host in declared.footprint.hosts if "service" in host.groups]
    managed = isinstance(one, ManagedDatabase)
    if isinstance(one, ManagedDatabase):
        target, address, port, superuser = MANAGED, str(one.address), one.port, one.admin.user
    else:
        host = next(host for host in declared.footprint.hosts if "database" in host.groups)
        target, address, port, superuser = host.name, str(host.address), ports(declared.table)["database"], "postgres"
    if not askers:
        report.unasked["database"] = "no host is in group service, and nobody else comes that far"
        return report
    wanted = tries(superuser, managed=managed)
    argument = {"address": address, "port": port, "tries": wanted}
    said = asked(far.run(environment, Path(database.__file__), argument, hosts=askers, root=False))
    for source, answers in said.items():
        report.add(judge(f"{target}:{port}", source, wanted, answers, fix=MANAGED_FIX if managed else FIX))
    return report


def judge(where: str, source: str, wanted: Sequence[dict[str, Any]], answers: Sequence[list[str]], fix: str) -> Report:
    """What of the answers is no refusal, or a weaker one than there is to be."""
    report = Report()
    for one, (method, answer) in zip(wanted, answers, strict=True):
        report.checked["database"] += 1
        refused = method == "refused" and answer.startswith("28")
        if not (refused or (method == "scram" and answer.startswith("28") and not one["at_once"])):
            report.problems.append(Problem(where, source, f"{one['what']} gets {_shown(method, answer)}", fix))
    return report


def _shown(method: str, answer: str) -> str:
    if answer == "let in":
        return "in without a password" if method == "trust" else "in by a default password"
    if method == "silent":
        return f"no answer ({answer})"
    return f"as far as {method} ({answer})" if method != "refused" else f"error {answer}, which is no refusal"
