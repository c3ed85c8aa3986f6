"""Which processes belong to a host: asked of the kernel each time, so no pid file can be stale or reused."""

import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

SUPERVISOR = Path(__file__).with_name("supervisor.py")


@dataclass
class Found:
    """Process ids of one host."""

    supervisors: list[int] = field(default_factory=list)
    nspawns: list[int] = field(default_factory=list)
    guests: list[int] = field(default_factory=list)
    leaders: list[int] = field(default_factory=list)

    @property
    def everything(self) -> list[int]:
        """All of them, each once."""
        return sorted({*self.supervisors, *self.nspawns, *self.guests})


def find(directory: Path) -> Found:
    """Look through /proc for the processes of the host in `directory`."""
    found = Found()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                sort(found, int(entry.name), directory)
            except OSError:
                continue  # it ended while we looked
    return found


def sort(found: Found, pid: int, directory: Path) -> None:
    """Add one process to what it is of this host, if anything."""
    proc = Path("/proc", str(pid))
    status = (proc / "status").read_text()
    if "\nState:\tZ" in status:
        return
    inside = next(line.split()[2:] for line in status.splitlines() if line.startswith("NSpid:"))
    if inside:  # its ids in the namespaces below ours: it may be a guest's
        mine = f"upperdir={directory}/upper,"
        mounts = (proc / "mountinfo").read_text(errors="replace").splitlines()
        if any(mine in line and line.split()[4] == "/" for line in mounts):
            found.guests.append(pid)
            if inside == ["1"]:
                found.leaders.append(pid)
    elif "\nUid:\t0\t0" in status:
        argv = (proc / "cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
        if argv[-1] == str(directory) and any(part.endswith("/rehearsal/hosts/supervisor.py") for part in argv):
            found.supervisors.append(pid)
        elif Path(argv[0]).name == "systemd-nspawn" and f"--directory={directory}/root" in argv:
            found.nspawns.append(pid)


def send(pid: int, number: int, directory: Path) -> None:
    """Signal a process if, once it is held by a pidfd, it still is this host's."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if pid in find(directory).everything:
            signal.pidfd_send_signal(handle, number)
    except ProcessLookupError:
        return
    finally:
        os.close(handle)


def gone(directory: Path, seconds: float) -> bool:
    """Wait until nothing of the host runs; whether that came true in time."""
    until = time.monotonic() + seconds
    while find(directory).everything:
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def kill(directory: Path) -> bool:
    """Cut the power: the supervisor first, which would bring all back. False if something survived 20 s."""
    until = time.monotonic() + 20
    while True:
        found = find(directory)
        if not found.everything:
            return True
        for pid in (*found.supervisors, *found.nspawns, *found.leaders):
            send(pid, signal.SIGKILL, directory)
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
