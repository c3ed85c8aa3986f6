"""What a machine is told at its first boot: a cloud-init document that makes the user Ansible logs in as.

It holds no secret: whatever runs on the machine can read it, and so can everybody who may describe instances.
"""

from __future__ import annotations

from typing import Any

import yaml

USER = "deploy"


def render(host: str, mirror: str | None = None) -> str:
    """The document for the host of that name. It acts once: what it says later is left to Ansible.

    `mirror`: of Debian's packages, beside which its security updates lie; the image has one of its own, by TLS too.
    """
    document: dict[str, Any] = {
        "hostname": host,
        "manage_etc_hosts": "localhost",  # sudo looks its own host's name up
        # The default user, whom the machine's key pair opens, is this one: the image's own, who may do everything too,
        # is not made (normalize_users_groups in cloud-init's distros/ug_util.py).
        "user": {
            "name": USER,
            "gecos": "Ansible",
            "shell": "/bin/bash",
            "lock_passwd": True,
            "sudo": "ALL=(ALL) NOPASSWD:ALL",
            "groups": [],  # else those of the image's user
        },
        "users": ["default"],
        "disable_root": True,
        "ssh_pwauth": False,
        # The host makes its keys and prints them to its console, where the API reads them: no first login is blind.
        "ssh_deletekeys": True,
        "ssh_genkeytypes": ["ed25519"],
        "ssh": {"emit_keys_to_console": True},
        "packages": ["python3", "python3-apt"],  # what Ansible finds on a Debian image that somebody made smaller
    }
    if mirror:
        document["apt"] = {
            "primary": [{"arches": ["default"], "uri": mirror}],
            "security": [{"arches": ["default"], "uri": f"{mirror}-security"}],
        }
    return "#cloud-config\n" + yaml.safe_dump(document, sort_keys=False)
