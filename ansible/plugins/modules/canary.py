#!/usr/bin/python
"""Decides whether a release on a host may take traffic."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: canary
short_description: Check a release on its unix socket before it takes traffic
description:
  - Waits until the release is ready, plays the canary set to it, compares the answers with the expected
    ones and bounds the latency. Changes nothing but that it may start the release.
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
  start:
    description: Whether to start O(unit) first, if it does not run.
    type: bool
    default: false
  alongside:
    description: A command that runs meanwhile, and has to end with 0 or one of O(alongside_good) too.
    type: list
    elements: str
  alongside_good:
    description: Exit codes of O(alongside) that are as good as 0.
    type: list
    elements: int
    default: []
author: Shoestring
"""

EXAMPLES = r"""
- name: Check the new release beside the old one
  canary:
    socket: /run/shoestring-service/{{ service_release }}/http.sock
    canary: /opt/shoestring/releases/{{ service_release }}/model/canary.json
    latency_ms: 200
    unit: shoestring-service@{{ service_release }}.service
    start: true
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
elapsed:
  description: Seconds from the start of the unit to the verdict, on the host.
  type: float
  returned: success
"""


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
            "start": {"type": "bool", "default": False},
            "alongside": {"type": "list", "elements": "str"},
            "alongside_good": {"type": "list", "elements": "int", "default": []},
        },
        required_if=[("start", True, ["unit"])],
        supports_check_mode=True,
    )
    # imported late: ansible-lint runs this file up to here, without our module_utils on its path
    from ansible.module_utils import canary_play, canary_trial

    if module.check_mode:
        module.exit_json(changed=False, skipped=True, msg="The canary set is not played in check mode.")
    try:
        module.exit_json(changed=False, **canary_trial.trial(module.params))
    except canary_play.CanaryError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
