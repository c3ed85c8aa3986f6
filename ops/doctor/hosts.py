"""Asks every host at once how it is, and makes lines of what they say."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.footprint import Footprint
from ops import far
from ops.doctor import about, storage, upkeep
from ops.doctor.about import About, Verdict
from ops.doctor.line import FAIL, OK, Line, env, unreached
from ops.environment import Environment

PROGRAM = Path(__file__).parent / "far" / "care.py"
# ssh's words where somebody else's key was shown, or none that is pinned.
WRONG_KEY = re.compile(r"REMOTE HOST IDENTIFICATION|Host key verification failed|No \S+ host key is known")
REACHABLE, KEYS = "reachable", "host keys"
# Topic -> the fact that it is judged by, and the judge. Order of the screen.
JUDGES: dict[str, tuple[str, Callable[[About, Any], Verdict]]] = {
    "disk": ("disks", storage.disk),
    "memory": ("memory", storage.memory),
    "clock": ("clock", upkeep.clock),
    "DNS": ("dns", upkeep.dns),
    "units": ("units", storage.units),
    "certificates": ("certificates", upkeep.certificates),
    "secrets on hosts": ("secrets", upkeep.secrets),
    "security updates": ("updates", upkeep.updates),
    "reboot": ("reboot", upkeep.reboot),
    "deploy lock": ("lock", storage.lock),
    "backup": ("backups", storage.backup),
    "last restore": ("backups", storage.restore),
}
TOPICS = (REACHABLE, KEYS, *JUDGES)
OF_DATABASE = {"backup", "last restore"}
UNTOLD = {"broken": "the host did not tell"}


def lines(environment: Environment, footprint: Footprint) -> list[Line]:
    """All lines of all hosts. Those of a host that can't be asked say only that."""
    database = [host.name for host in footprint.hosts if "database" in host.groups]
    plain = footprint.plain()
    argument = {"resolve": _name(plain["network"].get("http_proxy")), "database": bool(database)}
    began = time.time()
    said = far.run(environment, PROGRAM, argument)
    known = about.of(environment, footprint, began, time.time())
    found = [line for name, each in known.items() for line in of_host(each, said[name])]
    if not database and plain["database"]["kind"] == "managed":
        found.append(Line(OK, "backup", "the cloud", "the cloud takes them itself; docs/backups.md"))
    return found


def _name(url: str | None) -> str | None:
    """The name in a proxy's URL, by which alone hosts get out; the mirror's is the proxy's to look up then."""
    found = re.match(r"https?://(?:[^@/]*@)?\[?([^/:\]]+)", url or "")
    return found[1] if found else None


def of_host(each: About, said: far.Said) -> Iterator[Line]:
    """What one host said of itself, or why it said nothing."""
    if said.code == far.UNREACHABLE and WRONG_KEY.search(said.stderr):
        found, fix = unreached(said.stderr, each.up)
        yield Line(FAIL, KEYS, each.name, found, fix)
        return
    facts = _facts(said)
    if facts is None:
        otherwise = f"make status {env(each.environment)}"
        found, fix = unreached(said.stderr, otherwise)
        if each.environment.rehearsed and said.code == far.UNREACHABLE:
            fix = f"{each.up} boots it again"
        yield Line(FAIL, REACHABLE, each.name, found, fix)
        return
    yield Line(OK, REACHABLE, each.name, "yes")
    yield Line(OK, KEYS, each.name, "as pinned")
    for topic, (name, judge) in JUDGES.items():
        if topic in OF_DATABASE and "database" not in each.host.groups:
            continue
        yield judged(topic, each, facts.get(name, UNTOLD), judge)


def _facts(said: far.Said) -> Mapping[str, Any] | None:
    try:
        facts = json.loads(said.stdout)
    except ValueError:
        return None
    return facts if said.code == 0 and isinstance(facts, dict) else None


def judged(topic: str, each: About, fact: Any, judge: Callable[[About, Any], Verdict]) -> Line:
    """The judge's line. A fact that could not be had, and a judge that fails over one, are red too."""
    broken = fact.get("broken") if isinstance(fact, dict) else None
    if broken is None:
        try:
            verdict = judge(each, fact)
            return Line(verdict.state, topic, each.name, verdict.found, verdict.fix)
        except Exception as reason:  # noqa: BLE001 - what a host says may be anything
            broken = f"{type(reason).__name__}: {reason}"
    return Line(FAIL, topic, each.name, f"could not be looked at: {broken}", f"{each.up}; {each.logs('all')}")
