"""A control group of its own for each host where no systemd gives one.

Two systemd-nspawn processes in one control group put their guests into the same `payload` below it;
their systemds then see, and wait for, each other's processes.
"""

import errno
import os
import time
from pathlib import Path

from rehearsal.hosts.errors import HostsError

ROOT = Path("/sys/fs/cgroup")
SYSTEMD = Path("/run/systemd/system")


def paths(environment: str, host: str) -> list[Path]:
    """The host's directory in each hierarchy that systemd uses: the unified one and, beside it, v1's."""
    if SYSTEMD.is_dir():
        return []  # its scope has one
    if (ROOT / "cgroup.controllers").exists():
        tops = [ROOT]
    else:
        tops = [top for top in (ROOT / "unified", ROOT / "systemd") if top.is_dir()]
    return [top / f"shoestring-{environment}-{host}" for top in tops]


def remove(environment: str, host: str) -> None:
    """Remove them and all below; nothing of the host may run any more."""
    for path in paths(environment, host):
        for directory, _, _ in os.walk(path, topdown=False):
            remove_one(Path(directory))


def remove_one(directory: Path, seconds: float = 10) -> None:
    """Remove one, which stays busy for a moment after its last process was killed."""
    until = time.monotonic() + seconds
    while True:
        try:
            return directory.rmdir()
        except OSError as error:
            if error.errno != errno.EBUSY or time.monotonic() > until:
                raise HostsError(
                    f"the control group {directory} can't be removed: {error}",
                    "it was left behind",
                    "run the same command again",
                ) from None
            time.sleep(0.02)
