"""The hosts' public SSH keys, as each printed them to its console at first boot: read by API, not over the network.

Whoever can write there is root on that machine, and whoever can read it here is logged in to the account.
"""

from __future__ import annotations

import re
from typing import Any

from ops.cloud import host_keys
from ops.cloud.aws import account
from ops.environment import Environment

BLOCK = re.compile(r"-----BEGIN SSH HOST KEY KEYS-----(.*?)-----END SSH HOST KEY KEYS-----", re.DOTALL)
# A line may begin with what the kernel or syslog puts before it, and the console ends lines in \r\n.
LINE = re.compile(rf"(?:^|\s)((?:{'|'.join(map(re.escape, host_keys.KEY_TYPES))})\s+[A-Za-z0-9+/=]+)")


def keys(environment: Environment, instance: str) -> list[str]:
    """An instance's keys, `type base64` each; none while its console shows none that are whole."""
    return of_console(console(account.client(environment, "ec2"), instance))


def lasting(_environment: Environment, instance: str) -> str:
    """What no other machine will ever be called: the id."""
    return instance


def shows(instance: str) -> str:
    """The command that shows what the keys are read from."""
    return f"aws ec2 get-console-output --latest --output text --instance-id {instance}"


def of_console(text: str) -> list[str]:
    """The keys in a console's output, `type base64` each: those that were printed last; none if none are whole."""
    for block in reversed(BLOCK.findall(text)):
        if found := host_keys.whole(key for line in block.splitlines() for key in LINE.findall(line)):
            return found
    return []


def console(ec2: Any, instance: str) -> str:
    """What an instance has printed, as new as the API has it. Raises OperationError."""
    from botocore.exceptions import ClientError

    with account.asking(host_keys.NOTHING):
        try:
            answer = ec2.get_console_output(InstanceId=instance, Latest=True)
        except ClientError as reason:  # only machines of the Nitro kind have `Latest`
            if reason.response["Error"]["Code"] not in ("UnsupportedOperation", "InvalidParameterCombination"):
                raise
            answer = ec2.get_console_output(InstanceId=instance)
    return str(answer.get("Output", ""))
