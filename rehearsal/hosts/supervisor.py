"""Keeps one host running, as a machine's power supply does: a reboot comes back, a power-off stays off.

A program of its own (`unshare --mount python -I supervisor.py <host directory>`), so that it outlives the
command that started it. The overlay is mounted in its private mount namespace: whatever kills it, no mount
stays. Only the standard library, since it stays in memory as long as the host.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

REBOOT = 133  # systemd-nspawn's exit status when its guest asked for a reboot
stopping = False
running = 0  # systemd-nspawn's process id


def stop(_number: int = 0, _frame: object = None) -> None:
    """Ask the guest, once, to power off, and don't start it again.

    systemd-nspawn passes the first SIGTERM on as an orderly shutdown; a second one would cut the power.
    """
    global stopping, running
    stopping = True
    if running:
        os.kill(running, signal.SIGTERM)
        running = 0


def adopt(pid: int) -> None:
    """Wait for a systemd-nspawn that a killed supervisor left. Its exit status is lost."""
    global running
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    running = pid
    waiter = select.poll()
    waiter.register(handle, select.POLLIN)
    waiter.poll()
    running = 0


def groups(made: list[str]) -> list[Path]:
    """The host's control groups: those named, or the scope that systemd started us in."""
    if made:
        return [Path(path) for path in made]
    own = [line[3:] for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::")]
    return [top for line in own if (top := Path(f"/sys/fs/cgroup{line}")).is_dir()]


def join(group: Path) -> None:
    """Move this process into a control group."""
    group.mkdir(parents=True, exist_ok=True)
    (group / "cgroup.procs").write_text(str(os.getpid()))


def boot(launch: dict[str, Any], tops: list[Path]) -> int:
    """Run the guest until it ends; its exit status."""
    global running

    def enter() -> None:
        for top in tops:
            join(top)

    process = subprocess.Popen(
        launch["nspawn"],
        env=dict(os.environ) | launch["environment"],
        stdin=subprocess.DEVNULL,
        preexec_fn=enter,
    )
    running = process.pid
    if stopping:
        stop()
    code = process.wait()
    running = 0
    return code


def main() -> int:
    """Mount, boot, and boot again for as long as the guest reboots."""
    signal.signal(signal.SIGTERM, stop)
    directory = Path(sys.argv[-1])
    launch = json.loads((directory / "launch.json").read_text())
    tops = groups(launch["cgroup"])
    for top in tops:
        join(top / "keeper")  # a leaf: the unified hierarchy wants no process above the guest's own groups
    if launch["adopt"]:
        adopt(launch["adopt"])
    code = REBOOT
    if not stopping:
        for mount in launch["mounts"]:
            Path(mount[-1]).mkdir(parents=True, exist_ok=True)
            subprocess.run(mount, check=True)
    while code == REBOOT and not stopping:
        began = time.monotonic()
        code = boot(launch, tops)
        print(f"supervisor: the guest ended with {code}", flush=True)
        if time.monotonic() - began < 1:
            time.sleep(1)  # a guest that reboots at once must not eat this machine
    return 0


if __name__ == "__main__":
    sys.exit(main())
