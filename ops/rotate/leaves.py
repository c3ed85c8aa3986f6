"""TLS leaves with new keys. nginx opens certificate and key one after the other for each connection, so a pair is not
replaced where it reads: it is told of another place, the pair changes where nobody reads, and it is told to come back.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from infra import inventory
from infra.footprint import Footprint
from ops import far
from ops.environment import Environment
from ops.errors import OperationError
from ops.rotate.phases import Secret, Turn, proven

PROGRAM = Path(__file__).parent / "far" / "leaf.py"
ASIDE = "/etc/shoestring/tls/next"
SPEAKERS = ("proxy", "service", "bucket", "database")  # groups whose port answers with the host's leaf


def begin(turn: Turn) -> None:
    turn.journal.begin({"old": {name: one["key"] for name, one in _asked(turn).items()}}, {})


def aside(turn: Turn) -> None:
    turn.site("New pairs", "--tags", "make", name="leaves")


def elsewhere(turn: Turn) -> None:
    turn.site("Doors", "--tags", "nginx", extra={"nginx_pairs": ASIDE})
    turn.settle()


def replace(turn: Turn) -> None:
    turn.site("Pairs in place", "--tags", "place", name="leaves")


def back(turn: Turn) -> None:
    """PostgreSQL and the gateway read the pair when they are told that its fingerprint is another."""
    turn.site("Hosts", "--tags", "certificates,bucket,database,nginx")
    turn.settle()
    turn.site("Old pairs", "--tags", "tidy", name="leaves")


def proof(turn: Turn) -> None:
    old = turn.journal.notes["old"]

    def wrong() -> str:
        for name, one in _asked(turn).items():
            if one["key"] == old[name]:
                return f"{name} still has its old key"
            if stale := [port for port, served in one["served"].items() if served != one["key"]]:
                return f"{name} serves another key than it has on port {', '.join(stale)}"
        return ""

    proven("Old TLS keys", turn, wrong, "no host has or serves it")


def _asked(turn: Turn) -> dict[str, Any]:
    """Host -> the digest of the key in its leaf, and of that in the leaf it serves on each port of ours."""
    read = inventory.read(turn.environment.footprint)
    ports: dict[str, int] = read.common["footprint_ports"]
    public = read.common["footprint_public"]["kind"] == "internal"
    found = {}
    for host in turn.footprint.hosts:
        speak = [group for group in host.groups if group in SPEAKERS and (group != "proxy" or public)]
        spoken = {str(ports[group]): group == "database" for group in speak}
        one = far.run(turn.environment, PROGRAM, spoken, hosts=[host.name])[host.name]
        if one.code != 0:
            said = (one.stderr.strip().splitlines() or ["no word"])[-1]
            raise OperationError(
                f"{host.name} could not be asked for its leaf: {said}",
                "The rotation of the TLS leaves stopped there.",
                f"make status ENV={turn.environment.name}",
            )
        found[host.name] = json.loads(one.stdout)
    return found


def lacks(_environment: Environment, _footprint: Footprint) -> str:
    return ""


SECRET = Secret("each host's leaf, over a new key", begin, (aside, elsewhere, replace, back, proof), lacks)
