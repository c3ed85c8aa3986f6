"""Turns a Footprint into Ansible's hosts and groups. What it gives is worked out in infra/inventory.py."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleParserError  # type: ignore[import-untyped, unused-ignore]

from ansible.plugins.inventory import BaseInventoryPlugin  # type: ignore[attr-defined]  # mypy sees our ansible/plugins

DOCUMENTATION = """
name: footprint
short_description: hosts and groups from a Footprint
description:
  - Reads and checks an environment's footprint.yml, footprint.yaml or footprint.json, and all that is set beside it.
  - Contacts nobody. Writes the environment's known_hosts under .shoestring, and what infra/unpacked.py takes from
    its vault.
options: {}
"""

NAMES = ("footprint.yml", "footprint.yaml", "footprint.json")
ROOT = Path(__file__).resolve().parents[3]


class InventoryModule(BaseInventoryPlugin):  # type: ignore[misc]  # its base has no types
    """Groups by role, `footprint*` variables, and SSH options with pinned host keys."""

    NAME = "footprint"

    def verify_file(self, path: str) -> bool:
        """Whether `path` is called as a Footprint is."""
        return Path(path).name in NAMES and bool(super().verify_file(path))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Fills `inventory` from the Footprint in `path`. Raises AnsibleParserError with all its problems."""
        super().parse(inventory, loader, path, cache)
        read = _read(path, lambda vault: loader.load_from_file(vault, cache="none"))
        # Facts are cached by host name, and app1 of another environment is another machine.
        os.environ.setdefault("ANSIBLE_CACHE_PLUGIN_PREFIX", f"{read.known_hosts.parent.name}_")
        for name, value in read.common.items():
            inventory.set_variable("all", name, value)
        for name, variables in read.hosts.items():
            inventory.add_host(name)
            for key, value in variables.items():
                inventory.set_variable(name, key, value)
        for group, members in read.groups.items():
            inventory.add_group(group)
            for name in members:
                inventory.add_child(group, name)


def _read(path: str, decrypt: Callable[[str], Any]) -> Any:
    try:
        module = _module()
    except ImportError as reason:
        raise AnsibleParserError(
            f"{path}: {sys.executable} can't read a Footprint ({reason}), so nothing was contacted. "
            "Run `make setup`, then use .venv/bin/ansible-playbook."
        ) from None
    from infra import unpacked
    from infra.checks import vault
    from infra.problems import SettingsError

    try:
        read = module.read(path, ROOT)
        content = vault.check_file(read.vault, decrypt)
        if unpacked.unpack(content, Path(read.common["footprint_state"])):
            read = module.read(path, ROOT)  # on a controller that takes over, ssh has its key only now
        module.pin(read)
    except (SettingsError, OSError) as reason:
        raise AnsibleParserError(str(reason)) from None
    return read


def _module() -> Any:
    try:
        import infra.inventory
    except ModuleNotFoundError as reason:
        if reason.name not in ("infra", "infra.inventory"):
            raise
        sys.path.insert(0, str(ROOT))  # the repo is not installed in this Python
        sys.modules.pop("infra", None)
        import infra.inventory
    return infra.inventory
