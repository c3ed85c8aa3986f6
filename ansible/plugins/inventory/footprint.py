"""Turns a Footprint into Ansible's hosts and groups. What it gives is worked out in infra/inventory.py."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError, AnsibleParserError  # type: ignore[import-untyped, unused-ignore]

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
        read = _read(path, loader)
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


def _read(path: str, loader: Any) -> Any:
    module = _module("infra.inventory", path)
    from infra.problems import SettingsError

    try:
        # Uncached: Ansible reads the vault again for its variables, in its own way.
        read = module.read(path, ROOT, lambda vault: loader.load_from_file(vault, cache="none"))
        module.pin(read)
    except (SettingsError, OSError) as reason:
        raise AnsibleParserError(str(reason)) from None
    except (AnsibleError, ValueError) as reason:
        raise AnsibleParserError(
            f"The vault beside {path} can't be used: {reason} So nothing was contacted. Set SHOESTRING_VAULT_KEY_FILE"
            " to the key that made it (ansible/vault-key lists the other ways), or mend it with ansible-vault edit."
        ) from None
    return read


def _module(name: str, path: str) -> Any:
    try:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as reason:
            if reason.name not in ("infra", name):
                raise
            sys.path.insert(0, str(ROOT))  # the repo is not installed in this Python
            sys.modules.pop("infra", None)
            return importlib.import_module(name)
    except ImportError as reason:
        raise AnsibleParserError(
            f"{path}: {sys.executable} can't read a Footprint ({reason}), so nothing was contacted. "
            "Run `make setup`, then use .venv/bin/ansible-playbook."
        ) from None
