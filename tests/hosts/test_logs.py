"""`make logs` on real hosts: one log by time, of the units that are asked for, and to its end when it follows."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time

from ops.environment import ROOT
from tests.hosts.site import Site


def say(site: Site, host: str, text: str) -> None:
    """An entry of a unit of its own, `trial-<host>`."""
    done = site.ssh(host, f"systemd-run --quiet --collect --wait --unit=trial-{host} echo {text}")
    assert done.returncode == 0, done.stderr


def test_the_hosts_entries_are_one_log_by_time(site: Site) -> None:
    mark = f"mark-{time.time_ns()}"
    for host in ("app2", "data1", "app1"):
        say(site, host, mark)
    done = site.verb("logs", UNIT="trial-*", SINCE="-2min", FORMAT="json")
    assert done.returncode == 0, done.stdout
    entries = [json.loads(line) for line in done.stdout.splitlines()]
    assert [entry["host"] for entry in entries if entry["message"] == mark] == ["app2", "data1", "app1"]
    assert {entry["unit"].partition("-")[0] for entry in entries} <= {"trial", "init.scope"}
    done = site.verb("logs", UNIT="trial-*", HOST="app2,data1", SINCE="-2min")
    assert [line.split()[0] for line in done.stdout.splitlines() if line.endswith(mark)] == ["app2", "data1"]


def test_without_a_word_it_is_the_service_s(site: Site) -> None:
    """Since its start, which was within the time; and nobody else's, of no host that does not run it."""
    done = site.verb("logs", SINCE="yesterday", FORMAT="json")
    assert done.returncode == 0, done.stdout
    entries = [json.loads(line) for line in done.stdout.splitlines()]
    assert {entry["host"] for entry in entries} == {"app1", "app2"}
    assert any("shoestring-service@" in entry["unit"] for entry in entries)


def test_nothing_found_is_said_and_is_no_error(site: Site) -> None:
    done = site.verb("logs", UNIT="nothing-like-it", SINCE="-1min")
    assert done.returncode == 0, done.stdout
    assert done.stdout.strip() == "No entries of nothing-like-it since -1min on app1, app2, data1."


def test_it_follows_until_it_is_told_to_end_and_leaves_nothing_on_the_hosts(site: Site) -> None:
    mark = f"followed-{time.time_ns()}"
    variables = {"ENV": str(site.directory), "UNIT": "trial-*", "FOLLOW": "1", "SINCE": "-1s"}
    argv = [sys.executable, "-m", "ops.cli", "logs"]
    following = subprocess.Popen(argv, cwd=ROOT, env={**os.environ, **variables}, stdout=subprocess.PIPE, text=True)
    try:
        assert following.stdout is not None
        time.sleep(2)
        say(site, "app2", mark)
        seen, end = "", time.monotonic() + 20
        while mark not in seen and time.monotonic() < end:
            if select.select([following.stdout], [], [], 1)[0]:
                seen += following.stdout.readline()
        assert mark in seen
    finally:
        following.send_signal(signal.SIGINT)
        following.communicate(timeout=30)
    assert following.returncode == 0, "Ctrl-C is how following ends"
    for host in site.hosts():
        end = time.monotonic() + 20
        while site.ssh(host, "pgrep -f [j]ournalctl.*--follow").returncode == 0:
            assert time.monotonic() < end, f"journalctl goes on on {host}"
            time.sleep(0.5)
