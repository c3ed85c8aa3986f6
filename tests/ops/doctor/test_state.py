"""A lock counts while somebody holds it; what is written in it does not."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess

from ops import lock
from ops.doctor import state
from ops.doctor.line import FAIL, OK
from ops.environment import Environment


def test_nobody_holds_it(one: Environment) -> None:
    assert state.held(one).found == "free"
    assert not (one.state / "lock").exists(), "looking made it"
    with lock.held(one, "up"):
        pass
    assert state.held(one).found == "free"


def test_a_holder_who_lives_is_named_and_not_red(one: Environment) -> None:
    with lock.held(one, "deploy"):
        found = state.held(one)
    assert found.state == OK
    assert f"`deploy` (pid {os.getpid()}," in found.found


def test_the_record_of_a_killed_holder_is_no_lock(one: Environment) -> None:
    (one.make_state() / "lock").write_text(json.dumps({"verb": "up", "pid": os.getpid()}))
    assert state.held(one).found == "free"


def test_a_lock_that_outlives_its_holder_is_red(one: Environment) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    record = {"verb": "up", "pid": gone.pid, "since": "then", "by": "ada", "from": "here"}
    with (one.make_state() / "lock").open("w") as file:
        file.write(json.dumps(record))
        file.flush()
        fcntl.flock(file, fcntl.LOCK_EX)
        found = state.held(one)
    assert found.state == FAIL
    assert "fuser -v" in found.fix


def test_looking_hinders_nobody(one: Environment) -> None:
    with lock.held(one, "up"):
        pass
    state.held(one)
    with lock.held(one, "down"):
        assert "`down`" in state.held(one).found
