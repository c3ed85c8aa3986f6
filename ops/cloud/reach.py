"""Waiting until new machines let us in and have done what they were told for their first boot."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from typing import Any

from infra import inventory
from ops import processes
from ops.environment import Environment
from ops.errors import OperationError

PATIENCE, PAUSE = 300.0, 5.0  # seconds: a first boot and its packages
SSH_FAILED = 255
FATAL = ("Host key verification failed", "REMOTE HOST IDENTIFICATION HAS CHANGED", "Permission denied")
# 0: done; 2: done with complaints, of which Ansible will say more. Without cloud-init there is nothing to wait for.
BOOTED = "if command -v cloud-init >/dev/null; then cloud-init status --wait >/dev/null; fi"
GOOD = (0, 2)


def wait(
    environment: Environment, progress: Callable[[str], None], clock: Callable[[], float] = time.monotonic
) -> None:
    """Until each host of the Footprint has booted. Raises OperationError with what ssh said of one that does not."""
    site = inventory.read(environment.footprint, environment.root)
    inventory.pin(site)
    for name, variables in site.hosts.items():
        progress(f"waiting for {name}")
        _wait(environment, name, command(variables, site.common), clock)


def command(variables: dict[str, Any], common: dict[str, Any]) -> list[str]:
    """ssh to a host in the way, and with the pins, that Ansible takes."""
    key = common.get("ansible_ssh_private_key_file")
    return [
        "ssh",
        *("-o", "BatchMode=yes", "-o", "ConnectTimeout=10"),
        *shlex.split(variables["ansible_ssh_common_args"]),
        *(("-i", str(key)) if key else ()),
        *("-p", str(variables["ansible_port"]), "-l", str(variables["ansible_user"])),
        str(variables["ansible_host"]),
        BOOTED,
    ]


def _wait(environment: Environment, name: str, argv: list[str], clock: Callable[[], float]) -> None:
    end = clock() + PATIENCE
    while (done := processes.run(argv)).code not in GOOD:
        said = done.stderr.strip()[-600:] or f"ssh ended with code {done.code}"
        if done.code != SSH_FAILED:
            raise OperationError(
                f"{name}: its first boot failed (code {done.code} of `cloud-init status`). {said}",
                "Ansible was not begun; the machine and its data stay.",
                f"cloud-init status --long and /var/log/cloud-init-output.log on {name} say why. "
                f"{shlex.join(argv[:-1])} opens a shell there.",
            )
        if any(text in said for text in FATAL) or clock() > end:
            raise OperationError(
                f"{name} can't be logged in to: {said}",
                "Ansible was not begun; the machines stay.",
                f"Look at its console (`aws ec2 get-console-output --latest`), then: make up ENV={environment.name}",
            )
        processes.pause(PAUSE)
