"""The environment's SSH key: hosts learn the new one beside the old one, which goes when the new one has let us in."""

from __future__ import annotations

import tempfile
from typing import Any

import yaml

from infra import inventory, unpacked
from infra.footprint import Footprint
from ops import probe, processes, ssh_key, vault
from ops.environment import Environment
from ops.rotate.phases import Secret, Turn, proven


def begin(turn: Turn) -> None:
    old = turn.journal.variables[unpacked.VARIABLE]
    turn.journal.begin({"old": old, "new": ssh_key.new()}, {})


def beside(turn: Turn) -> None:
    """The new key opens beside the old one. A run that goes on after the change comes in by the new one already."""
    public = unpacked.public_key(turn.journal.notes["new"])
    extra = [*_extra(turn.environment), public]
    turn.site("Hosts", "--tags", "host", extra={"host_ssh_keys_extra": extra})
    proven("New SSH key", turn, lambda: _wrong(turn, turn.journal.notes["new"], lets_in=True), "lets in")


def change_over(turn: Turn) -> None:
    turn.journal.change({unpacked.VARIABLE: turn.journal.notes["new"]})


def refuse(turn: Turn) -> None:
    turn.site("Hosts", "--tags", "host")
    notes = turn.journal.notes
    proven("Old SSH key", turn, lambda: _wrong(turn, notes["new"], True) or _wrong(turn, notes["old"], False))
    (turn.environment.state / f"{unpacked.SSH_KEY}.old").unlink(missing_ok=True)


def _wrong(turn: Turn, pem: str, lets_in: bool) -> str:
    """Which host does not do with the key what it should; each is asked over a new connection."""
    read = inventory.read(turn.environment.footprint)
    with tempfile.NamedTemporaryFile("w", dir=turn.environment.make_state(), prefix=".key-") as file:  # mode 0600
        file.write(pem)
        file.flush()
        common = {**read.common, "ansible_ssh_private_key_file": file.name}
        for name, host in read.hosts.items():
            done = processes.run(probe.command(common, host, "true"))
            if (done.code == 0) != lets_in or not (lets_in or "Permission denied" in done.stderr):
                said = (done.stderr.strip().splitlines() or ["no word"])[-1]
                return f"{name} {'lets it in' if done.code == 0 else f'does not let it in: {said}'}"
    return ""


def _extra(environment: Environment) -> list[str]:
    found: list[str] = []
    for path in sorted((environment.directory / "group_vars" / "all").glob("*.y*ml")):
        if path != environment.vault:
            said: dict[str, Any] = yaml.safe_load(path.read_text()) or {}
            found = said.get("host_ssh_keys_extra", found)
    return found


def lacks(environment: Environment, _: Footprint) -> str:
    has = environment.vault.is_file() and unpacked.VARIABLE in vault.read(environment.vault, vault.key())
    return "" if has else "you log in with keys of your own, which Shoestring does not know"


SECRET = Secret("the SSH key that Ansible logs in with", begin, (beside, change_over, refuse), lacks)
