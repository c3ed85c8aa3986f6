"""Hosts install from the mirror that the Footprint names, and from Debian's again when it names none."""

from __future__ import annotations

import pytest
import yaml

from tests.hosts.site import Site, recap

PARTS = "apt-config dump Dir::Etc::SourceParts"


def _run(site: Site) -> None:
    done = site.playbook("site", "--tags", "host", "--limit", "app2")
    assert done.returncode == 0, done.stdout
    assert recap(done.stdout)["app2"].changed > 0


@pytest.mark.full
def test_a_mirror_in_the_footprint_is_the_only_source_until_it_is_taken_out(site: Site) -> None:
    path = site.environment.footprint
    before = path.read_text()
    listed = site.ssh("app2", "cat /etc/apt/sources.list.d/debian.sources").stdout
    mirror = next(line.split()[1] for line in listed.splitlines() if line.startswith("URIs:"))
    content = yaml.safe_load(before)
    content["network"]["apt_mirror"] = mirror
    try:
        path.write_text(yaml.safe_dump(content))
        _run(site)
        assert "/etc/apt/shoestring.sources.d" in site.ssh("app2", PARTS).stdout
        updated = site.ssh("app2", "apt-get update")
        assert updated.returncode == 0, updated.stderr
        assert site.ssh("app2", "apt-cache policy nginx").stdout.count(mirror) > 0
    finally:
        path.write_text(before)
    _run(site)
    assert "shoestring" not in site.ssh("app2", PARTS).stdout
    assert site.ssh("app2", "test ! -e /etc/apt/shoestring.sources.d").returncode == 0
    assert site.ssh("app2", "apt-get update").returncode == 0
