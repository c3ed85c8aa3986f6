"""A lock on a host that knows its owner: held while one ansible-playbook lives, however that ends.

    ansible-playbook <- watched by - watcher.py - ssh -> holder.py, on the host, has the flock

The action plugin `held` starts a watcher (attempt.py). Whichever of the four ends, the kernels close the pipes between
them, and the lock is free; a network that breaks is noticed by the silence, on both sides.
"""

from __future__ import annotations

BEAT = 5.0  # seconds between two signs of life
QUIET = 15.0  # seconds without one after which others are told of it
# Seconds without one after which the lock is free. The watcher must have stopped its run by then: see OPTIONS.
SILENCE = 60.0
# ssh gives up a connection after four times five seconds without an answer.
OPTIONS = ("BatchMode=yes", "ConnectTimeout=10", "ServerAliveInterval=5", "ServerAliveCountMax=4", "ControlPath=none")
