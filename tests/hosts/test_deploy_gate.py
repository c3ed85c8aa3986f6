"""A release that fails its canary never takes traffic: the old one serves, the reason is said, nothing is left over."""

from __future__ import annotations

import pytest

from tests.hosts.site import Site


def _units(site: Site, host: str) -> list[str]:
    listed = site.ssh(host, "systemctl list-units --plain --no-legend --all shoestring-service@*")
    return [line.split()[0] for line in listed.stdout.splitlines()]


def test_a_release_too_slow_for_its_bound_is_refused(site: Site) -> None:
    before = site.status()["release"]
    done = site.playbook(
        "deploy", "-e", '{"service_environment": {"TRIAL": "slow"}, "service_canary_latency_ms": 0.001}'
    )
    assert done.returncode != 0
    assert "goes on serving" in done.stdout
    assert "ms" in done.stdout.rpartition("was not taken into service")[2], "the reason is not said"
    assert site.status()["release"] == before
    assert site.status()["result"] == "ok"
    assert _units(site, "app1") == [f"shoestring-service@{before}.service"]


def test_a_release_that_cannot_start_is_refused(site: Site) -> None:
    before = site.status()["release"]
    done = site.playbook("deploy", "-e", '{"service_asgi": "predictor.nothing:app", "service_ready_seconds": 20}')
    assert done.returncode != 0
    assert "predictor.nothing" in done.stdout, "the service's own words are missing"
    assert site.status()["release"] == before
    assert _units(site, "app1") == [f"shoestring-service@{before}.service"]


@pytest.mark.full
def test_other_settings_are_another_release_and_going_back_finds_the_old_one(site: Site) -> None:
    before = site.status()["release"]
    done = site.playbook("deploy", "-e", '{"service_environment": {"TRIAL": "yes"}}')
    assert done.returncode == 0, done.stdout
    during = site.status()
    assert (during["result"], during["release"] != before) == ("ok", True)
    environment = site.ssh("app2", f"cat /opt/shoestring/releases/{during['release']}/service.env").stdout
    assert "TRIAL=yes" in environment
    done = site.playbook("deploy")
    assert done.returncode == 0, done.stdout
    assert site.status()["release"] == before
    for name in ("app1", "app2"):
        assert _units(site, name) == [f"shoestring-service@{before}.service"]
