"""Takes down whatever hosts a killed run of these tests left: `python -m tests.hosts.reclaim`."""

from __future__ import annotations

import subprocess
import sys

from tests.hosts.site import ENVIRONMENTS

if __name__ == "__main__":
    for name in ENVIRONMENTS:
        subprocess.run([sys.executable, "-m", "rehearsal.hosts", "destroy", "--environment", name], check=True)
