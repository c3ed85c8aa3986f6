"""The peer of `tree`: a playbook that writes the same files as stock Ansible does, a task a file."""

from __future__ import annotations

from collections.abc import Collection
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


def templates(role: str, there: Collection[str] | None = None) -> list[Path]:
    """The templates that a role's `tree` task writes; names that start with `_` are not written.

    A role leaves out what an environment has no use for: `there`, the paths on its hosts, says what that is.
    """
    base = ROLES / role / "templates"
    found = (path for path in base.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    written = sorted(path for path in found if not path.relative_to(base).parts[0].startswith("_"))
    return [path for path in written if there is None or target(base, path) in there]


def target(base: Path, path: Path) -> str:
    """Where a template's file goes."""
    return "/" + str(path.relative_to(base)).removesuffix(".j2")


def targets(role: str) -> list[str]:
    """Where a role's files go."""
    base = ROLES / role / "templates"
    return [target(base, path) for path in templates(role)]


def play(role: str, there: Collection[str]) -> dict[str, Any]:
    """One play that writes the role's files with ansible.builtin.template; what is none is copied, as by `tree`."""
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
                "vars": WORKED_OUT | {"role_path": str(ROLES / role)},  # which Ansible gives to roles only
                f"ansible.builtin.{'template' if path.suffix == '.j2' else 'copy'}": {
                    "src": str(path),
                    "dest": target(base, path),
                },
            }
            for path in templates(role, there)
        ],
    }


def write(path: Path, there: Collection[str]) -> int:
    """Writes the playbook to `path`; returns how many files it writes on all roles together."""
    path.write_text(yaml.safe_dump([play(role, there) for role in HOSTS], sort_keys=False))
    return sum(len(templates(role, there)) for role in HOSTS)
