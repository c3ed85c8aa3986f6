"""Ansible's and ssh's own words, as they were seen, and the sentence that a person gets for them."""

from __future__ import annotations

import json

import pytest

from ops import ansible_reasons
from ops.ansible_output import Output

SENT = 'Task failed: Data could not be sent to remote host "10.0.0.9". Make sure this host can be reached over ssh: '
SEEN = {
    "changed host key": (
        SENT + "@@@@\r\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\r\nThe fingerprint for the ED25519 key "
        "sent by the remote host is\nSHA256:FB44QrLHDIyYJQU57Pc5Fj4lccowReeFzyPZX0UxkSo.\r\nHost key for app1 has "
        "changed and you have requested strict checking.\r\nHost key verification failed.",
        "showed the host key SHA256:FB44QrLHDIyYJQU57Pc5Fj4lccowReeFzyPZX0UxkSo",
        "host_keys in the Footprint",
    ),
    "host key of another type": (
        SENT + "No ED25519 host key is known for app1 and you have requested strict checking.\r\n"
        "Host key verification failed.",
        "of a type that the Footprint has none of",
        "ssh-keygen -lf",
    ),
    "login refused": (
        SENT + "nobody@10.81.2.11: Permission denied (publickey).",
        "refused the login nobody@10.81.2.11",
        "authorized_keys",
    ),
    "no CLI for the tunnel": (
        SENT + "/bin/sh: 1: exec: aws: not found\r\nkex_exchange_identification: Connection closed by remote host\r\n"
        "Connection closed by UNKNOWN port 65535",
        "`aws` is not on this machine's PATH",
        "aws --version",
    ),
    "a CLI older than the tunnel": (
        SENT + "aws: error: argument operation: Invalid choice, valid choices are:\r\n\r\nsend-ssh-public-key\r\n"
        "kex_exchange_identification: Connection closed by remote host",
        "PATH is too old for",
        "version 2.12",
    ),
    "no credentials for the tunnel": (
        SENT + 'Unable to locate credentials. You can configure credentials by running "aws configure".\r\n'
        "kex_exchange_identification: Connection closed by remote host",
        "no credentials for it: Unable to locate credentials",
        "aws sso login",
    ),
    "no route": (
        SENT + "ssh: connect to host 10.81.2.99 port 22: No route to host",
        "does not answer at 10.81.2.99 port 22: No route to host",
        "ssh -v -p 22 10.81.2.99",
    ),
    "port shut": (
        SENT + "ssh: connect to host localhost port 2222: Connection refused",
        "does not answer at localhost port 2222: Connection refused",
        "ssh -v -p 2222",
    ),
    "no such name": (
        SENT + "ssh: Could not resolve hostname app9.internal: Name or service not known",
        "The name app9.internal can't be resolved",
        "ssh.address",
    ),
    "hangs": (SENT + "Connection timed out during banner exchange", "Connection timed out", "booting"),
    "no sudo rights": ("Task failed: Missing sudo password", "refused sudo", "NOPASSWD"),
    "no sudo at all": ("Task failed: /bin/sh: 1: sudo: not found", "has no sudo", "apt-get install --yes sudo"),
    "no python": (
        "The module interpreter '/usr/bin/python3' was not found.",
        "no Python at /usr/bin/python3",
        "apt-get",
    ),
}


@pytest.mark.parametrize(("message", "cause", "fix"), SEEN.values(), ids=SEEN)
def test_it_is_told_with_its_fix(message: str, cause: str, fix: str) -> None:
    told = ansible_reasons.explain(message)
    assert told is not None
    first, second = told.split("\n")
    assert cause in first
    assert fix in second
    assert "{" not in told


def test_what_speaks_for_itself_is_left_alone() -> None:
    assert ansible_reasons.explain("Too little memory.") is None


def output(*lines: str) -> str:
    found = Output()
    for line in ("TASK [Gathering Facts] ***", *lines):
        found.feed(line)
    return found.reason()


def test_that_nothing_was_changed_is_said_only_where_it_is_so() -> None:
    lost = json.dumps({"msg": SEEN["no route"][0], "unreachable": True})
    fatal = f"fatal: [app1]: UNREACHABLE! => {lost}"
    recap = "app1 : ok=3 changed={} unreachable=1 failed=0"
    assert "Nothing was changed on it." in output(fatal, "PLAY RECAP ***", recap.format(0))
    assert "Nothing was changed on it." not in output(fatal, "PLAY RECAP ***", recap.format(2))


def test_of_a_task_that_another_host_does_that_host_is_named() -> None:
    lost = json.dumps({"msg": SEEN["no route"][0], "unreachable": True})
    assert "On data1: It does not answer at 10.81.2.99" in output(f"fatal: [app1 -> data1]: UNREACHABLE! => {lost}")


def test_a_modules_own_words_are_not_taken_for_ansibles() -> None:
    failed = json.dumps({"msg": "no", "stderr": "connect to host db port 5432: Connection refused"})
    assert "5432: Connection refused" in output(f"fatal: [app1]: FAILED! => {failed}")
    assert "does not answer" not in output(f"fatal: [app1]: FAILED! => {failed}")


def test_no_python_is_found_where_facts_are_gathered() -> None:
    inner = {"ansible.legacy.setup": {"msg": SEEN["no python"][0], "rc": 127}}
    failed = json.dumps(
        {"msg": "The following modules failed to execute: ansible.legacy.setup.", "failed_modules": inner}
    )
    assert "no Python at /usr/bin/python3" in output(f"fatal: [app2]: FAILED! => {failed}")
