"""A root shell on a rehearsal's host, over ssh with the host keys that are known of it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.errors import OperationError

USER = "deploy"  # of every host that rehearsal.hosts makes; it may use sudo without a password
SSH = 255  # its exit code where it, and not the script, failed
SAID = 1500  # characters of a failure that a person reads
# BatchMode: nothing may wait for a password. No shared connection: a stale one would speak for a dead host.
# No configuration, agent or known hosts of the person's: a rehearsal's hosts have the addresses that others have too.
OPTIONS = (
    "BatchMode=yes",
    "ConnectTimeout=5",
    "ServerAliveInterval=5",
    "ControlPath=none",
    "IdentitiesOnly=yes",
    "IdentityAgent=none",
    "StrictHostKeyChecking=yes",
    "GlobalKnownHostsFile=none",
    "LogLevel=ERROR",
)
# The script is read and not passed on, so that nothing of it is in an argv; what follows it is its standard input.
# sudo takes SSH_CONNECTION away, by which a script knows from where it was called.
REMOTE = 'exec sudo -n env SSH_CONNECTION="$SSH_CONNECTION" sh -euc \'eval "$(head -c {size})"\''


@dataclass(frozen=True)
class Shell:
    """`host_keys`: each "type base64". `key`: the private key that the host lets in.

    `directory`, its owner's alone, gets a file of known hosts for this host.
    """

    address: str
    host_keys: Sequence[str]
    key: Path
    directory: Path

    def run(self, script: str, stdin: str | bytes = b"", seconds: float = 60.0) -> str:
        """What a script of sh prints that runs as root under `set -eu`, and reads `stdin`.

        Neither of the two is in an argv, here or there: both may hold secrets.
        Raises OperationError with the address, and the end of what was said, where it fails or takes longer.
        """
        text = script.encode()
        data = text + (stdin.encode() if isinstance(stdin, str) else stdin)
        try:
            done = subprocess.run(self._argv(len(text)), input=data, capture_output=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            raise self._failed(f"did not finish within {seconds:.0f} s") from None
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip()[-SAID:] or f"the script ended with {done.returncode}"
            raise self._failed(f"does not let us in over ssh: {said}" if done.returncode == SSH else f"said: {said}")
        return done.stdout.decode(errors="replace")

    def _argv(self, size: int) -> list[str]:
        options = [*OPTIONS, f"UserKnownHostsFile={self._known_hosts()}"]
        words = [word for option in options for word in ("-o", option)]
        target = ["-i", str(self.key), f"{USER}@{self.address}", REMOTE.format(size=size)]
        return ["ssh", "-F", "none", "-T", *words, *target]

    def _known_hosts(self) -> Path:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.directory / f"known-hosts-{self.address}"
        wanted = "".join(f"{self.address} {key}\n" for key in self.host_keys)
        if not path.is_file() or path.read_text() != wanted:
            new = path.with_name(f"{path.name}.{os.getpid()}")
            new.write_text(wanted)
            new.replace(path)
        return path

    def _failed(self, how: str) -> OperationError:
        return OperationError(
            f"{self.address} {how}",
            "What it did before that stays; nothing else was done there.",
            "Run the same command again: it goes on where this ended.",
        )
