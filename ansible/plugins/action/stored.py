"""Stores a release's files in an artifacts bucket that is no host of ours, from the controller (ops/build)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail

from ansible.plugins.action import ActionBase  # type: ignore[attr-defined]  # mypy sees our ansible/plugins

OPTIONS: dict[str, dict[str, Any]] = {
    "bucket": {"type": "dict", "required": True},  # as in the Footprint, kind s3 or gcs
    "key": {"type": "raw", "no_log": True},  # what its credentials stand for; none: the controller's own
    "path": {"type": "str", "required": True},  # below the bucket's prefix
    "files": {"type": "dict", "required": True},  # name -> SHA-256, hexadecimal
    "directory": {"type": "path", "required": True},  # where they are on the controller
}


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible ships no types
    """Action plugin `stored`. Returns `stored`, the names of those that were not there byte for byte."""

    _supports_check_mode = True
    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Raises AnsibleActionFail with the object and what kept it; what was stored until then stays."""
        from ops.build import artifacts
        from ops.errors import OperationError

        result: dict[str, Any] = super().run(tmp, task_vars)
        _, options = self.validate_argument_spec(argument_spec=OPTIONS)
        try:
            with artifacts.opened(options["bucket"], options["path"], options["key"]) as store:
                lacking = [name for name, digest in options["files"].items() if not store.has(name, digest)]
                if not self._task.check_mode:
                    for name in lacking:
                        store.put(Path(options["directory"]) / name, options["files"][name])
        except OperationError as reason:
            raise AnsibleActionFail(str(reason)) from None
        return result | {"changed": bool(lacking), "stored": lacking}
