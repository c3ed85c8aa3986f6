"""A firewall or SSH change that locks everyone out takes itself back; one that lets a new connection in stays."""

from __future__ import annotations

import time

from tests.hosts.site import Site

SHUT = {
    "a firewall that blocks SSH": (
        "/etc/nftables.conf",
        "table inet shoestring\\ndelete table inet shoestring\\n"
        "table inet shoestring { chain input { type filter hook input priority 0; policy drop; "
        "iif lo accept; ct state established accept; }; }\\n",
    ),
    "an sshd that refuses everyone": ("/etc/ssh/sshd_config.d/10-shoestring.conf", "AllowUsers nobody\\n"),
}


def test_a_lock_out_heals_itself(site: Site) -> None:
    for what, (path, content) in SHUT.items():
        digest = site.ssh("app2", f"sha256sum {path}").stdout
        # As the role does it, but with a file that no new connection can come through.
        done = site.ssh("app2", f'printf "{content}" > {path} && /usr/local/lib/shoestring/guard apply 8')
        assert done.returncode == 0, done.stderr
        assert site.ssh("app2", "true").returncode != 0, f"{what} did not shut anyone out, so this test proves nothing"
        end = time.monotonic() + 60
        while site.ssh("app2", "true").returncode != 0:
            assert time.monotonic() < end, f"{what} stays"
            time.sleep(1)
        assert site.ssh("app2", f"sha256sum {path}").stdout == digest, (
            f"{what} is gone from the kernel but not from disk"
        )
    done = site.playbook("site", "--tags", "host")
    assert done.returncode == 0, done.stdout


def test_no_timer_is_left_behind(site: Site) -> None:
    """The role's own change was confirmed over a new connection, so nothing is armed."""
    for name in site.hosts():
        assert "revert=idle" in site.ssh(name, "/usr/local/lib/shoestring/guard state").stdout
