"""A line of a host's journal, as journalctl writes it, and as people and programs read it."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from ops.look import journal

TIME = 1764151200123456  # 2025-11-26 10:00:00.123456 UTC


def line(message: object, **fields: Any) -> str:
    own = {"__REALTIME_TIMESTAMP": str(TIME), "_SYSTEMD_UNIT": "nginx.service", "PRIORITY": "6", "MESSAGE": message}
    return json.dumps(own | fields)


def entry(message: object, **fields: Any) -> journal.Entry:
    found = journal.read("app1", line(message, **fields))
    assert found is not None
    return found


def test_for_people_and_for_programs() -> None:
    found = entry("up")
    assert found.text(5) == "app1   2025-11-26T10:00:00.123Z  nginx: up"
    assert json.loads(found.json()) == {
        "at": "2025-11-26T10:00:00.123Z",
        "host": "app1",
        "unit": "nginx.service",
        "priority": 6,
        "message": "up",
    }


def test_each_line_of_a_message_says_whose_it_is() -> None:
    assert entry("one\r\ntwo\n").text().splitlines() == [
        "app1  2025-11-26T10:00:00.123Z  nginx: one",
        "app1  2025-11-26T10:00:00.123Z  nginx: two",
    ]


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (list(b"caf\xc3\xa9 \xff"), "café \ufffd"),
        (list(b"\x1b[31mred\x1b[0m"), r"\x1b[31mred\x1b[0m"),
        ("\x1b]0;title\x07\x9b2J\x08\x7f", r"\x1b]0;title\x07\x9b2J\x08\x7f"),
        ("\u202egnp.exe\ud800", r"\u202egnp.exe\ud800"),
        ("a\tb", "a\tb"),
        (["twice", list(b"said")], "twice"),
        (None, ""),
    ],
)
def test_nothing_that_was_logged_moves_the_cursor(message: object, shown: str) -> None:
    """A client chooses what is in an access log. Bytes that are no text come as numbers, long ones as null."""
    found = entry(message)
    assert found.text().splitlines()[0].partition("nginx: ")[2] == shown
    assert json.loads(found.json())["message"] == found.message, "a program gets it as it was"


def test_the_unit_that_systemd_speaks_of_and_no_pretended_one() -> None:
    assert entry("Started.", _SYSTEMD_UNIT="init.scope", UNIT="a.service").unit == "a.service"
    assert entry("Started.", UNIT="ssh.service").unit == "nginx.service"
    kernel = entry("oom", _SYSTEMD_UNIT=None, SYSLOG_IDENTIFIER="kernel\x1b")
    assert (kernel.unit, json.loads(kernel.json())["unit"]) == (None, None)
    assert r"  kernel\x1b: oom" in kernel.text()


@pytest.mark.parametrize(
    "text",
    ["", "-- No entries --", "[]", "7", "{}", '{"__REALTIME_TIMESTAMP": "soon"}', '{"__REALTIME_TIMESTAMP": "9e99"}'],
)
def test_what_is_no_entry_is_none(text: str) -> None:
    assert journal.read("app1", text) is None
    assert journal.read("app1", json.dumps({"__REALTIME_TIMESTAMP": "9" * 30})) is None


def test_no_priority_is_null() -> None:
    assert entry("x", PRIORITY=None).priority is None


def test_what_a_host_is_asked() -> None:
    words = shlex.split(journal.command(["nginx", "postgresql@*"], "1 hour ago", follow=False))
    assert words[:2] == ["sudo", "-n"]
    assert "TZ=UTC" in words, "what is asked for is of the same zone as what is shown"
    assert {"--output=json", "--all", "--since=1 hour ago", "--unit=nginx", "--unit=postgresql@*"} <= set(words)
    assert "--follow" not in words


def test_a_release_that_is_deployed_meanwhile_is_followed_too() -> None:
    """journalctl would look once which units a glob means."""
    words = shlex.split(journal.command(["shoestring-service@*", "nginx"], "-2h", follow=True))
    assert {"--follow", "--no-tail", "--since=-2h"} <= set(words)
    assert [word for word in words if word.startswith("--unit")] == []
    units = ["shoestring-service@*", "nginx", "apt-daily.timer"]
    for unit in ("shoestring-service@2-b.service", "nginx.service", "apt-daily.timer"):
        assert journal.wanted(entry("x", _SYSTEMD_UNIT=unit), units)
    for other in ("nginx.socket", "ssh.service", "apt-daily.service", "x-shoestring-service@1.service", None):
        assert not journal.wanted(entry("x", _SYSTEMD_UNIT=other), units)
    plain = shlex.split(journal.command(["nginx"], "-2h", follow=True))
    assert "--unit=nginx" in plain, "a name of its own needs no sifting here"
