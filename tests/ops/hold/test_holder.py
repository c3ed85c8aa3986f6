"""The far end of a lock's connection: it frees the lock when its input ends, and when nothing is heard there."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ops.hold import holder

RECORD = {"by": "ada", "from": "laptop", "pid": 1, "since": "2026-11-26T09:00:00+01:00", "doing": "deploy"}
Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.lock"


@pytest.fixture
def start(path: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts it as a host does; `sudo` is one that does not change the user."""
    (tmp_path / "sudo").write_text('#!/bin/sh\nshift\nexec "$@"\n')
    (tmp_path / "sudo").chmod(0o755)
    running: list[subprocess.Popen[bytes]] = []

    def begin(silence: float = 30.0) -> subprocess.Popen[bytes]:
        call = {"script": Path(holder.__file__).read_text(), "path": str(path), "record": RECORD, "silence": silence}
        far = subprocess.Popen(
            ["sh", "-c", f"exec {holder.COMMAND}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        )  # fmt: skip
        assert far.stdin is not None
        far.stdin.write(json.dumps(call).encode() + b"\n")
        running.append(far)
        return far

    yield begin
    for far in running:
        far.kill()
        far.wait()
        for pipe in (far.stdin, far.stdout):
            assert pipe is not None
            pipe.close()


def said(far: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert far.stdout is not None
    return dict(json.loads(far.stdout.readline()))


def test_the_end_of_its_input_frees_it(start: Start, path: Path) -> None:
    far = start()
    assert said(far) == {"held": True, "stale": None}
    assert json.loads(path.read_text()) == RECORD
    assert far.stdin is not None
    far.stdin.close()
    assert far.wait(timeout=60) == 0
    assert path.read_text() == ""


def test_silence_frees_it_and_signs_of_life_do_not(start: Start, path: Path) -> None:
    """A controller that lost its power closes no connection, and its lock would be held until a timeout of TCP's."""
    far = start(silence=4.0)
    said(far)
    assert far.stdin is not None
    os.utime(path, (0, 0))
    for _ in range(6):
        time.sleep(1)
        far.stdin.write(b"\n")
    assert far.poll() is None, "signs of life came all the time"
    assert path.stat().st_mtime > 0, "others see by the file when it last heard something"
    heard = time.monotonic()
    assert far.wait(timeout=60) == 0
    assert time.monotonic() - heard > 3.5
    assert path.read_text() == ""


def test_a_killed_one_leaves_its_record_to_the_next(start: Start) -> None:
    far = start()
    said(far)
    far.kill()
    far.wait()
    assert said(start()) == {"held": True, "stale": RECORD}


def test_a_second_one_names_the_first_and_how_long_it_is_silent(start: Start, path: Path) -> None:
    said(start())
    os.utime(path, (time.time() - 30,) * 2)
    second = start()
    answer = said(second)
    assert answer["busy"] == RECORD
    assert 30 <= answer["silent"] < 35
    assert second.wait(timeout=60) == 0
    assert json.loads(path.read_text()) == RECORD


def test_one_that_has_cleared_its_record_is_waited_for(start: Start, path: Path) -> None:
    """It ends at this moment, or has only just taken it and will say who it is."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        second = start()
        time.sleep(0.5)
    assert said(second)["held"]


def test_one_that_never_says_who_it_is_has_it_all_the_same(start: Start, path: Path) -> None:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert said(start())["busy"] == {}


def test_a_link_in_its_place_is_not_followed(start: Start, path: Path, tmp_path: Path) -> None:
    """Where everybody may write to /run/lock, root would empty a file of a user's choice."""
    (tmp_path / "precious").write_text("precious")
    path.symlink_to(tmp_path / "precious")
    assert str(path) in said(start())["failed"]
    assert (tmp_path / "precious").read_text() == "precious"


def test_it_needs_nothing_of_ours() -> None:
    """It is sent to a host that has nothing yet."""
    text = Path(holder.__file__).read_text()
    names = {line.split()[1].partition(".")[0] for line in text.splitlines() if line.startswith(("import ", "from "))}
    assert names <= set(sys.stdlib_module_names)
