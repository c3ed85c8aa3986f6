"""The vendor's program that SSH to hosts without a public port goes through, asked for before anything is made."""

from __future__ import annotations

import re
import shutil
import subprocess

from ops.environment import Environment
from ops.errors import OperationError

LEAST = (2, 12)  # `aws ec2-instance-connect open-tunnel` came with it; version 1 never had it
LINK = "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"


def check(environment: Environment) -> None:
    """Raises OperationError if the environment's hosts are reached by AWS's tunnel, and its CLI is missing or old."""
    if environment.settings().ssh != "tunnel":
        return
    other = f"Or, from an address of your own: `shoestring:ssh: direct` with admin_cidrs in {environment.stack}"
    consequence = f"The hosts of {environment.name!r} are reached through its tunnel, so nothing was done."
    if shutil.which("aws") is None:
        raise OperationError("The `aws` CLI is not on PATH.", consequence, f"Install version 2: {LINK}. {other}.")
    asked = subprocess.run(["aws", "--version"], capture_output=True, text=True, check=False)
    said = (asked.stdout + asked.stderr).strip()  # version 1 says it on stderr
    version = re.match(r"aws-cli/(\d+)\.(\d+)", said)
    if version is None or (int(version[1]), int(version[2])) < LEAST:
        wanted = ".".join(map(str, LEAST))
        raise OperationError(
            f"The `aws` CLI on PATH is {said.split()[0] if said else 'silent'}; the tunnel came with {wanted}.",
            consequence,
            f"Install a newer one: {LINK}. {other}.",
        )
