"""The hosts' public SSH keys, which each cloud tells over its API (ops/cloud/<cloud>/host_keys.py): waited for once,
and remembered.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping

from pydantic_core import PydanticCustomError

from infra.trust import KEY_TYPES as KEY_TYPES
from infra.trust import public_key
from ops import files, processes
from ops.cloud import part
from ops.environment import Environment
from ops.errors import OperationError

KNOWN = "host_keys.json"
PATIENCE, PAUSE = 600.0, 5.0  # seconds: a first boot, and what a cloud takes to pass on what a machine said
NOTHING = "The hosts' keys were not read, so no Footprint was written."


def read(
    environment: Environment,
    instances: Mapping[str, str],
    progress: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, list[str]]:
    """Host -> keys, for hosts -> instances. Waits for those that still boot. Raises OperationError.

    A cloud forgets what was said long ago, or a host says it anew; an instance's keys never change: those seen once
    are remembered.
    """
    cloud = part(environment, "host_keys")
    known = _known(environment)
    lasting = {host: str(cloud.lasting(environment, instance)) for host, instance in instances.items()}
    keys = {host: known[name] for host, name in lasting.items() if name in known}
    end = clock() + PATIENCE
    while missing := [host for host in instances if host not in keys]:
        for host in missing:
            if found := cloud.keys(environment, instances[host]):
                keys[host] = found
        waiting = [host for host in missing if host not in keys]
        if not waiting:
            break
        if clock() > end:
            raise _never(environment, waiting[0], instances[waiting[0]], cloud.shows(instances[waiting[0]]))
        progress(f"{', '.join(waiting)}: waiting for the first boot")
        processes.pause(PAUSE)
    remembered = {lasting[host]: keys[host] for host in instances}
    files.write(environment.make_state() / KNOWN, json.dumps(remembered, indent=2, sort_keys=True) + "\n", 0o600)
    return keys


def whole(lines: Iterable[str]) -> list[str]:
    """Those lines that are whole host keys, `type base64` each, once each."""
    return list(dict.fromkeys(key for line in lines if (key := _whole(line))))


def _whole(text: str) -> str:
    try:
        return public_key(text, KEY_TYPES)
    except PydanticCustomError:
        return ""


def _known(environment: Environment) -> dict[str, list[str]]:
    path = environment.state / KNOWN
    return json.loads(path.read_text()) if path.is_file() else {}


def _never(environment: Environment, host: str, instance: str, shows: str) -> OperationError:
    return OperationError(
        f"{host} ({instance}) shows no whole SSH host key.",
        "It can't be known which machine would answer a first login, so no Footprint was written.",
        f"{shows} shows what it said. If it booted long ago: copy {environment.state / KNOWN} from the machine that "
        f"made it. If its first boot failed: pulumi up --replace of that instance, which touches no data.",
    )
