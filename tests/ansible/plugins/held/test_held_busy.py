"""One run at a time: whoever comes second is told who is there; only what a dead run left is taken over."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time

import pytest

from tests.ansible.plugins.held.conftest import Site, until

GONE = {"by": "eve", "from": "laptop", "pid": 7, "since": "2026-11-26T09:00:00+01:00", "doing": "deploy 0.9.0-cc-dd"}


@pytest.mark.full
def test_of_eight_at_once_one_wins_and_seven_name_it(site: Site) -> None:
    runs = {run.pid: run for run in [site.start(actor=f"user{number}") for number in range(8)]}
    until(lambda: sum(run.poll() is not None for run in runs.values()) == 7, 120)
    record = site.record()
    winner = runs.pop(record["pid"])
    assert winner.poll() is None
    for run in runs.values():
        code, output = site.output(run)
        assert code == 2, output
        named = f"by {record['by']} from {socket.gethostname()} (pid {winner.pid} there), since {record['since']}"
        assert f"The lock 'deploy' on app1 is held for deploy 1.0.0-aa-bb, {named}." in output
        assert "so:  Nothing was done." in output
        assert "fix: Wait until it is done, or end it with Ctrl-C" in output
        assert "Nothing was heard" not in output
    code, output = site.finish(winner)
    assert code == 0, output


def test_what_a_dead_run_left_is_taken_over_and_told(site: Site) -> None:
    site.lock.write_text(json.dumps(GONE))
    code, output = site.output(site.start(site.held()))
    assert code == 0, output
    assert f'"stale": {json.dumps(GONE, sort_keys=True)}' in output
    words = " ".join(output.split())
    assert "[WARNING]: The lock 'deploy' on app1 was left by deploy 0.9.0-cc-dd, by eve from laptop" in words
    assert "Its owner is gone" in words


@pytest.mark.parametrize(
    "text",
    ["", pytest.param("{", marks=pytest.mark.full), pytest.param("7", marks=pytest.mark.full)],
    ids=["empty", "torn", "foreign"],
)
def test_what_is_no_record_is_no_owner(site: Site, text: str) -> None:
    site.lock.write_text(text)
    code, output = site.output(site.start(site.held()))
    assert code == 0, output
    assert '"stale"' not in output


def test_a_silent_owner_keeps_it_and_the_silence_is_told(site: Site) -> None:
    """Its network may be back in a second, and it is at work."""
    site.lock.write_text(json.dumps(GONE))
    with site.lock.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        os.utime(file.fileno(), (time.time() - 40,) * 2)
        code, output = site.output(site.start(site.held()))
    assert code == 2
    assert "by eve from laptop" in output
    assert any(f"Nothing was heard of that run for {seconds} s" in output for seconds in range(40, 60))
    assert "after 60 s the lock frees itself" in output
    assert json.loads(site.lock.read_text()) == GONE


@pytest.mark.parametrize(
    ("program", "text", "told"),
    [
        (
            "ssh",
            "echo 'connect to host 192.0.2.7 port 22: No route to host' >&2; exit 255",
            "does not answer at 192.0.2.7",
        ),
        ("sudo", "echo 'sudo: a password is required' >&2; exit 1", "It refused sudo"),
        ("sudo", "echo 'python3: odd' >&2; exit 127", "python3: odd"),
    ],
    ids=["ssh", "sudo", "python"],
)
def test_a_host_that_cannot_be_asked_fails_the_run(site: Site, program: str, text: str, told: str) -> None:
    site.program(program, f"#!/bin/sh\n{text}\n")
    code, output = site.output(site.start())
    assert code == 2
    assert "The lock 'deploy' on app1 can't be taken." in output
    assert told in output
    assert not site.begun.exists()


def test_a_directory_that_is_not_there_is_named(site: Site) -> None:
    site.lock.parent.rmdir()
    code, output = site.output(site.start())
    assert code == 2
    assert f"{site.lock}: No such file or directory" in output
