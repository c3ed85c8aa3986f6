"""Starting a host's supervisor, and waiting until people can log in."""

import os
import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from rehearsal.hosts import cgroup, files, processes, state, volumes
from rehearsal.hosts.errors import HostsError

SECONDS = 90  # a boot takes two; a machine at full load, many more


def launch(environment: str, directory: Path, record: dict[str, Any], adopt: int = 0) -> None:
    """Start the supervisor in a session and a mount namespace of its own.

    Args:
        adopt: the pid of a systemd-nspawn that lost its supervisor; 0 to boot the host.

    Raises:
        HostsError: the image that the host stands on is gone, or there is no loop device for a volume.
    """
    if not Path(record["image"], "tree").is_dir():
        raise HostsError(
            f"{directory.name} stands on an image that is no longer in the cache",
            "it can't be started",
            f"destroy --environment {environment}, then create it anew",
        )
    wanted = record["settings"]
    devices = volumes.attach(directory, wanted.get("volumes", {}), wanted.get("devices", {}))
    state.write(directory / "launch.json", files.launch(environment, directory, record, adopt, devices))
    command = ["unshare", "--mount", "--", sys.executable, "-I", str(processes.SUPERVISOR), str(directory)]
    if cgroup.SYSTEMD.is_dir():
        # A scope of its own outlives the log-out of whoever ran this, and the guest may manage groups in it.
        unit = f"shoestring-{environment}-{directory.name}-{secrets.token_hex(4)}"
        scope = [
            "systemd-run",
            "--quiet",
            "--scope",
            "--collect",
            "--property=Delegate=yes",
            f"--unit={unit}",
        ]
        command = [*scope, *command]
    with (directory / "console.log").open("w") as log:
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        )


def answers(environment: str, directory: Path, address: str) -> bool:
    """Wait until sshd answers and log-ins are allowed, which systemd refuses while it boots.

    Returns:
        False if the host ended meanwhile.

    Raises:
        HostsError: neither came true in time.
    """
    began = looked = time.monotonic()
    # A host that is configured already lets its cloud's tunnel in, and perhaps nobody else.
    sources = ("", *(state.Environment(environment).claim or {}).get("also", ()))
    while time.monotonic() - began < SECONDS:
        greeted = any(greets(address, source) for source in sources)
        if greeted or time.monotonic() - looked > 1:  # looking costs more than asking
            looked, found = time.monotonic(), processes.find(directory)
            if not found.everything:
                return False
            if greeted and found.leaders and open_to_people(found.leaders[0]):
                return True
        time.sleep(0.1)
    raise silent(environment, directory, f"gave no SSH within {SECONDS} s")


def greets(address: str, source: str = "") -> bool:
    """Whether an SSH server says its name there, to who comes from `source`, an address of this machine's."""
    try:
        come_from = (source, 0) if source else None
        with socket.create_connection((address, 22), timeout=1, source_address=come_from) as connection:
            connection.settimeout(3)
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def open_to_people(leader: int) -> bool:
    """Whether a guest's systemd lets others than root log in."""
    return not os.path.lexists(f"/proc/{leader}/root/run/nologin")


def silent(environment: str, directory: Path, what: str) -> HostsError:
    """The error of a host that did not come up, with its console's last lines."""
    lines = (directory / "console.log").read_text(errors="replace").splitlines()[-12:]
    return HostsError(
        f"{directory.name} {what}; its console's last lines:\n    " + "\n    ".join(lines),
        "this host is not usable",
        f"run the same command again, or begin anew: destroy --environment {environment}",
    )
