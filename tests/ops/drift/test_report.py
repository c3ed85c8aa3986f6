"""What was looked at decides the result: a host that said nothing never makes an environment clean.

Seen to fail: with `problems` left out of `Report.result`.
"""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from ops.drift import accepted, show
from ops.drift.finding import CLEAN, DRIFT, ERROR, Finding, Report
from ops.environment import Environment

KEY = Finding("app1", "key", "root 0123", "an extra key", "take it out")
CRON = Finding("app1", "cron", "/etc/cron.d/extra", "is there", "rm it")


def accepting(environment: Environment, text: str) -> None:
    path = environment.directory / "group_vars/all/main.yml"
    path.parent.mkdir(parents=True)
    path.write_text(f"host_accepted_drift:\n{text}")


@pytest.mark.parametrize(
    ("findings", "problems", "result"),
    [([], [], CLEAN), ([KEY], [], DRIFT), ([], ["app2 is silent"], ERROR), ([KEY], ["app2 is silent"], ERROR)],
)
def test_the_result(findings: list[Finding], problems: list[str], result: str) -> None:
    plain = Report("one", "2026-11-26T21:00:00Z", findings, problems).plain()
    assert plain["result"] == result
    assert plain["count"] == len(plain["findings"]) == len(findings), "an error hides nothing that was found"
    assert {"at", "environment", "result", "count", "findings"} <= plain.keys(), "doctor reads them"


def test_what_is_accepted_is_left_out_and_nothing_more(yours: Environment) -> None:
    accepting(yours, "  - {kind: cron, name: /etc/cron.d/*, reason: the backup of another team}\n")
    assert accepted.without(yours, [KEY, CRON]) == ([KEY], [])


def test_a_kind_accepts_its_own_kind_only(yours: Environment) -> None:
    accepting(yours, "  - {kind: cron, name: '*', reason: cron is somebody else's}\n")
    left, _ = accepted.without(yours, [KEY])
    assert left == [KEY], "a star for cron opens no door for keys"


def test_an_entry_that_matches_nothing_is_told(yours: Environment) -> None:
    """Else it stays, and hides the next one of that name."""
    accepting(yours, "  - {kind: cron, name: /etc/cron.d/gone, reason: it was there}\n")
    left, unused = accepted.without(yours, [KEY])
    assert (left, unused) == ([KEY], ["cron /etc/cron.d/gone"])
    out = io.StringIO()
    show.show(Report("yours", "", left, [], unused), Console(file=out))
    assert "cron /etc/cron.d/gone" in out.getvalue()


def test_a_host_accepts_for_itself_alone(yours: Environment) -> None:
    """By its host_vars, which take the place of what all accept, as any variable of a host does."""
    accepting(yours, "  - {kind: key, name: '*', reason: all have it}\n")
    path = yours.directory / "host_vars/app2.yml"
    path.parent.mkdir()
    path.write_text("host_accepted_drift:\n  - {kind: cron, name: '*', reason: its own}\n")
    on_two = replace(CRON, host="app2")
    left, unused = accepted.without(yours, [KEY, CRON, on_two])
    assert (left, unused) == ([CRON], [])
    left, unused = accepted.without(yours, [KEY])
    assert unused == ["cron *"], "told also where the host has nothing to find"


def test_people_read_what_it_is_how_to_mend_it_and_what_was_not_looked_at() -> None:
    out = io.StringIO()
    diff = "--- before\n+++ after\n-old\n+new"
    changed = Finding("app2", "managed", "Write", "sshd_config", "make up ENV=one", diff)
    show.show(Report("one", "", [KEY, changed], ["db1 is silent"]), Console(file=out, width=200))
    for words in ("app1", "key: an extra key", "fix: take it out", "fix: make up ENV=one", "+new", "db1 is silent"):
        assert words in out.getvalue()
    assert "2 things not as it should be" in out.getvalue()


def test_a_name_from_a_host_writes_nothing_else_on_a_terminal() -> None:
    """Whoever can name a file on a host could else colour a line away."""
    out = io.StringIO()
    show.show(Report("one", "", [Finding("app1", "file", "x", "/etc/\x1b[2Jx", "rm")]), Console(file=out))
    assert "\x1b" not in out.getvalue()
