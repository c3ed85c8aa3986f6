"""The doctor works where little else does, and says in one screen what is wrong and what mends it."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console

from infra import inventory
from ops import secrets
from ops.doctor import credentials, hosts, run, show
from ops.doctor.line import FAIL, OK, WARN, Check, Line
from ops.environment import Environment
from tests.infra import footprints

RED = re.compile(r"^\[(WARN|FAIL)\]")


def screen(lines: list[Line]) -> list[str]:
    out = io.StringIO()
    show.text(lines, Console(file=out, width=120, highlight=False))
    return out.getvalue().splitlines()


def states(lines: list[Line]) -> dict[str, str]:
    return {line.topic: line.state for line in lines}


def test_before_the_first_up_nothing_is_wrong_and_the_way_on_is_told(one: Environment) -> None:
    lines = run.lines(one)
    assert states(lines)[run.SETTINGS] == WARN
    assert any(line.topic == run.SETTINGS and line.fix == "make up ENV=one" for line in lines)
    assert FAIL not in states(lines).values(), screen(lines)


def test_a_broken_footprint_is_a_line_and_the_rest_is_looked_at(yours: Environment) -> None:
    (yours.directory / "footprint.yml").write_text("hosts: 7\n")
    lines = run.lines(yours)
    assert states(lines)[run.SETTINGS] == FAIL
    assert states(lines)["tools"] == OK


def test_hosts_that_are_away_are_a_red_line_each(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every address leads to ports of this machine where nobody listens."""
    document = footprints.three()
    for number, host in enumerate(document["hosts"], 1):
        host["ssh"].update(address="127.0.0.1", port=number)
    monkeypatch.setattr(inventory, "pin", lambda _: None)  # it knows one repository only, which is ours
    footprints.write(root / "stacks", document)
    environment = Environment.resolve("three", root)
    secrets.ensure_vault(environment)
    lines = run.lines(environment)
    away = [line for line in lines if line.topic == hosts.REACHABLE]
    assert [(line.state, line.where) for line in away] == [(FAIL, "app1"), (FAIL, "app2"), (FAIL, "data1")], "\n".join(
        screen(lines)
    )
    assert all("Connection refused" in line.found for line in away)
    assert states(lines)["public door"] == FAIL
    assert states(lines)["vault"] == OK


def test_a_check_that_breaks_is_named_and_takes_nothing_with_it(
    one: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Environment) -> list[Line]:
        raise RuntimeError("the check is broken")

    monkeypatch.setattr(credentials, "lines", broken)
    lines = run.lines(one)
    (found,) = [line for line in lines if line.topic == credentials.VAULT]
    assert (found.state, "RuntimeError: the check is broken" in found.found) == (FAIL, True)
    assert states(lines)["tools"] == OK


@pytest.mark.parametrize("name", ["vault.yml", "main.yml"])
def test_files_that_are_no_files_are_lines(one: Environment, name: str) -> None:
    """A directory where a file should be can't be read, whoever one is."""
    (one.directory / "group_vars" / "all" / name).mkdir(parents=True)
    (one.make_state() / "drift.json").mkdir()
    (one.state / "lock").mkdir()
    assert len(run.lines(one)) > 5


def test_what_is_well_is_one_line_a_topic_and_what_is_not_one_each() -> None:
    lines = [Line(OK, "disk", name, "/ 20% used") for name in ("app1", "app2")]
    lines += [Line(FAIL, "disk", "data1", "/ 99% used", "make room"), Line(OK, "disk", "data2", "/ 30% used")]
    shown = screen(lines)
    assert shown == [
        "[ OK ] disk              app1, app2: / 20% used; data2: / 30% used",
        "[FAIL] disk              data1: / 99% used",
        "                         fix: make room",
        "3 well, 0 to see to, 1 wrong",
    ]


def test_what_a_host_says_can_not_move_the_cursor() -> None:
    shown = "\n".join(screen([Line(FAIL, "units", "app1", "failed: \x1b[2Jx\nnext", "\x1b]0;x")]))
    assert "\x1b" not in shown
    assert RED.match(shown)


def test_programs_get_every_line_and_one_word() -> None:
    lines = [Line(OK, "disk", "app1", "fine"), Line(WARN, "reboot", "app1", "pending", "make reboot")]
    told = json.loads(show.as_json(lines))
    assert told["result"] == "warn"
    assert told["lines"][1] == {
        "state": "warn", "topic": "reboot", "where": "app1", "found": "pending", "fix": "make reboot"
    }  # fmt: skip


def test_an_unexpected_error_is_never_a_traceback(one: Environment) -> None:
    def broken() -> list[Line]:
        raise OSError(13, "Permission denied", "/x")

    (found,) = run.looked(Check(("vault",), broken), one)
    assert (found.state, found.topic) == (FAIL, "vault")
