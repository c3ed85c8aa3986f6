"""The peer of `tree`: a playbook that writes the same files as stock Ansible does, a task a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ops.environment import ROOT

ROLES = ROOT / "ansible" / "roles"
# Role -> the hosts that site.yml gives it to.
HOSTS = {
    "host": "all",
    "certificates": "all",
    "bucket": "bucket",
    "database": "database",
    "nginx": "service:proxy",
    "service": "service",
    "proxy": "proxy",
}

# What the roles find out on the way; the time does not depend on it.
WORKED_OUT = {"certificates_fingerprint": "none", "bucket_gateway_sha256": "none"}


def templates(role: str) -> list[Path]:
    """The templates that a role's `tree` task writes; names that start with `_` are not written."""
    base = ROLES / role / "templates"
    found = (path for path in base.rglob("*") if path.is_file())
    return sorted(path for path in found if not path.relative_to(base).parts[0].startswith("_"))


def targets(role: str) -> list[str]:
    """Where a role's files go."""
    base = ROLES / role / "templates"
    return ["/" + str(path.relative_to(base)).removesuffix(".j2") for path in templates(role)]


def play(role: str) -> dict[str, Any]:
    """One play that writes the role's files with ansible.builtin.template."""
    base = ROLES / role / "templates"
    variables = [str(path) for name in ("defaults", "vars") if (path := ROLES / role / name / "main.yml").is_file()]
    return {
        "hosts": HOSTS[role],
        "become": True,
        "gather_facts": False,
        "vars_files": variables,
        "tasks": [
            {
                "name": str(path.relative_to(base)),
                "vars": WORKED_OUT,
                "ansible.builtin.template": {
                    "src": str(path),
                    "dest": "/" + str(path.relative_to(base)).removesuffix(".j2"),
                },
            }
            for path in templates(role)
        ],
    }


def write(path: Path) -> int:
    """Writes the playbook to `path`; returns how many files it writes on all roles together."""
    path.write_text(yaml.safe_dump([play(role) for role in HOSTS], sort_keys=False))
    return sum(len(templates(role)) for role in HOSTS)
