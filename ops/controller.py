"""What this machine must have before a verb begins, so that nothing is found missing half way."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from ops import processes, rehearsal
from ops.environment import Environment
from ops.errors import OperationError

# Program -> Debian's package of it.
ALWAYS = {"ssh": "openssh-client"}
REHEARSED = {
    "systemd-nspawn": "systemd-container",
    "mmdebstrap": "mmdebstrap",
    "nft": "nftables",
    "ip": "iproute2",
}
# Administrators' programs, which an ordinary user's PATH may lack.
SBIN = "/usr/local/sbin:/usr/sbin:/sbin"


def ensure(environment: Environment, progress: Callable[[str], None], hosts_here: bool = False) -> None:
    """Installs what is missing if its hosts are on this machine: rehearsed, or `hosts_here`. Raises OperationError."""
    hosts_here = hosts_here or environment.rehearsed
    needed = ALWAYS | (REHEARSED if hosts_here else {})
    if hosts_here:
        _can_rehearse()
    packages = missing(needed)
    if not packages:
        return
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    typed = " ".join([*rehearsal.privilege()[:1], *command])
    if not hosts_here:
        raise OperationError(
            f"This machine lacks {', '.join(packages)}.",
            f"The hosts of {environment.name!r} can't be reached, so nothing was done.",
            f"{typed}    (or your system's own package manager)",
        )
    progress(f"installing {', '.join(packages)}")
    quiet = [*rehearsal.privilege(), "env", "DEBIAN_FRONTEND=noninteractive"]
    update = processes.run([*quiet, "apt-get", "update"], merge=True)
    done = processes.run([*quiet, *command], on_line=progress, merge=True) if update.code == 0 else update
    if done.code != 0:
        raise OperationError(
            f"{', '.join(packages)} can't be installed:\n{done.stdout.strip()[-1000:]}",
            "Hosts can't be made on this machine.",
            f"See that `apt-get update` works here, then: {typed}",
        )


def missing(needed: Mapping[str, str], path: str | None = None) -> list[str]:
    """The packages of the programs that are not there. `path` is for tests."""
    places = path or f"{os.environ.get('PATH', '')}:{SBIN}"
    return sorted({package for program, package in needed.items() if not shutil.which(program, path=places)})


def _can_rehearse() -> None:
    fix = "Use servers you own: make up ENV=onprem"
    if platform.system() != "Linux" or platform.machine() not in ("x86_64", "AMD64"):
        raise OperationError(
            f"This machine is {platform.system()} on {platform.machine()}; hosts on it need Linux on x86_64.",
            "Nothing was done.",
            fix,
        )
    if not Path("/etc/debian_version").is_file():
        raise OperationError(
            "This machine is neither Debian nor Ubuntu, and hosts on it are made with their tools.",
            "Nothing was done.",
            fix,
        )
