#!/usr/bin/python
"""Keeps systemd units enabled and running: one call for all of a role's units."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: units
short_description: Keep systemd units enabled and running
description:
  - Asks systemd once about all the units, and enables and starts those that are not so. C(ansible.builtin.systemd_service)
    takes one unit a call, which on an unchanged host is most of a run's time.
options:
  names:
    description: Units with their suffix.
    type: list
    elements: str
    required: true
attributes:
  check_mode:
    support: full
"""
EXAMPLES = r"""
- name: Start nginx now and at every boot
  units:
    names: [nginx.service]
"""
RETURN = r"""
enabled:
  description: Units that were not enabled.
  returned: always
  type: list
  elements: str
started:
  description: Units that were not running.
  returned: always
  type: list
  elements: str
"""

# Units that systemd keeps by other means than a link in a .wants directory need no enabling.
KEPT = {"enabled", "enabled-runtime", "static", "alias", "indirect", "generated"}
RUNNING = {"active", "activating", "reloading"}


def parse(shown: str) -> list[dict[str, str]]:
    """The blocks that `systemctl show` prints, one per unit asked for, in that order."""
    return [dict(line.split("=", 1) for line in block.splitlines()) for block in shown.strip().split("\n\n")]


def main() -> None:
    """Entry point of the module."""
    module = AnsibleModule(
        argument_spec={"names": {"type": "list", "elements": "str", "required": True}}, supports_check_mode=True
    )
    names = module.params["names"]
    properties = "--property=LoadState,ActiveState,UnitFileState"
    _, shown, _ = module.run_command(["systemctl", "show", properties, *names], check_rc=True)
    states = dict(zip(names, parse(shown), strict=True))
    missing = [name for name, state in states.items() if state["LoadState"] == "not-found"]
    if missing and not module.check_mode:
        module.fail_json(
            msg=f"There is no unit {', '.join(missing)} on this host, so it can't be started; nothing was changed. "
            "The package or the template that brings it is missing: run the whole role, not a part of it."
        )
    masked = [name for name, state in states.items() if state["LoadState"] == "masked"]
    disabled = [name for name, state in states.items() if state["UnitFileState"] not in KEPT]
    stopped = [name for name, state in states.items() if state["ActiveState"] not in RUNNING]
    if not module.check_mode:
        for verb, which in (("unmask", masked), ("enable", disabled), ("start", stopped)):
            if which:
                module.run_command(["systemctl", verb, *which], check_rc=True)
    module.exit_json(changed=bool(masked or disabled or stopped), enabled=disabled, started=stopped)


if __name__ == "__main__":
    main()
