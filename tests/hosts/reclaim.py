"""Takes down whatever hosts a killed run of these tests left: `python -m tests.hosts.reclaim`.

Of rehearsed clouds, too, with the processes that are their accounts and buckets.
"""

from __future__ import annotations

import subprocess
import sys

from ops.environment import ROOT, Environment
from ops.rehearse import down, place
from tests.hosts.site import CLOUDS, ENVIRONMENTS

if __name__ == "__main__":
    for name in ENVIRONMENTS:
        subprocess.run([sys.executable, "-m", "rehearsal.hosts", "destroy", "--environment", name], check=True)
    for name in (f"{stack}{place.SUFFIX}" for stack in CLOUDS):
        # Where its stack file was is not known any more, and nothing of it is needed to take all else away.
        state = ROOT / ".shoestring" / name
        gone = Environment(name, state / "nowhere" / name, state)
        down.everything(place.rehearsed(gone), print)
