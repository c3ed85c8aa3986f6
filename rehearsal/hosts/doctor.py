"""What this machine must have to carry hosts, and installing what Debian packages can give."""

import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from rehearsal.hosts.errors import HostsError
from rehearsal.hosts.mirror import ARCHIVE_KEYRING

TOOLS = {
    "systemd-nspawn": "systemd-container",
    "mmdebstrap": "mmdebstrap",
    "nft": "nftables",
    "ip": "iproute2",
    "ssh-keygen": "openssh-client",
    "unshare": "util-linux",
    "setpriv": "util-linux",
    "mount": "mount",
    "losetup": "mount",
}
NEEDED = 3 * 1024**3  # bytes free: the image, its making, and what three hosts install
PREPARE = "sudo .venv/bin/python -m rehearsal.hosts prepare"
NONE_MADE = "no host can be made on this machine"


def lacking() -> list[str]:
    """Debian packages to install, each once."""
    packages = {package for tool, package in TOOLS.items() if shutil.which(tool) is None}
    if not Path(ARCHIVE_KEYRING).exists():
        packages.add("debian-archive-keyring")  # Ubuntu has it as a package, not installed
    return sorted(packages)


def check_machine() -> None:
    """What no package mends.

    Raises:
        HostsError: another system or processor, no overlayfs, too little disk.
    """
    if platform.system() != "Linux" or shutil.which("apt-get") is None:
        raise HostsError(
            f"this is {platform.system()} without apt",
            NONE_MADE,
            "use a Debian or Ubuntu machine; from here, drive servers you own (ENV=onprem)",
        )
    if platform.machine() != "x86_64":
        raise HostsError(f"this processor is {platform.machine()}; hosts are amd64", NONE_MADE, "use an amd64 machine")
    if "\toverlay\n" not in Path("/proc/filesystems").read_text():
        loaded = shutil.which("modprobe") and subprocess.run(["modprobe", "overlay"], capture_output=True, check=False)
        if not loaded or loaded.returncode:
            raise HostsError("this kernel has no overlayfs", NONE_MADE, "use a stock Debian or Ubuntu kernel")
    if not Path("/proc/sys/net/ipv6").is_dir():
        raise HostsError(
            "this kernel has IPv6 switched off",
            NONE_MADE,
            "take ipv6.disable=1 off the kernel's command line and reboot",
        )
    free = shutil.disk_usage("/var/lib").free
    if free < NEEDED:
        raise HostsError(
            f"/var/lib has {free / 1024**3:.1f} GiB free; hosts need {NEEDED / 1024**3:.0f}",
            NONE_MADE,
            "free some space there (`apt-get clean` is a start)",
        )


def check() -> None:
    """Everything, changing nothing.

    Raises:
        HostsError: naming what lacks and the command that mends it.
    """
    check_machine()
    packages = lacking()
    if packages:
        raise HostsError(f"these Debian packages are not installed: {' '.join(packages)}", NONE_MADE, PREPARE)


def prepare(say: Callable[[str], None]) -> None:
    """Install what lacks.

    Raises:
        HostsError: apt-get failed, or the machine can't carry hosts at all.
    """
    check_machine()
    packages = lacking()
    if not packages:
        return
    say(f"installing {' '.join(packages)}")
    lock = "-oDPkg::Lock::Timeout=120"
    for argv in (
        ["apt-get", lock, "-q", "update"],
        ["apt-get", lock, "-qy", "--no-install-recommends", "install", *packages],
    ):
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env=dict(os.environ) | {"DEBIAN_FRONTEND": "noninteractive"},
        )
        if done.returncode:
            raise HostsError(
                f"`{' '.join(argv[:1] + argv[2:])}` failed: {done.stderr.strip()[-600:]}",
                NONE_MADE,
                "see that `apt-get update` works here, then run the same command again",
            )
    check()
