"""The vendor's program that SSH to hosts without a public port goes through, asked for before anything is made."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from ops.environment import Environment
from ops.errors import OperationError

LEAST = (253, 0)  # in which `gcloud compute start-iap-tunnel` left its beta, says its RELEASE_NOTES
LINK = "https://cloud.google.com/sdk/docs/install"
# Whoever sets one of these says who gcloud is, and its own list of logins does not count.
SAID = ("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE")


def check(environment: Environment) -> None:
    """Raises OperationError if the environment's hosts are reached by Google's tunnel, and its CLI is missing or old,
    or knows nobody: it has a login of its own, beside the one that Pulumi and the verbs take.
    """
    if environment.settings().ssh != "tunnel":
        return
    other = f"Or, from an address of your own: `shoestring:ssh: direct` with admin_cidrs in {environment.stack}"
    consequence = f"The hosts of {environment.name!r} are reached through its tunnel, so nothing was done."
    if shutil.which("gcloud") is None:
        raise OperationError("The `gcloud` CLI is not on PATH.", consequence, f"Install it: {LINK}. {other}.")
    said = _says("--version")
    version = re.match(r"Google Cloud SDK (\d+)\.(\d+)", said)
    if version is None or (int(version[1]), int(version[2])) < LEAST:
        wanted = ".".join(map(str, LEAST))
        found = said.partition("\n")[0] or "silent"
        raise OperationError(
            f"The `gcloud` CLI on PATH is {found}; the tunnel came with {wanted}.",
            consequence,
            f"Install a newer one: {LINK}. {other}.",
        )
    if any(os.environ.get(name) for name in SAID):
        return
    if not _says("auth", "list", "--filter=status:ACTIVE", "--format=value(account)"):
        raise OperationError(
            "The `gcloud` CLI on PATH is logged in as nobody.", consequence, f"gcloud auth login. {other}."
        )


def _says(*words: str) -> str:
    return subprocess.run(["gcloud", *words], capture_output=True, text=True, check=False).stdout.strip()
