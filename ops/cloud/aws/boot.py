"""What a machine's first boot is on AWS: cloud-init, and where it says what it did."""

from __future__ import annotations

# 0: done; 2: done with complaints, of which Ansible will say more. Without cloud-init there is nothing to wait for.
BOOTED = "if command -v cloud-init >/dev/null; then cloud-init status --wait >/dev/null; fi"
GOOD = (0, 2)
ASKED = "cloud-init status"
WHY = "cloud-init status --long and /var/log/cloud-init-output.log"
CONSOLE = "aws ec2 get-console-output --latest"
# Seconds for which logins may be refused: cloud-init has made the user before it starts sshd.
SHUT = 0.0
# What the tunnel's program says that waiting does not mend, and what does.
FATAL: dict[str, str] = {}
