"""`--check --diff` says what a run would do and does none of it. On a virgin host: test_one_host.py."""

from __future__ import annotations

import json
import re

import pytest

from tests.hosts import killing, unguarded
from tests.hosts.site import Site, recap


@pytest.mark.parametrize("name", ["deploy", pytest.param("verify", marks=pytest.mark.full)])
def test_it_finds_nothing_to_do_where_all_is_done(site: Site, name: str) -> None:
    """site.yml has its own test in test_first_light.py. verify asks its questions in check mode too."""
    done = site.playbook(name, "--check", "--diff")
    assert done.returncode == 0, done.stdout
    assert {host.changed for host in recap(done.stdout).values()} == {0}, done.stdout


@pytest.mark.full
def test_it_tells_of_what_was_typed_into_the_kernel_and_of_settings_and_leaves_both(site: Site) -> None:
    added = f"{unguarded.STOP}; nft add rule inet shoestring input tcp dport 9998 accept"
    assert site.ssh("app2", added).returncode == 0
    before = killing.snapshot(site)
    try:
        settings = json.dumps({"nginx_keepalive_seconds": 61, "host_packages_extra": ["bc"]})
        options = ("--check", "--diff", "--limit", "app2", "--tags", "host,nginx", "--extra-vars", settings)
        done = site.playbook("site", *options)
        assert done.returncode == 0, done.stdout
        assert "+\tkeepalive_timeout 61s;" in done.stdout, "the diff does not show what would be written"
        told = re.search(r"Compare what is in force with the files\] \*+\nchanged: \[app2\]", done.stdout)
        assert told, "a rule that no file has is not told"
        assert "bc" in done.stdout, "the package that would be installed is not told"
        assert recap(done.stdout)["app2"].changed >= 3
        assert not (wrong := killing.difference(before, killing.snapshot(site))), wrong
    finally:
        assert site.playbook("site", "--limit", "app2", "--tags", "host").returncode == 0
    assert "9998" not in site.ssh("app2", "nft list ruleset").stdout
