"""Two verbs never work on one environment at once."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ops import lock
from ops.environment import Environment
from ops.errors import OperationError

HOLD = """
import sys, time
from pathlib import Path
from ops import lock
from ops.environment import Environment
with lock.held(Environment.resolve("one", Path(sys.argv[1])), "up"):
    print("held", flush=True)
    time.sleep(300)
"""


def test_the_second_names_the_first_and_a_killed_holder_leaves_nothing(root: Path, one: Environment) -> None:
    environment = {**os.environ, "GITHUB_ACTOR": "ada"}
    holder = subprocess.Popen([sys.executable, "-c", HOLD, root], stdout=subprocess.PIPE, text=True, env=environment)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(OperationError) as caught, lock.held(one, "down"):
        pytest.fail("two verbs at once")
    assert f"`up` (pid {holder.pid}, since 2" in caught.value.cause
    assert f", by ada from {socket.gethostname()}) is at work" in caught.value.cause
    assert caught.value.consequence == "`down` did nothing."
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    with lock.held(one, "down"):
        assert f'"pid": {os.getpid()}' in (one.state / "lock").read_text(), "not the dead one's"


def test_environments_do_not_wait_for_each_other(one: Environment, yours: Environment) -> None:
    with lock.held(one, "up"), lock.held(yours, "up"):
        pass
    with lock.held(one, "up"):
        pass


ORPHAN = """
import sys
from pathlib import Path
from ops import lock, processes
from ops.environment import Environment
with lock.held(Environment.resolve("one", Path(sys.argv[1])), "up"):
    script = "trap 'sleep 1; echo ended > {0}; exit' TERM; echo begun > {0}; while :; do sleep 0.1; done"
    processes.run(["sh", "-c", script.format(sys.argv[2])])
"""


def test_what_a_killed_verb_had_started_ends_and_the_next_waits_for_it(root: Path, one: Environment) -> None:
    """SIGKILL of the verb alone: a playbook that went on by itself would be at work beside the next one."""
    file = root / "child"
    holder = subprocess.Popen([sys.executable, "-c", ORPHAN, root, file])
    while not (file.exists() and file.read_text()):
        assert holder.poll() is None
        time.sleep(0.05)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with lock.held(one, "up"):
        assert file.read_text() == "ended\n"
