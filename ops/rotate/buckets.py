"""Keys of the S3 gateway on a host of ours. Nothing that answers requests uses them: only deploys and backups do.

An access name stays, since owners and policies of buckets name it. WAL that is refused in the seconds
between is sent again by PostgreSQL.
"""

from __future__ import annotations

import json
from pathlib import Path

from infra.footprint import Footprint
from ops import far, secrets
from ops.environment import Environment
from ops.rotate.phases import Secret, Turn, proven

VARIABLES = ("vault_bucket_root", "vault_bucket_service", "vault_bucket_deployer", "vault_bucket_backup")
PROGRAM = Path(__file__).parent / "far" / "bucket.py"


def begin(turn: Turn) -> None:
    old = {name: turn.journal.variables[name] for name in VARIABLES}
    new = {name: {**pair, "secret": secrets.GENERATED[name]()["secret"]} for name, pair in old.items()}
    turn.journal.begin({"old": old, "new": new}, new)


def known(turn: Turn) -> None:
    """In the site's order: the gateway first, then those who ask it."""
    turn.site("Buckets", "--limit", "bucket:database:service", "--tags", "bucket,database,service")


def proof(turn: Turn) -> None:
    notes = turn.journal.notes
    (host,) = (host.name for host in turn.footprint.hosts if "bucket" in host.groups)

    def wrong() -> str:
        pairs = {f"{age} {name}": notes[age][name] for age in ("old", "new") for name in VARIABLES}
        said = far.run(turn.environment, PROGRAM, pairs, hosts=[host])[host]
        if said.code != 0:
            return f"{host} could not ask: {(said.stderr.strip().splitlines() or ['no reason given'])[-1]}"
        wanted = {name: 403 if name.startswith("old") else 200 for name in pairs}
        found = json.loads(said.stdout)
        return ", ".join(f"{name} gets {found[name]}" for name in pairs if found[name] != wanted[name])

    proven("Old bucket keys", turn, wrong)


def lacks(_: Environment, footprint: Footprint) -> str:
    return "" if any("bucket" in host.groups for host in footprint.hosts) else "its buckets are no host's of ours"


SECRET = Secret("a new secret for each account of the S3 gateway", begin, (known, proof), lacks)
