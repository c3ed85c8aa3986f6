#!/usr/bin/python
"""Keeps systemd units enabled and running: one call for all of a role's units."""

from __future__ import annotations

from collections.abc import Callable

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: units
short_description: Keep systemd units enabled and running, or out of the way
description:
  - Asks systemd once about all the units, and enables and starts those that are not so.
  - C(ansible.builtin.systemd_service) takes one unit a call, which on an unchanged host is most of a run's time,
    and fails in check mode on a host that does not have the unit yet.
options:
  names:
    description: Units with their suffix.
    type: list
    elements: str
    required: true
  state:
    description: O(state=started) enables and starts what is not; O(state=stopped) stops and disables what is there, and
      is content with units that are not; O(state=reloaded) and O(state=restarted) are for handlers. Unit files that
      changed on disk are read first.
    type: str
    choices: [started, stopped, reloaded, restarted]
    default: started
attributes:
  check_mode:
    support: full
"""
EXAMPLES = r"""
- name: Start nginx now and at every boot
  units:
    names: [nginx.service]

- name: Let the running nginx read its changed configuration
  units:
    names: [nginx.service]
    state: reloaded
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
LACKS: dict[str, Callable[[dict[str, str]], bool]] = {
    "unmask": lambda state: state["LoadState"] == "masked",
    "enable": lambda state: state["UnitFileState"] not in KEPT,
    "start": lambda state: state["ActiveState"] not in RUNNING,
}
EXCEEDS: dict[str, Callable[[dict[str, str]], bool]] = {
    "disable": lambda state: state["UnitFileState"] in {"enabled", "enabled-runtime"},
    "stop": lambda state: state["ActiveState"] in RUNNING,
    "reset-failed": lambda state: state["ActiveState"] == "failed",
}
STATES = {"started": LACKS, "stopped": EXCEEDS}
# A unit that is down is started by either.
VERBS = {"reloaded": "reload-or-restart", "restarted": "restart"}


def parse(shown: str) -> list[dict[str, str]]:
    """The blocks that `systemctl show` prints, one per unit asked for, in that order."""
    return [dict(line.split("=", 1) for line in block.splitlines()) for block in shown.strip().split("\n\n")]


def main() -> None:
    """Entry point of the module."""
    module = AnsibleModule(
        argument_spec={
            "names": {"type": "list", "elements": "str", "required": True},
            "state": {"type": "str", "choices": [*STATES, *VERBS], "default": "started"},
        },
        supports_check_mode=True,
    )
    names = module.params["names"]
    properties = "--property=LoadState,ActiveState,UnitFileState,NeedDaemonReload"
    _, shown, _ = module.run_command(["systemctl", "show", properties, *names], check_rc=True)
    states = dict(zip(names, parse(shown), strict=True))
    missing = [name for name, state in states.items() if state["LoadState"] == "not-found"]
    wanted = module.params["state"]
    if missing and wanted != "stopped" and not module.check_mode:
        module.fail_json(
            msg=f"There is no unit {', '.join(missing)} on this host, so it can't be started; nothing was changed. "
            "The package or the template that brings it is missing: run the whole role, not a part of it."
        )
    todo: dict[str, list[str]] = {}
    if any(state["NeedDaemonReload"] == "yes" for state in states.values()):
        todo["daemon-reload"] = []
    if wanted in STATES:
        todo |= {verb: [name for name, state in states.items() if asks(state)] for verb, asks in STATES[wanted].items()}
    else:
        todo[VERBS[wanted]] = names
    todo = {verb: which for verb, which in todo.items() if which or verb == "daemon-reload"}
    if not module.check_mode:
        for verb, which in todo.items():
            module.run_command(["systemctl", verb, *which], check_rc=True)
    module.exit_json(changed=bool(todo), enabled=todo.get("enable", []), started=todo.get("start", []))


if __name__ == "__main__":
    main()
