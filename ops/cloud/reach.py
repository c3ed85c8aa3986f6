"""Waiting until new machines let us in and have done what they were told for their first boot."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

from infra import inventory
from ops import processes
from ops.cloud import part
from ops.environment import Environment
from ops.errors import OperationError

PATIENCE, PAUSE = 300.0, 5.0  # seconds: a first boot and its packages
SSH_FAILED = 255
FATAL = ("Host key verification failed", "REMOTE HOST IDENTIFICATION HAS CHANGED")
DENIED = "Permission denied"


def wait(
    environment: Environment, progress: Callable[[str], None], clock: Callable[[], float] = time.monotonic
) -> None:
    """Until each host of the Footprint has booted. Raises OperationError with what ssh said of one that does not."""
    boot = part(environment, "boot")
    site = inventory.read(environment.footprint, environment.root)
    inventory.pin(site)
    for name, variables in site.hosts.items():
        progress(f"waiting for {name}")
        _wait(environment, name, [*command(variables, site.common), boot.BOOTED], boot, clock)


def command(variables: dict[str, Any], common: dict[str, Any]) -> list[str]:
    """ssh to a host in the way, and with the pins, that Ansible takes; what it is to run there is yet to be added."""
    key = common.get("ansible_ssh_private_key_file")
    return [
        "ssh",
        *("-o", "BatchMode=yes", "-o", "ConnectTimeout=10"),
        *shlex.split(variables["ansible_ssh_common_args"]),
        *(("-i", str(key)) if key else ()),
        *("-p", str(variables["ansible_port"]), "-l", str(variables["ansible_user"])),
        str(variables["ansible_host"]),
    ]


def _wait(environment: Environment, name: str, argv: list[str], boot: ModuleType, clock: Callable[[], float]) -> None:
    """`boot`: ops/cloud/<cloud>/boot.py. Each of its clouds has its own first boot, and words for it."""
    begun = clock()
    while (done := processes.run(argv)).code not in boot.GOOD:
        said = done.stderr.strip()[-600:] or f"ssh ended with code {done.code}"
        if done.code != SSH_FAILED:
            raise OperationError(
                f"{name}: its first boot failed (code {done.code} of `{boot.ASKED}`). {said}",
                "Ansible was not begun; the machine and its data stay.",
                f"{boot.WHY} on {name} say why. {shlex.join(argv[:-1])} opens a shell there.",
            )
        waited = clock() - begun
        known = next((fix for text, fix in boot.FATAL.items() if text in said), "")
        fix = known or f"Look at its console (`{boot.CONSOLE}`)"
        hopeless = any(text in said for text in FATAL) or (DENIED in said and waited >= boot.SHUT)
        if known or hopeless or waited > PATIENCE:
            raise OperationError(
                f"{name} can't be logged in to: {said}",
                "Ansible was not begun; the machines stay.",
                f"{fix}, then: make up ENV={environment.name}",
            )
        processes.pause(PAUSE)
