"""What a host says of itself is read, however little or torn it is."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from ops import probe, processes

RELEASE = '{"id": "1.2.3-abc",\n "about": {"name": "mine"}}\n'
UNITS = """Id=shoestring-service@1.2.3-abc.service
ActiveState=active
ActiveEnterTimestampMonotonic=40000000
NRestarts=2

NRestarts=0
Id=shoestring-service@1.2.2-old.service
ActiveEnterTimestampMonotonic=1
ActiveState=deactivating

Id=shoestring-service@1.2.1-bad.service
ActiveState=failed
ActiveEnterTimestampMonotonic=7000000
NRestarts=5
"""
RECORD = {"action": "deploy", "release": "1.2.3-abc", "at": "2026-11-26T10:00:00Z"}


def heard(monkeypatch: pytest.MonkeyPatch, *parts: str, code: int = 0) -> probe.Probe:
    said = probe.SEPARATOR.join(parts)
    monkeypatch.setattr(processes, "run", lambda _: processes.Result(code, said, ""))
    return probe._ask([])


def test_all_that_a_host_says(monkeypatch: pytest.MonkeyPatch) -> None:
    record = f"torn\n[]\nnull\n{json.dumps(RECORD)}\n{json.dumps(RECORD)[:40]}"
    found = heard(monkeypatch, "running\n", "releases/1.2.3-abc\n", RELEASE, UNITS, "100.9\n", record)
    assert (found.state, found.release, found.about) == ("running", "1.2.3-abc", {"name": "mine"})
    assert found.unit == probe.Unit("active", 60, 2), "100.9 s after the boot, it runs since 40 s"
    assert found.others == ["1.2.2-old"], "one that failed does not run"
    assert found.units["1.2.1-bad"] == probe.Unit("failed", None, 5), "that it once ran is no uptime"
    assert found.deploys == [RECORD]


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        (("running\n", "releases/1\n", '{"id"', "", "", ""), probe.Probe("running", "1")),
        (("running\n", "releases/1\n", "[]", "Id=\n\nx", "no", "\n"), probe.Probe("running", "1")),
        (("degraded\n", "", "", "", "5.0\n", ""), probe.Probe("degraded")),
        (("degraded\n",), probe.Probe("degraded")),
        (("",), probe.UNREACHABLE),
    ],
)
def test_what_is_missing_is_none(monkeypatch: pytest.MonkeyPatch, parts: tuple[str, ...], found: probe.Probe) -> None:
    """Nothing deployed, an installation older than the record, a file that a killed run has torn."""
    assert heard(monkeypatch, *parts) == found
    assert found.unit is None


def test_a_host_that_does_not_let_us_in_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    assert heard(monkeypatch, "running\n", code=255) == probe.UNREACHABLE


@pytest.mark.parametrize("clock", ["", "soon"])
def test_without_the_clock_there_is_no_uptime(monkeypatch: pytest.MonkeyPatch, clock: str) -> None:
    found = heard(monkeypatch, "running", "releases/1.2.3-abc", RELEASE, UNITS, clock, "")
    assert found.unit == probe.Unit("active", None, 2)


def test_the_command_is_one_that_a_shell_runs(tmp_path: Path) -> None:
    """With a systemctl of the test's own, and on a host that has nothing else of what is asked for."""
    (tmp_path / "systemctl").write_text(
        f"#!/bin/sh\nif [ $1 = show ]; then cat <<'E'\n{UNITS}E\nelse echo running; exit 1; fi\n"
    )
    (tmp_path / "systemctl").chmod(0o755)
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-c", probe.COMMAND], env=path, capture_output=True, text=True, check=False)
    state, link, about, units, clock, record = done.stdout.split(probe.SEPARATOR)
    assert (done.returncode, state, link, about, record) == (0, "running\n", "", "", "")
    assert units.strip() == UNITS.strip()
    assert float(clock) > 0
