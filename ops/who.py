"""Who is at work, and from which machine: what a lock and a record of a deploy say to others."""

from __future__ import annotations

import os
import pwd
import socket


def who() -> dict[str, str]:
    """`by`: the person, whom CI and sudo would hide behind their own user. `from`: this machine's name."""
    return {
        "by": os.environ.get("GITHUB_ACTOR") or os.environ.get("SUDO_USER") or _user(),
        "from": socket.gethostname(),
    }


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's arbitrary user
        return str(os.getuid())
