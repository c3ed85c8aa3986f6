"""From which figure on a host is not well; and no fact, however odd, takes the rest with it."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import pytest

from ops import far
from ops.ansible_reasons import HOST_KEY
from ops.doctor import hosts
from ops.doctor.about import About
from ops.doctor.line import FAIL, OK, WARN, Line
from tests.ops.doctor.leaves import leaf

DAY = 86400.0
MB = 1024**2
SWAP = {"record": {"doing": "deploy 1", "by": "ada", "from": "here", "pid": 1, "since": "then"}}


def disk(used: float = 0.5, inodes: float = 0.1, free: int = 5000) -> Any:
    return {"/": {"bytes": used, "inodes": inodes, "free": free * MB}}


def backups(last: float | None = 1, first: float | None = 10, restored: float | None = None, **more: str) -> Any:
    """Of so many hours, and days, ago."""
    now = time.time()
    return {
        "last": None if last is None else now - last * 3600,
        "first": None if first is None else now - first * DAY,
        "restored": None if restored is None else now - restored * DAY,
        "count": 3,
        "error": "",
        "half": "",
        **more,
    }


def clock(off: float = 0, synchronised: bool = True, container: bool = False) -> Any:
    return {"off": off, "synchronised": synchronised, "container": container}


CASES = [
    ("disk", disk(), OK),
    ("disk", disk(0.86), WARN),
    ("disk", disk(0.96), FAIL),
    ("disk", disk(inodes=0.96), FAIL),
    ("disk", disk(free=999), FAIL),
    ("disk", disk() | {"/srv/bucket": {"bytes": 0.97, "inodes": 0, "free": 9**12}}, FAIL),
    ("memory", {"total_kb": 1000, "available_kb": 500}, OK),
    ("memory", {"total_kb": 1000, "available_kb": 90}, WARN),
    ("memory", {"total_kb": 1000, "available_kb": 40}, FAIL),
    ("clock", clock(), OK),
    ("clock", clock(off=10), WARN),
    ("clock", clock(off=-3600), FAIL),
    ("clock", clock(synchronised=False), WARN),
    ("clock", clock(synchronised=False, container=True), OK),
    ("clock", clock(off=400 * DAY, container=True), FAIL),
    ("DNS", {"name": "mirror", "addresses": ["10.0.0.1"], "why": ""}, OK),
    ("DNS", {"name": "mirror", "addresses": [], "why": "Temporary failure"}, FAIL),
    ("units", {"failed": [], "idle": []}, OK),
    ("units", {"failed": ["nginx.service"], "idle": []}, FAIL),
    ("units", {"failed": [], "idle": ["shoestring-backup-full.timer"]}, FAIL),
    ("certificates", {"/a.pem": [leaf(700)]}, OK),
    ("certificates", {"/a.pem": [leaf(30)]}, WARN),
    ("certificates", {"/a.pem": [leaf(700), leaf(5)]}, FAIL),
    ("certificates", {"/a.pem": [leaf(-1)]}, FAIL),
    ("certificates", {}, FAIL),
    ("secrets on hosts", {"looked_at": 5, "open": [], "stray": []}, OK),
    ("secrets on hosts", {"looked_at": 5, "open": ["/etc/shoestring/a"], "stray": []}, FAIL),
    ("secrets on hosts", {"looked_at": 5, "open": [], "stray": ["/etc/shoestring/a"]}, FAIL),
    ("security updates", {"pending": [], "days": 1.0}, OK),
    ("security updates", {"pending": ["openssl"], "days": 1.0}, WARN),
    ("security updates", {"pending": [], "days": 8.0}, WARN),
    ("security updates", {"pending": [], "days": None}, WARN),
    ("reboot", None, OK),
    ("reboot", [], WARN),
    ("reboot", ["linux-image"], WARN),
    ("deploy lock", None, OK),
    ("deploy lock", {**SWAP, "held": True, "silent": 3.0}, OK),
    ("deploy lock", {**SWAP, "held": False, "silent": 3.0}, WARN),
    ("deploy lock", {**SWAP, "held": True, "silent": 90.0}, FAIL),
    ("backup", backups(), OK),
    ("backup", backups(last=28), WARN),
    ("backup", backups(last=31), FAIL),
    ("backup", backups(last=None, first=None), FAIL),
    ("backup", backups(last=None, first=None, error="[HostConnectError]"), FAIL),
    ("last restore", backups(last=None, first=None, error="[HostConnectError]"), WARN),
    ("backup", None, FAIL),
    ("last restore", None, FAIL),
    ("last restore", backups(), OK),
    ("last restore", backups(first=100), WARN),
    ("last restore", backups(first=400, restored=10), OK),
    ("last restore", backups(restored=100), WARN),
    ("last restore", backups(half="swapping"), FAIL),
]


def judged(about: About, topic: str, fact: Any) -> Line:
    if isinstance(fact, dict) and "off" in fact:
        fact = {**fact, "now": about.began + fact["off"]}
    return hosts.judged(topic, about, fact, hosts.JUDGES[topic][1])


@pytest.mark.parametrize(("topic", "fact", "state"), CASES)
def test_where_the_bounds_are(data1: About, topic: str, fact: Any, state: str) -> None:
    found = judged(data1, topic, fact)
    assert found.state == state, found
    assert "could not be looked at" not in found.found


def test_every_topic_has_a_case_that_is_red() -> None:
    assert {topic for topic, _, state in CASES if state != OK} == set(hosts.JUDGES)
    assert {topic for topic, _, state in CASES if state == OK} == set(hosts.JUDGES)


@pytest.mark.parametrize("topic", hosts.JUDGES)
@pytest.mark.parametrize("fact", [{"broken": "OSError: gone"}, "odd", 7, [1], {}, {"x": None}])
def test_an_odd_fact_is_a_line_that_names_its_topic(data1: About, topic: str, fact: Any) -> None:
    """A host may be of an older release, or broken in ways that nobody thought of."""
    assert judged(data1, topic, fact).topic == topic


def test_what_a_host_leaves_out_is_not_well(data1: About) -> None:
    """Nothing pending and nothing said are not the same."""
    told = list(hosts.of_host(data1, far.Said(0, "{}", "")))
    assert {line.topic for line in told if line.state == FAIL} == set(hosts.JUDGES)


@pytest.mark.parametrize("topic", hosts.JUDGES)
def test_a_fact_that_could_not_be_had_is_red(data1: About, topic: str) -> None:
    found = judged(data1, topic, {"broken": "OSError: gone"})
    assert (found.state, found.found) == (FAIL, "could not be looked at: OSError: gone")


def test_the_environment_has_its_own_bounds(data1: About) -> None:
    """What `make verify` goes by is not stated a second time."""
    (data1.environment.directory / "group_vars").mkdir()
    (data1.environment.directory / "group_vars" / "all.yml").write_text("database_backup_max_age_hours: 200\n")
    from ops.doctor import about

    again = about.of(data1.environment, data1.environment.check(), data1.began, data1.ended)["data1"]
    assert judged(again, "backup", backups(last=100)).state == OK
    assert judged(data1, "backup", backups(last=100)).state == FAIL


SAID = {
    "refused": ("ssh: connect to host 10.20.0.21 port 22: Connection refused", hosts.REACHABLE),
    "login": ("deploy@10.20.0.21: Permission denied (publickey).", hosts.REACHABLE),
    "changed": (
        "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nThe fingerprint for the ED25519 key sent by the remote "
        "host is\nSHA256:abc.\nHost key verification failed.",
        hosts.KEYS,
    ),
    "unknown": ("No ED25519 host key is known for data1\nHost key verification failed.", hosts.KEYS),
    "nothing": ("", hosts.REACHABLE),
}


@pytest.mark.parametrize("case", SAID)
def test_a_wrong_key_is_told_from_a_host_that_is_away(data1: About, case: str) -> None:
    """Behind the one may be somebody in the host's place; the other is perhaps only off."""
    text, topic = SAID[case]
    (found,) = hosts.of_host(data1, far.Said(255, "", text))
    assert (found.state, found.topic, found.where) == (FAIL, topic, "data1")
    assert (found.fix == HOST_KEY) == (topic == hosts.KEYS)


@pytest.mark.parametrize(
    "said", [far.Said(1, "", "sudo: a password is required"), far.Said(0, "[]", ""), far.Said(0, "x", "")]
)
def test_a_host_that_answers_nonsense_is_one_red_line(data1: About, said: far.Said) -> None:
    (found,) = hosts.of_host(data1, said)
    assert (found.state, found.topic) == (FAIL, hosts.REACHABLE)


def test_a_clock_is_not_blamed_for_a_slow_way(data1: About) -> None:
    slow = dataclasses.replace(data1, ended=data1.began + 300)
    assert judged(slow, "clock", clock(off=100)).state == OK
    assert judged(data1, "clock", clock(off=100)).state == FAIL
