#!/usr/bin/python
"""Decides whether a release on a host may take traffic."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: canary
short_description: Check a release on its unix socket before it takes traffic
description:
  - Waits until the release is ready, plays the canary set to it, compares the answers with the expected
    ones and bounds the latency. Changes nothing.
  - The canary set is JSON with C(cases), each with C(request) and either C(expected) or fields with one value
    for every item of the answer's C(predictions); and optionally C(path), C(tolerance_minutes) or
    C(tolerance), and C(name) and C(version) of the model that must answer. Of expected objects only the named
    keys are compared, numbers within the tolerance, all else exactly.
  - Is skipped in check mode, since a prediction is logged by the service.
options:
  socket:
    description: The unix socket that the release listens on.
    type: path
    required: true
  canary:
    description: The canary set on the host. Without it, only readiness is checked.
    type: path
  path:
    description: Where the requests are posted; else what the canary set says, else C(/v1/predictions).
    type: str
  ready_path:
    description: What answers 200 to a GET when the release is ready.
    type: str
    default: /readyz
  ready_timeout:
    description: Seconds to wait for readiness.
    type: float
    default: 60
  timeout:
    description: Seconds that one request may take.
    type: float
    default: 10
  latency_ms:
    description: Bound on the 95th percentile of the plays in milliseconds, warm-up excluded; V(0) for none.
    type: float
    default: 0
  unit:
    description: systemd unit of the release; when it dies, the module fails at once with its last 20
      journal lines.
    type: str
author: Shoestring
"""

EXAMPLES = r"""
- name: Check the new release beside the old one
  canary:
    socket: /run/shoestring-service/{{ service_release }}/http.sock
    canary: /opt/shoestring/releases/{{ service_release }}/model/canary.json
    latency_ms: 200
    unit: shoestring-service@{{ service_release }}.service
"""

RETURN = r"""
ready_seconds:
  description: How long the release took to be ready.
  type: float
  returned: success
played:
  description: Timed plays, each of them right.
  type: int
  returned: success
p95_ms:
  description: 95th percentile of their latency in milliseconds; 0 without a canary set.
  type: float
  returned: success
"""

SHOWN = 20  # journal lines


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "socket": {"type": "path", "required": True},
            "canary": {"type": "path"},
            "path": {"type": "str"},
            "ready_path": {"type": "str", "default": "/readyz"},
            "ready_timeout": {"type": "float", "default": 60},
            "timeout": {"type": "float", "default": 10},
            "latency_ms": {"type": "float", "default": 0},
            "unit": {"type": "str"},
        },
        supports_check_mode=True,
    )
    # imported late: ansible-lint runs this file up to here, without our module_utils on its path
    from ansible.module_utils import canary_play as canary

    if module.check_mode:
        module.exit_json(changed=False, skipped=True, msg="The canary set is not played in check mode.")
    options = module.params
    listener, unit = options["socket"], options["unit"]
    milliseconds: list[float] = []
    try:
        plays = canary.load(Path(options["canary"])) if options["canary"] else None
        seconds = canary.wait_ready(
            listener, options["ready_path"], options["ready_timeout"], lambda: death(unit) if unit else ""
        )
        if plays:
            path = options["path"] or plays.path
            milliseconds = canary.play(listener, path, plays.cases, options["timeout"])
        slow = canary.percentile95(milliseconds) if milliseconds else 0.0
        if 0 < options["latency_ms"] < slow:
            raise canary.CanaryError(
                f"too slow: 95th percentile of {len(milliseconds)} plays {slow:.1f} ms,"
                f" allowed {options['latency_ms']:g} ms"
            )
    except canary.CanaryError as error:
        lines = journal(unit) if unit else []
        why = f" It said: {said}" if (said := last_words(lines)) else ""
        log = "\n".join(["", "Its last journal lines:", *lines[-SHOWN:]]) if unit else ""
        module.fail_json(msg=f"The release on {listener} may not take traffic: {error}.{why}{log}")
    played = {"played": len(milliseconds), "p95_ms": round(slow, 2)}
    module.exit_json(changed=False, ready_seconds=round(seconds, 2), **played)


def death(unit: str) -> str:
    """Why the unit will not get ready, '' while it may."""
    text = _run("systemctl", "show", "--property=ActiveState,SubState,Result", unit)
    state = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    dead = state.get("ActiveState") in ("failed", "inactive") or state.get("SubState") == "auto-restart"
    return f"{unit} died ({state.get('Result')}) before it was ready" if dead else ""


def journal(unit: str) -> list[str]:
    """The last lines that the unit logged, enough for a long traceback."""
    return _run("journalctl", "--no-pager", "--output=cat", "--lines=200", "--unit", unit).strip().splitlines()


def last_words(lines: list[str]) -> str:
    """What ended a Python process, by its log: its last traceback's last line, else its last error, else ''."""
    words, inside = "", False
    for line in lines:
        if "Traceback (most recent call last)" in line:
            inside = True
        elif inside and line and not line[0].isspace():
            words, inside = line, False
    return words or next((line for line in reversed(lines) if line.startswith(("ERROR", "CRITICAL"))), "")


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False).stdout


if __name__ == "__main__":
    main()
