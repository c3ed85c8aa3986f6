"""What a machine is told at its first boot: a script that makes the user Ansible logs in as.

It holds no secret: whatever runs on the machine can read it, and so can everybody who may describe instances. Google's
images have no cloud-init, and their guest agent would put a key of `ssh-keys` back that Ansible has taken away.
"""

from __future__ import annotations

import shlex

USER = "deploy"


def render(login_key: str) -> str:
    """The script. Google runs it at every boot; it acts once: what it says later is left to Ansible."""
    return f"""#!/bin/sh
set -eu
if id {USER} >/dev/null 2>&1; then exit 0; fi
echo '{USER} ALL=(ALL) NOPASSWD:ALL' >/etc/sudoers.d/90-{USER}
chmod 0440 /etc/sudoers.d/90-{USER}
useradd --create-home --comment Ansible --shell /bin/bash --skel /nonexistent {USER}
install -d -m 0700 -o {USER} -g {USER} /home/{USER}/.ssh
echo {shlex.quote(login_key)} >/home/{USER}/.ssh/authorized_keys
chown {USER}:{USER} /home/{USER}/.ssh/authorized_keys
chmod 0600 /home/{USER}/.ssh/authorized_keys
"""


def metadata(login_key: str) -> dict[str, str]:
    """All of a machine's metadata. Guest attributes are where the host tells its own new keys: no login is blind."""
    return {
        "startup-script": render(login_key),
        "block-project-ssh-keys": "TRUE",
        "enable-oslogin": "FALSE",
        "enable-guest-attributes": "TRUE",
        "serial-port-enable": "FALSE",
    }
