"""Holds a lock on a host until this run of ansible-playbook ends, however it ends (ops/hold)."""

from __future__ import annotations

import json
import os
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail

from ansible import constants
from ansible.plugins.action import ActionBase  # type: ignore[attr-defined]  # mypy sees our ansible/plugins

OPTIONS: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["held", "released"], "default": "held"},
    "doing": {"type": "str"},  # what others are told of this run
    "directory": {"type": "path", "default": "/run/lock"},  # on the host
}


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible ships no types
    """Action plugin `held`; `run_once`, and delegated to the host that has the lock. Does nothing in check mode.

    Returns `holder` ({by, from, pid, since, doing}), and `stale`, the same of a run whose lock was taken over.
    """

    _supports_check_mode = True
    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Raises AnsibleActionFail naming the holder if another run has it, or with what kept it from being asked."""
        from ops.errors import OperationError
        from ops.who import who

        result: dict[str, Any] = super().run(tmp, task_vars)
        _, options = self.validate_argument_spec(argument_spec=OPTIONS, required_if=[("state", "held", ["doing"])])
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", options["name"]):
            raise AnsibleActionFail(f"held: name {options['name']!r} becomes a file's name: use only a-z, 0-9 and -.")
        since = datetime.now().astimezone().isoformat(timespec="seconds")
        # Tasks run in workers: their parent is what lives as long as the run.
        holder = {**who(), "pid": os.getppid(), "since": since, "doing": options["doing"]}
        if self._task.check_mode:
            return result | {"skipped": True, "msg": "check mode takes no lock", "holder": holder}
        try:
            return result | self._act(options, holder, task_vars or {})
        except OperationError as reason:
            raise AnsibleActionFail(str(reason)) from None

    def _act(self, options: dict[str, Any], holder: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        from ops.hold import attempt, faults

        name, host = options["name"], str(self._task.delegate_to or variables["inventory_hostname"])
        # Of this run alone, and known to all its workers.
        bell = Path(constants.DEFAULT_LOCAL_TMP) / f"held-{name}-{host}"
        record = bell.with_name(f"{bell.name}.json")
        if options["state"] == "released":
            return {"changed": attempt.release(bell)}
        if attempt.held(bell):
            return {"changed": False, "holder": json.loads(record.read_text())}
        said = attempt.take(self._job(options, host, holder, bell, variables))
        if "busy" in said:
            raise faults.busy(name, host, said["busy"], said["silent"])
        if "held" not in said:
            raise faults.failed(name, host, said["failed"])
        record.write_text(json.dumps(holder))
        result: dict[str, Any] = {"changed": True, "holder": holder}
        if stale := said["stale"]:
            result |= {"stale": stale, "warnings": [faults.stale(name, host, stale)]}
        return result

    def _job(
        self, options: dict[str, Any], host: str, holder: dict[str, Any], bell: Path, variables: dict[str, Any]
    ) -> Any:
        from ops import hold, probe
        from ops.hold import holder as far
        from ops.hold.watcher import Job

        reached = variables["hostvars"][host]
        path = f"{options['directory']}/shoestring-{options['name']}.lock"
        call = {"script": Path(far.__file__).read_text(), "path": path, "record": holder, "silence": hold.SILENCE}
        return Job(
            name=options["name"],
            host=host,
            command=[str(word) for word in probe.command(reached, reached, far.COMMAND, hold.OPTIONS)],
            directory=str(Path.cwd()),
            call=call,
            pid=holder["pid"],
            bell=bell,
            state=reached.get("footprint_state"),
        )
