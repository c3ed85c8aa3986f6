"""The service's password at PostgreSQL. A role has one, so what is lost in between is only new logins, and no request:
the service keeps its connections, and predictions wait in its spool, not for the database.
"""

from __future__ import annotations

import json
from pathlib import Path

from infra.footprint import Footprint
from ops import far, playbook, probe, secrets, serving
from ops.environment import Environment
from ops.errors import OperationError
from ops.rotate.phases import Secret, Turn, proven

VARIABLE = "vault_database_service_password"
PROGRAM = Path(__file__).parent / "far" / "login.py"


def begin(turn: Turn) -> None:
    _same_release(turn.environment)
    new = secrets.GENERATED[VARIABLE]()
    turn.journal.begin({"old": turn.journal.variables[VARIABLE], "new": new}, {VARIABLE: new})


def known(turn: Turn) -> None:
    """PostgreSQL has it first, then the file that a release reads as it starts: seconds, in which nothing starts."""
    turn.site("Database", "--limit", "database:service", "--tags", "database,service")


def rolled(turn: Turn) -> None:
    """A release holds its password from its start: the one that serves is started anew, as by a deploy."""
    with turn.steps.step("Deploy") as step, serving.told(turn.environment):
        serving.warn(playbook.run(turn.environment, "deploy", step), turn.steps)


def proof(turn: Turn) -> None:
    notes = turn.journal.notes
    hosts = [host.name for host in turn.footprint.hosts if "service" in host.groups]

    def wrong() -> str:
        said = far.run(turn.environment, PROGRAM, {"old": notes["old"], "new": notes["new"]}, hosts=hosts)
        for name, one in said.items():
            if one.code != 0:
                return f"{name} could not ask: {(one.stderr.strip().splitlines() or ['no reason given'])[-1]}"
            found = json.loads(one.stdout)
            if found != {"old": "refused", "new": "taken"}:
                return f"{name} says of the old password {found['old']!r}, of the new one {found['new']!r}"
        return ""

    proven("Old password", turn, wrong)


def _same_release(environment: Environment) -> None:
    """Raises OperationError unless the release that would be started anew is the one that serves."""
    manifest = environment.state / "release.json"
    here = json.loads(manifest.read_text())["id"] if manifest.is_file() else "nothing"
    for name, found in probe.hosts(environment).items():
        # Its id on hosts has the digest of its settings behind it.
        if found.release and (serves := found.release.rpartition("-")[0]) != here:
            raise OperationError(
                f"{name} serves {serves}, and this controller deployed {here} last.",
                "The rotation would deploy another release than the one that serves, so the password was not changed.",
                f"make deploy ENV={environment.name} VERSION={serves}; then rotate again",
            )


def lacks(_: Environment, footprint: Footprint) -> str:
    return "" if any("service" in host.groups for host in footprint.hosts) else "no host is in the group service"


SECRET = Secret(
    "the service's password at PostgreSQL; the release that serves is started anew beside itself",
    begin,
    (known, rolled, proof),
    lacks,
)
