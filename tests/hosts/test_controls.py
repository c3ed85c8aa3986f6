"""Every control of a host is asked, all are met, and each check is seen to fail when its control is broken."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
import yaml

from ops.environment import ROOT
from tests.hosts import breaking
from tests.hosts.site import Site
from tests.hosts.unguarded import STOP

ROLE = ROOT / "ansible/roles/host"
CHECK = (ROLE / "templates/_controls/check.py").read_text().replace("from __future__ import annotations\n", "")
CONTROLS = [one for path in sorted((ROLE / "controls").glob("*.yml")) for one in yaml.safe_load(path.read_text())]
HOST = "app2"


def program(off: Sequence[str] = ()) -> str:
    """The check as a program that needs no arguments."""
    call = json.dumps({"controls": CONTROLS, "off": [*off]})
    return f"import sys\nsys.argv = ['check', {call!r}]\n{CHECK}"


def asked(site: Site, host: str, off: Sequence[str] = ()) -> dict[str, Any]:
    done = site.ssh(host, "python3 -B -", program(off))
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_all_are_asked_and_met_on_every_host(site: Site) -> None:
    for host in site.hosts():
        answer = asked(site, host)
        assert answer["failed"] == [], host
        assert (answer["run"], len(answer["waived"]), len(answer["elsewhere"])) == (149, 15, 7)


@pytest.mark.full
def test_each_check_fails_when_its_control_is_broken(site: Site) -> None:
    """All in one breath, check and mending included: nobody could log in between."""
    ask = "python3 -B /run/check.py >> /run/answer"
    hurt = [
        "rm -f /run/answer",
        STOP,
        breaking.script(CONTROLS),
        ask,
        breaking.STAND_INS,
        f"PATH=/run/try/bin:$PATH {ask}",
        breaking.MEND,
    ]
    site.ssh(HOST, "cat > /run/check.py", program())
    site.ssh(HOST, "cat > /run/hurt.sh", "\n".join(hurt))
    try:
        site.ssh(HOST, "bash /run/hurt.sh > /run/hurt.log 2>&1")
        first, last = map(json.loads, site.ssh(HOST, "cat /run/answer").stdout.splitlines())
    finally:
        done = site.playbook("site", "--tags", "host", "--limit", HOST)
    assert done.returncode == 0, done.stdout
    failed, later = ({one[0] for one in answer["failed"]} for answer in (first, last))
    assert failed & breaking.LAST == set(), "these failed before anything stood in for them"
    wanted = {one["id"] for one in CONTROLS if "waived" not in one and not one.get("machine")}
    missed = wanted - failed - (later & breaking.LAST)
    assert missed == set(), site.ssh(HOST, "tail -c 3000 /run/hurt.log").stdout
    assert asked(site, HOST)["failed"] == [], "not all was mended by the role"
    site.ssh(HOST, "rm /run/check.py /run/hurt.sh /run/hurt.log /run/answer")


@pytest.mark.full
def test_what_is_switched_off_is_neither_set_nor_asked(site: Site) -> None:
    off = ["cis-5.4.3.2", "os-10", "sshd-19", "sshd-39"]
    switched = ("--limit", HOST, "--extra-vars", json.dumps({"host_controls_off": off}))
    try:
        done = site.playbook("site", "--tags", "host", *switched)
        assert done.returncode == 0, done.stdout
        assert sorted(one[0] for one in asked(site, HOST)["failed"]) == off, "set all the same"
        answer = asked(site, HOST, off)
        assert (answer["failed"], answer["run"]) == ([], 149 - len(off))
    finally:
        done = site.playbook("site", "--tags", "host", "--limit", HOST)
    assert done.returncode == 0, done.stdout
    assert asked(site, HOST)["failed"] == []
