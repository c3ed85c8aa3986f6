"""What shuts its owner out of a host, or opens the host, is taken back within a minute by the host itself.

No run is at work here and nobody armed a timer; the only other way in would be a console, where there is one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.hosts.scanning import CONTROLLER, scan
from tests.hosts.site import Site

WITHIN = 60
HOST = "app2"
OURS = "table inet shoestring\\ndelete table inet shoestring\\n"
SHUT = "chain input { type filter hook input priority 0; policy drop; iif lo accept; ct state established accept; }; "
DROP_IN = "/etc/ssh/sshd_config.d"
# By hand, as somebody would do it. What is left running ends with the session that did it.
LOCK_OUTS = {
    "a firewall file that blocks SSH": f'printf "{OURS}table inet shoestring {{ {SHUT}}}\\n" >/etc/nftables.conf; '
    "nft -f /etc/nftables.conf",
    "another firewall in the place of ours": f'printf "flush ruleset\\ntable inet filter {{ {SHUT}}}\\n" '
    ">/etc/nftables.conf; nft -f /etc/nftables.conf",
    "our sshd file refuses everyone": f'echo "AllowUsers nobody" >{DROP_IN}/10-shoestring.conf; systemctl reload ssh',
    "a file before ours asks for more than a key": 'printf "AuthenticationMethods keyboard-interactive\\nKbdInteractive'
    f'Authentication yes\\n" >{DROP_IN}/00-own.conf; systemctl reload ssh',
    "the main file denies the login": 'sed -i "1i DenyUsers *" /etc/ssh/sshd_config; systemctl reload ssh',
    "sshd listens elsewhere": f'echo "Port 2222" >{DROP_IN}/00-own.conf; systemctl restart ssh',
    "sshd is stopped": "systemctl mask --now --quiet ssh.service",
    "the list of revoked keys is gone": "rm /etc/ssh/shoestring-revoked-keys",
}
# These two wait for the guard's own timer. For the others the same unit is called early.
WAITED = ("a firewall file that blocks SSH", "our sshd file refuses everyone")
EARLY = "systemd-run --quiet --collect --on-active=3s systemctl start shoestring-guard@mend.service; "
KEPT = (
    "cd /etc; sha256sum nftables.conf ssh/sshd_config ssh/shoestring-revoked-keys $(ls ssh/sshd_config.d/*.conf); "
    "nft -s list ruleset; systemctl is-enabled ssh"
)


@pytest.fixture
def kept(site: Site) -> Iterator[str]:
    """What has to be there again, and is taken for the run's own if a test leaves it otherwise."""
    before = site.ssh(HOST, KEPT).stdout
    assert "table inet shoestring" in before
    yield before
    # Put aside by the guard for its owner to look at.
    assert site.ssh(HOST, f"rm -f {DROP_IN}/*.refused").returncode == 0


@pytest.mark.full
@pytest.mark.parametrize("what", LOCK_OUTS)
def test_a_lock_out_is_mended_without_anybody(site: Site, kept: str, what: str) -> None:
    # Beginning right after a look, so that the whole interval has to pass and shows what it did meanwhile.
    early = "" if what in WAITED else EARLY
    started = site.ssh(HOST, f"systemctl start shoestring-guard@mend.service; {early}{LOCK_OUTS[what]}")
    begun = time.monotonic()
    assert started.returncode == 0, started.stderr
    assert site.ssh(HOST, "true").returncode != 0, f"{what} did not shut anyone out, so this test proves nothing"
    while site.ssh(HOST, "true").returncode != 0:
        assert time.monotonic() < begun + WITHIN, f"{what}: still shut after {WITHIN} s"
        time.sleep(1)
    assert site.ssh(HOST, KEPT).stdout == kept, f"{what}: SSH is back, and not all is as it was"
    told = site.ssh(HOST, "journalctl --since=-2min -t shoestring-guard -o cat --no-pager").stdout
    assert "last confirmed" in told or "running" in told, "the owner is not told"


@pytest.mark.full
@pytest.mark.parametrize("opened", ["nft flush ruleset", "nft insert rule inet shoestring input tcp dport 8080 accept"])
def test_an_opening_is_closed_again(site: Site, kept: str, opened: str) -> None:
    """Behind it listens what nobody is to reach; until it is closed it really is reachable."""
    listen = "systemd-run --quiet --collect --unit=stray python3 -m http.server 8080"
    assert site.ssh(HOST, f"{listen}; sleep 1; systemctl start shoestring-guard@mend.service; {opened}").returncode == 0
    begun, address = time.monotonic(), site.hosts()[HOST]
    try:
        assert scan(site, CONTROLLER, address, (8080, 8080)) == {8080}, "it opens nothing, so this test proves nothing"
        while scan(site, CONTROLLER, address, (8080, 8080)):
            assert time.monotonic() < begun + WITHIN, f"{opened}: still open after {WITHIN} s"
            time.sleep(1)
        assert site.ssh(HOST, KEPT).stdout == kept
    finally:
        site.ssh(HOST, "systemctl stop stray")


def test_a_change_under_way_is_left_alone(site: Site, kept: str) -> None:
    """A run has written and applied, and has yet to come back: the guard must not take that for a mistake."""
    widened = "sed s/8443/8444/ /etc/nftables.conf >/run/wide && cp /run/wide /etc/nftables.conf"
    mend = "systemctl start shoestring-guard@mend.service"
    shown = site.ssh(
        HOST,
        f"{widened}; /usr/local/lib/shoestring/guard apply 60; {mend}; nft list table inet shoestring | grep -c 8444; "
        "/usr/local/lib/shoestring/guard revert; systemctl stop shoestring-guard@revert.timer; rm /run/wide",
    )
    assert (shown.returncode, shown.stdout) == (0, "1\n"), shown.stderr
    assert site.ssh(HOST, KEPT).stdout == kept


def test_a_run_that_has_written_and_not_applied_is_left_alone(site: Site, kept: str) -> None:
    """Between a role's files and its handlers; what is in force is still what was confirmed."""
    widened = "sed s/8443/8444/ /etc/nftables.conf >/run/wide && cp /run/wide /etc/nftables.conf"
    back = "cp /var/lib/shoestring/guard/etc/nftables.conf /etc/nftables.conf"
    mend = "systemctl start shoestring-guard@mend.service"
    shown = site.ssh(HOST, f"{widened}; {mend}; grep -c 8444 /etc/nftables.conf; {back}; rm /run/wide")
    assert (shown.returncode, shown.stdout) == (0, "1\n"), shown.stderr
    assert site.ssh(HOST, KEPT).stdout == kept


def test_what_a_run_has_written_outlives_the_mending_of_what_somebody_did_before_it(site: Site, kept: str) -> None:
    """A rule typed in by hand goes; the file stays, or the run would apply the old one, and say that all went well."""
    widened = "sed s/8443/8444/ /etc/nftables.conf >/run/wide && cp /run/wide /etc/nftables.conf"
    owed = "/var/lib/shoestring/tree/host.pending"
    wrote = f'test ! -e {owed}; echo \'{{"files": ["etc/nftables.conf"]}}\' >{owed}'
    by_hand = "nft insert rule inet shoestring input tcp dport 9999 accept"
    look = "grep -c 8444 /etc/nftables.conf; nft list table inet shoestring | grep -c 9999"
    back = f"cp /var/lib/shoestring/guard/etc/nftables.conf /etc/nftables.conf; rm /run/wide {owed}"
    mend = "systemctl start shoestring-guard@mend.service"
    shown = site.ssh(HOST, f"{wrote}; {widened}; {by_hand}; {mend}; {look}; {back}")
    assert (shown.returncode, shown.stdout) == (0, "1\n0\n"), shown.stderr
    assert site.ssh(HOST, KEPT).stdout == kept
