"""What a machine is told at its first boot: a cloud-init document that makes the user Ansible logs in as.

It holds no secret: whatever runs on the machine can read it, and so can everybody who may describe instances.
"""

from __future__ import annotations

import yaml

USER = "deploy"
MIRROR = "https://mirror.example/debian"
"""It answers over IPv6, which is all that a host in a private subnet has, and by TLS: no host needs port 80."""


def render(host: str, login_key: str) -> str:
    """The document for the host of that name. It acts once: what it says later is left to Ansible."""
    document = {
        "hostname": host,
        "manage_etc_hosts": "localhost",  # sudo looks its own host's name up
        # No `default` in the list: the image's own user, who may do everything too, is not made.
        "users": [
            {
                "name": USER,
                "gecos": "Ansible",
                "shell": "/bin/bash",
                "lock_passwd": True,
                "sudo": "ALL=(ALL) NOPASSWD:ALL",
                "ssh_authorized_keys": [login_key],
            }
        ],
        "disable_root": True,
        "ssh_pwauth": False,
        # The host makes its keys and prints them to its console, where the API reads them: no first login is blind.
        "ssh_deletekeys": True,
        "ssh_genkeytypes": ["ed25519"],
        "ssh": {"emit_keys_to_console": True},
        "apt": {
            "primary": [{"arches": ["default"], "uri": MIRROR}],
            "security": [{"arches": ["default"], "uri": f"{MIRROR}-security"}],
        },
        "packages": ["python3", "python3-apt"],  # what Ansible finds on a Debian image that somebody made smaller
    }
    return "#cloud-config\n" + yaml.safe_dump(document, sort_keys=False)
