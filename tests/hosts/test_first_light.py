"""`make up` makes a service that answers, says how to ask it, and leaves nothing to do for a second run."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from ops.environment import ROOT
from tests.hosts.conftest import LoudRun
from tests.hosts.site import Site, recap

TASKS = 60  # the most that an unchanged site may execute per host: each costs about half a second


def test_up_ends_with_a_line_that_answers_when_pasted(first_up: tuple[Site, str]) -> None:
    _, output = first_up
    line = next(line for line in output.splitlines() if line.strip().startswith("curl "))
    done = subprocess.run(["bash", "-c", line], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, f"{line}\n{done.stderr}"
    assert isinstance(json.loads(done.stdout)["predictions"][0]["arrival_delay_minutes"], float)
    assert re.search(r"It took \d+ s\.", output)


def test_status_says_all_that_a_program_needs(site: Site) -> None:
    status = site.status()
    assert status["result"] == "ok"
    assert {
        "environment",
        "url",
        "ca_file",
        "api_key_file",
        "release",
        "model",
        "example_request",
        "hosts",
        "deploys",
    } <= set(status)
    app1, app2, data1 = status["hosts"]
    for host in (app1, app2):
        assert (host["state"], host["release"], host["model"]) == ("running", status["release"], status["model"])
        assert 0 <= host["uptime_seconds"] < 7 * 86400
        assert host["restarts"] is not None
    assert (data1["state"], data1["release"], data1["uptime_seconds"]) == ("running", None, None)
    done = subprocess.run(
        [
            *("curl", "--silent", "--fail", "--cacert", status["ca_file"], "--config", "-"),
            *("--json", json.dumps(status["example_request"]), f"{status['url']}/v1/predictions"),
        ],
        input=f'header = "Authorization: Bearer {Path(status["api_key_file"]).read_text()}"',
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert json.loads(done.stdout)["release"] == status["release"], done.stderr


def test_a_second_run_of_the_plain_playbook_changes_nothing(site: Site, second_run: LoudRun) -> None:
    done = second_run.done
    assert done.returncode == 0, done.stdout
    hosts = recap(done.stdout)
    assert set(hosts) == set(site.hosts())
    assert {name: host.changed for name, host in hosts.items()} == dict.fromkeys(hosts, 0), done.stdout
    assert max(host.ok for host in hosts.values()) <= TASKS


def test_check_mode_finds_nothing_on_a_configured_host(site: Site) -> None:
    done = site.playbook("site", "--check", "--diff")
    assert done.returncode == 0, done.stdout
    assert {host.changed for host in recap(done.stdout).values()} == {0}, done.stdout


def test_deploying_the_same_release_again_changes_nothing(site: Site) -> None:
    before = site.status()["release"]
    done = site.playbook("deploy")
    assert done.returncode == 0, done.stdout
    assert {host.changed for host in recap(done.stdout).values()} == {0}, done.stdout
    assert site.status()["release"] == before


def test_verify_passes_and_counts_every_host(site: Site) -> None:
    done = site.playbook("verify")
    assert done.returncode == 0, done.stdout
    assert set(recap(done.stdout)) == set(site.hosts())
    for role in ("host", "certificates", "bucket", "database", "nginx", "service", "proxy"):
        assert f"[{role} : " in done.stdout, f"verify ran nothing of the role {role}"


def test_a_broken_footprint_fails_the_plain_playbook(site: Site) -> None:
    footprint = site.environment.footprint
    good = footprint.read_text()
    try:
        footprint.write_text(good.replace("  groups:", "  grups:", 1))
        done = site.playbook("site")
    finally:
        footprint.write_text(good)
    assert done.returncode != 0, "a Footprint that can't be read matched no host, and the run passed"
    assert "grups" in done.stdout
    assert "groups" in done.stdout
