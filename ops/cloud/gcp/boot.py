"""What a machine's first boot is on Google Cloud: a startup script, which makes the user that Ansible logs in as."""

from __future__ import annotations

UNIT = "google-startup-scripts.service"
# Google's images run it after sshd has started, and each boot; where there is no such unit nothing is waited for.
BOOTED = (
    f'while [ "$(systemctl show --property=ActiveState --value {UNIT})" = activating ]; do sleep 1; done; '
    f"! systemctl is-failed --quiet {UNIT}"
)
GOOD = (0,)
ASKED = f"systemctl is-failed {UNIT}"
WHY = f"systemctl status {UNIT} and journalctl --unit {UNIT}"
CONSOLE = "gcloud compute instances get-serial-port-output"
# Seconds for which logins may be refused: sshd is open before the script has made the user.
SHUT = 180.0
# What gcloud says that waiting does not mend, and what does.
FATAL = {
    "[4033: 'not authorized']": "Have your account given roles/iap.tunnelResourceAccessor in the project",
    "do not currently have an active account selected": "gcloud auth login",
    "problem refreshing your current auth tokens": "gcloud auth login",
}
