"""The hosts' public SSH keys, as each printed them to its console at first boot: read by API, not over the network.

Whoever can write there is root on that machine, and whoever can read it here is logged in to the account.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import PydanticCustomError

from infra.trust import KEY_TYPES, public_key
from ops import files, processes
from ops.cloud import account
from ops.environment import Environment
from ops.errors import OperationError

BLOCK = re.compile(r"-----BEGIN SSH HOST KEY KEYS-----(.*?)-----END SSH HOST KEY KEYS-----", re.DOTALL)
# A line may begin with what the kernel or syslog puts before it, and the console ends lines in \r\n.
LINE = re.compile(rf"(?:^|\s)((?:{'|'.join(map(re.escape, KEY_TYPES))})\s+[A-Za-z0-9+/=]+)")
KNOWN = "host_keys.json"
PATIENCE, PAUSE = 600.0, 5.0  # seconds: a first boot, and on machines not of the Nitro kind the console's own delay


def of_console(text: str) -> list[str]:
    """The keys in a console's output, `type base64` each: those that were printed last; none if none are whole."""
    for block in reversed(BLOCK.findall(text)):
        keys = [key for line in block.splitlines() for found in LINE.findall(line) if (key := _whole(found))]
        if keys:
            return list(dict.fromkeys(keys))
    return []


def read(
    environment: Environment,
    instances: Mapping[str, str],
    progress: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, list[str]]:
    """Host -> keys, for hosts -> instance ids. Waits for those that still boot. Raises OperationError.

    A console forgets what was printed long ago, and an instance's keys never change: those seen once are remembered.
    """
    known = _known(environment)
    keys = {host: known[instance] for host, instance in instances.items() if instance in known}
    ec2, end = account.client(environment, "ec2"), clock() + PATIENCE
    while missing := [host for host in instances if host not in keys]:
        for host in missing:
            if found := of_console(console(ec2, instances[host])):
                keys[host] = found
        waiting = [host for host in missing if host not in keys]
        if not waiting:
            break
        if clock() > end:
            raise _never(environment, waiting[0], instances[waiting[0]])
        progress(f"{', '.join(waiting)}: waiting for the first boot")
        processes.pause(PAUSE)
    remembered = {instances[host]: keys[host] for host in instances}
    files.write(environment.make_state() / KNOWN, json.dumps(remembered, indent=2, sort_keys=True) + "\n", 0o600)
    return keys


def console(ec2: Any, instance: str) -> str:
    """What an instance has printed, as new as the API has it. Raises OperationError."""
    from botocore.exceptions import ClientError

    with account.asking("The hosts' keys were not read, so no Footprint was written."):
        try:
            answer = ec2.get_console_output(InstanceId=instance, Latest=True)
        except ClientError as reason:  # only machines of the Nitro kind have `Latest`
            if reason.response["Error"]["Code"] not in ("UnsupportedOperation", "InvalidParameterCombination"):
                raise
            answer = ec2.get_console_output(InstanceId=instance)
    return str(answer.get("Output", ""))


def _whole(text: str) -> str:
    try:
        return public_key(text, KEY_TYPES)
    except PydanticCustomError:
        return ""


def _known(environment: Environment) -> dict[str, list[str]]:
    path = environment.state / KNOWN
    return json.loads(path.read_text()) if path.is_file() else {}


def _never(environment: Environment, host: str, instance: str) -> OperationError:
    return OperationError(
        f"The console of {host} ({instance}) shows no whole SSH host key.",
        "It can't be known which machine would answer a first login, so no Footprint was written.",
        f"aws ec2 get-console-output --latest --output text --instance-id {instance} shows what it printed. If it "
        f"booted long ago: copy {environment.state / KNOWN} from the machine that made it. "
        f"If its first boot failed: pulumi up --replace of that instance, which touches no data.",
    )
