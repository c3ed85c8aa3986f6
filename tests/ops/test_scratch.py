"""A killed run's temporary files hold extra variables; the next run takes them away."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ops import scratch
from ops.environment import Environment

KILLED = """
import os, signal, sys
from pathlib import Path
from ops import scratch
from ops.environment import Environment
with scratch.directory(Environment.resolve("one", Path(sys.argv[1]))) as own:
    (own / "extra.json").write_text("{}")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_next_run_sweeps_what_a_killed_one_left_and_nothing_else(root: Path, one: Environment) -> None:
    assert subprocess.run([sys.executable, "-c", KILLED, root], check=False).returncode < 0
    place = one.state / "scratch"
    (left,) = place.iterdir()
    assert (left / "extra.json").exists()
    with scratch.directory(one) as first, scratch.directory(one) as second:
        assert set(place.iterdir()) == {first, second}, "a live run's files are its own"
        assert first.stat().st_mode & 0o777 == 0o700
    assert list(place.iterdir()) == []
