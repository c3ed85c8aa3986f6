"""How the hosts are, asked of all at once over ssh with the pinned keys that the playbooks use."""

from __future__ import annotations

import contextlib
import json
import shlex
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from infra import inventory
from ops import processes
from ops.environment import Environment
from ops.look import deploys

TIMEOUT = 5  # seconds until a silent host counts as unreachable
UNITS = "shoestring-service@*.service"
# A host answers in parts, in this order; the separator occurs in no text and in no JSON.
SEPARATOR = "\x1e"
PARTS = (
    "systemctl is-system-running",
    "readlink /opt/shoestring/current",
    "cat /opt/shoestring/current/release.json",
    f"systemctl show --property=Id,ActiveState,ActiveEnterTimestampMonotonic,NRestarts '{UNITS}'",
    # systemd's own monotonic clock: nobody sets it, and unlike /proc/uptime it stands still in a suspended machine.
    "python3 -c 'import time; print(time.monotonic())'",
    f"tail -n 20 {deploys.FILE}",
)
COMMAND = f"; printf '\\{ord(SEPARATOR):03o}'; ".join(PARTS) + "; true"
# BatchMode: nothing may wait for a password. No shared connection: a stale one would speak for a dead host.
OPTIONS = ("BatchMode=yes", f"ConnectTimeout={TIMEOUT}", f"ServerAliveInterval={TIMEOUT}", "ControlPath=none")


@dataclass(frozen=True)
class Unit:
    """A release's unit: systemd's word for it (active, failed, ...), the seconds since it became active (None where it
    is not) and how often systemd had to start it again.
    """

    state: str
    uptime: int | None = None
    restarts: int | None = None

    @property
    def runs(self) -> bool:
        return self.state not in ("inactive", "failed")


@dataclass(frozen=True)
class Probe:
    """`state`: systemd's word (running, degraded, ...) or unreachable. `release`: what runs there; `about`: what
    was deployed with it (name, ready_path, check_path, predict_path, model, example), {} where nothing was.
    `units`: release -> its unit, of all that systemd knows; `deploys`: the last records, as in `deploys.read`.
    """

    state: str
    release: str | None = None
    about: dict[str, Any] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    deploys: list[dict[str, Any]] = field(default_factory=list)

    @property
    def unit(self) -> Unit | None:
        """That of the release; None where there is none, or systemd does not know it."""
        return None if self.release is None else self.units.get(self.release)

    @property
    def others(self) -> list[str]:
        """Releases that run beside it."""
        return [name for name, unit in self.units.items() if name != self.release and unit.runs]


UNREACHABLE = Probe("unreachable")


def hosts(environment: Environment) -> dict[str, Probe]:
    """Host name -> how it is. Raises SettingsError for a Footprint that is none."""
    read = inventory.read(environment.footprint)
    inventory.pin(read)
    commands = {name: command(read.common, variables) for name, variables in read.hosts.items()}
    with ThreadPoolExecutor(max_workers=16) as pool:
        return dict(zip(commands, pool.map(_ask, commands.values()), strict=True))


def command(
    common: Mapping[str, Any],
    host: Mapping[str, Any],
    remote: str = COMMAND,
    options: Sequence[str] = OPTIONS,
) -> list[str]:
    """The ssh command line that runs `remote` on a host, from the variables that Ansible gets."""
    key = common.get("ansible_ssh_private_key_file")
    identity = ["-o", "IdentitiesOnly=yes", "-i", key] if key else []
    chosen = [word for option in options for word in ("-o", option)]
    target = ["-p", str(host["ansible_port"]), "-l", host["ansible_user"], host["ansible_host"]]
    return ["ssh", *identity, *chosen, *shlex.split(host["ansible_ssh_common_args"]), *target, remote]


def _ask(argv: list[str]) -> Probe:
    done = processes.run(argv)
    # What an old host or a broken one leaves out is empty.
    state, link, text, units, now, record = [*done.stdout.split(SEPARATOR), *[""] * len(PARTS)][: len(PARTS)]
    if done.code != 0 or not state.strip():
        return UNREACHABLE
    try:
        about = json.loads(text)["about"]
    except (ValueError, LookupError, TypeError):
        about = {}  # nothing was deployed
    release = link.strip().rpartition("/")[2] or None
    return Probe(state.strip(), release, about, _units(units, now), deploys.read(record))


def _units(text: str, now: str) -> dict[str, Unit]:
    """Release -> its unit, from `systemctl show`. `now`: seconds of the clock that systemd's own times are of."""
    found = {}
    for block in text.split("\n\n"):
        shown = dict(line.partition("=")[::2] for line in block.splitlines())
        release = shown.get("Id", "").removeprefix(UNITS.partition("*")[0]).removesuffix(".service")
        if not release:
            continue
        state = shown.get("ActiveState", "unknown")
        uptime = None
        with contextlib.suppress(ValueError):
            since = int(shown.get("ActiveEnterTimestampMonotonic", "")) / 1e6
            uptime = max(0, int(float(now) - since)) if state in ("active", "reloading") else None
        restarts = shown.get("NRestarts", "")
        found[release] = Unit(state, uptime, int(restarts) if restarts.isdecimal() else None)
    return found
